// For the tests of this room: a temporary folder and ready-made rows.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "store/db.h"
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

// The URL of an empty database: a file in the folder, or, when MUSTER_TEST_POSTGRES names a server
// (tests/support/with_postgres.py), one made there, reached through MUSTER_TEST_PGBOUNCER when set.
inline std::string fresh_database(const TemporaryFolder& folder) {
  const char* const server = std::getenv("MUSTER_TEST_POSTGRES");
  if (server == nullptr) return "sqlite:" + folder.file("muster.db");
  static std::atomic<int> made{0};
  const std::string name = "test_" + std::to_string(getpid()) + "_" + std::to_string(++made);
  if (!open_db(server).value()->run_script("CREATE DATABASE " + name).ok()) std::abort();
  const char* const pooled = std::getenv("MUSTER_TEST_PGBOUNCER");
  const std::string url = pooled == nullptr ? server : pooled;
  return url.substr(0, url.rfind('/') + 1) + name;
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
