//! What each list can be ordered by: the row's keys, and the SQL of each (parts separated by `;`).
//!
//! Where a value may be missing, those without come last in ascending order on both engines.

/// Keys of the backlog.
pub const CASES: &[(&str, &str)] = &[
    ("number", "c.number IS NULL;length(c.number);c.number"),
    ("status", "c.status"),
    ("title", "c.title IS NULL;c.title"),
    ("unit", "c.unit IS NULL;c.unit"),
    ("region", "c.region IS NULL;c.region"),
    ("channel", "c.channel"),
    ("month", "c.month IS NULL;c.month"),
    ("batch", "c.batch IS NULL;c.batch"),
    ("late", "c.late"),
    ("revision", "c.revision"),
    ("received_at", "c.received_ms"),
    ("seal", "c.seal"),
    ("defects", "(SELECT COUNT(*) FROM defect d WHERE d.case_id = c.id AND d.revision = c.revision AND d.severity = 'correct')"),
    ("opener", "c.opener"),
    ("campaign", "c.campaign"),
    ("id", "c.id"),
];

/// Keys of the ledger and of the quarantine.
pub const MESSAGES: &[(&str, &str)] = &[
    ("id", "m.id"),
    ("mailbox", "m.mailbox"),
    ("from", "m.from_address"),
    ("subject", "m.subject"),
    ("received_at", "m.received_ms"),
    ("bytes", "m.bytes"),
    ("kind", "m.kind IS NULL;m.kind"),
    ("disposition", "m.disposition IS NULL;m.disposition"),
    ("attempts", "m.attempts"),
    ("campaign", "m.campaign"),
];

/// Keys of the outbox.
pub const OUTBOX: &[(&str, &str)] = &[
    ("id", "o.id"),
    ("kind", "o.kind"),
    ("to", "lower(o.to_address)"),
    ("subject", "o.subject"),
    ("state", "o.state"),
    ("attempts", "o.attempts"),
    ("next_attempt_at", "o.next_attempt_ms"),
    ("created_at", "o.created_ms"),
    ("sent_at", "o.sent_ms IS NULL;o.sent_ms"),
    ("campaign", "o.campaign"),
];
