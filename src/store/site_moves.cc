#include "store/site_moves.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/failpoint.h"
#include "base/text.h"
#include "store/audit_chain.h"
#include "store/db.h"
#include "store/row_values.h"
#include "store/site_tables.h"
#include "store/sites.h"

namespace muster::store {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

Error no_such(std::string_view site) {
  return {ErrorKind::kMissing, "no_such_site",
          fmt::format("There is no site {} in this store.", base::printable(site))};
}

// Locks the row, and the head of the site's audit log: whoever changes something of the site holds
// the one or the other.
Result<std::string> lock_place(Db& db, std::string_view site) {
  TRY(db.run("UPDATE audit_heads SET number = number WHERE site = $1", site));
  TRY(db.run("UPDATE sites SET place = place WHERE site = $1", site));
  Statement row = TRY(db.query("SELECT place FROM sites WHERE site = $1", site));
  if (!TRY(row.step())) return no_such(site);
  return row.text(0);
}

Result<std::string> region_of(Db& db) {
  Statement row = TRY(db.query("SELECT region FROM region_label"));
  return TRY(row.step()) ? row.text(0) : std::string();
}

Error strange(std::string_view site, std::string_view place) {
  return {ErrorKind::kConflict, "site_moving",
          fmt::format("The site {} is not where it was a moment ago ({}). Look with `muster region "
                      "check`.",
                      base::printable(site), place.empty() ? "here" : place)};
}

class SqlSiteMoves final : public SiteMoves {
 public:
  explicit SqlSiteMoves(std::unique_ptr<Db> db) : db_(std::move(db)) {}

  Result<std::vector<SiteMove>> list() override {
    const Db::Hold hold(*db_, Scope());
    return read(db_->query(fmt::format("{} ORDER BY moved_site", kMoves)));
  }
  Result<std::optional<SiteMove>> find(std::string_view site) override {
    const Db::Hold hold(*db_, Scope());
    auto found = TRY(read(db_->query(fmt::format("{} WHERE moved_site = $1", kMoves), site)));
    return found.empty() ? std::optional<SiteMove>() : std::optional(std::move(found.front()));
  }
  Status begin(const SiteMove& move, const AuditEntry& entry) override;
  Result<bool> note(std::string_view site, const MoveProgress& progress) override;
  Status note_trouble(std::string_view site, std::string_view trouble) override {
    const Db::Hold hold(*db_, of_installation());
    return db_->run("UPDATE site_moves SET trouble = $1 WHERE moved_site = $2", trouble, site);
  }
  Status ask_back(std::string_view site, const AuditEntry& entry) override;
  Status switch_over(const SiteMove& move, const Table& table, const Row& row,
                     const AuditEntry& entry) override;
  Status end(std::string_view site, const AuditEntry& entry) override;

 private:
  static constexpr std::string_view kMoves =
      "SELECT moved_site, from_region, to_region, phase, begun, by_service, asked_by, "
      "cancel_asked, stage, rows_copied, rows_total, trouble FROM site_moves";

  static Result<std::vector<SiteMove>> read(Result<Statement> query) {
    Statement rows = TRY(std::move(query));
    std::vector<SiteMove> moves;
    while (TRY(rows.step())) {
      moves.push_back({.site = rows.text(0),
                       .from = rows.text(1),
                       .to = rows.text(2),
                       .is_switched = rows.text(3) == "switched",
                       .begun = wall_time(rows.integer(4)),
                       .by_service = rows.integer(5) != 0,
                       .asked_by = rows.text(6),
                       .is_cancelled = rows.integer(7) != 0,
                       .stage = rows.text(8),
                       .rows_copied = static_cast<std::uint64_t>(rows.integer(9)),
                       .rows_total = static_cast<std::uint64_t>(rows.integer(10)),
                       .trouble = rows.text(11)});
    }
    return moves;
  }
  Status come_here(const SiteMove& move, const Table& table, const Row& row);

