#include <fmt/format.h>

#include <algorithm>

#include "base/failpoint.h"
#include "base/text.h"
#include "store/audit_chain.h"
#include "store/audit_seal.h"
#include "store/row_values.h"
#include "store/site_columns.h"
#include "store/site_copy.h"
#include "store/sites.h"

namespace muster::store {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr std::size_t kRowsAtOnce = 50;
constexpr std::size_t kBytesAtOnce = std::size_t{1} << 20;

Scope scope_of(std::string_view owner) {
  return owner.empty() ? of_installation() : of_site(owner);
}

Error conflict(std::string_view reason, std::string message) {
  return {ErrorKind::kConflict, std::string(reason), std::move(message)};
}

std::string shown(std::string_view owner) {
  return owner.empty() ? "the installation" : fmt::format("the site {}", base::printable(owner));
}

Error other_history(std::string_view owner) {
  return conflict("other_history",
                  fmt::format("The audit log of {} here is not the one that the backup goes on "
                              "with: it is of another store, or was begun anew. Restore into an "
                              "empty database.",
                              shown(owner)));
}

// By what the store knows of it, when there is the site already.
bool is_settled(const SiteColumn& column) {
  return column.rule == ColumnRule::kEarliest || column.rule == ColumnRule::kHighest ||
         column.rule == ColumnRule::kStays;
}

void bind_row(Statement& statement, const Table& table, const Row& row) {
  for (std::size_t at = 0; at < row.size(); ++at) {
    if (row[at].is_null) {
      statement.bind(std::optional<std::int64_t>());
    } else if (table.columns[at].type == ColumnType::kInteger) {
      statement.bind(row[at].number);
    } else if (table.columns[at].type == ColumnType::kBytes) {
      statement.bind(Blob{row[at].bytes});
    } else {
      statement.bind(std::string_view(row[at].bytes));
    }
  }
}

Result<std::int64_t> count(Db& db, const std::string& rows, std::string_view site) {
  Statement row = TRY(db.query(fmt::format("SELECT count(*) FROM {} WHERE site = $1", rows), site));
  TRY(row.step());
  return row.integer(0);
}

}  // namespace

Result<std::unique_ptr<SiteWriter>> SiteWriter::open(std::string_view url,
                                                     const WriterSettings& settings) {
  std::unique_ptr<Db> db = TRY(open_db(url));
  // It cannot be changed inside of the transaction: https://www.sqlite.org/pragma.html
  if (settings.is_throw_away) TRY(db->run_script("PRAGMA foreign_keys = OFF"));
  Transaction transaction = TRY(Transaction::begin(*db, Scope()));
  std::unique_ptr<SiteWriter> writer(
      new SiteWriter(std::move(db), std::move(transaction), settings));
  TRY(writer->look());
  return writer;
}

Status SiteWriter::look() {
  tables_ = TRY(tables_of(*db_));
  Statement step = TRY(db_->query("SELECT max(number) FROM schema_migrations"));
  if (TRY(step.step())) schema_ = static_cast<int>(step.integer(0));
  if (settings_.is_throw_away) return {};
  Statement label = TRY(db_->query("SELECT region FROM region_label"));
  if (TRY(label.step())) region_ = label.text(0);
  return {};
}

Result<bool> SiteWriter::has_rows(std::string_view site) {
  for (const Table& table : tables_) {
    if (!table.has_sites || table.name == "sites" || table.name.starts_with("audit")) continue;
    if (TRY(count(*db_, table.name, site)) > 0) return true;
  }
  return false;
}

Status SiteWriter::require_empty() {
  const Error full = conflict(
      "store_not_empty",
      "This store is in use already, and a whole installation is restored into an empty one only. "
      "Name another database, or one site of the backup (--site).");
  Statement admins = TRY(db_->query("SELECT count(*) FROM admins"));
  if (TRY(admins.step()) && admins.integer(0) > 0) return full;
  std::vector<std::string> sites;
  {
    const Db::Hold hold(*db_, of_installation());
    Statement rows = TRY(db_->query("SELECT site FROM sites"));
    while (TRY(rows.step())) sites.push_back(rows.text(0));
    if (TRY(count(*db_, "audit", "")) > 0) return full;
  }
  for (const std::string& site : sites) {
    const Db::Hold hold(*db_, of_site(site));
    if (TRY(has_rows(site)) || TRY(count(*db_, "audit", site)) > 0) return full;
  }
  return {};
}

Result<std::string> SiteWriter::use_key(std::string_view key_id) {
  TRY(
      db_->run("INSERT INTO encryption_key (only_one, key_id) VALUES (1, $1) "
               "ON CONFLICT DO NOTHING",
               key_id));
  Statement row = TRY(db_->query("SELECT key_id FROM encryption_key"));
  TRY(row.step());
  return row.text(0);
}

