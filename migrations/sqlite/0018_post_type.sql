-- The type of a delivery's post, where it is no ordinary one: its posts are asked for at a place of their own.
ALTER TABLE deliveries ADD COLUMN post_type TEXT;
