-- What a feed's last document held, in one row: an entry that is told as it was needn't be looked up among the keys of all feeds.

CREATE TABLE windows (
    feed    INTEGER NOT NULL PRIMARY KEY REFERENCES feeds (id),
    entries TEXT NOT NULL -- base64: for each entry 8 bytes of its first key and the mark beside it, and the 8 of its item's id
) STRICT;
