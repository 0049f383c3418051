#include "store/regions.h"

#include <fmt/format.h>

#include "base/id.h"
#include "base/random.h"
#include "base/text.h"
#include "store/audit_chain.h"
#include "store/db.h"
#include "store/row_values.h"
#include "store/store.h"

namespace muster::store {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

struct Label {
  std::string region;
  std::string installation;
};

Result<Label> read_label(Db& db) {
  const Db::Hold hold(db, Scope());
  Statement row = TRY(db.query("SELECT region, installation FROM region_label"));
  if (!TRY(row.step())) return Label();
  return Label{row.text(0), row.text(1)};
}

std::string shown(std::string_view region) {
  return region.empty() ? "an installation's own database"
                        : fmt::format("the database of region {}", base::printable(region));
}

Error wrong_region(const Db& db, std::string_view is, std::string_view wanted) {
  return {ErrorKind::kSettings, "wrong_region",
          fmt::format("{} is {}, and {} is needed here.", base::printable(db.name(), 500),
                      shown(is), shown(wanted))};
}

Error in_use(const Db& db) {
  return {ErrorKind::kSettings, "wrong_region",
          fmt::format("{} is in use already, as an installation's own database. Name an empty one.",
                      base::printable(db.name(), 500))};
}

// Its own database gets the name when it is asked for first.
Result<std::string> named_installation(Db& db) {
  const Label label = TRY(read_label(db));
  if (!label.installation.empty()) return label.installation;
  const std::string made = base::make_random_id(*base::make_system_random());
  {
    const Db::Hold hold(db, Scope());
    TRY(
        db.run("INSERT INTO region_label (only_one, region, installation) VALUES (1, '', $1) "
               "ON CONFLICT DO NOTHING",
               made));
  }
  return TRY(read_label(db)).installation;
}

class SqlRegions final : public Regions {
 public:
  explicit SqlRegions(std::unique_ptr<Db> db) : db_(std::move(db)) {}

  Result<std::vector<Region>> list() override {
    const Db::Hold hold(*db_, Scope());
    return read(db_->query("SELECT region, place, added FROM regions ORDER BY region"));
  }
  Result<std::optional<Region>> find(std::string_view region) override {
    const Db::Hold hold(*db_, Scope());
    auto found =
        TRY(read(db_->query("SELECT region, place, added FROM regions WHERE region = $1", region)));
    return found.empty() ? std::optional<Region>() : std::optional(std::move(found.front()));
  }
  Status put(const Region& region, const AuditEntry& entry) override;
  Status remove(std::string_view region, const AuditEntry& entry) override;
  Result<std::string> installation() override;
  Result<std::vector<Pin>> pins() override;
  Result<std::string> region_of(std::string_view site) override;
  Status pin(const Pin& pin, const AuditEntry& entry) override;

 private:
  static Result<std::vector<Region>> read(Result<Statement> query) {
    Statement rows = TRY(std::move(query));
    std::vector<Region> regions;
    while (TRY(rows.step())) {
      regions.push_back({rows.text(0), rows.text(1), wall_time(rows.integer(2))});
    }
    return regions;
  }

  const std::unique_ptr<Db> db_;
};

Status SqlRegions::put(const Region& region, const AuditEntry& entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_installation()));
  TRY(
      db_->run("INSERT INTO regions (region, place, added) VALUES ($1, $2, $3) "
               "ON CONFLICT (region) DO UPDATE SET place = excluded.place",
               region.region, region.place, micros(region.added)));
  TRY(append_audit(*db_, entry));
  return transaction.commit();
}

Status SqlRegions::remove(std::string_view region, const AuditEntry& entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_installation()));
  {
    Statement row = TRY(db_->query(
        "SELECT site FROM sites WHERE region = $1 AND place = 'elsewhere' LIMIT 1", region));
    if (TRY(row.step())) {
      return Error{ErrorKind::kConflict, "region_in_use",
                   fmt::format("The data of site {} is in region {}.", base::printable(row.text(0)),
                               base::printable(region))};
    }
  }
  TRY(db_->run("DELETE FROM regions WHERE region = $1", region));
  if (db_->changed_rows() != 1) {
    return Error{ErrorKind::kMissing, "no_such_region",
                 fmt::format("There is no region {}.", base::printable(region))};
  }
  TRY(append_audit(*db_, entry));
  return transaction.commit();
}

