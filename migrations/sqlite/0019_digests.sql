-- Digests by name, and the first name that each ever had: what the keys of its posts are made with.
CREATE TABLE digests (
    name     TEXT NOT NULL PRIMARY KEY,
    key_name TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO digests (name, key_name) SELECT DISTINCT digest, digest FROM digest_items;