Status SiteWriter::begin(std::string_view owner) {
  owner_ = owner;
  before_ = {};
  is_elsewhere_ = false;
  head_ = last_entry_ = 0;
  last_hash_.clear();
  const Db::Hold hold(*db_, scope_of(owner_));
  {
    Statement row = TRY(db_->query("SELECT number FROM audit_heads WHERE site = $1", owner_));
    if (TRY(row.step())) head_ = row.integer(0);
  }
  if (owner_.empty() || settings_.is_throw_away) return {};
  if (settings_.arrives) return begin_arriving();
  {
    std::string columns;
    for (const SiteColumn& column : kSiteColumns) {
      if (is_settled(column)) columns += fmt::format(", {}", column.name);
    }
    Statement row =
        TRY(db_->query(fmt::format("SELECT site{} FROM sites WHERE site = $1", columns), owner_));
    before_.has_row = TRY(row.step());
    int at = 0;
    for (const SiteColumn& column : kSiteColumns) {
      if (!before_.has_row || !is_settled(column)) continue;
      std::optional<std::int64_t>& time = before_.times[column.name];
      if (!row.is_null(++at)) time = row.integer(at);
    }
  }
  const bool is_used = TRY(has_rows(owner_));
  before_.is_untouched = !is_used && head_ == 0;
  if (is_used && !settings_.replaces) {
    return conflict("site_exists",
                    fmt::format("There is {} in this store already, with what belongs to it. "
                                "--replace puts the backup in its place.",
                                shown(owner_)));
  }
  return is_used ? delete_rows_of(*db_, owner_) : Status();
}

// What an attempt before has left goes first.
Status SiteWriter::begin_arriving() {
  const Db::Hold hold(*db_, of_site(owner_));
  std::optional<std::string> place;
  {
    Statement row = TRY(db_->query("SELECT place FROM sites WHERE site = $1", owner_));
    if (TRY(row.step())) place = row.text(0);
  }
  if (place && *place != (region_.empty() ? kElsewhere : kArriving)) {
    return conflict("site_exists", fmt::format("There is {} in the database that it is to come to.",
                                               shown(owner_)));
  }
  for (auto table = tables_.rbegin(); table != tables_.rend(); ++table) {
    const bool stays =
        table->name == "sites" || table->name == "admin_roles" || table->name.starts_with("audit");
    if (!table->has_sites || stays) continue;
    TRY(db_->run(fmt::format("DELETE FROM {} WHERE site = $1", table->name), owner_));
  }
  return {};
}

Status SiteWriter::begin_table(const Table& table) {
  TRY(end_table());
  const auto here = std::ranges::find(tables_, table.name, &Table::name);
  const bool fits = here != tables_.end() && (here->has_sites || owner_.empty()) &&
                    std::ranges::all_of(table.columns, [&](const Column& column) {
                      return std::ranges::find(here->columns, column) != here->columns.end();
                    });
  if (!fits) {
    return Error{ErrorKind::kMalformed, "bundle",
                 fmt::format("It has a table {} that this muster does not know so.",
                             base::printable(table.name))};
  }
  table_ = table;
  table_->has_sites = here->has_sites;
  return {};
}

std::size_t SiteWriter::place_of(std::string_view column) const {
  const auto found = std::ranges::find(table_->columns, column, &Column::name);
  return static_cast<std::size_t>(found - table_->columns.begin());
}

Status SiteWriter::add(Row row) {
  if (!table_ || row.size() != table_->columns.size()) {
    return Error{ErrorKind::kMalformed, "bundle",
                 "A row has another number of values than columns."};
  }
  if (table_->name == "audit" && !settings_.is_throw_away) {
    const std::size_t number = place_of("number"), hash = place_of("hash");
    if (number == row.size() || hash == row.size()) return other_history(owner_);
    last_entry_ = row[number].number;
    last_hash_ = row[hash].bytes;
    if (last_entry_ <= head_) TRY(take_erasure(row));
    if (last_entry_ < head_) return {};  // here already
    if (last_entry_ == head_) return check_last_entry();
  }
  if (table_->name == "sites" && !settings_.is_throw_away) TRY(settle_place(row));
  if (settings_.arrives && region_.empty() && table_->name == "sites") return {};
  if (table_->name == "admin_roles" && settings_.arrives) return {};
  if (table_->name == "admin_roles" && !settings_.is_throw_away && !TRY(knows_admin(row))) {
    ++skipped_roles_;
    return {};
  }
  for (const Cell& cell : row) waiting_bytes_ += cell.bytes.size();
  waiting_.push_back(std::move(row));
  const bool is_full = waiting_.size() >= kRowsAtOnce || waiting_bytes_ >= kBytesAtOnce;
  return is_full ? flush() : Status();
}

