-- How entries are filed: what is known of a site's terms, and what keeps them few.

-- Nothing was ever kept in the first one.
DROP TABLE terms;

-- As the site had them when they were last looked at.
CREATE TABLE terms (
    site     INTEGER NOT NULL REFERENCES sites (id),
    taxonomy TEXT NOT NULL,                 -- rest_base
    term     INTEGER NOT NULL,              -- WordPress' id
    name     TEXT NOT NULL,
    slug     TEXT NOT NULL,
    parent   INTEGER NOT NULL,              -- WordPress' id; 0: none
    gone     INTEGER,                       -- when it was found to be deleted
    PRIMARY KEY (site, taxonomy, term)
) STRICT, WITHOUT ROWID;

-- Taxonomies whose terms were read to the last.
CREATE TABLE term_lists (
    site     INTEGER NOT NULL REFERENCES sites (id),
    taxonomy TEXT NOT NULL,
    PRIMARY KEY (site, taxonomy)
) STRICT, WITHOUT ROWID;

-- New terms by the day (days since 1970, UTC) on which they were announced.
CREATE TABLE terms_made (
    site     INTEGER NOT NULL REFERENCES sites (id),
    taxonomy TEXT NOT NULL,
    path     TEXT NOT NULL,                 -- folded, with its parents
    day      INTEGER NOT NULL,
    PRIMARY KEY (site, taxonomy, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX terms_made_day ON terms_made (site, day);

-- How often a post went without a term because the day's were made.
CREATE TABLE term_days (
    site     INTEGER NOT NULL REFERENCES sites (id),
    day      INTEGER NOT NULL,
    left_out INTEGER NOT NULL,
    PRIMARY KEY (site, day)
) STRICT, WITHOUT ROWID;

-- Names that are no terms yet, by the items that would have them; until they are often enough, or forgotten.
CREATE TABLE term_uses (
    site     INTEGER NOT NULL REFERENCES sites (id),
    taxonomy TEXT NOT NULL,
    path     TEXT NOT NULL,
    item     INTEGER NOT NULL,
    seen     INTEGER NOT NULL,
    PRIMARY KEY (site, path, taxonomy, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX term_uses_seen ON term_uses (seen);
