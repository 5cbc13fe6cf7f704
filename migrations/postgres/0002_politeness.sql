-- How each feed is asked, and which hosts want to be left alone.

-- The publisher's wishes, a learnt address, what asking cost: JSON, written whole with each poll.
ALTER TABLE feeds ADD COLUMN manners TEXT NOT NULL DEFAULT '{}';

-- Hosts (with their port where it isn't the usual one) that answered 429 or 503 with a Retry-After: no feed of theirs is asked before.
CREATE TABLE hosts (
    name       TEXT NOT NULL PRIMARY KEY,
    rest_until BIGINT NOT NULL,
    because    TEXT NOT NULL
);
