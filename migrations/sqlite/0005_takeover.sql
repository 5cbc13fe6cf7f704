-- How each feed looked so far, and which of them wait for a person because they look like somebody else's.

ALTER TABLE feeds ADD COLUMN held_since INTEGER;      -- its new entries are remembered and not prepared
ALTER TABLE feeds ADD COLUMN held_because TEXT;

CREATE TABLE profiles (
    feed    INTEGER NOT NULL PRIMARY KEY REFERENCES feeds (id),
    profile TEXT NOT NULL
) STRICT;
