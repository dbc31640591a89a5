-- What files say, for search: the beginning of each, once for the same bytes. Classified matter is not here.
CREATE TABLE evidence_text (
    sha256  TEXT NOT NULL PRIMARY KEY,
    content TEXT NOT NULL
) STRICT;
