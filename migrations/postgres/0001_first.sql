-- The whole schema of states. Times are Unix seconds, ids are made in Rust, hashes are 63 bits, JSON is text.
-- `migrations/sqlite` holds the same tables; a test compares them column by column.

CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Who runs on this store. On SQLite an operating system's lock keeps a second one out; on PostgreSQL they share by leases.
CREATE TABLE daemons (
    id      BIGINT NOT NULL PRIMARY KEY,
    label   TEXT NOT NULL,
    started BIGINT NOT NULL,
    seen    BIGINT NOT NULL
);

CREATE TABLE feeds (
    id            BIGINT NOT NULL PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    key_name      TEXT NOT NULL,            -- the first name that it ever had: what delivery keys are made with
    url           TEXT NOT NULL,
    configured    BIGINT NOT NULL DEFAULT 1 CHECK (configured IN (0, 1)),
    facts         TEXT NOT NULL DEFAULT '{}',
    etag          TEXT,
    last_modified TEXT,
    body_hash     TEXT,
    next_poll     BIGINT NOT NULL,
    because       TEXT,                     -- why next_poll is when it is
    polled        BIGINT,                  -- the last answer
    changed       BIGINT,                  -- the last document that held something new
    rhythm        TEXT NOT NULL DEFAULT '[]', -- times of its newest entries
    failures      BIGINT NOT NULL DEFAULT 0,
    error         TEXT,
    retry_after   BIGINT,
    gone          BIGINT NOT NULL DEFAULT 0 CHECK (gone IN (0, 1)),
    lease_token   BIGINT,
    lease_until   BIGINT,
    lease_owner   BIGINT,
    CHECK ((lease_token IS NULL) = (lease_until IS NULL))
);
CREATE INDEX feeds_due ON feeds (configured, next_poll, id);

-- Which item an entry of a feed is: hashes scoped to the feed. Item 0: a link that several entries share proves nothing.
CREATE TABLE feed_keys (
    hash BIGINT NOT NULL PRIMARY KEY,
    item BIGINT NOT NULL
);

CREATE TABLE items (
    id          BIGINT NOT NULL PRIMARY KEY,
    feed        BIGINT NOT NULL REFERENCES feeds (id),
    state       TEXT NOT NULL CHECK (state IN ('seen', 'preparing', 'decided', 'skipped')),
    own_guid    BIGINT,                    -- scoped to the feed: its newest GUID
    key_guid    BIGINT,                    -- over feeds
    key_link    BIGINT,
    key_text    BIGINT,
    title       TEXT NOT NULL,
    link        TEXT,
    published   BIGINT,
    first_seen  BIGINT NOT NULL,
    entry       TEXT,
    steps       TEXT NOT NULL DEFAULT '{}',
    decision    TEXT NOT NULL DEFAULT '{}',
    generation  BIGINT NOT NULL DEFAULT 0,
    attempts    BIGINT NOT NULL DEFAULT 0,
    due         BIGINT NOT NULL,
    error       TEXT,
    run         BIGINT,                    -- the run that remembered it
    lease_token BIGINT,
    lease_until BIGINT,
    lease_owner BIGINT,
    CHECK ((state = 'preparing') = (lease_token IS NOT NULL)),
    CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
    CHECK (state IN ('decided', 'skipped') OR entry IS NOT NULL)
);
CREATE INDEX items_due ON items (state, due, id);
CREATE INDEX items_feed ON items (feed, id);
CREATE INDEX items_link ON items (link);
CREATE INDEX items_bodies ON items (first_seen) WHERE entry IS NOT NULL;

CREATE TABLE sites (
    id           BIGINT NOT NULL PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    key_name     TEXT NOT NULL,
    url          TEXT NOT NULL,
    configured   BIGINT NOT NULL DEFAULT 1 CHECK (configured IN (0, 1)),
    language     TEXT,                      -- BCP 47, as its front page says
    rest_until   BIGINT,                   -- nothing is sent before this
    rest_because TEXT,
    terms_until  BIGINT,              -- terms may be under way: none are made before this
    lease_token  BIGINT,
    lease_until  BIGINT,
    lease_owner  BIGINT,
    CHECK ((lease_token IS NULL) = (lease_until IS NULL))
);

