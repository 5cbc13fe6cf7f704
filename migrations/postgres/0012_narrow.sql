-- What is known of most entries at first sight, in rows that are read without the items.

ALTER TABLE feed_keys ADD COLUMN mark BIGINT;  -- of the entry that had this as its first key, as it was when the item was last told of it

CREATE INDEX items_waiting ON items (state, feed) WHERE state = 'seen';
