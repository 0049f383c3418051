-- Who may do what, and what was done.

CREATE TABLE admins (
  admin TEXT NOT NULL,
  -- Of a local account, as crypto/password.h makes it; NULL: none.
  password TEXT,
  is_operator BIGINT NOT NULL,
  is_disabled BIGINT NOT NULL,
  created BIGINT NOT NULL,
  PRIMARY KEY (admin)
);

CREATE TABLE admin_roles (
  site TEXT NOT NULL,
  admin TEXT NOT NULL,
  role TEXT NOT NULL,
  PRIMARY KEY (site, admin),
  FOREIGN KEY (site) REFERENCES sites (site),
  FOREIGN KEY (admin) REFERENCES admins (admin),
  CHECK (role IN ('admin', 'auditor'))
);

-- Tokens are kept as hashes only.
CREATE TABLE sessions (
  token_hash BYTEA NOT NULL,
  session TEXT NOT NULL,
  admin TEXT NOT NULL,
  origin TEXT NOT NULL,
  created BIGINT NOT NULL,
  last_seen BIGINT NOT NULL,
  ends BIGINT NOT NULL,
  PRIMARY KEY (token_hash),
  UNIQUE (session),
  FOREIGN KEY (admin) REFERENCES admins (admin)
);

CREATE TABLE api_tokens (
  token_hash BYTEA NOT NULL,
  token TEXT NOT NULL,
  admin TEXT NOT NULL,
  name TEXT NOT NULL,
  scope TEXT NOT NULL,
  created BIGINT NOT NULL,
  ends BIGINT NOT NULL,
  PRIMARY KEY (token_hash),
  UNIQUE (token),
  FOREIGN KEY (admin) REFERENCES admins (admin),
  CHECK (scope IN ('read', 'write'))
);

-- Of the first start; gone once there is an operator.
CREATE TABLE set_up_token (
  only_one BIGINT NOT NULL,
  token_hash BYTEA NOT NULL,
  ends BIGINT NOT NULL,
  PRIMARY KEY (only_one),
  CHECK (only_one = 1)
);

-- One chain per site, and one ('') of the installation. Each entry's hash covers the one before.
CREATE TABLE audit_heads (
  site TEXT NOT NULL,
  number BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  PRIMARY KEY (site)
);

CREATE TABLE audit (
  site TEXT NOT NULL,
  number BIGINT NOT NULL,
  at BIGINT NOT NULL,
  who TEXT NOT NULL,
  origin TEXT NOT NULL,
  act TEXT NOT NULL,
  target TEXT NOT NULL,
  before_it TEXT NOT NULL,
  after_it TEXT NOT NULL,
  hash BYTEA NOT NULL,
  PRIMARY KEY (site, number)
);

-- What people tell a job, and what it tells them.
ALTER TABLE jobs ADD COLUMN cancel_asked BIGINT NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN progress TEXT NOT NULL DEFAULT '';

-- So that a request that is sent once more is done once.
CREATE TABLE idempotency_keys (
  admin TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  request_hash BYTEA NOT NULL,
  created BIGINT NOT NULL,
  -- 0: not answered yet.
  status BIGINT NOT NULL,
  answer TEXT NOT NULL,
  PRIMARY KEY (admin, idempotency_key)
);
