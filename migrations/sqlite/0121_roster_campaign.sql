-- A campaign may have a roster of its own; that of no campaign is for those that have none.
ALTER TABLE roster ADD COLUMN campaign TEXT NOT NULL DEFAULT '';
