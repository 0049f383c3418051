-- Who an account is at an OpenID provider; NULL: it signs in with its password alone.

ALTER TABLE admins ADD COLUMN issuer TEXT;
ALTER TABLE admins ADD COLUMN subject TEXT;

CREATE UNIQUE INDEX admins_identity ON admins (issuer, subject);
