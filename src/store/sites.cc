#include "store/sites.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "store/audit_chain.h"
#include "store/row_values.h"
#include "store/site_tables.h"

namespace muster::store {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr std::chrono::microseconds kNotedEvery = std::chrono::minutes(10);
// A longer silence counts as this one: it was a clock that was wrong, or nothing ran meanwhile.
constexpr std::chrono::microseconds kLongestStep = std::chrono::days(60);

constexpr std::string_view kSites =
    "SELECT site, name, created, kind, production, region, contact, webhook, webhook_secret, told, "
    "trial_from, active_until, kept_until, place FROM sites "
    "WHERE place NOT IN ('elsewhere', 'arriving')";

Site read_site(const Statement& row) {
  Site site{.site = row.text(0),
            .name = row.text(1),
            .created = wall_time(row.integer(2)),
            .kind = row.text(3),
            .production = row.text(4),
            .region = row.text(5),
            .contact = {row.text(6), row.text(7), row.text(8)},
            .trial_from = wall_time(row.integer(10)),
            .told = row.text(9)};
  if (!row.is_null(11)) site.active_until = wall_time(row.integer(11));
  if (!row.is_null(12)) site.kept_until = wall_time(row.integer(12));
  site.place = row.text(13);
  return site;
}

Error no_such(std::string_view site) {
  return {ErrorKind::kMissing, "no_such_site",
          fmt::format("There is no site {} in this store.", base::printable(site))};
}

class SqlSites final : public Sites {
 public:
  explicit SqlSites(std::unique_ptr<Db> db) : db_(std::move(db)) {}

  Result<std::vector<Site>> list() override;
  Result<std::optional<Site>> find(std::string_view site) override;
  Result<bool> add(const Site& site, const AuditEntry& entry) override;
  Status set_contact(std::string_view site, const Contact& contact,
                     const AuditEntry& entry) override {
    return change(site, entry, "contact = $1, webhook = $2, webhook_secret = $3", contact.email,
                  contact.webhook, contact.webhook_secret);
  }
  Status entitle(std::string_view site, std::optional<base::WallTime> until,
                 const AuditEntry& entry) override {
    return change(site, entry, "active_until = $1", micros(until));
  }
  Status extend(std::string_view site, base::WallTime until, const AuditEntry& entry) override;
  Status remove(std::string_view site, base::WallTime kept_until,
                const AuditEntry& entry) override {
    return change(site, entry, "kept_until = $1", micros(kept_until));
  }
  Result<bool> forget(std::string_view site, base::WallTime now, const AuditEntry& entry) override;
  Result<base::WallTime> latest(base::WallTime now) override;
  Status set_told(std::string_view site, std::string_view told) override;
  Result<std::string> licence_key() override;
  Status set_licence_key(std::string_view public_key, const AuditEntry& entry) override;

 private:
  Status check_production(const Site& site);
  // One that was not removed.
  template <typename... Values>
  Status change(std::string_view site, const AuditEntry& entry, std::string_view set,
                const Values&... values);

  const std::unique_ptr<Db> db_;
};

Result<std::vector<Site>> SqlSites::list() {
  const Db::Hold hold(*db_, of_installation());
  Statement rows = TRY(db_->query(fmt::format("{} ORDER BY site", kSites)));
  std::vector<Site> sites;
  while (TRY(rows.step())) sites.push_back(read_site(rows));
  return sites;
}

Result<std::optional<Site>> SqlSites::find(std::string_view site) {
  const Db::Hold hold(*db_, of_site(site));
  Statement row = TRY(db_->query(fmt::format("{} AND site = $1", kSites), site));
  if (!TRY(row.step())) return std::optional<Site>();
  return std::optional(read_site(row));
}

Status SqlSites::check_production(const Site& site) {
  if (site.kind == "production" && site.production.empty()) return {};
  if (site.kind == "sandbox" && site.production != site.site) {
    const std::optional<Site> production = TRY(find(site.production));
    if (production && production->kind == "production" && !production->kept_until) return {};
  }
  return Error{ErrorKind::kSettings, "site",
               "A sandbox belongs to a production site of this store, which has to be named, and a "
               "production site belongs to none."};
}

Result<bool> SqlSites::add(const Site& site, const AuditEntry& entry) {
  TRY(check_production(site));
  Transaction transaction = TRY(Transaction::begin(*db_, of_site(site.site)));
  TRY(
      db_->run("INSERT INTO sites (site, name, created, kind, production, region, contact, "
               "trial_from, place) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
               "ON CONFLICT DO NOTHING",
               site.site, site.name, micros(site.created), site.kind, site.production, site.region,
               site.contact.email, micros(site.trial_from), site.place));
  const bool is_new = db_->changed_rows() == 1;
  if (!is_new) {
    // After forget() nothing is left of it but its name and its trial.
    TRY(db_->run(
        "UPDATE sites SET name = $1, kind = $2, production = $3, region = $4, "
        "contact = $5, kept_until = NULL WHERE site = $6 AND kept_until = 0",
        site.name, site.kind, site.production, site.region, site.contact.email, site.site));
    if (db_->changed_rows() == 0) {
      TRY(db_->run("UPDATE sites SET kept_until = NULL WHERE site = $1 AND kept_until IS NOT NULL",
                   site.site));
    }
    if (db_->changed_rows() != 1) {
      return Error{ErrorKind::kConflict, "site_exists",
                   fmt::format("There is a site {} already.", base::printable(site.site))};
    }
  }
  TRY(append_audit(*db_, entry));
  TRY(transaction.commit());
  return !is_new;
}

template <typename... Values>
Status SqlSites::change(std::string_view site, const AuditEntry& entry, std::string_view set,
                        const Values&... values) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_site(site)));
  TRY(db_->run(fmt::format("UPDATE sites SET {} WHERE site = ${} AND kept_until IS NULL", set,
                           sizeof...(values) + 1),
               values..., site));
  if (db_->changed_rows() != 1) return no_such(site);
  TRY(append_audit(*db_, entry));
  return transaction.commit();
}

