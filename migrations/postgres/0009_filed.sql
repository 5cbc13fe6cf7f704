-- How entries are filed: what is known of a site's terms, and what keeps them few.

-- Nothing was ever kept in the first one.
DROP TABLE terms;

-- As the site had them when they were last looked at.
CREATE TABLE terms (
    site     BIGINT NOT NULL REFERENCES sites (id),
    taxonomy TEXT NOT NULL,                 -- rest_base
    term     BIGINT NOT NULL,              -- WordPress' id
    name     TEXT NOT NULL,
    slug     TEXT NOT NULL,
    parent   BIGINT NOT NULL,              -- WordPress' id; 0: none
    gone     BIGINT,                       -- when it was found to be deleted
    PRIMARY KEY (site, taxonomy, term)
);

-- Taxonomies whose terms were read to the last.
CREATE TABLE term_lists (
    site     BIGINT NOT NULL REFERENCES sites (id),
    taxonomy TEXT NOT NULL,
    PRIMARY KEY (site, taxonomy)
);

-- New terms by the day (days since 1970, UTC) on which they were announced.
CREATE TABLE terms_made (
    site     BIGINT NOT NULL REFERENCES sites (id),
    taxonomy TEXT NOT NULL,
    path     TEXT NOT NULL,                 -- folded, with its parents
    day      BIGINT NOT NULL,
    PRIMARY KEY (site, taxonomy, path)
);
CREATE INDEX terms_made_day ON terms_made (site, day);

-- How often a post went without a term because the day's were made.
CREATE TABLE term_days (
    site     BIGINT NOT NULL REFERENCES sites (id),
    day      BIGINT NOT NULL,
    left_out BIGINT NOT NULL,
    PRIMARY KEY (site, day)
);

-- Names that are no terms yet, by the items that would have them; until they are often enough, or forgotten.
CREATE TABLE term_uses (
    site     BIGINT NOT NULL REFERENCES sites (id),
    taxonomy TEXT NOT NULL,
    path     TEXT NOT NULL,
    item     BIGINT NOT NULL,
    seen     BIGINT NOT NULL,
    PRIMARY KEY (site, path, taxonomy, item)
);
CREATE INDEX term_uses_seen ON term_uses (seen);
