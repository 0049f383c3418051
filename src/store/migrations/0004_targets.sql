-- What one import source holds says nothing about another: what is remembered is kept by importer and
-- target, and a run says where it went. '' is from before; it belongs to the first target that is
-- written to.

ALTER TABLE runs ADD COLUMN target TEXT NOT NULL DEFAULT '';

ALTER TABLE baseline_blocks RENAME TO baseline_blocks_before;
ALTER TABLE baselines RENAME TO baselines_before;

CREATE TABLE baselines (
  site TEXT NOT NULL,
  importer TEXT NOT NULL,
  target TEXT NOT NULL,
  run_id TEXT NOT NULL,
  PRIMARY KEY (site, importer, target)
);

CREATE TABLE baseline_blocks (
  site TEXT NOT NULL,
  importer TEXT NOT NULL,
  target TEXT NOT NULL,
  data_set TEXT NOT NULL,
  block BYTEA NOT NULL,
  PRIMARY KEY (site, importer, target, data_set),
  FOREIGN KEY (site, importer, target) REFERENCES baselines (site, importer, target)
    ON DELETE CASCADE ON UPDATE CASCADE
);

INSERT INTO baselines (site, importer, target, run_id)
  SELECT site, importer, '', run_id FROM baselines_before;
INSERT INTO baseline_blocks (site, importer, target, data_set, block)
  SELECT site, importer, '', data_set, block FROM baseline_blocks_before;

DROP TABLE baseline_blocks_before;
DROP TABLE baselines_before;
