#include "store/sites.h"

#include <fmt/format.h>

#include "base/text.h"
#include "store/audit_chain.h"
#include "store/row_values.h"

namespace muster::store {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

class SqlSites final : public Sites {
 public:
  explicit SqlSites(std::unique_ptr<Db> db) : db_(std::move(db)) {}

  Result<std::vector<Site>> list() override {
    const Db::Hold hold(*db_);
    Statement rows = TRY(db_->query("SELECT site, name, created FROM sites ORDER BY site"));
    std::vector<Site> sites;
    while (TRY(rows.step())) {
      sites.push_back({rows.text(0), rows.text(1), wall_time(rows.integer(2))});
    }
    return sites;
  }

  Status add(const Site& site, const AuditEntry& entry) override {
    Transaction transaction = TRY(Transaction::begin(*db_));
    TRY(
        db_->run("INSERT INTO sites (site, name, created) VALUES ($1, $2, $3) "
                 "ON CONFLICT DO NOTHING",
                 site.site, site.name, micros(site.created)));
    if (db_->changed_rows() != 1) {
      return Error{ErrorKind::kConflict, "site_exists",
                   fmt::format("There is a site {} already.", base::printable(site.site))};
    }
    TRY(append_audit(*db_, entry));
    return transaction.commit();
  }

 private:
  const std::unique_ptr<Db> db_;
};

}  // namespace

Result<std::unique_ptr<Sites>> open_sites(std::string_view url) {
  return std::unique_ptr<Sites>(std::make_unique<SqlSites>(TRY(open_db(url))));
}

}  // namespace muster::store
