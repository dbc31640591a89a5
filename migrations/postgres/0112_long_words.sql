-- An entry of a B-tree holds some 2,700 bytes, and what people write may be longer: such a row would be refused.
DROP INDEX message_words;
DROP INDEX outbox_words;
DROP INDEX message_header_id;
CREATE INDEX message_header_id ON message USING hash (message_id);
DROP INDEX case_record_unit;
CREATE INDEX case_record_unit ON case_record USING hash (unit_key);
DROP INDEX outbox_recipient;
CREATE INDEX outbox_recipient ON outbox (substr(lower(to_address), 1, 200), created_ms);
