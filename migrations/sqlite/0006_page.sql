-- What hosts say of the use of their pages, and the publishers whose work is blocked.

-- By origin (`https://x.example`): asked once a day, and only where a page of theirs is wanted.
CREATE TABLE wishes (
    origin TEXT NOT NULL PRIMARY KEY,
    asked  INTEGER NOT NULL,
    said   TEXT NOT NULL            -- JSON: robots.txt, tdmrep.json and licence documents, as they came
) STRICT, WITHOUT ROWID;

CREATE TABLE blocks (
    domain  TEXT NOT NULL PRIMARY KEY,
    since   INTEGER NOT NULL,
    because TEXT
) STRICT, WITHOUT ROWID;

ALTER TABLE feeds ADD COLUMN blocked TEXT;      -- by this domain of `blocks`: it isn't polled
