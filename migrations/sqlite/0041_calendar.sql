-- By which clock a mail was judged, and what each clock said; how each revision was placed; the decisions of people
-- that no rereading changes; and batches that are closed for good.

-- internaldate, received, date or file; empty: not kept yet. clocks is JSON.
ALTER TABLE message ADD COLUMN received_source TEXT NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN clocks TEXT;

-- Where and by which rule this revision left the case, as JSON.
ALTER TABLE revision ADD COLUMN placement TEXT NOT NULL DEFAULT '{}';
-- Of a revision that came by merging: the case that it was before.
ALTER TABLE revision ADD COLUMN origin INTEGER REFERENCES case_record (id);
-- Of a case that was merged: the case that it is part of now.
ALTER TABLE case_record ADD COLUMN merged_into INTEGER REFERENCES case_record (id);

-- What a reading said before it was read again under other rules. Kept for good.
CREATE TABLE superseded_reading (
    id              INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    case_id         INTEGER NOT NULL REFERENCES case_record (id),
    revision        INTEGER NOT NULL,
    campaign_sha256 TEXT    NOT NULL,
    status          TEXT    NOT NULL,
    reading         TEXT    NOT NULL,
    trace           TEXT    NOT NULL,
    until_ms        INTEGER NOT NULL
) STRICT;
CREATE INDEX superseded_reading_case ON superseded_reading (case_id, revision);

-- What people settled about a case. It overlays every reading. value is JSON; a proposed one waits for a second person.
CREATE TABLE ruling (
    id      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    case_id INTEGER NOT NULL REFERENCES case_record (id),
    field   TEXT    NOT NULL,
    value   TEXT    NOT NULL,
    state   TEXT    NOT NULL CHECK (state IN ('proposed', 'standing', 'replaced')),
    actor   TEXT    NOT NULL,
    second  TEXT,
    reason  TEXT    NOT NULL,
    at_ms   INTEGER NOT NULL
) STRICT;
CREATE INDEX ruling_case ON ruling (case_id, field);

-- A frozen batch: its manifest is exported as it stands here.
CREATE TABLE frozen_window (
    campaign TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    at_ms    INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    manifest TEXT    NOT NULL,
    sha256   TEXT    NOT NULL,
    PRIMARY KEY (campaign, name)
) STRICT;

-- Which revision of a case counts in it.
CREATE TABLE frozen_case (
    campaign TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    case_id  INTEGER NOT NULL REFERENCES case_record (id),
    revision INTEGER NOT NULL,
    PRIMARY KEY (campaign, name, case_id)
) STRICT;
CREATE INDEX frozen_case_case ON frozen_case (case_id);
