-- For reports by other programs: instants as RFC 3339 in UTC, structures as JSON, and nobody's name, number or address.
CREATE VIEW report_case AS
SELECT c.id, c.number, c.campaign, c.title, c.unit, c.region, c.channel, c.month, c.batch, c.late, c.status, c.outcome,
    c.seal, c.revision, strftime('%Y-%m-%dT%H:%M:%SZ', c.received_ms / 1000, 'unixepoch') AS received_at,
    (SELECT json_group_array(k.category) FROM (SELECT * FROM case_category ORDER BY ordinal) k WHERE k.case_id = c.id) AS categories,
    (SELECT json_group_array(f.focus) FROM (SELECT * FROM case_focus ORDER BY focus) f WHERE f.case_id = c.id) AS focus_areas,
    (SELECT json_group_array(d.code) FROM (SELECT * FROM defect ORDER BY ordinal) d
     WHERE d.case_id = c.id AND d.revision = c.revision) AS defects
FROM case_record c WHERE c.purged_ms IS NULL;

CREATE VIEW report_message AS
SELECT m.id, m.mailbox, m.campaign, strftime('%Y-%m-%dT%H:%M:%SZ', m.received_ms / 1000, 'unixepoch') AS received_at, m.received_source,
    m.bytes, m.kind, m.disposition, m.duplicate_of, m.attempts
FROM message m WHERE m.classified = 0;

CREATE VIEW report_reply AS
SELECT o.id, o.campaign, o.kind, o.state, o.attempts, strftime('%Y-%m-%dT%H:%M:%SZ', o.created_ms / 1000, 'unixepoch') AS created_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', o.sent_ms / 1000, 'unixepoch') AS sent_at, o.source_message
FROM outbox o;
