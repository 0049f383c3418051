// For the tests of this room: a temporary folder and ready-made rows.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "store/db.h"
#include "store/migrations.h"
#include "store/store.h"

namespace muster::store::test {

// In memory where that is possible: a killed process loses nothing there either, and a busy disk
// takes seconds for what these tests flush.
inline std::filesystem::path fast_folder() {
  const std::filesystem::path memory = "/dev/shm";
  std::error_code ignored;
  return std::filesystem::is_directory(memory, ignored) ? memory
                                                        : std::filesystem::temp_directory_path();
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = fast_folder() / "muster_store_XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// On a server (tests/support/with_postgres.py) there are its superuser and two roles: one that owns
// the tables and one that works with them, as docs/how-to/postgresql.md tells it.
inline std::string url_as(const std::string& url, const std::string& user,
                          const std::string& database = {}) {
  const std::size_t begin = url.find("//") + 2;
  const std::string as = url.substr(0, begin) + user + url.substr(url.find('@'));
  return database.empty() ? as : as.substr(0, as.rfind('/') + 1) + database;
}

// The URL of an empty database, for its owner: a file in the folder, or, when MUSTER_TEST_POSTGRES
// names a server, one made there.
inline std::string empty_database(const TemporaryFolder& folder) {
  const char* const server = std::getenv("MUSTER_TEST_POSTGRES");
  if (server == nullptr) return "sqlite:" + folder.file("muster.db");
  static std::atomic<int> made{0};
  const std::string name = "test_" + std::to_string(getpid()) + "_" + std::to_string(++made);
  const std::string sql = "CREATE DATABASE " + name + " OWNER muster_owner";
  if (!open_db(server).value()->run_script(sql).ok()) std::abort();
  return url_as(server, "muster_owner", name);
}

// One that is ready for use, by the role that works with it, and through MUSTER_TEST_PGBOUNCER when
// that is set.
inline std::string fresh_database(const TemporaryFolder& folder) {
  const std::string url = empty_database(folder);
  const std::unique_ptr<Db> db = open_db(url).value();
  if (db->engine() == Db::Engine::kSqlite) return url;
  if (!migrate(*db, embedded_migrations()).ok() || !grant_access(*db, "muster_app").ok()) {
    std::abort();
  }
  const char* const pooled = std::getenv("MUSTER_TEST_PGBOUNCER");
  return url_as(pooled == nullptr ? url : pooled, "muster_app", url.substr(url.rfind('/') + 1));
}

// The same database without any guard.
inline std::unique_ptr<Db> open_unguarded(const std::string& url) {
  const char* const server = std::getenv("MUSTER_TEST_POSTGRES");
  if (server == nullptr) return open_db(url).value();
  return open_db(url_as(server, "postgres", url.substr(url.rfind('/') + 1))).value();
}

inline base::WallTime at(std::int64_t seconds) {
  return base::WallTime(std::chrono::seconds(seconds));
}

inline RunRow begun(const std::string& run_id, const std::string& importer = "entra",
                    std::int64_t started = 1'000) {
  return {.run_id = run_id, .importer = importer, .state = "running", .started = at(started)};
}

inline RunRow ended(RunRow run, const std::string& state = "completed") {
  run.state = state;
  run.reason = "ok";
  run.message = "12 objects.";
  run.ended = run.started + std::chrono::seconds(7);
  run.report = R"({"state":")" + state + R"("})";
  return run;
}

}  // namespace muster::store::test
