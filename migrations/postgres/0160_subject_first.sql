-- There is no such index here.
SELECT 1;
