-- In which order runs were written down: clocks jump, and only one engine numbers rows by itself.

ALTER TABLE runs ADD COLUMN ordinal BIGINT NOT NULL DEFAULT 0;
UPDATE runs SET ordinal = (
  SELECT count(*) FROM runs AS earlier
  WHERE earlier.site = runs.site
    AND (earlier.started < runs.started
         OR (earlier.started = runs.started AND earlier.run_id <= runs.run_id)));
CREATE INDEX runs_by_ordinal ON runs (site, ordinal);
