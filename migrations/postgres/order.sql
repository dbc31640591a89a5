-- Text is compared and put in order by its bytes, as SQLite does, whatever the database was created with: a list has the same
-- order on both, and `lower` changes ASCII only. Views and triggers stand in the way of such a change, and are made again.
DO $$
DECLARE
    one    RECORD;
    again  TEXT[] := '{}';
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(current_schema() || ' order', 0));
    CREATE TEMPORARY TABLE other_order ON COMMIT DROP AS
        SELECT c.oid AS relation, c.relname AS name, string_agg(format('ALTER COLUMN %I TYPE TEXT COLLATE "C"', a.attname), ', ') AS changes
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname NOT LIKE '\_sqlx%'
            AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'text'::regtype AND a.attcollation <> 'pg_catalog."C"'::regcollation
        GROUP BY c.oid, c.relname;
    IF NOT EXISTS (SELECT 1 FROM other_order) THEN
        RETURN;
    END IF;
    FOR one IN SELECT c.oid, c.relname FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'v' ORDER BY c.oid
    LOOP
        again := again || format('CREATE VIEW %I AS %s', one.relname, pg_get_viewdef(one.oid));
    END LOOP;
    FOR one IN SELECT t.oid, t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal ORDER BY t.oid
    LOOP
        again := again || pg_get_triggerdef(one.oid);
        EXECUTE format('DROP TRIGGER %I ON %I', one.tgname, one.relname);
    END LOOP;
    FOR one IN SELECT c.relname FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'v' ORDER BY c.oid DESC
    LOOP
        EXECUTE format('DROP VIEW %I', one.relname);
    END LOOP;
    FOR one IN SELECT name, changes FROM other_order ORDER BY name LOOP
        EXECUTE format('ALTER TABLE %I %s', one.name, one.changes);
    END LOOP;
    FOR i IN 1 .. coalesce(array_length(again, 1), 0) LOOP
        EXECUTE again[i];
    END LOOP;
END $$;
