-- What hosts say of the use of their pages, and the publishers whose work is blocked.

-- By origin (`https://x.example`): asked once a day, and only where a page of theirs is wanted.
CREATE TABLE wishes (
    origin TEXT NOT NULL PRIMARY KEY,
    asked  BIGINT NOT NULL,
    said   TEXT NOT NULL            -- JSON: robots.txt, tdmrep.json and licence documents, as they came
);

CREATE TABLE blocks (
    domain  TEXT NOT NULL PRIMARY KEY,
    since   BIGINT NOT NULL,
    because TEXT
);

ALTER TABLE feeds ADD COLUMN blocked TEXT;      -- by this domain of `blocks`: it isn't polled
