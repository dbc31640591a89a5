-- What a person saw when settling something: the revision, and what its form said there (JSON). Only a later form that
-- says something new is worth looking at.
ALTER TABLE ruling ADD COLUMN revision BIGINT;
ALTER TABLE ruling ADD COLUMN seen TEXT;
