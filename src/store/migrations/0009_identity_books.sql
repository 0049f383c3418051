-- What is remembered of the keys that importers of one identity gave to the same things: hashes only.
-- `place` is where the objects are (a workspace of Assets): others there look into it.

CREATE TABLE identity_books (
  site TEXT NOT NULL,
  identity TEXT NOT NULL,
  importer TEXT NOT NULL,
  data_set TEXT NOT NULL,
  place TEXT NOT NULL,
  block BYTEA NOT NULL,
  PRIMARY KEY (site, identity, importer, data_set, place)
);
