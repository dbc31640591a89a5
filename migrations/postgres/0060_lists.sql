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
