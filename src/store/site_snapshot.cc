#include <fmt/format.h>

#include <algorithm>

#include "store/site_copy.h"

namespace muster::store {
namespace {

using base::Result;
using base::Status;

// What PostgreSQL's client holds of one table at a time.
constexpr std::size_t kPageBytes = std::size_t{4} << 20;
constexpr std::size_t kFirstPage = 16;
constexpr std::size_t kMostRows = 2'000;

Scope scope_of(std::string_view owner) {
  return owner.empty() ? of_installation() : of_site(owner);
}

std::string columns_of(const Table& table) {
  std::string names;
  for (const Column& column : table.columns) {
    names += (names.empty() ? "" : ", ") + column.name;
  }
  return names.empty() ? "1" : names;
}

Row read_row(const Statement& from, const Table& table) {
  Row row(table.columns.size());
  for (std::size_t at = 0; at < row.size(); ++at) {
    const int column = static_cast<int>(at);
    row[at].is_null = from.is_null(column);
    if (row[at].is_null) continue;
    if (table.columns[at].type == ColumnType::kInteger) {
      row[at].number = from.integer(column);
    } else {
      row[at].bytes = from.text(column);
    }
  }
  return row;
}

std::size_t size_of(const Row& row) {
  std::size_t bytes = 0;
  for (const Cell& cell : row) bytes += 16 + cell.bytes.size();
  return bytes;
}

}  // namespace

Result<std::unique_ptr<SiteSnapshot>> SiteSnapshot::open(std::string_view url) {
  std::unique_ptr<Db> db = TRY(open_db(url));
  Transaction transaction = TRY(Transaction::begin_reading(*db, Scope()));
  std::unique_ptr<SiteSnapshot> snapshot(new SiteSnapshot(std::move(db), std::move(transaction)));
  TRY(snapshot->look());
  return snapshot;
}

Status SiteSnapshot::look() {
  tables_ = TRY(tables_of(*db_));
  Statement step = TRY(db_->query("SELECT max(number) FROM schema_migrations"));
  if (TRY(step.step())) schema_ = static_cast<int>(step.integer(0));
  Statement key = TRY(db_->query("SELECT key_id FROM encryption_key"));
  if (TRY(key.step())) key_id_ = key.text(0);
  return {};
}

std::vector<Table> SiteSnapshot::tables(std::string_view owner) const {
  if (owner.empty()) return tables_;
  std::vector<Table> of_sites;
  std::ranges::copy_if(tables_, std::back_inserter(of_sites), &Table::has_sites);
  return of_sites;
}

Result<std::vector<SiteName>> SiteSnapshot::sites() {
  const Db::Hold hold(*db_, of_installation());
  Statement rows = TRY(db_->query(
      "SELECT site, kind FROM sites ORDER BY CASE kind WHEN 'production' THEN 0 ELSE 1 END, site"));
  std::vector<SiteName> sites;
  while (TRY(rows.step())) sites.push_back({rows.text(0), rows.text(1)});
  return sites;
}

Result<std::uint64_t> SiteSnapshot::count(std::string_view owner, const Table& table) {
  const Db::Hold hold(*db_, scope_of(owner));
  const std::string select = fmt::format("SELECT count(*) FROM {}{}", table.name,
                                         table.has_sites ? " WHERE site = $1" : "");
  Statement row = TRY(table.has_sites ? db_->query(select, owner) : db_->query(select));
  TRY(row.step());
  return static_cast<std::uint64_t>(row.integer(0));
}

Status SiteSnapshot::read(std::string_view owner, const Table& table, const Take& take) {
  const Db::Hold hold(*db_, scope_of(owner));
  // The chain in its order, so that whoever takes it knows the newest entry at its end.
  const std::string select = fmt::format("SELECT {} FROM {}{}{}", columns_of(table), table.name,
                                         table.has_sites ? " WHERE site = $1" : "",
                                         table.name == "audit" ? " ORDER BY number" : "");
  const auto prepared = [&](const std::string& sql) {
    return table.has_sites ? db_->query(sql, owner) : db_->query(sql);
  };
  if (db_->engine() == Db::Engine::kSqlite) {
    Statement rows = TRY(prepared(select));
    while (TRY(rows.step())) TRY(take(read_row(rows, table)));
    return {};
  }
  // libpq holds every row of an answer, so it is asked for a few at a time.
  {
    Statement opened = TRY(prepared("DECLARE muster_copy NO SCROLL CURSOR FOR " + select));
    TRY(opened.step());
  }
  for (std::size_t page = kFirstPage;;) {
    Statement rows = TRY(db_->query(fmt::format("FETCH {} FROM muster_copy", page)));
    std::size_t count = 0, bytes = 0;
    while (TRY(rows.step())) {
      const Row row = read_row(rows, table);
      bytes += size_of(row);
      ++count;
      TRY(take(row));
    }
    if (count < page) break;
    page = std::clamp(count * kPageBytes / (bytes + 1), std::size_t{1}, kMostRows);
  }
  return db_->run("CLOSE muster_copy");
}

}  // namespace muster::store
