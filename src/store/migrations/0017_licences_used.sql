-- The latest end that a licence gave a site: an older licence does not count again, whatever the operator said since.

ALTER TABLE sites ADD COLUMN licensed_until BIGINT NOT NULL DEFAULT 0;
