-- What lists are narrowed and ordered by.
CREATE INDEX case_record_status ON case_record (status);
CREATE INDEX case_record_month ON case_record (month);
CREATE INDEX case_record_batch ON case_record (batch);
CREATE INDEX case_record_region ON case_record (region);
CREATE INDEX case_record_received ON case_record (received_ms);
CREATE INDEX case_category_category ON case_category (category, case_id);
CREATE INDEX case_focus_focus ON case_focus (focus, case_id);
CREATE INDEX message_disposition ON message (disposition);
CREATE INDEX message_instant ON message (received_ms);
CREATE INDEX outbox_state ON outbox (state);
CREATE INDEX outbox_created ON outbox (created_ms);

-- What is looked through for a part of it: rows are long, and these are all that is needed.
CREATE INDEX message_words ON message (classified, subject, from_address, from_name);
CREATE INDEX outbox_words ON outbox (to_address, subject);
-- Which requests ran out of their period.
CREATE INDEX outbox_of_kind ON outbox (kind, state, sent_ms);
