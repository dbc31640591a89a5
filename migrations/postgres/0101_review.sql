-- A round of review of a frozen batch. rules: the campaign's criteria as they were (JSON); result: the ranking (JSON).
CREATE TABLE review_round (
    campaign        TEXT    NOT NULL,
    batch           TEXT    NOT NULL,
    opened_ms       BIGINT NOT NULL,
    actor           TEXT    NOT NULL,
    rules           TEXT    NOT NULL,
    manifest_sha256 TEXT    NOT NULL,
    seed            TEXT,
    per_case        BIGINT,
    assigned_ms     BIGINT,
    closed_ms       BIGINT,
    closed_by       TEXT,
    result          TEXT,
    PRIMARY KEY (campaign, batch)
);

-- Which cases, by the revision that counts; code is what reviewers see instead of the number.
CREATE TABLE review_case (
    campaign TEXT    NOT NULL,
    batch    TEXT    NOT NULL,
    case_id  BIGINT NOT NULL REFERENCES case_record (id),
    revision BIGINT NOT NULL,
    code     TEXT,
    PRIMARY KEY (campaign, batch, case_id)
);

CREATE TABLE review_member (
    campaign TEXT NOT NULL,
    batch    TEXT NOT NULL,
    code     TEXT NOT NULL,
    name     TEXT NOT NULL,
    unit     TEXT NOT NULL,
    region   TEXT,
    login    TEXT,
    PRIMARY KEY (campaign, batch, code)
);

-- Who doesn't judge which case, and why.
CREATE TABLE review_bar (
    campaign TEXT    NOT NULL,
    batch    TEXT    NOT NULL,
    case_id  BIGINT NOT NULL REFERENCES case_record (id),
    reviewer TEXT    NOT NULL,
    bar      TEXT    NOT NULL CHECK (bar IN ('person', 'unit', 'superior', 'region', 'recused')),
    reason   TEXT    NOT NULL,
    actor    TEXT    NOT NULL,
    at_ms    BIGINT NOT NULL,
    PRIMARY KEY (campaign, batch, case_id, reviewer)
);

-- Who judges which case.
CREATE TABLE review_task (
    campaign TEXT    NOT NULL,
    batch    TEXT    NOT NULL,
    case_id  BIGINT NOT NULL REFERENCES case_record (id),
    reviewer TEXT    NOT NULL,
    PRIMARY KEY (campaign, batch, case_id, reviewer)
);

-- What was judged. scores: tenths of points by criterion (JSON); nobody is shown them before the round is closed.
CREATE TABLE review_score (
    campaign TEXT    NOT NULL,
    batch    TEXT    NOT NULL,
    case_id  BIGINT NOT NULL REFERENCES case_record (id),
    reviewer TEXT    NOT NULL,
    scores   TEXT    NOT NULL,
    remark   TEXT    NOT NULL,
    actor    TEXT    NOT NULL,
    at_ms    BIGINT NOT NULL,
    PRIMARY KEY (campaign, batch, case_id, reviewer)
);
