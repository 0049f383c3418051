-- What people are told, and how far that is. Nothing of the data of a source.

CREATE TABLE notices (
  site TEXT NOT NULL,
  -- What it is about: the same is told once.
  notice TEXT NOT NULL,
  at BIGINT NOT NULL,
  kind TEXT NOT NULL,
  importer TEXT NOT NULL,
  run_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (site, notice),
  FOREIGN KEY (site) REFERENCES sites (site)
);

CREATE INDEX notices_by_time ON notices (site, at);

CREATE TABLE notice_deliveries (
  site TEXT NOT NULL,
  notice TEXT NOT NULL,
  channel TEXT NOT NULL,
  state TEXT NOT NULL,
  tries BIGINT NOT NULL,
  next_try BIGINT NOT NULL,
  problem TEXT NOT NULL,
  PRIMARY KEY (site, notice, channel),
  FOREIGN KEY (site, notice) REFERENCES notices (site, notice),
  CHECK (channel IN ('email', 'webhook')),
  CHECK (state IN ('waiting', 'sent', 'given_up'))
);

CREATE INDEX notice_deliveries_waiting ON notice_deliveries (next_try) WHERE state = 'waiting';
