-- What was merged into what, and by which rung of the ladder.

ALTER TABLE items ADD COLUMN guid TEXT;     -- its newest, as the feed has it

CREATE TABLE merges (
    item  INTEGER NOT NULL REFERENCES items (id), -- what it was merged into
    mark  INTEGER NOT NULL,                       -- of what was merged: the same is told once
    at    INTEGER NOT NULL,
    rung  TEXT NOT NULL CHECK (rung IN ('guid', 'path', 'link', 'text')),
    how   TEXT NOT NULL CHECK (how IN ('later', 'twice', 'feed')),
    other INTEGER REFERENCES items (id),          -- another feed's item
    told  TEXT NOT NULL DEFAULT '{}',             -- in what it differed: GUID, link, title
    was   TEXT NOT NULL DEFAULT '{}',             -- what the item had there
    PRIMARY KEY (item, mark),
    CHECK ((how = 'feed') = (other IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX merges_other ON merges (other) WHERE other IS NOT NULL;
