-- Sites that are being moved to another region: of the installation, and not of the site.

CREATE TABLE site_moves (
  moved_site TEXT NOT NULL,
  -- '': the installation's own database.
  from_region TEXT NOT NULL,
  to_region TEXT NOT NULL,
  phase TEXT NOT NULL,
  begun BIGINT NOT NULL,
  PRIMARY KEY (moved_site),
  CHECK (phase IN ('copying', 'switched'))
);

-- Of which site the answer is, so that it goes when the site does; '': of none.
ALTER TABLE idempotency_keys ADD COLUMN about TEXT NOT NULL DEFAULT '';
