-- Rows of a site are seen and changed only by a transaction that says it works for this site; see
-- docs/adr/0004-site-isolation.md. Forced: the owner of the tables is held to it too.

DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT table_name FROM information_schema.columns
              WHERE table_schema = current_schema() AND column_name = 'site' LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    -- Once set in a session, it is '' instead of NULL in its later transactions.
    EXECUTE format('CREATE POLICY of_site ON %I USING '
                   '(site = nullif(current_setting(''muster.site'', true), ''''))', name);
  END LOOP;
END $$;

-- '*' is the installation. What it may do beyond sites is all here: look which sites there are, what
-- is planned and waiting, which data keys have to be wrapped anew and which chains can be verified ...
ALTER TABLE sites ADD CONSTRAINT sites_are_no_wildcards CHECK (site NOT IN ('', '*'));
CREATE POLICY of_installation ON sites FOR SELECT
  USING (current_setting('muster.site', true) = '*');
CREATE POLICY of_installation ON importers FOR SELECT
  USING (current_setting('muster.site', true) = '*');
CREATE POLICY of_installation ON importer_versions FOR SELECT
  USING (current_setting('muster.site', true) = '*');
CREATE POLICY of_installation ON jobs FOR SELECT
  USING (current_setting('muster.site', true) = '*');
CREATE POLICY of_installation ON data_keys FOR SELECT
  USING (current_setting('muster.site', true) = '*');
CREATE POLICY of_installation ON audit_heads FOR SELECT
  USING (current_setting('muster.site', true) = '*');

-- ... say who may do what where, and keep a chain of its own.
CREATE POLICY of_installation_whole ON admin_roles
  USING (current_setting('muster.site', true) = '*');
CREATE POLICY of_installation_chain ON audit_heads
  USING (site = '' AND current_setting('muster.site', true) = '*');
CREATE POLICY of_installation_chain ON audit
  USING (site = '' AND current_setting('muster.site', true) = '*');
