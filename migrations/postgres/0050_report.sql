-- Weekly digests that were queued. copy is 0 for the one that the schedule queues, and counts those that a person
-- asked for again: so the key makes each week's digest go to each recipient once.
CREATE TABLE digest (
    campaign  TEXT    NOT NULL,
    scope     TEXT    NOT NULL,                          -- a region's full name, or province; empty: all
    week      TEXT    NOT NULL,                          -- 2023-W26
    recipient TEXT    NOT NULL,                          -- in lower case
    copy      BIGINT  NOT NULL,
    outbox    BIGINT  NOT NULL REFERENCES outbox (id),
    actor     TEXT    NOT NULL,                          -- empty: the schedule
    reason    TEXT    NOT NULL,
    queued_ms BIGINT  NOT NULL,
    PRIMARY KEY (campaign, scope, week, recipient, copy)
);

-- What people filled into the ledger beside a case.
CREATE TABLE ledger_entry (
    case_id    BIGINT  NOT NULL REFERENCES case_record (id),
    field      TEXT    NOT NULL,                         -- opinion, handler, remark
    value      TEXT    NOT NULL,
    actor      TEXT    NOT NULL,
    changed_ms BIGINT  NOT NULL,
    PRIMARY KEY (case_id, field)
);
