-- Databases in other regions, which hold sites of this installation.

CREATE TABLE regions (
  region TEXT NOT NULL,
  -- Where its URL is: env:NAME, file:PATH, or a URL without a password.
  place TEXT NOT NULL,
  added BIGINT NOT NULL,
  PRIMARY KEY (region)
);

-- Which region this database is, and of which installation; '' or no row: an installation's own.
CREATE TABLE region_label (
  only_one BIGINT NOT NULL,
  region TEXT NOT NULL,
  installation TEXT NOT NULL,
  PRIMARY KEY (only_one),
  CHECK (only_one = 1)
);

-- '': here, in the installation's own database; 'pinned': here, in the region that its row names;
-- 'elsewhere': in that region, and nothing but the name is here; 'leaving' and 'arriving': it is being
-- moved. Before there were regions, what a row says of one was only noted.
ALTER TABLE sites ADD COLUMN place TEXT NOT NULL DEFAULT '';
