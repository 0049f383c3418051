-- What the service needs: importers with every version of them, and the queue of what is to be run.

CREATE TABLE sites (
  site TEXT NOT NULL,
  name TEXT NOT NULL,
  created BIGINT NOT NULL,
  PRIMARY KEY (site)
);
INSERT INTO sites (site, name, created) VALUES ('default', 'default', 0);

CREATE TABLE importer_versions (
  site TEXT NOT NULL,
  importer TEXT NOT NULL,
  version BIGINT NOT NULL,
  definition TEXT NOT NULL,
  changed BIGINT NOT NULL,
  changed_by TEXT NOT NULL,
  PRIMARY KEY (site, importer, version),
  FOREIGN KEY (site) REFERENCES sites (site)
);

-- The version in force.
CREATE TABLE importers (
  site TEXT NOT NULL,
  importer TEXT NOT NULL,
  version BIGINT NOT NULL,
  paused BIGINT NOT NULL,
  -- The last tick of its schedule that was put into the queue or passed over; at first, when the
  -- schedule began.
  last_tick BIGINT NOT NULL,
  PRIMARY KEY (site, importer),
  FOREIGN KEY (site, importer, version) REFERENCES importer_versions (site, importer, version)
);

CREATE TABLE jobs (
  site TEXT NOT NULL,
  job_id TEXT NOT NULL,
  importer TEXT NOT NULL,
  trigger_kind TEXT NOT NULL,
  tick BIGINT,
  options TEXT NOT NULL,
  due BIGINT NOT NULL,
  run_id TEXT NOT NULL,
  state TEXT NOT NULL,
  worker TEXT NOT NULL,
  fence BIGINT NOT NULL,
  leased_until BIGINT,
  PRIMARY KEY (site, job_id),
  FOREIGN KEY (site) REFERENCES sites (site),
  CHECK (state IN ('waiting', 'leased', 'over')),
  CHECK ((state = 'leased') = (leased_until IS NOT NULL))
);

-- A tick of a schedule is one job at most.
CREATE UNIQUE INDEX jobs_by_tick ON jobs (site, importer, tick) WHERE tick IS NOT NULL;
-- One at a time of an importer.
CREATE UNIQUE INDEX jobs_leased ON jobs (site, importer) WHERE state = 'leased';
CREATE INDEX jobs_waiting ON jobs (due) WHERE state = 'waiting';
CREATE INDEX jobs_expiring ON jobs (leased_until) WHERE state = 'leased';
