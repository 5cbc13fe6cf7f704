-- The same story once: what deliveries are known again by, and who else covers them.

CREATE TABLE sketches (
    delivery INTEGER NOT NULL PRIMARY KEY REFERENCES deliveries (id),
    sketch   TEXT NOT NULL
) STRICT;

-- Hashes scoped to the site; ids grow with time, so that old ones are dropped by their size.
CREATE TABLE sketch_bands (
    hash     INTEGER NOT NULL,
    delivery INTEGER NOT NULL,
    PRIMARY KEY (hash, delivery)
) STRICT, WITHOUT ROWID;

-- Items that have no post of their own, as another delivery tells their story.
CREATE TABLE also_covered (
    delivery INTEGER NOT NULL REFERENCES deliveries (id),
    item     INTEGER NOT NULL REFERENCES items (id),
    percent  INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (delivery, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX also_covered_item ON also_covered (item);
