-- The whole schema of states. Times are Unix seconds, ids are made in Rust, hashes are 63 bits, JSON is text.
-- `migrations/postgres` holds the same tables; a test compares them column by column.

CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- Who runs on this store. On SQLite an operating system's lock keeps a second one out; on PostgreSQL they share by leases.
CREATE TABLE daemons (
    id      INTEGER NOT NULL PRIMARY KEY,
    label   TEXT NOT NULL,
    started INTEGER NOT NULL,
    seen    INTEGER NOT NULL
) STRICT;

CREATE TABLE feeds (
    id            INTEGER NOT NULL PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    key_name      TEXT NOT NULL,            -- the first name that it ever had: what delivery keys are made with
    url           TEXT NOT NULL,
    configured    INTEGER NOT NULL DEFAULT 1 CHECK (configured IN (0, 1)),
    facts         TEXT NOT NULL DEFAULT '{}',
    etag          TEXT,
    last_modified TEXT,
    body_hash     TEXT,
    next_poll     INTEGER NOT NULL,
    because       TEXT,                     -- why next_poll is when it is
    polled        INTEGER,                  -- the last answer
    changed       INTEGER,                  -- the last document that held something new
    rhythm        TEXT NOT NULL DEFAULT '[]', -- times of its newest entries
    failures      INTEGER NOT NULL DEFAULT 0,
    error         TEXT,
    retry_after   INTEGER,
    gone          INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1)),
    lease_token   INTEGER,
    lease_until   INTEGER,
    lease_owner   INTEGER,
    CHECK ((lease_token IS NULL) = (lease_until IS NULL))
) STRICT;
CREATE INDEX feeds_due ON feeds (configured, next_poll, id);

-- Which item an entry of a feed is: hashes scoped to the feed. Item 0: a link that several entries share proves nothing.
CREATE TABLE feed_keys (
    hash INTEGER NOT NULL PRIMARY KEY,
    item INTEGER NOT NULL
) STRICT;

CREATE TABLE items (
    id          INTEGER NOT NULL PRIMARY KEY,
    feed        INTEGER NOT NULL REFERENCES feeds (id),
    state       TEXT NOT NULL CHECK (state IN ('seen', 'preparing', 'decided', 'skipped')),
    own_guid    INTEGER,                    -- scoped to the feed: its newest GUID
    key_guid    INTEGER,                    -- over feeds
    key_link    INTEGER,
    key_text    INTEGER,
    title       TEXT NOT NULL,
    link        TEXT,
    published   INTEGER,
    first_seen  INTEGER NOT NULL,
    entry       TEXT,
    steps       TEXT NOT NULL DEFAULT '{}',
    decision    TEXT NOT NULL DEFAULT '{}',
    generation  INTEGER NOT NULL DEFAULT 0,
    attempts    INTEGER NOT NULL DEFAULT 0,
    due         INTEGER NOT NULL,
    error       TEXT,
    run         INTEGER,                    -- the run that remembered it
    lease_token INTEGER,
    lease_until INTEGER,
    lease_owner INTEGER,
    CHECK ((state = 'preparing') = (lease_token IS NOT NULL)),
    CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
    CHECK (state IN ('decided', 'skipped') OR entry IS NOT NULL)
) STRICT;
CREATE INDEX items_due ON items (state, due, id);
CREATE INDEX items_feed ON items (feed, id);
CREATE INDEX items_link ON items (link);
CREATE INDEX items_bodies ON items (first_seen) WHERE entry IS NOT NULL;

CREATE TABLE sites (
    id           INTEGER NOT NULL PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    key_name     TEXT NOT NULL,
    url          TEXT NOT NULL,
    configured   INTEGER NOT NULL DEFAULT 1 CHECK (configured IN (0, 1)),
    language     TEXT,                      -- BCP 47, as its front page says
    rest_until   INTEGER,                   -- nothing is sent before this
    rest_because TEXT,
    terms_until  INTEGER,             -- terms may be under way: none are made before this
    lease_token  INTEGER,
    lease_until  INTEGER,
    lease_owner  INTEGER,
    CHECK ((lease_token IS NULL) = (lease_until IS NULL))
) STRICT;