// Names that were taken out of an entry come back with no backup, and go here too.
Status SiteWriter::take_erasure(const Row& row) {
  const std::size_t opening = place_of("opening");
  if (opening == row.size() || !is_erased(row[opening].bytes)) return {};
  const auto text = [&](std::string_view column) {
    return std::string_view(row[place_of(column)].bytes);
  };
  const std::int64_t number = row[place_of("number")].number;
  const Db::Hold hold(*db_, scope_of(owner_));
  {
    // Asked before: the user of services may not change entries.
    Statement here = TRY(db_->query(
        "SELECT hash, opening FROM audit WHERE site = $1 AND number = $2", owner_, number));
    if (!TRY(here.step()) || here.text(0) != text("hash")) return {};
    if (is_erased(here.text(1))) return {};
  }
  return db_->run(
      "UPDATE audit SET who = $1, origin = $2, target = $3, before_it = $4, after_it = $5, "
      "opening = $6 WHERE site = $7 AND number = $8",
      text("who"), text("origin"), text("target"), text("before_it"), text("after_it"),
      Blob{text("opening")}, owner_, number);
}

// What is pinned to one region does not come up in another one by mistake.
Status SiteWriter::settle_place(Row& row) {
  const std::size_t at = place_of("place"), region_at = place_of("region");
  if (at == row.size() || region_at == row.size()) return {};
  std::string& place = row[at].bytes;
  std::string& region = row[region_at].bytes;
  if (settings_.arrives) {
    place = kArriving;
    region = region_;
    return {};
  }
  is_elsewhere_ = place == kElsewhere && region_.empty();
  if (is_elsewhere_) return {};
  const bool is_of_region = place == kPinned || (place == kLeaving && region == region_);
  const std::string from = is_of_region ? region : "";
  if (place == kElsewhere || place == kArriving || (from != region_ && !settings_.adopts)) {
    return conflict(
        "other_region",
        fmt::format("{} belongs to {}, and this database is of {}. --region NAME says that it is "
                    "meant to come there.",
                    shown(owner_), from.empty() ? "no region" : "region " + base::printable(from),
                    region_.empty() ? "none" : "region " + base::printable(region_)));
  }
  place = region_.empty() ? kHere : kPinned;
  if (!region_.empty()) region = region_;
  return {};
}

Result<bool> SiteWriter::knows_admin(const Row& row) {
  const std::size_t admin = place_of("admin");
  if (admin == row.size()) return false;
  Statement found =
      TRY(db_->query("SELECT 1 FROM admins WHERE admin = $1", std::string_view(row[admin].bytes)));
  return TRY(found.step());
}

Result<std::string> SiteWriter::entry_hash(std::int64_t number) {
  const Db::Hold hold(*db_, scope_of(owner_));
  Statement row =
      TRY(db_->query("SELECT hash FROM audit WHERE site = $1 AND number = $2", owner_, number));
  return TRY(row.step()) ? row.text(0) : std::string();
}

// Each hash covers all entries before it.
Status SiteWriter::check_last_entry() {
  if (TRY(entry_hash(last_entry_)) == last_hash_) return {};
  return other_history(owner_);
}

Status SiteWriter::flush() {
  if (waiting_.empty()) return {};
  TRY(MUSTER_FAILPOINT("backup.restoring"));
  const bool has_sites = table_->has_sites;
  std::string columns = has_sites ? "site" : "";
  for (const Column& column : table_->columns) {
    columns += (columns.empty() ? "" : ", ") + column.name;
  }
  std::string values;
  std::size_t parameter = 0;
  for (std::size_t row = 0; row < waiting_.size(); ++row) {
    values += row == 0 ? "(" : ", (";
    for (std::size_t at = 0; at < table_->columns.size() + (has_sites ? 1 : 0); ++at) {
      values += fmt::format("{}${}", at == 0 ? "" : ", ", ++parameter);
    }
    values += ')';
  }
  // What the schema, or a service that was started, has put there already is settled in end().
  const bool may_be_there =
      table_->name == "sites" || table_->name == "audit_heads" || !table_->has_sites;
  const Db::Hold hold(*db_, scope_of(owner_));
  Statement statement =
      TRY(db_->query(fmt::format("INSERT INTO {} ({}) VALUES {}{}", table_->name, columns, values,
                                 may_be_there ? " ON CONFLICT DO NOTHING" : "")));
  for (const Row& row : waiting_) {
    if (has_sites) statement.bind(std::string_view(owner_));
    bind_row(statement, *table_, row);
  }
  TRY(statement.step());
  waiting_.clear();
  waiting_bytes_ = 0;
  return {};
}

