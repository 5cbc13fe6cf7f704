-- How each feed's document was read (charset, date format, selectors, paths), as a hash: read otherwise, the same document is another.

ALTER TABLE feeds ADD COLUMN reading TEXT;
