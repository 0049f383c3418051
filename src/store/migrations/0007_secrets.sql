-- Secrets, sealed: no key that opens them ever lies here.

-- The one that all data keys are wrapped with.
CREATE TABLE encryption_key (
  only_one BIGINT NOT NULL,
  key_id TEXT NOT NULL,
  PRIMARY KEY (only_one),
  CHECK (only_one = 1)
);

-- Of a site, wrapped.
CREATE TABLE data_keys (
  site TEXT NOT NULL,
  wrapped BYTEA NOT NULL,
  PRIMARY KEY (site),
  FOREIGN KEY (site) REFERENCES sites (site)
);

CREATE TABLE secrets (
  site TEXT NOT NULL,
  name TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  changed BIGINT NOT NULL,
  changed_by TEXT NOT NULL,
  PRIMARY KEY (site, name),
  FOREIGN KEY (site) REFERENCES data_keys (site)
);
