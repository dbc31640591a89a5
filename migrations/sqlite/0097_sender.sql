-- What was found out about the sender (RFC 8601): pass, fail, unknown or unchecked; NULL: it was judged before this was kept.
ALTER TABLE message ADD COLUMN authentication TEXT;
