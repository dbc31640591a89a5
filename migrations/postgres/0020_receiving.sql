-- Mails that the mailbox lists and doesn't give: owed, and asked for again until there is a verdict. place is
-- the UID in digits, or the file's name; uidvalidity is -1 where messages have names.
CREATE TABLE owed (
    mailbox                 TEXT    NOT NULL,
    uidvalidity             BIGINT  NOT NULL,
    place                   TEXT    NOT NULL,
    bytes                   BIGINT  NOT NULL,
    received_ms             BIGINT  NOT NULL,
    received_is_server_time BIGINT  NOT NULL CHECK (received_is_server_time IN (0, 1)),
    attempts                BIGINT  NOT NULL,
    next_ms                 BIGINT  NOT NULL,
    last_error              TEXT    NOT NULL,
    PRIMARY KEY (mailbox, uidvalidity, place)
);

-- What was done to a mail in the mailbox after it was recorded (a flag, a move): -1 done, else how often it was tried.
ALTER TABLE mailbox_position ADD COLUMN courtesy BIGINT NOT NULL DEFAULT 0;
