-- What command-line runs need: runs with their reports, what the last completed run looked like
-- (hashes only), approvals, and the site's key for those hashes. Times are microseconds since 1970.
-- The words are chosen so that PostgreSQL reads them too.

CREATE TABLE site_keys (
  site TEXT NOT NULL,
  name TEXT NOT NULL,
  bytes BYTEA NOT NULL,
  PRIMARY KEY (site, name)
);

CREATE TABLE runs (
  site TEXT NOT NULL,
  run_id TEXT NOT NULL,
  importer TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  message TEXT NOT NULL,
  started BIGINT NOT NULL,
  ended BIGINT,
  report TEXT NOT NULL,
  execution_id TEXT NOT NULL,
  PRIMARY KEY (site, run_id),
  CHECK ((state = 'running') = (ended IS NULL))
);

CREATE INDEX runs_by_importer ON runs (site, importer, started, run_id);
CREATE INDEX runs_by_start ON runs (site, started, run_id);
CREATE INDEX runs_unfinished ON runs (site, importer) WHERE state = 'running';

CREATE TABLE baselines (
  site TEXT NOT NULL,
  importer TEXT NOT NULL,
  run_id TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  PRIMARY KEY (site, importer)
);

CREATE TABLE baseline_blocks (
  site TEXT NOT NULL,
  importer TEXT NOT NULL,
  data_set TEXT NOT NULL,
  block BYTEA NOT NULL,
  PRIMARY KEY (site, importer, data_set),
  FOREIGN KEY (site, importer) REFERENCES baselines (site, importer) ON DELETE CASCADE
);

CREATE TABLE approvals (
  site TEXT NOT NULL,
  run_id TEXT NOT NULL,
  importer TEXT NOT NULL,
  findings TEXT NOT NULL,
  approved_by TEXT NOT NULL,
  at BIGINT NOT NULL,
  used_by_run TEXT NOT NULL,
  PRIMARY KEY (site, run_id)
);
