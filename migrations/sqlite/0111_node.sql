-- The processes that work on this record, and which of them looks after which mailbox.
CREATE TABLE node (
    owner      TEXT    NOT NULL PRIMARY KEY,   -- as it signs its claims; never the same for two
    host       TEXT    NOT NULL,
    pid        INTEGER NOT NULL,
    version    TEXT    NOT NULL,
    wants      TEXT    NOT NULL,               -- JSON: the mailboxes of its configuration
    started_ms INTEGER NOT NULL,
    seen_ms    INTEGER NOT NULL                -- by the database server's clock, where there is one
) STRICT;

CREATE TABLE node_mailbox (
    mailbox  TEXT    NOT NULL PRIMARY KEY,
    owner    TEXT    NOT NULL REFERENCES node (owner),
    since_ms INTEGER NOT NULL
) STRICT;
