-- Backups on schedule: how far they are, and which node makes the next one. Of this database alone:
-- no backup holds it.

CREATE TABLE scheduled_backup (
  only_one BIGINT NOT NULL,
  -- The tick of the schedule that was dealt with last.
  tick BIGINT NOT NULL,
  -- Since the last good one: how often it failed, when it is tried again, and why it failed last.
  failures BIGINT NOT NULL,
  next_try BIGINT NOT NULL,
  problem TEXT NOT NULL,
  -- The last good one; 0: none yet.
  made BIGINT NOT NULL,
  name TEXT NOT NULL,
  size BIGINT NOT NULL,
  -- When what is past its day was removed last.
  tidied BIGINT NOT NULL,
  -- Who has the turn, and until when.
  node TEXT NOT NULL,
  fence BIGINT NOT NULL,
  leased_until BIGINT NOT NULL,
  PRIMARY KEY (only_one),
  CHECK (only_one = 1)
);
