-- Which blocks a memory is made of and the hash of each, so that one that got lost does not look like one
-- that never was. '' is from before.

ALTER TABLE baselines ADD COLUMN parts TEXT NOT NULL DEFAULT '';
