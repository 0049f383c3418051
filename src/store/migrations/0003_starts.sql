-- What a run is about to start in Assets is written down before it does: the most recent execution
-- until then. A fingerprint of a whole importer was never used; each block carries its own.

ALTER TABLE runs ADD COLUMN started_after TEXT;
ALTER TABLE baselines DROP COLUMN fingerprint;
