-- A mail of ours that asks a unit to correct a case: when the form was received that it asks about; NULL where it asks
-- nothing. A correction request asks, and so does a summary reply that lists what a case lacks.
ALTER TABLE outbox_case ADD COLUMN asked_ms INTEGER;

UPDATE outbox_case SET asked_ms = (
    SELECT COALESCE(
        (SELECT MAX(r.received_ms) FROM revision r WHERE r.case_id = outbox_case.case_id AND r.message = o.source_message),
        (SELECT m.received_ms FROM message m WHERE m.id = o.source_message),
        o.created_ms)
    FROM outbox o WHERE o.id = outbox_case.outbox)
WHERE outbox IN (SELECT id FROM outbox WHERE kind = 'correction');
