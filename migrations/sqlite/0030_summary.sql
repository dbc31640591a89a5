-- Mails past the cap of a day: each sender is told of all of them by one summary reply after midnight. A mail stands
-- here or has a reply of its own. content is what the summary says of it, as it was known then (JSON).
CREATE TABLE summary_item (
    message   INTEGER NOT NULL PRIMARY KEY REFERENCES message (id),
    campaign  TEXT    NOT NULL,
    recipient TEXT    NOT NULL,                          -- in lower case
    day_ms    INTEGER NOT NULL,                          -- the first instant of the day, in Asia/Shanghai
    content   TEXT    NOT NULL,
    outbox    INTEGER REFERENCES outbox (id)             -- the summary that tells of it
) STRICT;
CREATE INDEX summary_item_open ON summary_item (day_ms, campaign, recipient) WHERE outbox IS NULL;
