-- The same story once: what deliveries are known again by, and who else covers them.

CREATE TABLE sketches (
    delivery BIGINT NOT NULL PRIMARY KEY REFERENCES deliveries (id),
    sketch   TEXT NOT NULL
);

-- Hashes scoped to the site; ids grow with time, so that old ones are dropped by their size.
CREATE TABLE sketch_bands (
    hash     BIGINT NOT NULL,
    delivery BIGINT NOT NULL,
    PRIMARY KEY (hash, delivery)
);

-- Items that have no post of their own, as another delivery tells their story.
CREATE TABLE also_covered (
    delivery BIGINT NOT NULL REFERENCES deliveries (id),
    item     BIGINT NOT NULL REFERENCES items (id),
    percent  BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (delivery, item)
);
CREATE INDEX also_covered_item ON also_covered (item);
