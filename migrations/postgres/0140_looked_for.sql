-- What a case that was joined to another had: looked for wherever the other is shown.
CREATE INDEX revision_origin ON revision (origin) WHERE origin IS NOT NULL;
-- Open cases of one campaign among those of many: looked for every twenty seconds.
CREATE INDEX case_record_open ON case_record (campaign, status);
