#include "store/migrations.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "crypto/sha256.h"
#include "store/embedded.h"

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

std::string hex_sha256(std::string_view text) {
  std::string hex;
  for (const unsigned char byte : crypto::sha256(text)) hex += fmt::format("{:02x}", byte);
  return hex;
}

// NNNN_name.sql, or NNNN_name.postgresql.sql for that engine alone.
Migration migration_of(const base::EmbeddedFile& file, std::string_view checksum) {
  const auto number = base::parse_int(file.name.substr(0, file.name.find('_')));
  MUSTER_CHECK(number && *number > 0, "a migration is not named NNNN_name.sql");
  Migration migration{static_cast<int>(*number), file.name.substr(0, file.name.find('.')), checksum,
                      file.text};
  if (file.name.ends_with(".postgresql.sql")) migration.only_on = Db::Engine::kPostgres;
  return migration;
}

// An empty database becomes ours; one with other tables never does. True: it is ours already.
Result<bool> is_claimed(Db& db) {
  const std::vector<std::string> tables = TRY(db.tables());
  if (std::find(tables.begin(), tables.end(), "schema_migrations") != tables.end()) return true;
  if (!tables.empty()) return refuse(db, "is a database of another program. Name another one.");
  return false;
}

Status claim(Db& db) {
  if (TRY(is_claimed(db))) return {};
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

// The first that is not applied; null: none.
Result<const Migration*> first_missing(Db& db, std::span<const Migration> migrations) {
  std::map<std::int64_t, Applied> applied;
  if (TRY(is_claimed(db))) applied = TRY(read_applied(db));
  TRY(check_applied(db, applied, migrations));
  for (const Migration& migration : migrations) {
    if (!applied.contains(migration.number)) return &migration;
  }
  return nullptr;
}

// Whoever may build the schema is its owner, or is about to be.
Status require_owner(Db& db, const Migration& missing) {
  if (db.engine() != Db::Engine::kPostgres) return {};
  Statement row = TRY(db.query(
      "SELECT current_user, CASE WHEN has_schema_privilege(current_schema(), 'CREATE') AND "
      "NOT EXISTS (SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND "
      "NOT pg_has_role(tableowner, 'USAGE')) THEN 1 ELSE 0 END"));
  if (TRY(row.step()) && row.integer(1) == 1) return {};
  const std::string user = base::printable(row.text(0));
  return refuse(db,
                fmt::format("is not up to date for this muster (step {} is missing), and its user "
                            "{} may not change the tables. Run `muster migrate --database URL "
                            "--grant-to {}` with the URL of the user who owns them.",
                            missing.number, user, user));
}

std::string quoted_name(std::string_view name) {
  std::string quoted = "\"";
  for (const char character : name) {
    quoted += character;
    if (character == '"') quoted += '"';
  }
  return quoted + '"';
}

Status grant(Db& db, std::string_view user) {
  const std::string to = quoted_name(user);
  std::string schema;
  {
    Statement row = TRY(db.query("SELECT current_schema()"));
    if (TRY(row.step())) schema = quoted_name(row.text(0));
  }
  return db.run_script(
      fmt::format("GRANT USAGE ON SCHEMA {0} TO {1}; "
                  "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {0} TO {1}; "
                  "REVOKE UPDATE, DELETE ON audit FROM {1}; REVOKE DELETE ON audit_heads FROM {1}; "
                  "REVOKE INSERT, UPDATE, DELETE ON schema_migrations FROM {1}",
                  schema, to));
}

// New tables are for those who may read the old ones.
Status renew_grants(Db& db) {
  if (db.engine() != Db::Engine::kPostgres) return {};
  Transaction transaction = TRY(Transaction::begin(db, Scope()));
  TRY(db.run("SELECT pg_advisory_xact_lock($1)", kMigrationLock));
  std::vector<std::string> users;
  {
    Statement rows =
        TRY(db.query("SELECT DISTINCT grantee FROM information_schema.role_table_grants WHERE "
                     "table_schema = current_schema() AND table_name = 'schema_migrations' AND "
                     "privilege_type = 'SELECT' AND grantee <> grantor AND grantee <> 'PUBLIC'"));
    while (TRY(rows.step())) users.push_back(rows.text(0));
  }
  for (const std::string& user : users) TRY(grant(db, user));
  return transaction.commit();
}

// Steps that change rows change those of all sites. Nobody else sees the guard away: it is back
// before the transaction ends.
Status force_guards(Db& db, bool is_forced) {
  return db.run_script(fmt::format(
      "DO $$ DECLARE guarded regclass; BEGIN "
      "FOR guarded IN SELECT oid FROM pg_catalog.pg_class WHERE relrowsecurity AND "
      "relnamespace = current_schema()::regnamespace LOOP "
      "EXECUTE format('ALTER TABLE %s {} ROW LEVEL SECURITY', guarded); END LOOP; END $$",
      is_forced ? "FORCE" : "NO FORCE"));
}

Status apply(Db& db, const Migration& migration) {
  if (migration.only_on && *migration.only_on != db.engine()) return {};
  if (db.engine() != Db::Engine::kPostgres) return db.run_script(migration.sql);
  TRY(force_guards(db, false));
  TRY(db.run_script(migration.sql));
  return force_guards(db, true);
}

}  // namespace