CREATE TABLE deliveries (
    id            BIGINT NOT NULL PRIMARY KEY,
    site          BIGINT NOT NULL REFERENCES sites (id),
    item          BIGINT NOT NULL REFERENCES items (id),
    state         TEXT NOT NULL
                  CHECK (state IN ('ready', 'publishing', 'published', 'held', 'skipped', 'failed', 'withdrawn')),
    hold_kind     TEXT CHECK (hold_kind IN ('review', 'ai', 'flood', 'near-duplicate')),
    hold_because  TEXT,
    key_hash      BIGINT NOT NULL,
    key           TEXT NOT NULL,
    slug          TEXT NOT NULL,
    phase         TEXT NOT NULL DEFAULT 'unmade' CHECK (phase IN ('unmade', 'made', 'finished')),
    doubt_until   BIGINT,
    doubt_ever    BIGINT NOT NULL DEFAULT 0 CHECK (doubt_ever IN (0, 1)),
    doubt_floor   BIGINT,
    draft         TEXT,
    decision      TEXT NOT NULL DEFAULT '{}',
    post          BIGINT,
    post_slug     TEXT,
    post_link     TEXT,
    returned_hash TEXT,
    modified_gmt  TEXT,
    attempts      BIGINT NOT NULL DEFAULT 0,
    created       BIGINT NOT NULL,
    due           BIGINT NOT NULL,
    error         TEXT,
    run           BIGINT,
    published_at  BIGINT,
    recheck       BIGINT,                  -- when it is looked up once more, after a doubt
    lease_token   BIGINT,
    lease_until   BIGINT,
    lease_owner   BIGINT,
    UNIQUE (site, key_hash),
    CHECK ((state = 'publishing') = (lease_token IS NOT NULL)),
    CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
    CHECK ((state = 'held') = (hold_kind IS NOT NULL)),
    CHECK ((phase = 'unmade') = (post IS NULL)),
    CHECK (state <> 'published' OR (phase = 'finished' AND published_at IS NOT NULL)),
    CHECK (state NOT IN ('ready', 'publishing', 'held', 'failed') OR draft IS NOT NULL)
);
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
    hash     BIGINT NOT NULL PRIMARY KEY,
    delivery BIGINT NOT NULL REFERENCES deliveries (id)
);

-- One item normally; many for a digest or for an entry that several feeds have.
CREATE TABLE delivery_items (
    delivery BIGINT NOT NULL REFERENCES deliveries (id),
    item     BIGINT NOT NULL REFERENCES items (id),
    PRIMARY KEY (delivery, item)
);
CREATE INDEX delivery_items_item ON delivery_items (item);

-- Append only: what was sent, and what came back.
CREATE TABLE attempts (
    id       BIGINT NOT NULL PRIMARY KEY,
    delivery BIGINT NOT NULL REFERENCES deliveries (id),
    what     TEXT NOT NULL,
    started  BIGINT NOT NULL,
    sent     TEXT,
    answered BIGINT,
    status   BIGINT,
    answer   TEXT,
    error    TEXT,
    bodies   BIGINT NOT NULL DEFAULT 1 CHECK (bodies IN (0, 1)) -- sent and answer are still there
);
CREATE INDEX attempts_delivery ON attempts (delivery, id);
CREATE INDEX attempts_bodies ON attempts (started) WHERE bodies = 1;

CREATE TABLE media (
    id          BIGINT NOT NULL PRIMARY KEY,
    site        BIGINT NOT NULL REFERENCES sites (id),
    sha256      TEXT NOT NULL,
    slug        TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('wanted', 'uploading', 'uploaded', 'failed')),
    media       BIGINT,                    -- WordPress' id
    url         TEXT,
    doubt_until BIGINT,
    doubt_ever  BIGINT NOT NULL DEFAULT 0 CHECK (doubt_ever IN (0, 1)),
    attempts    BIGINT NOT NULL DEFAULT 0,
    due         BIGINT NOT NULL,
    error       TEXT,
    UNIQUE (site, sha256),
    UNIQUE (site, slug),
    CHECK ((state = 'uploaded') = (media IS NOT NULL))
);

CREATE TABLE terms (
    site     BIGINT NOT NULL REFERENCES sites (id),
    taxonomy TEXT NOT NULL,
    name     TEXT NOT NULL,                 -- folded
    parent   BIGINT NOT NULL DEFAULT 0,
    term     BIGINT NOT NULL,              -- WordPress' id
    seen     BIGINT NOT NULL,
    PRIMARY KEY (site, taxonomy, name, parent)
);

CREATE TABLE runs (
    id      BIGINT NOT NULL PRIMARY KEY,
    kind    TEXT NOT NULL,
    started BIGINT NOT NULL,
    ended   BIGINT,
    summary TEXT
);

-- What a person should look at: a conflict on a published post, a twin that somebody touched.
CREATE TABLE reviews (
    id       BIGINT NOT NULL PRIMARY KEY,
    delivery BIGINT NOT NULL REFERENCES deliveries (id),
    kind     TEXT NOT NULL,
    text     TEXT NOT NULL,
    opened   BIGINT NOT NULL,
    closed   BIGINT
);
CREATE INDEX reviews_delivery ON reviews (delivery);
CREATE INDEX reviews_open ON reviews (opened) WHERE closed IS NULL;

CREATE TABLE pauses (
    scope   TEXT NOT NULL CHECK (scope IN ('all', 'feed', 'site')),
    target  BIGINT NOT NULL,               -- the feed's or site's id; 0 for all
    since   BIGINT NOT NULL,
    because TEXT,
    PRIMARY KEY (scope, target),
    CHECK ((scope = 'all') = (target = 0))
);
