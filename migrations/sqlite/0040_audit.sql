-- Every act of people and of the program, each row chained to the one before by its hash. Nothing is changed or
-- deleted; who could do it nevertheless is told by `audit verify`.
CREATE TABLE audit (
    number   INTEGER NOT NULL PRIMARY KEY,   -- from 1, without gaps
    at_ms    INTEGER NOT NULL,
    actor    TEXT    NOT NULL,               -- a login name; empty: the program
    act      TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    detail   TEXT    NOT NULL,
    previous TEXT    NOT NULL,               -- the hash of the row before
    hash     TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_subject ON audit (subject);

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); END;

-- The end of the chain: one row, whose lock lets several writers chain one after the other.
CREATE TABLE audit_head (
    one  INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    last INTEGER NOT NULL,
    hash TEXT    NOT NULL
) STRICT;
INSERT INTO audit_head (one, last, hash) VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
