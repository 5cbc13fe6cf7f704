-- Entries that go into a digest: one post of many.

CREATE TABLE digest_items (
    site     INTEGER NOT NULL REFERENCES sites (id),
    item     INTEGER NOT NULL REFERENCES items (id),
    digest   TEXT NOT NULL,                 -- its name in the configuration
    since    INTEGER NOT NULL,              -- it waits for the first window that ends after this
    entry    TEXT,                          -- JSON: what the digest shows of it; gone after [store] keep, once the digest is made
    delivery INTEGER REFERENCES deliveries (id), -- the digest that it is in; NULL: it waits
    PRIMARY KEY (site, item),
    CHECK (delivery IS NOT NULL OR entry IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX digest_items_waiting ON digest_items (site, digest, since) WHERE delivery IS NULL;
CREATE INDEX digest_items_delivery ON digest_items (delivery) WHERE delivery IS NOT NULL;
CREATE INDEX digest_items_bodies ON digest_items (since) WHERE entry IS NOT NULL AND delivery IS NOT NULL;
