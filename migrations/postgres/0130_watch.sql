-- How long the oldest reply waits that should have gone is asked for every few seconds. The rows have whole mails in them, so
-- an index must hold everything that is asked for. It serves what outbox_due did, too.
DROP INDEX outbox_due;
DROP INDEX outbox_state;
CREATE INDEX outbox_state ON outbox (state, next_attempt_ms, id, created_ms);
