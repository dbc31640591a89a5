-- What cases say, as pairs of characters (src/store/search): an index without a copy of the text. Its rows are
-- those of case_record. Classified matter is not here.
CREATE VIRTUAL TABLE case_search USING fts5 (
    title, unit, introduction, evidence, form,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0'
);

-- Cases that changed since they were indexed; the transaction that changes one indexes it before it ends.
CREATE TABLE search_due (
    case_id INTEGER NOT NULL PRIMARY KEY
) STRICT;
INSERT INTO search_due (case_id) SELECT id FROM case_record;

-- Not INSERT OR IGNORE: in a trigger, the conflict clause of the outer statement counts.
CREATE TRIGGER search_due_case_new AFTER INSERT ON case_record BEGIN
    INSERT INTO search_due (case_id) SELECT NEW.id WHERE NEW.id NOT IN (SELECT case_id FROM search_due);
END;
CREATE TRIGGER search_due_case AFTER UPDATE OF number, title, unit, revision ON case_record BEGIN
    INSERT INTO search_due (case_id) SELECT NEW.id WHERE NEW.id NOT IN (SELECT case_id FROM search_due);
END;
CREATE TRIGGER search_due_revision AFTER INSERT ON revision BEGIN
    INSERT INTO search_due (case_id) SELECT NEW.case_id WHERE NEW.case_id NOT IN (SELECT case_id FROM search_due);
END;
CREATE TRIGGER search_due_revision_moved AFTER UPDATE OF case_id, reading ON revision BEGIN
    INSERT INTO search_due (case_id) SELECT id FROM case_record
        WHERE id IN (OLD.case_id, NEW.case_id) AND id NOT IN (SELECT case_id FROM search_due);
END;
CREATE TRIGGER search_due_evidence AFTER INSERT ON evidence WHEN NEW.case_id IS NOT NULL BEGIN
    INSERT INTO search_due (case_id) SELECT NEW.case_id WHERE NEW.case_id NOT IN (SELECT case_id FROM search_due);
END;
CREATE TRIGGER search_due_evidence_moved AFTER UPDATE OF case_id, sha256 ON evidence BEGIN
    INSERT INTO search_due (case_id) SELECT id FROM case_record
        WHERE id IN (OLD.case_id, NEW.case_id) AND id NOT IN (SELECT case_id FROM search_due);
END;
CREATE TRIGGER search_due_evidence_gone AFTER DELETE ON evidence WHEN OLD.case_id IS NOT NULL BEGIN
    INSERT INTO search_due (case_id) SELECT OLD.case_id WHERE OLD.case_id NOT IN (SELECT case_id FROM search_due);
END;
CREATE TRIGGER search_due_classified AFTER UPDATE OF classified ON message WHEN NEW.classified <> OLD.classified BEGIN
    INSERT INTO search_due (case_id) SELECT id FROM case_record
        WHERE id IN (SELECT case_id FROM revision WHERE message = NEW.id
                     UNION SELECT case_id FROM evidence WHERE message = NEW.id AND case_id IS NOT NULL)
          AND id NOT IN (SELECT case_id FROM search_due);
END;