  const std::unique_ptr<Db> db_;
};

Status SqlSiteMoves::begin(const SiteMove& move, const AuditEntry& entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_installation()));
  TRY(
      db_->run("INSERT INTO site_moves (moved_site, from_region, to_region, phase, begun, "
               "by_service, asked_by) VALUES ($1, $2, $3, 'copying', $4, $5, $6) "
               "ON CONFLICT DO NOTHING",
               move.site, move.from, move.to, micros(move.begun),
               std::int64_t{move.by_service ? 1 : 0}, move.asked_by));
  if (db_->changed_rows() != 1) {
    const std::optional<SiteMove> other = TRY(find(move.site));
    if (other && other->is_cancelled) {
      return Error{ErrorKind::kConflict, "move_under_way",
                   fmt::format("A move of the site {} is being taken back. Try again when that is "
                               "done.",
                               base::printable(move.site))};
    }
    if (!other || other->to != move.to) {
      return Error{ErrorKind::kConflict, "move_under_way",
                   fmt::format("The site {} is being moved elsewhere already. Complete that, or "
                               "take it back with --cancel.",
                               base::printable(move.site))};
    }
    if (!move.by_service || other->by_service) return {};
    TRY(db_->run("UPDATE site_moves SET by_service = 1, asked_by = $1 WHERE moved_site = $2",
                 move.asked_by, move.site));
  }
  TRY(append_audit(*db_, entry));
  return transaction.commit();
}

Result<bool> SqlSiteMoves::note(std::string_view site, const MoveProgress& progress) {
  const Db::Hold hold(*db_, of_installation());
  TRY(
      db_->run("UPDATE site_moves SET stage = $1, rows_copied = $2, rows_total = $3, trouble = '' "
               "WHERE moved_site = $4",
               progress.stage, static_cast<std::int64_t>(progress.rows_copied),
               static_cast<std::int64_t>(progress.rows_total), site));
  Statement row =
      TRY(db_->query("SELECT cancel_asked FROM site_moves WHERE moved_site = $1", site));
  return TRY(row.step()) && row.integer(0) != 0;
}

Status SqlSiteMoves::ask_back(std::string_view site, const AuditEntry& entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_installation()));
  TRY(
      db_->run("UPDATE site_moves SET cancel_asked = 1, by_service = 1, asked_by = $1 "
               "WHERE moved_site = $2 AND phase = 'copying'",
               entry.who, site));
  if (db_->changed_rows() != 1) {
    const std::optional<SiteMove> move = TRY(find(site));
    if (!move) {
      return Error{ErrorKind::kMissing, "no_such_move",
                   fmt::format("The site {} is not being moved.", base::printable(site))};
    }
    return Error{ErrorKind::kConflict, "site_moving",
                 fmt::format("The site {} is where it was to go already. When what is left has "
                             "been erased, move it back.",
                             base::printable(site))};
  }
  TRY(append_audit(*db_, entry));
  return transaction.commit();
}

// The row that only named it becomes the one that was its own elsewhere.
Status SqlSiteMoves::come_here(const SiteMove& move, const Table& table, const Row& row) {
  std::string set;
  std::size_t parameter = 0;
  for (const Column& column : table.columns) {
    set += fmt::format("{}{} = ${}", set.empty() ? "" : ", ", column.name, ++parameter);
  }
  Statement statement = TRY(db_->query(
      fmt::format("UPDATE sites SET {} WHERE site = ${} AND place = 'elsewhere' AND region = ${}",
                  set, parameter + 1, parameter + 2)));
  for (std::size_t at = 0; at < row.size(); ++at) {
    const std::string& column = table.columns[at].name;
    if (column == "place" || column == "region") {
      statement.bind(std::string_view());
    } else if (row[at].is_null) {
      statement.bind(std::optional<std::int64_t>());
    } else if (table.columns[at].type == ColumnType::kInteger) {
      statement.bind(row[at].number);
    } else {
      statement.bind(std::string_view(row[at].bytes));
    }
  }
  statement.bind(move.site);
  statement.bind(move.from);
  TRY(statement.step());
  return {};
}

