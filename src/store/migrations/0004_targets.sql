-- What one import source holds says nothing about another: what is remembered is kept by importer and
-- target, and a run says where it went. '' is from before; it belongs to the first target that is
-- written to.

ALTER TABLE runs ADD COLUMN target TEXT NOT NULL DEFAULT '';

CREATE TABLE target_baselines (
  site TEXT NOT NULL,
  importer TEXT NOT NULL,
  target TEXT NOT NULL,
  run_id TEXT NOT NULL,
  PRIMARY KEY (site, importer, target)
);

CREATE TABLE target_baseline_blocks (
  site TEXT NOT NULL,
  importer TEXT NOT NULL,
  target TEXT NOT NULL,
  data_set TEXT NOT NULL,
  block BYTEA NOT NULL,
  PRIMARY KEY (site, importer, target, data_set),
  FOREIGN KEY (site, importer, target) REFERENCES target_baselines (site, importer, target)
    ON DELETE CASCADE ON UPDATE CASCADE
);

INSERT INTO target_baselines (site, importer, target, run_id)
  SELECT site, importer, '', run_id FROM baselines;
INSERT INTO target_baseline_blocks (site, importer, target, data_set, block)
  SELECT site, importer, '', data_set, block FROM baseline_blocks;

DROP TABLE baseline_blocks;
DROP TABLE baselines;

-- Constraints keep the names they were made with, so that the old ones had to go first.
ALTER TABLE target_baselines RENAME TO baselines;
ALTER TABLE target_baseline_blocks RENAME TO baseline_blocks;
