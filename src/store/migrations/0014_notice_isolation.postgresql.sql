-- As 0011 does it for the tables before.

ALTER TABLE notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE notices FORCE ROW LEVEL SECURITY;
CREATE POLICY of_site ON notices
  USING (site = nullif(current_setting('muster.site', true), ''));

ALTER TABLE notice_deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE notice_deliveries FORCE ROW LEVEL SECURITY;
CREATE POLICY of_site ON notice_deliveries
  USING (site = nullif(current_setting('muster.site', true), ''));
-- Which one is due next; what it says is read in the view of its site.
CREATE POLICY of_installation ON notice_deliveries FOR SELECT
  USING (current_setting('muster.site', true) = '*');
