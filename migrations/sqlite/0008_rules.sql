-- Deliveries that go out only if they are one of the best of a window, and how often each rule matched.

ALTER TABLE deliveries ADD COLUMN contest TEXT;          -- who competes, in words; NULL: it goes out anyway
ALTER TABLE deliveries ADD COLUMN contest_most INTEGER;  -- how many win
ALTER TABLE deliveries ADD COLUMN contest_until INTEGER; -- when the window ends
ALTER TABLE deliveries ADD COLUMN contest_rank INTEGER;  -- NULL: not decided yet; 0: beaten; else its place
ALTER TABLE deliveries ADD COLUMN score INTEGER;
CREATE INDEX deliveries_contest_open ON deliveries (site, contest_until) WHERE contest IS NOT NULL AND contest_rank IS NULL;
CREATE INDEX deliveries_contest ON deliveries (site, contest, contest_until) WHERE contest IS NOT NULL;

CREATE TABLE rule_matches (
    rule INTEGER NOT NULL,                  -- 63 bits of what it asks and does
    day  INTEGER NOT NULL,                  -- since 1970, UTC
    hits INTEGER NOT NULL,
    PRIMARY KEY (rule, day)
) STRICT, WITHOUT ROWID;

-- What a published post's draft shall be changed into: written before the request, gone once its outcome is known.
CREATE TABLE updates (
    delivery INTEGER NOT NULL PRIMARY KEY REFERENCES deliveries (id),
    draft    TEXT NOT NULL,
    until    INTEGER NOT NULL,              -- no look proves anything before this
    attempt  INTEGER NOT NULL
) STRICT;
