-- The keys of a feed lie side by side: among ten million keys that lie anywhere, each key of a new entry cost a page. The first 12 of a
-- key's 63 bits are its feed's now, the other 51 are what they were.

-- Empty: SQLite's, for the keys of the newest entries.
CREATE TABLE fresh_keys (
    hash BIGINT NOT NULL PRIMARY KEY,
    item BIGINT NOT NULL,
    mark BIGINT
);

-- Empty: SQLite's, for which keys can't be among the others.
CREATE TABLE key_filters (
    neighbours BIGINT NOT NULL PRIMARY KEY, -- the first 12 bits of the keys
    keys       BIGINT NOT NULL,
    filter     TEXT NOT NULL
);

-- A new name: a wirepress that is still running knows the old one, and would take all for new.
CREATE TABLE entry_keys (
    hash BIGINT NOT NULL PRIMARY KEY,
    item BIGINT NOT NULL,
    mark BIGINT -- of the entry that had this as its first key, as it was when the item was last told of it
);
INSERT INTO entry_keys (hash, item, mark)
SELECT ((items.feed % 4093) << 51) | (feed_keys.hash & 2251799813685247) AS hash, feed_keys.item, feed_keys.mark
FROM feed_keys JOIN items ON items.id = feed_keys.item ORDER BY 1, 2 ON CONFLICT DO NOTHING;
-- Nothing tells whose a key is that proves nothing: it is everybody's.
INSERT INTO entry_keys (hash, item)
SELECT (neighbours.at << 51) | (feed_keys.hash & 2251799813685247) AS hash, 0
FROM feed_keys CROSS JOIN (SELECT DISTINCT id % 4093 AS at FROM feeds) AS neighbours WHERE feed_keys.item = 0 ORDER BY 1 ON CONFLICT DO NOTHING;
DROP TABLE feed_keys;

UPDATE items SET own_guid = ((feed % 4093) << 51) | (own_guid & 2251799813685247) WHERE own_guid IS NOT NULL;
-- They are made of keys.
DELETE FROM windows;
