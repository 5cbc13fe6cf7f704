-- After publishing: what WordPress gave back, what feeds tell otherwise now, and what posts shall be changed into.

-- Of each field, in short, as WordPress returned it after our last write (JSON); NULL: not known, or a person's.
ALTER TABLE deliveries ADD COLUMN returned TEXT;
-- When it was looked at because its time was over, and stayed.
ALTER TABLE deliveries ADD COLUMN stays INTEGER;
-- Of what the feed told of it when that was last looked at; NULL: nobody wanted to know.
ALTER TABLE items ADD COLUMN told INTEGER;
-- What a review is about, field by field (JSON).
ALTER TABLE reviews ADD COLUMN detail TEXT;
-- What the person decided.
ALTER TABLE reviews ADD COLUMN outcome TEXT;

-- Entries that tell something else than what their posts were made of, until that was looked into.
CREATE TABLE changes (
    item        INTEGER NOT NULL PRIMARY KEY REFERENCES items (id),
    entry       TEXT NOT NULL,              -- as its feed tells it now
    since       INTEGER NOT NULL,
    due         INTEGER NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    error       TEXT,
    lease_token INTEGER,
    lease_until INTEGER,
    lease_owner INTEGER
) STRICT;
CREATE INDEX changes_due ON changes (due, item);

-- What posts that are out shall be changed into, until the site has said what it thinks of it.
CREATE TABLE wanted (
    delivery INTEGER NOT NULL PRIMARY KEY REFERENCES deliveries (id),
    site     INTEGER NOT NULL REFERENCES sites (id),
    why      TEXT NOT NULL CHECK (why IN ('source', 'note', 'covered', 'gone', 'rendered', 'person', 'age')),
    draft    TEXT NOT NULL,
    decision TEXT NOT NULL,
    forced   TEXT NOT NULL DEFAULT '[]',    -- fields that a person gave to the source (JSON)
    token    INTEGER NOT NULL,              -- a newer wish has another
    since    INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    error    TEXT
) STRICT;
CREATE INDEX wanted_due ON wanted (site, due);

-- Whether the pages that posts were made of are still there.
CREATE TABLE origins (
    item  INTEGER NOT NULL PRIMARY KEY REFERENCES items (id),
    feed  INTEGER NOT NULL REFERENCES feeds (id),
    due   INTEGER NOT NULL,
    times INTEGER NOT NULL DEFAULT 0,       -- in a row that it was gone
    since INTEGER,                          -- the first of them
    told  INTEGER                           -- when what the policy wants was done
) STRICT;
CREATE INDEX origins_due ON origins (due, item);
CREATE INDEX deliveries_age ON deliveries (published_at) WHERE state = 'published' AND stays IS NULL;