Status SqlSiteMoves::switch_over(const SiteMove& move, const Table& table, const Row& row,
                                 const AuditEntry& entry) {
  TRY(MUSTER_FAILPOINT("move.switching"));
  Transaction transaction = TRY(Transaction::begin(*db_, of_site(move.site)));
  if (move.to.empty()) {
    TRY(come_here(move, table, row));
  } else if (move.from.empty()) {
    TRY(
        db_->run("UPDATE sites SET place = 'elsewhere', region = $1 WHERE site = $2 AND "
                 "place = 'leaving'",
                 move.to, move.site));
  } else {
    TRY(
        db_->run("UPDATE sites SET region = $1 WHERE site = $2 AND place = 'elsewhere' AND "
                 "region = $3",
                 move.to, move.site, move.from));
  }
  if (db_->changed_rows() != 1) return strange(move.site, "elsewhere");
  TRY(
      db_->run("UPDATE site_moves SET phase = 'switched' WHERE moved_site = $1 AND "
               "phase = 'copying' AND cancel_asked = 0 AND to_region = $2",
               move.site, move.to));
  if (db_->changed_rows() != 1) return strange(move.site, "being moved no more");
  TRY(append_audit(*db_, entry));
  if (move.to.empty()) {
    AuditEntry of_site = entry;  // where it is now, as settle_arrived() tells it elsewhere
    of_site.site = move.site;
    TRY(append_audit(*db_, of_site));
  }
  return transaction.commit();
}

Status SqlSiteMoves::end(std::string_view site, const AuditEntry& entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_installation()));
  TRY(db_->run("DELETE FROM site_moves WHERE moved_site = $1", site));
  if (db_->changed_rows() != 1) return {};
  TRY(append_audit(*db_, entry));
  return transaction.commit();
}

// Whatever columns there are by now.
Status blank_row(Db& db, const Table& table, std::string_view site) {
  std::string set;
  for (const Column& column : table.columns) {
    if (column.name == "name" || column.name == "region" || column.name == "place") continue;
    set += fmt::format("{}{} = {}", set.empty() ? "" : ", ", column.name,
                       column.type == ColumnType::kInteger ? "0" : "''");
  }
  return db.run(fmt::format("UPDATE sites SET {} WHERE site = $1", set), site);
}

Status erase_rows(Db& db, std::string_view site, bool keeps_name) {
  Transaction transaction = TRY(Transaction::begin(db, of_site(site)));
  // As many rows as a site has take their time.
  if (db.engine() == Db::Engine::kPostgres) TRY(db.run("SET LOCAL statement_timeout = 0"));
  const Result<std::string> place = lock_place(db, site);
  if (!place.ok()) return place.error().reason == "no_such_site" ? Status() : Status(place.error());
  if (*place == kHere || *place == kPinned) return strange(site, *place);
  const std::vector<Table> tables = TRY(tables_of(db));
  for (auto table = tables.rbegin(); table != tables.rend(); ++table) {
    if (!table->has_sites || table->name == "sites") continue;
    if (keeps_name && table->name == "admin_roles") continue;
    TRY(db.run(fmt::format("DELETE FROM {} WHERE site = $1", table->name), site));
  }
  TRY(db.run("DELETE FROM idempotency_keys WHERE about = $1", site));
  if (keeps_name) {
    TRY(blank_row(db, *std::ranges::find(tables, "sites", &Table::name), site));
  } else {
    TRY(db.run("DELETE FROM sites WHERE site = $1", site));
  }
  TRY(MUSTER_FAILPOINT("move.erasing"));
  return transaction.commit();
}

}  // namespace

Result<std::unique_ptr<SiteMoves>> open_site_moves(std::string_view url) {
  return std::unique_ptr<SiteMoves>(std::make_unique<SqlSiteMoves>(TRY(open_db(url))));
}

Status hold_site(std::string_view url, std::string_view site, const AuditEntry& entry) {
  const std::unique_ptr<Db> db = TRY(open_db(url));
  Transaction transaction = TRY(Transaction::begin(*db, of_site(site)));
  const std::string place = TRY(lock_place(*db, site));
  if (place == kLeaving) return {};
  if (place != kHere && place != kPinned) return strange(site, place);
  TRY(append_audit(*db, entry));
  TRY(db->run("UPDATE sites SET place = 'leaving' WHERE site = $1", site));
  return transaction.commit();
}

