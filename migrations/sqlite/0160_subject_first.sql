-- With `classified` first, a statement about a few cases that leaves out classified mails began with all that are not.
DROP INDEX message_words;
CREATE INDEX message_words ON message (subject, from_address, from_name, classified);
