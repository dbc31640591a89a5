-- What several processes must know of each other: how far each mailbox has been read ...
CREATE TABLE mailbox_read (
    mailbox TEXT    NOT NULL PRIMARY KEY,
    read_ms INTEGER NOT NULL                -- what came before this instant has been received
) STRICT;

-- ... and which replies somebody has in hand.
CREATE INDEX outbox_claimed ON outbox (lease_until_ms) WHERE lease_owner IS NOT NULL;
