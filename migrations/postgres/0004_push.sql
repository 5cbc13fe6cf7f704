-- WebSub: what a feed's document offers and how far the subscription has come. One row a feed, gone when the hub has let us go.
CREATE TABLE subscriptions (
    feed        BIGINT NOT NULL PRIMARY KEY REFERENCES feeds (id),
    topic       TEXT NOT NULL,
    hubs        TEXT NOT NULL,              -- JSON: the addresses, in the document's order
    hub         TEXT,                       -- the one that was asked last
    token       TEXT NOT NULL UNIQUE,       -- the last part of the callback's path
    secret      TEXT NOT NULL,              -- what the hub signs with: made here for it alone, no secret of the operator's
    public_url  TEXT,                       -- the public address in the callback that the hub was told
    state       TEXT NOT NULL CHECK (state IN ('wanted', 'asked', 'verified', 'denied', 'leaving')),
    asked       BIGINT,                    -- the last request to the hub
    confirmed   BIGINT,                    -- the hub's last verification
    lease_until BIGINT,                    -- how long the hub pushes
    due         BIGINT NOT NULL,           -- when something is to be done next
    failures    BIGINT NOT NULL DEFAULT 0,
    error       TEXT,
    pushed      BIGINT,                    -- the last push that the hub had signed
    pinged      BIGINT,                    -- since when a push waits that says no more than: there is something new
    CHECK (state <> 'verified' OR lease_until IS NOT NULL)
);
CREATE INDEX subscriptions_due ON subscriptions (due, feed);

-- Until when the feed's hub pushes, once a push has proved it; and when it would be polled if it weren't so.
ALTER TABLE feeds ADD COLUMN pushed_until BIGINT;
ALTER TABLE feeds ADD COLUMN unpushed_poll BIGINT;
