-- The few mails that were tried too often, among all that wait: each batch asks for them.
CREATE INDEX message_tried ON message (mailbox, id) WHERE state = 'received' AND attempts >= 3;
