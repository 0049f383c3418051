-- Moves that services carry out because an operator asked for them, and how far each one is.
ALTER TABLE site_moves ADD COLUMN by_service BIGINT NOT NULL DEFAULT 0;
ALTER TABLE site_moves ADD COLUMN asked_by TEXT NOT NULL DEFAULT '';
-- It is to be taken back.
ALTER TABLE site_moves ADD COLUMN cancel_asked BIGINT NOT NULL DEFAULT 0;
ALTER TABLE site_moves ADD COLUMN stage TEXT NOT NULL DEFAULT '';
ALTER TABLE site_moves ADD COLUMN rows_copied BIGINT NOT NULL DEFAULT 0;
ALTER TABLE site_moves ADD COLUMN rows_total BIGINT NOT NULL DEFAULT 0;
-- Why it does not go on; '': it does.
ALTER TABLE site_moves ADD COLUMN trouble TEXT NOT NULL DEFAULT '';

-- What the run of a job has told so far: JSON objects, a comma before each but the first.
ALTER TABLE jobs ADD COLUMN log TEXT NOT NULL DEFAULT '';
