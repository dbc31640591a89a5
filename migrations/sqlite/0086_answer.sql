-- The mail of ours by which a person answered: its row in the outbox.
ALTER TABLE message ADD COLUMN answer INTEGER;
