-- When the materials and the personal data of a case, or of a mail, were erased, since their time was over.
ALTER TABLE case_record ADD COLUMN purged_ms INTEGER;
ALTER TABLE message ADD COLUMN purged_ms INTEGER;

-- Blobs that nothing refers to any more since then: to be removed from the disk.
CREATE TABLE purge_due (
    sha256 TEXT NOT NULL PRIMARY KEY
) STRICT;
