-- What runs have made on sites beside posts, so that it can be taken back; and sites from which our posts vanished.

-- Announced before it is made; posts' runs stand on their deliveries.
CREATE TABLE journal (
    site      BIGINT  NOT NULL REFERENCES sites (id),
    kind      TEXT NOT NULL CHECK (kind IN ('media', 'term')),
    taxonomy  TEXT NOT NULL,                -- a term's rest_base; empty for media
    name      TEXT NOT NULL,                -- a picture's slug; a term's folded path
    run       BIGINT  NOT NULL REFERENCES runs (id),
    announced BIGINT  NOT NULL,
    again     BIGINT  NOT NULL DEFAULT 0 CHECK (again IN (0, 1)), -- asked for once more before the outcome was known
    wordpress BIGINT ,                      -- WordPress' id; NULL: nobody knows whether it came to be
    purged    BIGINT ,                      -- when it was deleted for good
    PRIMARY KEY (site, kind, taxonomy, name)
);
CREATE INDEX journal_run ON journal (run);

-- Many of our posts are gone at once, and not by the trash: a person says what happened.
CREATE TABLE vanished (
    site  BIGINT  NOT NULL PRIMARY KEY REFERENCES sites (id),
    since BIGINT  NOT NULL,
    posts BIGINT  NOT NULL
);
