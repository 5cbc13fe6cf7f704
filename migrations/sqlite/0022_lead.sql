-- What a misprint leaves of a title, beside the feed's items in their order: which of the last days' titles may be a new one's that was
-- corrected, without a look at the items themselves.

ALTER TABLE items ADD COLUMN lead INTEGER;       -- NULL: made by a wirepress that didn't keep it
DROP INDEX items_feed;
CREATE INDEX items_feed ON items (feed, id, lead);
