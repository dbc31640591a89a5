-- For reports by other programs: instants as instants, structures as JSON, and nobody's name, number or address.
CREATE VIEW report_case AS
SELECT c.id, c.number, c.campaign, c.title, c.unit, c.region, c.channel, c.month, c.batch, c.late = 1 AS late, c.status, c.outcome,
    c.seal, c.revision, to_timestamp(c.received_ms / 1000.0) AS received_at,
    (SELECT COALESCE(jsonb_agg(k.category ORDER BY k.ordinal), '[]') FROM case_category k WHERE k.case_id = c.id) AS categories,
    (SELECT COALESCE(jsonb_agg(f.focus ORDER BY f.focus), '[]') FROM case_focus f WHERE f.case_id = c.id) AS focus_areas,
    (SELECT COALESCE(jsonb_agg(d.code ORDER BY d.ordinal), '[]') FROM defect d
     WHERE d.case_id = c.id AND d.revision = c.revision) AS defects
FROM case_record c WHERE c.purged_ms IS NULL;

CREATE VIEW report_message AS
SELECT m.id, m.mailbox, m.campaign, to_timestamp(m.received_ms / 1000.0) AS received_at, m.received_source, m.bytes, m.kind,
    m.disposition, m.duplicate_of, m.attempts
FROM message m WHERE m.classified = 0;

CREATE VIEW report_reply AS
SELECT o.id, o.campaign, o.kind, o.state, o.attempts, to_timestamp(o.created_ms / 1000.0) AS created_at,
    to_timestamp(o.sent_ms / 1000.0) AS sent_at, o.source_message
FROM outbox o;
