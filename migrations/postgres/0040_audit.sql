-- Every act of people and of the program, each row chained to the one before by its hash. Nothing is changed or
-- deleted; who could do it nevertheless is told by `audit verify`.
CREATE TABLE audit (
    number   BIGINT NOT NULL PRIMARY KEY,    -- from 1, without gaps
    at_ms    BIGINT NOT NULL,
    actor    TEXT   NOT NULL,                -- a login name; empty: the program
    act      TEXT   NOT NULL,
    subject  TEXT   NOT NULL,
    reason   TEXT   NOT NULL,
    detail   TEXT   NOT NULL,
    previous TEXT   NOT NULL,                -- the hash of the row before
    hash     TEXT   NOT NULL
);
CREATE INDEX audit_subject ON audit (subject);

CREATE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit rows are never changed or deleted';
END $$;
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_kept();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept();

-- The end of the chain: one row, whose lock lets several writers chain one after the other.
CREATE TABLE audit_head (
    one  BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    last BIGINT NOT NULL,
    hash TEXT   NOT NULL
);
INSERT INTO audit_head (one, last, hash) VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
