-- What an auditor asks for: the server's own words about each delivery, and the campaign files that cases were judged by.

-- What the server said when it took a mail of ours; of a folder, where the mail lies.
ALTER TABLE outbox ADD COLUMN answer TEXT;

-- Campaign files as they were, by the hash that cases keep: a rule stays readable when the file has changed.
CREATE TABLE campaign_file (
    sha256   TEXT    NOT NULL PRIMARY KEY,
    campaign TEXT    NOT NULL,
    content  TEXT    NOT NULL,
    since_ms BIGINT  NOT NULL                            -- when it was first met
);

-- What became part of a case.
CREATE INDEX case_record_merged ON case_record (merged_into) WHERE merged_into IS NOT NULL;
