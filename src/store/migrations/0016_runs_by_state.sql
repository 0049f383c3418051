-- Monitoring asks for the last completed run of every importer, all the time.

CREATE INDEX runs_by_state ON runs (site, importer, state, started, run_id);
