-- What happened to a round after the assignment. masks: what else is left out of what reviewers read (JSON list);
-- left_out: the cases that were judged no more when it was closed (JSON).
ALTER TABLE review_round ADD COLUMN masks TEXT NOT NULL DEFAULT '[]';
ALTER TABLE review_round ADD COLUMN left_out TEXT;

-- Who withdrew after the assignment, in that order; instead: who took over; without: the numbers of the cases that were
-- judged no more by then (JSON list), which count for nobody's load.
CREATE TABLE review_recusal (
    id       INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    campaign TEXT    NOT NULL,
    batch    TEXT    NOT NULL,
    case_id  INTEGER NOT NULL REFERENCES case_record (id),
    reviewer TEXT    NOT NULL,
    instead  TEXT,
    without  TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    actor    TEXT    NOT NULL,
    at_ms    INTEGER NOT NULL
) STRICT;
CREATE INDEX review_recusal_round ON review_recusal (campaign, batch);
