#include "store/migrations.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"

namespace muster::store {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr std::int64_t kMigrationLock = 0x6d757374657201;  // "muster", 1

struct Applied {
  std::string name;
  std::string checksum;
};

Error refuse(const Db& db, std::string_view why) {
  return {ErrorKind::kUnavailable, "store_unavailable",
          fmt::format("{} {}", base::printable(db.name(), 500), why)};
}

// An empty database becomes ours; one with other tables never does.
Status claim(Db& db) {
  const std::vector<std::string> tables = TRY(db.tables());
  if (!tables.empty() &&
      std::find(tables.begin(), tables.end(), "schema_migrations") == tables.end()) {
    return refuse(db, "is a database of another program. Name another one.");
  }
  return db.run(
      "CREATE TABLE IF NOT EXISTS schema_migrations (number BIGINT NOT NULL PRIMARY KEY, "
      "name TEXT NOT NULL, checksum TEXT NOT NULL)");
}

Result<std::map<std::int64_t, Applied>> read_applied(Db& db) {
  std::map<std::int64_t, Applied> applied;
  Statement rows = TRY(db.query("SELECT number, name, checksum FROM schema_migrations"));
  while (TRY(rows.step())) applied[rows.integer(0)] = {rows.text(1), rows.text(2)};
  return applied;
}

Status check_applied(const Db& db, const std::map<std::int64_t, Applied>& applied,
                     std::span<const Migration> migrations) {
  const int newest = migrations.empty() ? 0 : migrations.back().number;
  if (!applied.empty() && applied.rbegin()->first > newest) {
    return refuse(db,
                  fmt::format("was written by a newer muster (step {}; this one knows {}). Upgrade "
                              "muster.",
                              applied.rbegin()->first, newest));
  }
  for (const Migration& migration : migrations) {
    const auto found = applied.find(migration.number);
    if (found == applied.end() || found->second.checksum == migration.checksum) continue;
    return refuse(db,
                  fmt::format("was built by another version of step {} ({}). Use the muster that "
                              "made it, or restore a backup.",
                              migration.number, found->second.name));
  }
  return {};
}

}  // namespace

Status migrate(Db& db, std::span<const Migration> migrations) {
  for (const Migration& migration : migrations) {
    // Looked at anew inside each transaction: another process may be doing the same.
    Transaction transaction = TRY(Transaction::begin(db));
    if (db.engine() == Db::Engine::kPostgres) {
      // One at a time on all machines; a step may take longer than other statements.
      TRY(db.run("SET LOCAL statement_timeout = 0"));
      TRY(db.run("SET LOCAL lock_timeout = 0"));
      TRY(db.run("SELECT pg_advisory_xact_lock($1)", kMigrationLock));
    }
    TRY(claim(db));
    const std::map<std::int64_t, Applied> applied = TRY(read_applied(db));
    TRY(check_applied(db, applied, migrations));
    if (applied.contains(migration.number)) continue;
    TRY(db.run_script(migration.sql));
    TRY(db.run("INSERT INTO schema_migrations (number, name, checksum) VALUES ($1, $2, $3)",
               std::int64_t{migration.number}, migration.name, migration.checksum));
    TRY(transaction.commit());
  }
  return {};
}

}  // namespace muster::store
