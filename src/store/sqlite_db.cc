#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/check.h"
#include "base/text.h"
#include "store/db.h"

namespace muster::store {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

// Other processes hold the write lock for milliseconds, or for as long as a large block takes to
// reach a slow disk.
constexpr int kBusyTimeoutMs = 15'000;

std::string shown(const std::string& path) { return base::printable(path, 500); }

Error unavailable(std::string message) {
  return {ErrorKind::kUnavailable, "store_unavailable", std::move(message)};
}

Error from_system(const std::string& path, std::string_view doing, int code) {
  return unavailable(
      fmt::format("The database {} cannot be used: {} failed ({}). Check that the "
                  "directory exists and that this user may write there.",
                  shown(path), doing, std::generic_category().message(code)));
}

// Each directory that is missing, for the owner alone.
Status create_directories(const std::string& path, const std::filesystem::path& directory) {
  std::error_code ignored;
  if (directory.empty() || std::filesystem::exists(directory, ignored)) return {};
  TRY(create_directories(path, directory.parent_path()));
  if (::mkdir(directory.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return from_system(path, "making its directory", errno);
}

// Only when it is missing: closing a file that SQLite has open would drop SQLite's locks on it.
// https://www.sqlite.org/howtocorrupt.html section 2.2
Status create_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return {};
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0 && errno != EEXIST) return from_system(path, "creating it", errno);
  if (file >= 0) ::close(file);
  return {};
}

std::string advice(int code, const std::string& path, int system_code) {
  switch (code & 0xFF) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return fmt::format(
          "{} is damaged or no database. Restore a backup, or move it away: muster then "
          "begins with an empty history.",
          path);
    case SQLITE_FULL: return fmt::format("The disk that holds {} is full.", path);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return fmt::format(
          "The database {} cannot be opened for writing. Check that this user may write "
          "the file and its directory.",
          path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fmt::format("Another process has kept {} locked for more than {} s.", path,
                         kBusyTimeoutMs / 1000);
    case SQLITE_NOMEM: return fmt::format("There is not enough memory to use {}.", path);
    default: break;
  }
  const std::string why =
      system_code != 0 ? fmt::format(" ({})", std::generic_category().message(system_code)) : "";
  return fmt::format("Reading or writing {} failed{}.", path, why);
}

bool is_our_mistake(int code) {
  switch (code & 0xFF) {
    case SQLITE_ERROR:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG: return true;
    default: return false;
  }
}

class SqliteDb final : public Db {
 public:
  SqliteDb(std::string path, sqlite3* handle) : Db(std::move(path)), handle_(handle) {}
  ~SqliteDb() override { sqlite3_close(handle_); }

  Status run_script(std::string_view sql) override {
    const int code = sqlite3_exec(handle_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
    return code == SQLITE_OK ? Status() : Status(error(code));
  }
  std::int64_t changed_rows() const override { return sqlite3_changes64(handle_); }
  Engine engine() const override { return Engine::kSqlite; }
  Result<std::vector<std::string>> tables() override {
    Statement rows = TRY(
        query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' "
              "ESCAPE '~'"));
    std::vector<std::string> names;
    while (TRY(rows.step())) names.push_back(rows.text(0));
    return names;
  }

  Status configure();
  Error error(int code) const;

 private:
  Result<Statement> prepare(std::string_view sql) override;
  Status begin() override { return run("BEGIN IMMEDIATE"); }
  // The first statement that reads fixes the instant: https://www.sqlite.org/isolation.html
  Status begin_reading() override {
    TRY(run("BEGIN"));
    const Status fixed = run("SELECT count(*) FROM sqlite_master");
    if (!fixed.ok()) roll_back();
    return fixed;
  }
  Status commit() override { return run("COMMIT"); }
  void roll_back() override {
    const Status undone = run("ROLLBACK");
    static_cast<void>(undone);  // SQLite may have rolled back by itself
  }

