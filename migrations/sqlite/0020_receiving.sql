-- Mails that the mailbox lists and doesn't give: owed, and asked for again until there is a verdict. place is
-- the UID in digits, or the file's name; uidvalidity is -1 where messages have names.
CREATE TABLE owed (
    mailbox                 TEXT    NOT NULL,
    uidvalidity             INTEGER NOT NULL,
    place                   TEXT    NOT NULL,
    bytes                   INTEGER NOT NULL,
    received_ms             INTEGER NOT NULL,
    received_is_server_time INTEGER NOT NULL CHECK (received_is_server_time IN (0, 1)),
    attempts                INTEGER NOT NULL,
    next_ms                 INTEGER NOT NULL,
    last_error              TEXT    NOT NULL,
    PRIMARY KEY (mailbox, uidvalidity, place)
) STRICT;

-- What was done to a mail in the mailbox after it was recorded (a flag, a move): -1 done, else how often it was tried.
ALTER TABLE mailbox_position ADD COLUMN courtesy INTEGER NOT NULL DEFAULT 0;
