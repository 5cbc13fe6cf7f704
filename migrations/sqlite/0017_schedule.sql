-- When deliveries go out, as their site's writer decided, and how often a site has failed in a row.

ALTER TABLE deliveries ADD COLUMN slot INTEGER;       -- the moment that it was given; none yet, or no schedule
ALTER TABLE deliveries ADD COLUMN slot_because TEXT;  -- by which rules
CREATE INDEX deliveries_slots ON deliveries (site, slot) WHERE slot IS NOT NULL;

ALTER TABLE sites ADD COLUMN failures INTEGER NOT NULL DEFAULT 0; -- the breaker: 0 is closed
ALTER TABLE sites ADD COLUMN schedule TEXT;           -- tells apart the schedules by which moments were given
