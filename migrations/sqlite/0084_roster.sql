-- Who is who: units, coordinators, liaisons, as they were imported (JSON). The latest row counts; the others are its history.
CREATE TABLE roster (
    id      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at_ms   INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    reason  TEXT NOT NULL,
    sha256  TEXT NOT NULL,
    content TEXT NOT NULL
) STRICT;

-- What takes two persons and changes no case: the first one's wish, until another does the same.
CREATE TABLE approval (
    id      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    act     TEXT NOT NULL,
    subject TEXT NOT NULL,
    actor   TEXT NOT NULL,
    reason  TEXT NOT NULL,
    at_ms   INTEGER NOT NULL,
    second  TEXT,
    used_ms INTEGER
) STRICT;
CREATE INDEX approval_open ON approval (act, subject);
