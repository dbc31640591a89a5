-- What selection makes of a case, a row for each step. A proposed one waits for a second person; the newest standing one
-- is what case_record.outcome says. until_ms: the end of the public notice that it opens.
CREATE TABLE selection (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    case_id      INTEGER NOT NULL REFERENCES case_record (id),
    batch        TEXT    NOT NULL,
    outcome      TEXT    NOT NULL CHECK (outcome IN ('proposed', 'in_notice', 'objected', 'selected', 'not_selected', 'referred')),
    state        TEXT    NOT NULL CHECK (state IN ('proposed', 'standing', 'replaced')),
    actor        TEXT    NOT NULL,
    confirmed_by TEXT,
    reason       TEXT    NOT NULL,
    at_ms        INTEGER NOT NULL,
    confirmed_ms INTEGER,
    until_ms     INTEGER
) STRICT;
CREATE INDEX selection_case ON selection (case_id, state);
-- One wish at a time waits for each case.
CREATE UNIQUE INDEX selection_waiting ON selection (case_id) WHERE state = 'proposed';

-- What was objected in the public notice, and what came of it: upheld or dismissed, by the step that settled it.
CREATE TABLE objection (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    case_id     INTEGER NOT NULL REFERENCES case_record (id),
    content     TEXT    NOT NULL,
    received_ms INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    at_ms       INTEGER NOT NULL,
    settled     TEXT    CHECK (settled IN ('upheld', 'dismissed')),
    settled_by  INTEGER REFERENCES selection (id)
) STRICT;
CREATE INDEX objection_case ON objection (case_id);
