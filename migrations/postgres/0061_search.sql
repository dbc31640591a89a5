-- What cases say, as pairs of characters (src/store/search): an index without a copy of the text. Its rows are
-- those of case_record. Classified matter is not here.
CREATE TABLE case_search (
    case_id  BIGINT   NOT NULL PRIMARY KEY,
    document TSVECTOR NOT NULL
);
CREATE INDEX case_search_document ON case_search USING GIN (document);

-- Cases that changed since they were indexed; the transaction that changes one indexes it before it ends.
CREATE TABLE search_due (
    case_id BIGINT NOT NULL PRIMARY KEY
);
INSERT INTO search_due (case_id) SELECT id FROM case_record;

CREATE FUNCTION search_due_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_due (case_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER search_due_case AFTER INSERT OR UPDATE OF number, title, unit, revision ON case_record
    FOR EACH ROW EXECUTE FUNCTION search_due_case();

-- Of rows that belong to a case: the case before, and the case after.
CREATE FUNCTION search_due_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.case_id IS NOT NULL THEN
        INSERT INTO search_due (case_id) VALUES (OLD.case_id) ON CONFLICT DO NOTHING;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.case_id IS NOT NULL THEN
        INSERT INTO search_due (case_id) VALUES (NEW.case_id) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER search_due_revision AFTER INSERT OR UPDATE OF case_id, reading ON revision
    FOR EACH ROW EXECUTE FUNCTION search_due_part();
CREATE TRIGGER search_due_evidence AFTER INSERT OR DELETE OR UPDATE OF case_id, sha256 ON evidence
    FOR EACH ROW EXECUTE FUNCTION search_due_part();

CREATE FUNCTION search_due_classified() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_due (case_id) SELECT case_id FROM revision WHERE message = NEW.id
        UNION SELECT case_id FROM evidence WHERE message = NEW.id AND case_id IS NOT NULL
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER search_due_classified AFTER UPDATE OF classified ON message
    FOR EACH ROW WHEN (NEW.classified <> OLD.classified) EXECUTE FUNCTION search_due_classified();