CREATE TABLE deliveries (
    id            INTEGER NOT NULL PRIMARY KEY,
    site          INTEGER NOT NULL REFERENCES sites (id),
    item          INTEGER NOT NULL REFERENCES items (id),
    state         TEXT NOT NULL
                  CHECK (state IN ('ready', 'publishing', 'published', 'held', 'skipped', 'failed', 'withdrawn')),
    hold_kind     TEXT CHECK (hold_kind IN ('review', 'ai', 'flood', 'near-duplicate')),
    hold_because  TEXT,
    key_hash      INTEGER NOT NULL,
    key           TEXT NOT NULL,
    slug          TEXT NOT NULL,
    phase         TEXT NOT NULL DEFAULT 'unmade' CHECK (phase IN ('unmade', 'made', 'finished')),
    doubt_until   INTEGER,
    doubt_ever    INTEGER NOT NULL DEFAULT 0 CHECK (doubt_ever IN (0, 1)),
    doubt_floor   INTEGER,
    draft         TEXT,
    decision      TEXT NOT NULL DEFAULT '{}',
    post          INTEGER,
    post_slug     TEXT,
    post_link     TEXT,
    returned_hash TEXT,
    modified_gmt  TEXT,
    attempts      INTEGER NOT NULL DEFAULT 0,
    created       INTEGER NOT NULL,
    due           INTEGER NOT NULL,
    error         TEXT,
    run           INTEGER,
    published_at  INTEGER,
    recheck       INTEGER,                  -- when it is looked up once more, after a doubt
    lease_token   INTEGER,
    lease_until   INTEGER,
    lease_owner   INTEGER,
    UNIQUE (site, key_hash),
    CHECK ((state = 'publishing') = (lease_token IS NOT NULL)),
    CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
    CHECK ((state = 'held') = (hold_kind IS NOT NULL)),
    CHECK ((phase = 'unmade') = (post IS NULL)),
    CHECK (state <> 'published' OR (phase = 'finished' AND published_at IS NOT NULL)),
    CHECK (state NOT IN ('ready', 'publishing', 'held', 'failed') OR draft IS NOT NULL)
) STRICT;
CREATE INDEX deliveries_due ON deliveries (site, state, due, id);
CREATE INDEX deliveries_item ON deliveries (item);
CREATE INDEX deliveries_slug ON deliveries (slug);
CREATE INDEX deliveries_key ON deliveries (key);
CREATE INDEX deliveries_post_slug ON deliveries (post_slug) WHERE post_slug IS NOT NULL;
CREATE INDEX deliveries_post_link ON deliveries (post_link) WHERE post_link IS NOT NULL;
CREATE INDEX deliveries_recheck ON deliveries (site, recheck) WHERE recheck IS NOT NULL;
CREATE INDEX deliveries_run ON deliveries (run) WHERE run IS NOT NULL;
CREATE INDEX deliveries_drafts ON deliveries (created) WHERE draft IS NOT NULL;

-- Which delivery an entry is on a site: hashes scoped to the site, of every rung of the ladder.
CREATE TABLE site_keys (
    hash     INTEGER NOT NULL PRIMARY KEY,
    delivery INTEGER NOT NULL REFERENCES deliveries (id)
) STRICT;

-- One item normally; many for a digest or for an entry that several feeds have.
CREATE TABLE delivery_items (
    delivery INTEGER NOT NULL REFERENCES deliveries (id),
    item     INTEGER NOT NULL REFERENCES items (id),
    PRIMARY KEY (delivery, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_items_item ON delivery_items (item);

-- Append only: what was sent, and what came back.
CREATE TABLE attempts (
    id       INTEGER NOT NULL PRIMARY KEY,
    delivery INTEGER NOT NULL REFERENCES deliveries (id),
    what     TEXT NOT NULL,
    started  INTEGER NOT NULL,
    sent     TEXT,
    answered INTEGER,
    status   INTEGER,
    answer   TEXT,
    error    TEXT,
    bodies   INTEGER NOT NULL DEFAULT 1 CHECK (bodies IN (0, 1)) -- sent and answer are still there
) STRICT;
CREATE INDEX attempts_delivery ON attempts (delivery, id);
CREATE INDEX attempts_bodies ON attempts (started) WHERE bodies = 1;

CREATE TABLE media (
    id          INTEGER NOT NULL PRIMARY KEY,
    site        INTEGER NOT NULL REFERENCES sites (id),
    sha256      TEXT NOT NULL,
    slug        TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('wanted', 'uploading', 'uploaded', 'failed')),
    media       INTEGER,                    -- WordPress' id
    url         TEXT,
    doubt_until INTEGER,
    doubt_ever  INTEGER NOT NULL DEFAULT 0 CHECK (doubt_ever IN (0, 1)),
    attempts    INTEGER NOT NULL DEFAULT 0,
    due         INTEGER NOT NULL,
    error       TEXT,
    UNIQUE (site, sha256),
    UNIQUE (site, slug),
    CHECK ((state = 'uploaded') = (media IS NOT NULL))
) STRICT;

CREATE TABLE terms (
    site     INTEGER NOT NULL REFERENCES sites (id),
    taxonomy TEXT NOT NULL,
    name     TEXT NOT NULL,                 -- folded
    parent   INTEGER NOT NULL DEFAULT 0,
    term     INTEGER NOT NULL,              -- WordPress' id
    seen     INTEGER NOT NULL,
    PRIMARY KEY (site, taxonomy, name, parent)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    id      INTEGER NOT NULL PRIMARY KEY,
    kind    TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended   INTEGER,
    summary TEXT
) STRICT;

-- What a person should look at: a conflict on a published post, a twin that somebody touched.
CREATE TABLE reviews (
    id       INTEGER NOT NULL PRIMARY KEY,
    delivery INTEGER NOT NULL REFERENCES deliveries (id),
    kind     TEXT NOT NULL,
    text     TEXT NOT NULL,
    opened   INTEGER NOT NULL,
    closed   INTEGER
) STRICT;
CREATE INDEX reviews_delivery ON reviews (delivery);
CREATE INDEX reviews_open ON reviews (opened) WHERE closed IS NULL;

CREATE TABLE pauses (
    scope   TEXT NOT NULL CHECK (scope IN ('all', 'feed', 'site')),
    target  INTEGER NOT NULL,               -- the feed's or site's id; 0 for all
    since   INTEGER NOT NULL,
    because TEXT,
    PRIMARY KEY (scope, target),
    CHECK ((scope = 'all') = (target = 0))
) STRICT, WITHOUT ROWID;
