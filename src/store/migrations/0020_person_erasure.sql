-- What opens the hash of an entry, so that a name can be taken out of it without breaking the chain
-- (audit_seal.h). '': the entry is from before, and its hash covers what it says itself.
ALTER TABLE audit ADD COLUMN opening BYTEA NOT NULL DEFAULT '';

-- Persons who are being erased from several databases: who they are from then on. Rows go when it is
-- done, and the names with them.
CREATE TABLE person_erasures (
  person TEXT NOT NULL,
  pseudonym TEXT NOT NULL,
  begun BIGINT NOT NULL,
  PRIMARY KEY (person)
);
