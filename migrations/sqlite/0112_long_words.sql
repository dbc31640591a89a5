-- An entry of an index may be of any length here.
SELECT 1;
