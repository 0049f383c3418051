#include "store/site_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace muster::store {
namespace {

using base::Result;
using base::Status;

const std::set<std::string, std::less<>> kOfThisDatabase = {
    "schema_migrations", "encryption_key",  "sessions",         "set_up_token",
    "idempotency_keys",  "person_erasures", "scheduled_backup",
};

// They outlive whatever a site has.
const std::set<std::string, std::less<>> kStay = {"sites", "audit", "audit_heads"};

constexpr std::string_view kColumnsOfSqlite =
    "SELECT m.name, c.name, lower(c.type) FROM sqlite_master m JOIN pragma_table_info(m.name) c "
    "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY m.name, c.cid";
constexpr std::string_view kColumnsOfPostgres =
    "SELECT t.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_catalog.pg_class t "
    "JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid "
    "WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind = 'r' AND a.attnum > 0 "
    "AND NOT a.attisdropped ORDER BY t.relname, a.attnum";

constexpr std::string_view kReferencesOfSqlite =
    "SELECT m.name, f.\"table\" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f "
    "WHERE m.type = 'table'";
constexpr std::string_view kReferencesOfPostgres =
    "SELECT t.relname, r.relname FROM pg_catalog.pg_constraint c "
    "JOIN pg_catalog.pg_class t ON t.oid = c.conrelid "
    "JOIN pg_catalog.pg_class r ON r.oid = c.confrelid "
    "WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace";

std::optional<ColumnType> type_of(std::string_view declared) {
  if (declared == "text") return ColumnType::kText;
  if (declared == "bigint") return ColumnType::kInteger;
  if (declared == "bytea") return ColumnType::kBytes;
  return std::nullopt;
}

Result<std::map<std::string, Table>> read_tables(Db& db) {
  const bool is_sqlite = db.engine() == Db::Engine::kSqlite;
  Statement rows = TRY(db.query(is_sqlite ? kColumnsOfSqlite : kColumnsOfPostgres));
  std::map<std::string, Table> tables;
  while (TRY(rows.step())) {
    std::string name = rows.text(0);
    if (kOfThisDatabase.contains(name)) continue;
    Table& table = tables[name];
    table.name = name;
    if (rows.text(1) == "site") {
      table.has_sites = true;
      continue;
    }
    const std::optional<ColumnType> type = type_of(rows.text(2));
    if (!type) {
      return base::Error{
          base::ErrorKind::kBug, "internal",
          fmt::format("The column {}.{} has a type that no bundle knows.", name, rows.text(1))};
    }
    table.columns.push_back({rows.text(1), *type});
  }
  return tables;
}

}  // namespace

std::string_view to_string(ColumnType type) {
  switch (type) {
    case ColumnType::kText: return "text";
    case ColumnType::kInteger: return "integer";
    case ColumnType::kBytes: return "bytes";
  }
  return "";
}

Result<std::vector<Table>> tables_of(Db& db) {
  std::map<std::string, Table> waiting = TRY(read_tables(db));
  std::multimap<std::string, std::string> references;
  {
    const bool is_sqlite = db.engine() == Db::Engine::kSqlite;
    Statement rows = TRY(db.query(is_sqlite ? kReferencesOfSqlite : kReferencesOfPostgres));
    while (TRY(rows.step())) {
      if (rows.text(0) != rows.text(1)) references.emplace(rows.text(0), rows.text(1));
    }
  }
  std::vector<Table> ordered;
  while (!waiting.empty()) {
    const auto next = std::ranges::find_if(waiting, [&](const auto& entry) {
      const auto [first, last] = references.equal_range(entry.first);
      return std::none_of(first, last, [&](const auto& to) { return waiting.contains(to.second); });
    });
    if (next == waiting.end()) {
      return base::Error{base::ErrorKind::kBug, "internal", "Tables refer to each other."};
    }
    ordered.push_back(std::move(next->second));
    waiting.erase(next);
  }
  return ordered;
}

bool outlives_its_site(std::string_view table) { return kStay.contains(table); }

Status delete_rows_of(Db& db, std::string_view site) {
  const std::vector<Table> tables = TRY(tables_of(db));
  for (auto table = tables.rbegin(); table != tables.rend(); ++table) {
    if (!table->has_sites || outlives_its_site(table->name)) continue;
    TRY(db.run(fmt::format("DELETE FROM {} WHERE site = $1", table->name), site));
  }
  return {};
}

}  // namespace muster::store
