-- What lists are counted by, so that no long row is read for it: forms, mails and replies of a case, what a case lacks,
-- and what stands in each window.
DROP INDEX outbox_case_case;
CREATE INDEX outbox_case_case ON outbox_case (case_id, outbox);
DROP INDEX evidence_case;
CREATE INDEX evidence_case ON evidence (case_id, message);
DROP INDEX defect_case;
CREATE INDEX defect_case ON defect (case_id, revision, severity);
CREATE INDEX revision_message ON revision (case_id, message);
CREATE INDEX case_record_place ON case_record (campaign, month, batch, late, status);
