-- The keys of a feed lie side by side, and those of its newest entries in a table of their own: among ten million keys that lie anywhere,
-- each key of a new entry cost a page. The first 12 of a key's 63 bits are its feed's now, the other 51 are what they were.

CREATE TABLE fresh_keys (
    hash INTEGER NOT NULL PRIMARY KEY,
    item INTEGER NOT NULL,
    mark INTEGER
) STRICT;

-- Which keys can't be among the others: a Bloom filter, six bits in each character from '0' on.
CREATE TABLE key_filters (
    neighbours INTEGER NOT NULL PRIMARY KEY, -- the first 12 bits of the keys
    keys       INTEGER NOT NULL,
    filter     TEXT NOT NULL
) STRICT;

-- A new name: a wirepress that is still running knows the old one, and would take all for new.
CREATE TABLE entry_keys (
    hash INTEGER NOT NULL PRIMARY KEY,
    item INTEGER NOT NULL,
    mark INTEGER -- of the entry that had this as its first key, as it was when the item was last told of it
) STRICT;
INSERT OR IGNORE INTO entry_keys (hash, item, mark)
SELECT ((items.feed % 4093) << 51) | (feed_keys.hash & 2251799813685247) AS hash, feed_keys.item, feed_keys.mark
FROM feed_keys JOIN items ON items.id = feed_keys.item ORDER BY 1, 2;
-- Nothing tells whose a key is that proves nothing: it is everybody's.
INSERT OR IGNORE INTO entry_keys (hash, item)
SELECT (neighbours.at << 51) | (feed_keys.hash & 2251799813685247) AS hash, 0
FROM feed_keys CROSS JOIN (SELECT DISTINCT id % 4093 AS at FROM feeds) AS neighbours WHERE feed_keys.item = 0 ORDER BY 1;
DROP TABLE feed_keys;

UPDATE items SET own_guid = ((feed % 4093) << 51) | (own_guid & 2251799813685247) WHERE own_guid IS NOT NULL;
-- They are made of keys.
DELETE FROM windows;