  sqlite3* const handle_;
};

class SqliteWork final : public Statement::Work {
 public:
  SqliteWork(const SqliteDb& db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
  ~SqliteWork() override { sqlite3_finalize(statement_); }

  void bind_text(std::string_view text) override {
    keep(sqlite3_bind_text64(statement_, ++bound_, text.data() ? text.data() : "", text.size(),
                             SQLITE_TRANSIENT, SQLITE_UTF8));
  }
  void bind_integer(std::int64_t number) override {
    keep(sqlite3_bind_int64(statement_, ++bound_, number));
  }
  void bind_blob(std::string_view bytes) override {
    keep(sqlite3_bind_blob64(statement_, ++bound_, bytes.data() ? bytes.data() : "", bytes.size(),
                             SQLITE_STATIC));
  }
  void bind_null() override { keep(sqlite3_bind_null(statement_, ++bound_)); }

  Result<bool> step() override {
    if (bind_code_ != SQLITE_OK) return db_.error(bind_code_);
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return db_.error(code);
  }

  std::string text(int column) const override {
    const void* bytes = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    return bytes ? std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size))
                 : std::string();
  }
  std::int64_t integer(int column) const override {
    return sqlite3_column_int64(statement_, column);
  }
  bool is_null(int column) const override {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }

 private:
  void keep(int code) {
    if (bind_code_ == SQLITE_OK) bind_code_ = code;
  }

  const SqliteDb& db_;
  sqlite3_stmt* const statement_;
  int bound_ = 0;
  int bind_code_ = SQLITE_OK;  // the first failure, told by step()
};

Status SqliteDb::configure() {
  sqlite3_busy_timeout(handle_, kBusyTimeoutMs);
  TRY(run("PRAGMA foreign_keys = ON"));
  TRY(run("PRAGMA synchronous = FULL"));
  Statement mode = TRY(query("PRAGMA journal_mode = WAL"));
  // Where several processes make a new database at once, this one does not wait by itself:
  // https://www.sqlite.org/c3ref/busy_handler.html
  constexpr int kPauseMs = 10;
  Result<bool> is_set = mode.step();
  for (int waited = 0; !is_set.ok() && waited < kBusyTimeoutMs; waited += kPauseMs) {
    if ((sqlite3_errcode(handle_) & 0xFF) != SQLITE_BUSY) break;
    sqlite3_sleep(kPauseMs);
    mode = TRY(query("PRAGMA journal_mode = WAL"));
    is_set = mode.step();
  }
  if (!TRY(std::move(is_set)) || mode.text(0) != "wal") {
    return unavailable(
        fmt::format("{} cannot be used safely where it is: the file system lacks shared "
                    "memory. Put it on a local disk.",
                    shown(name())));
  }
  return {};
}

Error SqliteDb::error(int code) const {
  const char* text = handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
  if ((code & 0xFF) == SQLITE_CONSTRAINT) return {ErrorKind::kConflict, "constraint", text};
  if (is_our_mistake(code)) {
    return {ErrorKind::kBug, "internal",
            fmt::format("The database {} refused a statement: {}.", shown(name()), text)};
  }
  return unavailable(advice(code, shown(name()), handle_ ? sqlite3_system_errno(handle_) : 0));
}

Result<Statement> SqliteDb::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) return error(code);
  return Statement(std::make_unique<SqliteWork>(*this, statement));
}

}  // namespace

Result<std::unique_ptr<Db>> open_sqlite(const std::string& path) {
  std::error_code problem;
  const std::filesystem::path whole = std::filesystem::absolute(path, problem);
  if (problem) return from_system(path, "finding it", problem.value());
  TRY(create_directories(path, whole.parent_path()));
  TRY(create_file(whole.string()));
  // One name for one file, whatever links lead to it: the importers' locks hang on it.
  const std::filesystem::path real = std::filesystem::canonical(whole, problem);
  if (problem) return from_system(path, "finding it", problem.value());
  if (std::filesystem::is_directory(real, problem)) {
    return unavailable(
        fmt::format("{0} is a folder, and a database is a file. Write "
                    "sqlite:{0}/muster.db for one inside it.",
                    shown(real.string())));
  }
  sqlite3* handle = nullptr;
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(real.c_str(), &handle, kFlags, nullptr);
  auto db = std::make_unique<SqliteDb>(real.string(), handle);
  if (code != SQLITE_OK) return db->error(code);
  TRY(db->configure());
  return std::unique_ptr<Db>(std::move(db));
}

}  // namespace muster::store
