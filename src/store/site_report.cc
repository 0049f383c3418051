#include "store/site_report.h"

#include <fmt/format.h>

#include "base/text.h"
#include "store/db.h"
#include "store/row_values.h"
#include "store/site_tables.h"
#include "store/table_words.h"

namespace muster::store {
namespace {

using base::Result;
using base::Status;

std::string bytes_of(const Db& db, const Table& table) {
  const bool is_file = db.engine() == Db::Engine::kSqlite;
  std::string sum = "0";
  for (const Column& column : table.columns) {
    if (column.type == ColumnType::kInteger) {
      sum += " + 8";
    } else if (is_file) {
      sum += fmt::format(" + COALESCE(length(CAST({} AS BLOB)), 0)", column.name);
    } else {
      sum += fmt::format(" + COALESCE(octet_length({}), 0)", column.name);
    }
  }
  return sum;
}

Result<TableReport> report_of(Db& db, const Table& table, std::string_view site) {
  const TableWords* const words = words_of_table(table.name);
  if (words == nullptr) {
    return base::Error{base::ErrorKind::kBug, "internal",
                       fmt::format("Nobody said what the table {} holds.", table.name)};
  }
  TableReport report{.table = table.name,
                     .words = std::string(words->many),
                     .stays = outlives_its_site(table.name)};
  {
    Statement row = TRY(db.query(
        fmt::format(
            "SELECT count(*), COALESCE(CAST(sum({}) AS BIGINT), 0){} FROM {} WHERE site = $1",
            bytes_of(db, table),
            words->time.empty() ? "" : fmt::format(", min({0}), max({0})", words->time),
            table.name),
        site));
    TRY(row.step());
    report.rows = row.integer(0);
    report.bytes = row.integer(1);
    // The first site is as old as the store, which nobody noted.
    if (report.rows > 0 && !words->time.empty() && row.integer(3) > 0) {
      report.oldest = wall_time(row.integer(2));
      report.newest = wall_time(row.integer(3));
    }
  }
  if (report.rows > 0) report.words = report.rows == 1 ? words->one : words->many;
  if (words->by.empty()) return report;
  Statement row =
      TRY(db.query(fmt::format("SELECT {} FROM {} WHERE site = $1 ORDER BY {} DESC LIMIT 1",
                               words->by, table.name, words->time),
                   site));
  if (TRY(row.step())) report.last_by = row.text(0);
  return report;
}

}  // namespace

Result<DatabaseReport> report_of_site(std::string_view url, std::string_view site) {
  const std::unique_ptr<Db> db = TRY(open_db(url));
  DatabaseReport report{.engine = db->engine() == Db::Engine::kSqlite ? "SQLite" : "PostgreSQL",
                        .place = db->name()};
  Transaction transaction = TRY(Transaction::begin_reading(*db, of_site(site)));
  if (db->engine() == Db::Engine::kPostgres) TRY(db->run("SET LOCAL statement_timeout = 0"));
  {
    Statement step = TRY(db->query("SELECT max(number) FROM schema_migrations"));
    if (TRY(step.step())) report.schema = step.integer(0);
  }
  for (const Table& table : TRY(tables_of(*db))) {
    if (!table.has_sites) continue;
    TableReport found = TRY(report_of(*db, table, site));
    if (found.rows > 0) report.tables.push_back(std::move(found));
  }
  return report;
}

}  // namespace muster::store