Result<std::string> SqlRegions::installation() {
  const Label label = TRY(read_label(*db_));
  if (!label.region.empty()) return wrong_region(*db_, label.region, "");
  return named_installation(*db_);
}

Result<std::vector<Pin>> SqlRegions::pins() {
  const Db::Hold hold(*db_, of_installation());
  Statement rows = TRY(
      db_->query("SELECT site, name, region FROM sites WHERE place = 'elsewhere' ORDER BY site"));
  std::vector<Pin> pins;
  while (TRY(rows.step())) pins.push_back({rows.text(0), rows.text(1), rows.text(2)});
  return pins;
}

Result<std::string> SqlRegions::region_of(std::string_view site) {
  const Db::Hold hold(*db_, of_site(site));
  Statement row =
      TRY(db_->query("SELECT region FROM sites WHERE site = $1 AND place = 'elsewhere'", site));
  return TRY(row.step()) ? row.text(0) : std::string();
}

Status SqlRegions::pin(const Pin& pin, const AuditEntry& entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_site(pin.site)));
  TRY(
      db_->run("INSERT INTO sites (site, name, created, region, place) "
               "VALUES ($1, $2, 0, $3, 'elsewhere') ON CONFLICT DO NOTHING",
               pin.site, pin.name, pin.region));
  if (db_->changed_rows() != 1) {
    if (TRY(region_of(pin.site)) == pin.region) return {};
    return Error{ErrorKind::kConflict, "site_exists",
                 fmt::format("There is a site {} already.", base::printable(pin.site))};
  }
  TRY(append_audit(*db_, entry));
  return transaction.commit();
}

}  // namespace

Result<std::unique_ptr<Regions>> open_regions(std::string_view url) {
  return std::unique_ptr<Regions>(std::make_unique<SqlRegions>(TRY(open_db(url))));
}

Result<std::string> installation_of_database(std::string_view url) {
  return named_installation(*TRY(open_db(url)));
}

Result<std::string> region_of_database(std::string_view url) {
  const std::unique_ptr<Db> db = TRY(open_db(url));
  return TRY(read_label(*db)).region;
}

Status require_region(std::string_view url, std::string_view region) {
  const std::unique_ptr<Db> db = TRY(open_db(url));
  const Label label = TRY(read_label(*db));
  return label.region == region ? Status() : Status(wrong_region(*db, label.region, region));
}

Status label_database(std::string_view url, std::string_view region,
                      std::string_view installation) {
  const std::unique_ptr<Db> db = TRY(open_db(url));
  Transaction transaction = TRY(Transaction::begin(*db, of_installation()));
  const Label label = TRY(read_label(*db));
  if (label.region == region && label.installation == installation) return {};
  if (!label.installation.empty() && label.region == region) {
    return Error{ErrorKind::kSettings, "wrong_region",
                 fmt::format("{} is the database of region {} of another installation.",
                             base::printable(db->name(), 500), base::printable(region))};
  }
  if (!label.installation.empty()) return wrong_region(*db, label.region, region);
  {
    Statement row = TRY(db->query(
        "SELECT 1 FROM sites WHERE site <> 'default' UNION ALL SELECT 1 FROM importers UNION ALL "
        "SELECT 1 FROM admins LIMIT 1"));
    if (TRY(row.step())) return in_use(*db);
  }
  // The first site is the installation's; here it would be one that no directory knows.
  {
    const Db::Hold hold(*db, of_site(kDefaultSite));
    Statement row = TRY(db->query("SELECT 1 FROM runs LIMIT 1"));
    if (TRY(row.step())) return in_use(*db);
  }
  {
    const Db::Hold hold(*db, of_site(kDefaultSite));
    TRY(db->run("DELETE FROM sites WHERE site = 'default'"));
  }
  TRY(db->run("INSERT INTO region_label (only_one, region, installation) VALUES (1, $1, $2)",
              region, installation));
  return transaction.commit();
}

}  // namespace muster::store
