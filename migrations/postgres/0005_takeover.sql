-- How each feed looked so far, and which of them wait for a person because they look like somebody else's.

ALTER TABLE feeds ADD COLUMN held_since BIGINT;      -- its new entries are remembered and not prepared
ALTER TABLE feeds ADD COLUMN held_because TEXT;

CREATE TABLE profiles (
    feed    BIGINT NOT NULL PRIMARY KEY REFERENCES feeds (id),
    profile TEXT NOT NULL
);
