-- Selected cases that were sent on, with the mail that took them there.
CREATE TABLE referral (
    id             INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    campaign       TEXT    NOT NULL,
    target         TEXT    NOT NULL CHECK (target IN ('department', 'local', 'samr')),
    recipient      TEXT    NOT NULL,
    address        TEXT    NOT NULL,
    outbox         INTEGER NOT NULL UNIQUE REFERENCES outbox (id),
    package_sha256 TEXT    NOT NULL,
    actor          TEXT    NOT NULL,
    reason         TEXT    NOT NULL,
    at_ms          INTEGER NOT NULL
) STRICT;
CREATE TABLE referral_case (
    referral INTEGER NOT NULL REFERENCES referral (id),
    case_id  INTEGER NOT NULL REFERENCES case_record (id),
    PRIMARY KEY (referral, case_id)
) STRICT;
CREATE INDEX referral_of_case ON referral_case (case_id);
