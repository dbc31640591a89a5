-- The record. Times are unix milliseconds UTC, hashes lower-case hexadecimal, lists and readings JSON.
-- The same tables stand in ../postgres; both change together, and a file that was released never changes.

CREATE TABLE setting (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- Minted once, with the tables: what Message-IDs are derived with, so that a repeat carries the same.
INSERT INTO setting (key, value) VALUES ('hmac_key', lower(hex(randomblob(32))));

-- Progress in each mailbox (RFC 3501 section 2.3.1.1). uidvalidity is NULL where messages have names.
CREATE TABLE mailbox (
    name        TEXT    NOT NULL PRIMARY KEY,
    campaign    TEXT    NOT NULL,
    uidvalidity INTEGER,
    last_uid    INTEGER NOT NULL
) STRICT;

-- The ledger: one row for each mail, whatever became of it. AUTOINCREMENT: a number is never given twice.
CREATE TABLE message (
    id                      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    mailbox                 TEXT    NOT NULL REFERENCES mailbox (name),
    campaign                TEXT    NOT NULL,
    sha256                  TEXT,                        -- NULL: never downloaded
    twin                    INTEGER NOT NULL DEFAULT 0,   -- which of several mails of these bytes, from 0
    bytes                   INTEGER NOT NULL,
    received_ms             INTEGER NOT NULL,
    received_is_server_time INTEGER NOT NULL CHECK (received_is_server_time IN (0, 1)),
    part                    TEXT    NOT NULL CHECK (part IN ('whole', 'header', 'none')),
    state                   TEXT    NOT NULL CHECK (state IN ('received', 'done')),
    attempts                INTEGER NOT NULL DEFAULT 0,
    interruptions           INTEGER NOT NULL DEFAULT 0,
    lease_owner             TEXT,
    lease_until_ms          INTEGER NOT NULL DEFAULT 0,
    last_error              TEXT,
    stable_sha256           TEXT,
    message_id              TEXT,
    from_address            TEXT    NOT NULL DEFAULT '',
    from_name               TEXT,
    subject                 TEXT    NOT NULL DEFAULT '',
    kind                    TEXT,
    disposition             TEXT,
    because                 TEXT    NOT NULL DEFAULT '',
    duplicate_of            INTEGER REFERENCES message (id),
    classified              INTEGER NOT NULL DEFAULT 0 CHECK (classified IN (0, 1)),
    reading                 TEXT,
    UNIQUE (mailbox, sha256, twin),
    CHECK (state <> 'received' OR sha256 IS NOT NULL),
    CHECK (state <> 'done' OR disposition IS NOT NULL)
) STRICT;
CREATE INDEX message_waiting ON message (mailbox, id) WHERE state = 'received';
CREATE INDEX message_stable ON message (stable_sha256);
CREATE INDEX message_header_id ON message (message_id);
CREATE INDEX message_received ON message (mailbox, received_ms);

-- Where a mail was met: several places may hold the same one.
CREATE TABLE mailbox_position (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    mailbox     TEXT    NOT NULL REFERENCES mailbox (name),
    uidvalidity INTEGER,
    uid         INTEGER,
    name        TEXT,
    message     INTEGER NOT NULL REFERENCES message (id),
    UNIQUE (mailbox, uidvalidity, uid),
    UNIQUE (mailbox, name),
    CHECK ((uid IS NULL) = (uidvalidity IS NULL) AND (uid IS NULL) <> (name IS NULL))
) STRICT;
CREATE INDEX mailbox_position_message ON mailbox_position (message);

-- The last running number of a campaign.
CREATE TABLE case_sequence (
    campaign TEXT    NOT NULL PRIMARY KEY,
    last     INTEGER NOT NULL
) STRICT;

-- A case as its latest revision has it. (message, form_index) is the form that opened it.
CREATE TABLE case_record (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    number      TEXT    UNIQUE,                          -- NULL: a possible revision
    campaign    TEXT    NOT NULL,
    message     INTEGER NOT NULL REFERENCES message (id),
    form_index  INTEGER NOT NULL,
    status      TEXT    NOT NULL,
    outcome     TEXT,
    opener      TEXT    NOT NULL,
    title       TEXT,
    unit        TEXT,
    title_key   TEXT    NOT NULL,
    unit_key    TEXT    NOT NULL,
    region      TEXT,
    channel     TEXT    NOT NULL,
    month       TEXT,
    batch       TEXT,
    late        INTEGER NOT NULL CHECK (late IN (0, 1)),
    seal        TEXT    NOT NULL,
    received_ms INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    possibly_of INTEGER REFERENCES case_record (id),
    UNIQUE (message, form_index),
    CHECK (number IS NOT NULL OR possibly_of IS NOT NULL)
) STRICT;
CREATE INDEX case_record_unit ON case_record (campaign, unit_key, title_key);

CREATE TABLE case_category (
    case_id  INTEGER NOT NULL REFERENCES case_record (id),
    category TEXT    NOT NULL,
    ordinal  INTEGER NOT NULL,
    PRIMARY KEY (case_id, category)
) STRICT;

CREATE TABLE case_focus (
    case_id INTEGER NOT NULL REFERENCES case_record (id),
    focus   TEXT    NOT NULL,
    PRIMARY KEY (case_id, focus)
) STRICT;

CREATE TABLE case_phone (
    case_id INTEGER NOT NULL REFERENCES case_record (id),
    phone   TEXT    NOT NULL,
    PRIMARY KEY (case_id, phone)
) STRICT;
CREATE INDEX case_phone_phone ON case_phone (phone);

-- Every reading of a case's form, kept for good.
CREATE TABLE revision (
    case_id         INTEGER NOT NULL REFERENCES case_record (id),
    revision        INTEGER NOT NULL,
    message         INTEGER NOT NULL REFERENCES message (id),
    form_index      INTEGER NOT NULL,
    form_sha256     TEXT    NOT NULL,
    campaign_sha256 TEXT    NOT NULL,                    -- the campaign file that judged it
    status          TEXT    NOT NULL,
    received_ms     INTEGER NOT NULL,
    reading         TEXT    NOT NULL,
    trace           TEXT    NOT NULL,
    search          TEXT    NOT NULL,                    -- its words, in lower case
    PRIMARY KEY (case_id, revision),
    UNIQUE (message, form_index)
) STRICT;

-- form_index is -1 for what belongs to no single form of the mail.
CREATE TABLE defect (
    message    INTEGER NOT NULL REFERENCES message (id),
    form_index INTEGER NOT NULL,
    ordinal    INTEGER NOT NULL,
    case_id    INTEGER REFERENCES case_record (id),
    revision   INTEGER,
    code       TEXT    NOT NULL,
    field      TEXT,
    severity   TEXT    NOT NULL,
    sentence   TEXT    NOT NULL,
    PRIMARY KEY (message, form_index, ordinal)
) STRICT;
CREATE INDEX defect_case ON defect (case_id, revision);

CREATE TABLE evidence (
    message    INTEGER NOT NULL REFERENCES message (id),
    form_index INTEGER NOT NULL,
    ordinal    INTEGER NOT NULL,
    case_id    INTEGER REFERENCES case_record (id),
    revision   INTEGER,
    name       TEXT    NOT NULL,
    media_type TEXT    NOT NULL,
    bytes      INTEGER NOT NULL,
    sha256     TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    PRIMARY KEY (message, form_index, ordinal)
) STRICT;
CREATE INDEX evidence_case ON evidence (case_id);

-- Which mails a case is made of.
CREATE VIEW message_case AS
    SELECT message, case_id FROM revision
    UNION
    SELECT message, case_id FROM evidence WHERE case_id IS NOT NULL;

-- Mails of ours, rendered once. source_message is UNIQUE: at most one reply to a mail.
CREATE TABLE outbox (
    id              INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind            TEXT    NOT NULL,
    campaign        TEXT    NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('queued', 'held', 'sent', 'dead', 'cancelled', 'uncertain')),
    to_address      TEXT    NOT NULL,
    subject         TEXT    NOT NULL,
    message_id      TEXT    NOT NULL UNIQUE,
    in_reply_to     TEXT,
    source_message  INTEGER UNIQUE REFERENCES message (id),
    mime            BLOB    NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_ms INTEGER NOT NULL,
    lease_owner     TEXT,
    lease_until_ms  INTEGER NOT NULL DEFAULT 0,
    last_error      TEXT,
    created_ms      INTEGER NOT NULL,
    sent_ms         INTEGER,
    CHECK (state <> 'sent' OR sent_ms IS NOT NULL)
) STRICT;
CREATE INDEX outbox_due ON outbox (next_attempt_ms, id) WHERE state = 'queued';
CREATE INDEX outbox_sent ON outbox (sent_ms);
CREATE INDEX outbox_recipient ON outbox (lower(to_address), created_ms);

CREATE TABLE outbox_case (
    outbox  INTEGER NOT NULL REFERENCES outbox (id),
    case_id INTEGER NOT NULL REFERENCES case_record (id),
    PRIMARY KEY (outbox, case_id)
) STRICT;
CREATE INDEX outbox_case_case ON outbox_case (case_id);