Status SqlSites::extend(std::string_view site, base::WallTime until, const AuditEntry& entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_site(site)));
  const std::optional<Site> before = TRY(find(site));
  if (!before || before->kept_until) return no_such(site);
  TRY(
      db_->run("UPDATE sites SET active_until = $1, licensed_until = $1 WHERE site = $2 AND "
               "coalesce(active_until, 0) < $1 AND licensed_until < $1",
               micros(until), site));
  if (db_->changed_rows() != 1) {
    return Error{ErrorKind::kConflict, "licence_older",
                 fmt::format("The site {} is, or was, entitled for as long already.",
                             base::printable(site))};
  }
  TRY(append_audit(*db_, entry));
  return transaction.commit();
}

Result<bool> SqlSites::forget(std::string_view site, base::WallTime now, const AuditEntry& entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_site(site)));
  // Locks the row, so that nobody brings the site back in between. 0: done.
  TRY(
      db_->run("UPDATE sites SET kept_until = 0, contact = '', webhook = '', "
               "webhook_secret = '' WHERE site = $1 AND "
               "kept_until > 0 AND kept_until <= $2",
               site, micros(now)));
  if (db_->changed_rows() != 1) return false;
  TRY(delete_rows_of(*db_, site));
  TRY(append_audit(*db_, entry));
  TRY(transaction.commit());
  return true;
}

Result<base::WallTime> SqlSites::latest(base::WallTime now) {
  const Db::Hold hold(*db_, Scope());
  std::optional<std::pair<base::WallTime, base::WallTime>> noted;
  {
    Statement row = TRY(db_->query("SELECT seen, clock FROM latest_time"));
    if (TRY(row.step())) noted = {wall_time(row.integer(0)), wall_time(row.integer(1))};
  }
  if (!noted) {
    TRY(
        db_->run("INSERT INTO latest_time (only_one, seen, clock) VALUES (1, $1, $1) "
                 "ON CONFLICT DO NOTHING",
                 micros(now)));
    return now;
  }
  const auto passed = now - noted->second;
  const base::WallTime time =
      noted->first + std::clamp(passed, std::chrono::microseconds(0), kLongestStep);
  if (passed >= std::chrono::microseconds(0) && passed < kNotedEvery) return time;
  // Nothing is done when another machine was quicker.
  TRY(db_->run("UPDATE latest_time SET seen = $1, clock = $2 WHERE clock = $3", micros(time),
               micros(now), micros(noted->second)));
  return time;
}

Status SqlSites::set_told(std::string_view site, std::string_view told) {
  const Db::Hold hold(*db_, of_site(site));
  return db_->run("UPDATE sites SET told = $1 WHERE site = $2", told, site);
}

Result<std::string> SqlSites::licence_key() {
  const Db::Hold hold(*db_, Scope());
  Statement row = TRY(db_->query("SELECT public_key FROM licence_key"));
  return TRY(row.step()) ? row.text(0) : std::string();
}

Status SqlSites::set_licence_key(std::string_view public_key, const AuditEntry& entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, Scope()));
  TRY(
      db_->run("INSERT INTO licence_key (only_one, public_key) VALUES (1, $1) "
               "ON CONFLICT (only_one) DO UPDATE SET public_key = excluded.public_key",
               public_key));
  TRY(append_audit(*db_, entry));
  return transaction.commit();
}

}  // namespace

Result<std::unique_ptr<Sites>> open_sites(std::string_view url) {
  return std::unique_ptr<Sites>(std::make_unique<SqlSites>(TRY(open_db(url))));
}

}  // namespace muster::store
