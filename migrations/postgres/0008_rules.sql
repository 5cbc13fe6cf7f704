-- Deliveries that go out only if they are one of the best of a window, and how often each rule matched.

ALTER TABLE deliveries ADD COLUMN contest TEXT;          -- who competes, in words; NULL: it goes out anyway
ALTER TABLE deliveries ADD COLUMN contest_most BIGINT;   -- how many win
ALTER TABLE deliveries ADD COLUMN contest_until BIGINT;  -- when the window ends
ALTER TABLE deliveries ADD COLUMN contest_rank BIGINT;   -- NULL: not decided yet; 0: beaten; else its place
ALTER TABLE deliveries ADD COLUMN score BIGINT;
CREATE INDEX deliveries_contest_open ON deliveries (site, contest_until) WHERE contest IS NOT NULL AND contest_rank IS NULL;
CREATE INDEX deliveries_contest ON deliveries (site, contest, contest_until) WHERE contest IS NOT NULL;

CREATE TABLE rule_matches (
    rule BIGINT NOT NULL,                   -- 63 bits of what it asks and does
    day  BIGINT NOT NULL,                   -- since 1970, UTC
    hits BIGINT NOT NULL,
    PRIMARY KEY (rule, day)
);

-- What a published post's draft shall be changed into: written before the request, gone once its outcome is known.
CREATE TABLE updates (
    delivery BIGINT NOT NULL PRIMARY KEY REFERENCES deliveries (id),
    draft    TEXT NOT NULL,
    until    BIGINT NOT NULL,               -- no look proves anything before this
    attempt  BIGINT NOT NULL
);