Status SiteWriter::end_table() {
  if (!table_) return {};
  // The site, the head of its chain and the time that was seen are there once; the newer counts.
  const bool is_settled =
      table_->name == "sites" || table_->name == "audit_heads" || table_->name == "latest_time";
  const std::vector<Row> rows = is_settled ? waiting_ : std::vector<Row>();
  TRY(flush());
  for (const Row& row : rows) TRY(settle(row));
  if (table_->name == "audit" && last_entry_ < head_ && last_entry_ > 0) TRY(check_last_entry());
  table_.reset();
  return {};
}

Status SiteWriter::settle(const Row& row) {
  std::string set;
  std::size_t parameter = 0;
  for (const Column& column : table_->columns) {
    set += fmt::format("{}{} = ${}", set.empty() ? "" : ", ", column.name, ++parameter);
  }
  std::string which = table_->has_sites ? fmt::format("site = ${}", ++parameter) : "only_one = 1";
  if (table_->name == "audit_heads") {
    which += fmt::format(" AND number <= ${}", place_of("number") + 1);
  }
  if (table_->name == "latest_time") which += fmt::format(" AND seen < ${}", place_of("seen") + 1);
  const Db::Hold hold(*db_, scope_of(owner_));
  Statement statement =
      TRY(db_->query(fmt::format("UPDATE {} SET {} WHERE {}", table_->name, set, which)));
  bind_row(statement, *table_, row);
  if (table_->has_sites) statement.bind(std::string_view(owner_));
  TRY(statement.step());
  return {};
}

// A trial goes on from when it began first, a licence that was used stays used, and what the site
// is entitled to by now stays (I20).
Status SiteWriter::settle_site() {
  if (!before_.has_row) return {};
  const Db::Hold hold(*db_, of_site(owner_));
  for (const auto& [column, time] : before_.times) {
    const ColumnRule rule = *rule_of(column);
    if (rule == ColumnRule::kStays && before_.is_untouched) continue;
    const std::string_view which = rule == ColumnRule::kEarliest  ? " AND {0} > $1"
                                   : rule == ColumnRule::kHighest ? " AND {0} < $1"
                                                                  : "";
    const std::string sql = "UPDATE sites SET {0} = $1 WHERE site = $2" + std::string(which);
    TRY(db_->run(fmt::format(fmt::runtime(sql), column), time, owner_));
  }
  return {};
}

// Of the installation's accounts a site alone knows nothing.
Status SiteWriter::check_references() {
  Statement rows = TRY(db_->query("PRAGMA foreign_key_check"));
  while (TRY(rows.step())) {
    if (rows.text(2) == "admins" && !owner_.empty()) continue;
    return Error{ErrorKind::kMalformed, "bundle",
                 fmt::format("A row of {} refers to one of {} that is not there.", rows.text(0),
                             rows.text(2))};
  }
  return {};
}

Status SiteWriter::end() {
  TRY(end_table());
  if (settings_.is_throw_away) return check_references();
  if (settings_.arrives) return {};
  TRY(settle_site());
  if (owner_.empty()) return {};
  const Db::Hold hold(*db_, of_site(owner_));
  return db_->run(
      "UPDATE jobs SET state = 'over', leased_until = NULL WHERE site = $1 AND state = 'leased'",
      owner_);
}

Result<std::vector<RunRow>> SiteWriter::unfinished() {
  const Db::Hold hold(*db_, of_site(owner_));
  Statement rows =
      TRY(db_->query("SELECT run_id, importer, started, execution_id, kind, destination, "
                     "started_after FROM runs WHERE site = $1 AND state = 'running'",
                     owner_));
  std::vector<RunRow> runs;
  while (TRY(rows.step())) {
    RunRow run{
        .run_id = rows.text(0), .importer = rows.text(1), .started = wall_time(rows.integer(2))};
    run.execution_id = rows.text(3);
    run.kind = rows.text(4);
    run.destination = rows.text(5);
    if (!rows.is_null(6)) run.started_after = rows.text(6);
    runs.push_back(std::move(run));
  }
  return runs;
}

Status SiteWriter::abandon(const RunRow& run) {
  const Db::Hold hold(*db_, of_site(owner_));
  return db_->run(
      "UPDATE runs SET state = $1, reason = $2, message = $3, ended = $4, report = $5 "
      "WHERE site = $6 AND run_id = $7 AND state = 'running'",
      run.state, run.reason, run.message, micros(run.ended), run.report, owner_, run.run_id);
}

Status SiteWriter::note(const AuditEntry& entry) {
  return is_elsewhere_ ? Status() : append_audit(*db_, entry);
}

Status SiteWriter::commit() {
  TRY(MUSTER_FAILPOINT("backup.restored"));
  return transaction_.commit();
}

}  // namespace muster::store
