-- Reminders that were queued: what each was for. The first key makes one reminder of each occasion, the second one letter
-- a day for a case; day is NULL for what another letter of that day told too.
CREATE TABLE reminder (
    case_id   INTEGER NOT NULL REFERENCES case_record (id),
    occasion  TEXT    NOT NULL,                          -- deadline/2023-07-07, overdue/2023-07-07, window/2023-07-01
    day       TEXT,                                      -- 2023-07-06
    outbox    INTEGER NOT NULL REFERENCES outbox (id),
    queued_ms INTEGER NOT NULL,
    PRIMARY KEY (case_id, occasion),
    UNIQUE (case_id, day)
) STRICT;

-- What a correction request was written from (JSON), so that it can be written again if it is sent later than it says; and
-- the deadline that it tells. Of a reminder: when it no longer helps.
ALTER TABLE outbox ADD COLUMN letter TEXT;
ALTER TABLE outbox ADD COLUMN until_ms INTEGER;