std::span<const Migration> embedded_migrations() {
  static const std::deque<std::string> checksums = [] {
    std::deque<std::string> made;
    for (const base::EmbeddedFile& file : embedded_files()) made.push_back(hex_sha256(file.text));
    return made;
  }();
  static const std::vector<Migration> all = [] {
    std::vector<Migration> made;
    for (const base::EmbeddedFile& file : embedded_files()) {
      made.push_back(migration_of(file, checksums[made.size()]));
    }
    return made;
  }();
  return all;
}

Status migrate(Db& db, std::span<const Migration> migrations) {
  const Migration* const missing = TRY(first_missing(db, migrations));
  if (missing == nullptr) return {};
  TRY(require_owner(db, *missing));
  for (const Migration& migration : migrations) {
    // Looked at anew inside each transaction: another process may be doing the same.
    Transaction transaction = TRY(Transaction::begin(db, Scope()));
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
    TRY(apply(db, migration));
    TRY(db.run("INSERT INTO schema_migrations (number, name, checksum) VALUES ($1, $2, $3)",
               std::int64_t{migration.number}, migration.name, migration.checksum));
    TRY(transaction.commit());
  }
  return renew_grants(db);
}

Result<bool> is_up_to_date(Db& db, std::span<const Migration> migrations) {
  return TRY(first_missing(db, migrations)) == nullptr;
}

Status grant_access(Db& db, std::string_view user) {
  if (db.engine() != Db::Engine::kPostgres) {
    return Error{ErrorKind::kSettings, "settings",
                 fmt::format("{} has no users: whoever may open the file may do everything.",
                             base::printable(db.name(), 500))};
  }
  Transaction transaction = TRY(Transaction::begin(db, Scope()));
  {
    Statement row =
        TRY(db.query("SELECT CASE WHEN rolsuper OR rolbypassrls OR rolname = current_user THEN 1 "
                     "ELSE 0 END FROM pg_catalog.pg_roles WHERE rolname = $1",
                     user));
    if (!TRY(row.step())) {
      return Error{ErrorKind::kSettings, "settings",
                   fmt::format("{} has no user {}. Make it first: CREATE ROLE {} LOGIN.",
                               base::printable(db.name(), 500), base::printable(user),
                               base::printable(user))};
    }
    if (row.integer(0) == 1) {
      return Error{ErrorKind::kSettings, "settings",
                   fmt::format("The user {} may do everything already: it owns the tables, is a "
                               "superuser or has BYPASSRLS. Name one that may not.",
                               base::printable(user))};
    }
  }
  TRY(grant(db, user));
  return transaction.commit();
}

Result<std::string> missing_guard(Db& db) {
  if (db.engine() != Db::Engine::kPostgres) return std::string();
  Statement row =
      TRY(db.query("SELECT current_user, CASE WHEN rolsuper THEN 1 ELSE 0 END, "
                   "CASE WHEN rolbypassrls THEN 1 ELSE 0 END "
                   "FROM pg_catalog.pg_roles WHERE rolname = current_user"));
  if (!TRY(row.step()) || (row.integer(1) == 0 && row.integer(2) == 0)) return std::string();
  return fmt::format("{}: its user {} {}, so that nothing in the database keeps sites apart.",
                     base::printable(db.name(), 500), base::printable(row.text(0)),
                     row.integer(1) == 1 ? "is a superuser" : "has BYPASSRLS");
}

}  // namespace muster::store
