-- What kind a site is, and until when its importers may run. Times are microseconds since 1970.

ALTER TABLE sites ADD COLUMN kind TEXT NOT NULL DEFAULT 'production';
-- Of a sandbox: the site that it belongs to.
ALTER TABLE sites ADD COLUMN production TEXT NOT NULL DEFAULT '';
ALTER TABLE sites ADD COLUMN region TEXT NOT NULL DEFAULT '';
-- Who is told when something changes: an address, and a URL with the name of the secret that signs.
ALTER TABLE sites ADD COLUMN contact TEXT NOT NULL DEFAULT '';
ALTER TABLE sites ADD COLUMN webhook TEXT NOT NULL DEFAULT '';
ALTER TABLE sites ADD COLUMN webhook_secret TEXT NOT NULL DEFAULT '';
-- The standing that was told last.
ALTER TABLE sites ADD COLUMN told TEXT NOT NULL DEFAULT '';
-- Never moved: a site that is removed and made again goes on with the trial it had.
ALTER TABLE sites ADD COLUMN trial_from BIGINT NOT NULL DEFAULT 0;
-- NULL: never entitled beyond its trial.
ALTER TABLE sites ADD COLUMN active_until BIGINT;
-- NULL: it was not removed.
ALTER TABLE sites ADD COLUMN kept_until BIGINT;

-- Those that were there before there were trials go on for ever.
UPDATE sites SET active_until = 9223372036854775807;

-- The time that entitlement goes by, and what the clock said when it was noted: it goes on as the
-- clock does, but never back.
CREATE TABLE latest_time (
  only_one BIGINT NOT NULL,
  seen BIGINT NOT NULL,
  clock BIGINT NOT NULL,
  PRIMARY KEY (only_one),
  CHECK (only_one = 1)
);

-- Whose licences are believed.
CREATE TABLE licence_key (
  only_one BIGINT NOT NULL,
  public_key TEXT NOT NULL,
  PRIMARY KEY (only_one),
  CHECK (only_one = 1)
);
