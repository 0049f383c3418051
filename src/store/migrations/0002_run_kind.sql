-- A limited run and one into files are no full import into Assets: the history tells them apart.
-- Older rows say it in their report (a quote inside its texts is escaped) and by their execution.

ALTER TABLE runs ADD COLUMN kind TEXT NOT NULL DEFAULT 'full';
ALTER TABLE runs ADD COLUMN destination TEXT NOT NULL DEFAULT '';

UPDATE runs SET kind = 'limited' WHERE report LIKE '%"kind":"limited"%';
UPDATE runs SET destination = 'jsm_assets' WHERE execution_id <> '';
UPDATE runs SET destination = 'files' WHERE execution_id = '' AND state LIKE 'completed%';
