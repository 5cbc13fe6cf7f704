-- Feeds that changed their GUIDs or their address all at once: what came looks like what they had, and waits for a person.

ALTER TABLE feeds ADD COLUMN held_kind TEXT CHECK (held_kind IN ('takeover', 'flood'));
ALTER TABLE feeds ADD COLUMN guids_vary INTEGER NOT NULL DEFAULT 0 CHECK (guids_vary IN (0, 1)); -- a person knows that they change
UPDATE feeds SET held_kind = 'takeover' WHERE held_since IS NOT NULL;

-- Items that look like an older one of their feed.
CREATE TABLE returned (
    item    INTEGER NOT NULL PRIMARY KEY REFERENCES items (id),
    feed    INTEGER NOT NULL REFERENCES feeds (id),
    twin    INTEGER REFERENCES items (id),  -- NULL: it is only older than the feed's first poll
    rung    TEXT CHECK (rung IN ('guid', 'path', 'link', 'text')),
    settled INTEGER,                        -- since then its keys are the twin's, and it is no item of its own
    CHECK ((twin IS NULL) = (rung IS NULL))
) STRICT;
CREATE INDEX returned_feed ON returned (feed, settled);

-- What the site knows a telling by that another delivery names: given back, should that one never go out.
ALTER TABLE also_covered ADD COLUMN keys TEXT NOT NULL DEFAULT '[]';