Status release_site(std::string_view url, std::string_view site, const AuditEntry& entry) {
  const std::unique_ptr<Db> db = TRY(open_db(url));
  Transaction transaction = TRY(Transaction::begin(*db, of_site(site)));
  const std::string place = TRY(lock_place(*db, site));
  if (place != kLeaving) return {};
  const std::string region = TRY(region_of(*db));
  TRY(db->run("UPDATE sites SET place = $1 WHERE site = $2", region.empty() ? kHere : kPinned,
              site));
  TRY(append_audit(*db, entry));
  return transaction.commit();
}

Result<bool> is_at_rest(std::string_view url, std::string_view site, base::WallTime now) {
  const std::unique_ptr<Db> db = TRY(open_db(url));
  Transaction transaction = TRY(Transaction::begin(*db, of_site(site)));
  TRY(
      db->run("UPDATE jobs SET state = 'over', leased_until = NULL WHERE site = $1 AND "
              "state = 'leased' AND leased_until < $2",
              site, micros(now)));
  Statement row =
      TRY(db->query("SELECT count(*) FROM jobs WHERE site = $1 AND state = 'leased'", site));
  TRY(row.step());
  const bool is_idle = row.integer(0) == 0;
  TRY(transaction.commit());
  return is_idle;
}

Result<bool> settle_arrived(std::string_view url, std::string_view site, const AuditEntry& entry) {
  const std::unique_ptr<Db> db = TRY(open_db(url));
  Transaction transaction = TRY(Transaction::begin(*db, of_site(site)));
  TRY(db->run("UPDATE sites SET place = 'pinned' WHERE site = $1 AND place = 'arriving'", site));
  if (db->changed_rows() != 1) return false;
  TRY(append_audit(*db, entry));
  TRY(transaction.commit());
  return true;
}

Result<std::vector<std::string>> arriving_sites(std::string_view url) {
  const std::unique_ptr<Db> db = TRY(open_db(url));
  const Db::Hold hold(*db, of_installation());
  Statement rows = TRY(db->query("SELECT site FROM sites WHERE place = 'arriving' ORDER BY site"));
  std::vector<std::string> sites;
  while (TRY(rows.step())) sites.push_back(rows.text(0));
  return sites;
}

Status erase_site(std::string_view url, std::string_view site, bool keeps_name) {
  const std::unique_ptr<Db> db = TRY(open_db(url));
  const bool is_file = db->engine() == Db::Engine::kSqlite;
  // https://www.sqlite.org/pragma.html#pragma_secure_delete
  if (is_file) TRY(db->run("PRAGMA secure_delete = ON"));
  TRY(erase_rows(*db, site, keeps_name));
  if (is_file) {
    TRY(db->run("PRAGMA wal_checkpoint(TRUNCATE)"));
    return {};
  }
  for (const Table& table : TRY(tables_of(*db))) {
    if (table.has_sites) TRY(db->run_script("VACUUM " + table.name));
  }
  return {};
}

Status require_erasable(std::string_view url) {
  const std::unique_ptr<Db> db = TRY(open_db(url));
  if (db->engine() != Db::Engine::kPostgres) return {};
  Statement row =
      TRY(db->query("SELECT current_user, CASE WHEN has_table_privilege('audit', 'DELETE') AND "
                    "has_table_privilege('audit_heads', 'DELETE') THEN 1 ELSE 0 END"));
  if (TRY(row.step()) && row.integer(1) == 1) return {};
  return Error{ErrorKind::kSettings, "settings",
               fmt::format("The user {} of {} may not delete audit logs, which is right for "
                           "services. Moving and erasing take the user who owns the tables, as "
                           "`muster migrate` does: give his URL for this command alone.",
                           base::printable(row.text(0)), base::printable(db->name(), 500))};
}

}  // namespace muster::store
