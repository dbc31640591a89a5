-- What a unit consented to have published: its words by their hash, and the pictures by theirs. Rows stay; of each case the
-- newest one counts. pictures: a JSON list.
CREATE TABLE consent (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    case_id      INTEGER NOT NULL REFERENCES case_record (id),
    state        TEXT    NOT NULL CHECK (state IN ('given', 'withdrawn')),
    words_sha256 TEXT    NOT NULL,
    pictures     TEXT    NOT NULL,
    actor        TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    at_ms        INTEGER NOT NULL
) STRICT;
CREATE INDEX consent_case ON consent (case_id, id);
