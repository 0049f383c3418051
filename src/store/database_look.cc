#include "store/database_look.h"

#include <fmt/format.h>

#include "store/db.h"
#include "store/migrations.h"
#include "store/site_tables.h"

namespace muster::store {
namespace {

using base::Result;
using base::Status;

Result<std::vector<std::string>> texts(Db& db, std::string_view sql) {
  Statement rows = TRY(db.query(sql));
  std::vector<std::string> found;
  while (TRY(rows.step())) found.push_back(rows.text(0));
  return found;
}

Status look_at_guard(Db& db, DatabaseLook& look) {
  look.guard = TRY(missing_guard(db));
  look.unguarded = TRY(texts(
      db,
      "SELECT t.relname FROM pg_catalog.pg_class t JOIN pg_catalog.pg_attribute a ON "
      "a.attrelid = t.oid WHERE t.relnamespace = current_schema()::regnamespace AND "
      "t.relkind = 'r' AND a.attname = 'site' AND NOT t.relforcerowsecurity ORDER BY t.relname"));
  look.is_owner = !TRY(texts(db,
                             "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = "
                             "current_schema() AND pg_has_role(tableowner, 'USAGE') LIMIT 1"))
                       .empty();
  return {};
}

}  // namespace

Result<DatabaseLook> look_into(std::string_view url) {
  const std::unique_ptr<Db> db = TRY(open_db(url));
  DatabaseLook look{.name = db->name(), .is_server = db->engine() == Db::Engine::kPostgres};
  look.known = embedded_migrations().back().number;
  const std::vector<std::string> tables = TRY(db->tables());
  const auto has = [&](std::string_view table) {
    return std::find(tables.begin(), tables.end(), table) != tables.end();
  };
  if (!has("schema_migrations")) return look;
  const Db::Hold hold(*db, of_installation());
  {
    Statement row = TRY(db->query("SELECT max(number) FROM schema_migrations"));
    if (TRY(row.step())) look.schema = static_cast<int>(row.integer(0));
  }
  if (look.is_server) TRY(look_at_guard(*db, look));
  if (!has("region_label")) return look;
  {
    Statement row = TRY(db->query("SELECT region, installation FROM region_label"));
    if (TRY(row.step())) {
      look.region = row.text(0);
      look.installation = row.text(1);
    }
  }
  Statement rows = TRY(db->query("SELECT site, place FROM sites ORDER BY site"));
  while (TRY(rows.step())) look.sites.push_back({rows.text(0), rows.text(1)});
  return look;
}

Result<std::vector<std::string>> with_rows(std::string_view url,
                                           const std::vector<std::string>& sites) {
  const std::unique_ptr<Db> db = TRY(open_db(url));
  const std::vector<Table> tables = TRY(tables_of(*db));
  std::vector<std::string> found;
  for (const std::string& site : sites) {
    const Db::Hold hold(*db, of_site(site));
    for (const Table& table : tables) {
      if (!table.has_sites || table.name == "sites" || table.name == "admin_roles") continue;
      Statement row =
          TRY(db->query(fmt::format("SELECT 1 FROM {} WHERE site = $1 LIMIT 1", table.name), site));
      if (!TRY(row.step())) continue;
      found.push_back(site);
      break;
    }
  }
  return found;
}

}  // namespace muster::store
