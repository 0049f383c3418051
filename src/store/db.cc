#include "store/db.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/check.h"
#include "base/failpoint.h"
#include "base/text.h"

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

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : db_(other.db_),
      statement_(std::exchange(other.statement_, nullptr)),
      bound_(other.bound_),
      bind_code_(other.bind_code_) {}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::bind(std::string_view text) {
  const int code = sqlite3_bind_text64(statement_, ++bound_, text.data() ? text.data() : "",
                                       text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (bind_code_ == SQLITE_OK) bind_code_ = code;
}

void Statement::bind(std::int64_t number) {
  const int code = sqlite3_bind_int64(statement_, ++bound_, number);
  if (bind_code_ == SQLITE_OK) bind_code_ = code;
}

void Statement::bind(std::optional<std::int64_t> number) {
  if (number) return bind(*number);
  const int code = sqlite3_bind_null(statement_, ++bound_);
  if (bind_code_ == SQLITE_OK) bind_code_ = code;
}

void Statement::bind(NullableText nullable) {
  if (nullable.text) return bind(std::string_view(*nullable.text));
  bind(std::optional<std::int64_t>());
}

void Statement::bind(Blob blob) {
  const int code =
      sqlite3_bind_blob64(statement_, ++bound_, blob.bytes.data() ? blob.bytes.data() : "",
                          blob.bytes.size(), SQLITE_STATIC);
  if (bind_code_ == SQLITE_OK) bind_code_ = code;
}

Result<bool> Statement::step() {
  if (bind_code_ != SQLITE_OK) return db_.error(bind_code_);
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return db_.error(code);
}

std::string Statement::text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes ? std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size))
               : std::string();
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Result<std::unique_ptr<Db>> Db::open(const std::string& path) {
  std::error_code problem;
  const std::filesystem::path whole = std::filesystem::absolute(path, problem);
  if (problem) return from_system(path, "finding it", problem.value());
  TRY(create_directories(path, whole.parent_path()));
  TRY(create_file(whole.string()));
  // One name for one file, whatever links lead to it: the importers' locks hang on it.
  const std::filesystem::path real = std::filesystem::canonical(whole, problem);
  if (problem) return from_system(path, "finding it", problem.value());
  sqlite3* handle = nullptr;
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(real.c_str(), &handle, kFlags, nullptr);
  std::unique_ptr<Db> db(new Db(real.string(), handle));
  if (code != SQLITE_OK) return db->error(code);
  TRY(db->configure());
  return db;
}

Db::~Db() { sqlite3_close(handle_); }

Status Db::configure() {
  sqlite3_busy_timeout(handle_, kBusyTimeoutMs);
  TRY(run("PRAGMA foreign_keys = ON"));
  TRY(run("PRAGMA synchronous = FULL"));
  Statement mode = TRY(query("PRAGMA journal_mode = WAL"));
  if (!TRY(mode.step()) || mode.text(0) != "wal") {
    return unavailable(
        fmt::format("{} cannot be used safely where it is: the file system lacks shared "
                    "memory. Put it on a local disk.",
                    shown(path_)));
  }
  return {};
}

Error Db::error(int code) const {
  const char* text = handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
  if ((code & 0xFF) == SQLITE_CONSTRAINT) return {ErrorKind::kConflict, "constraint", text};
  if (is_our_mistake(code)) {
    return {ErrorKind::kBug, "internal",
            fmt::format("The database {} refused a statement: {}.", shown(path_), text)};
  }
  return unavailable(advice(code, shown(path_), handle_ ? sqlite3_system_errno(handle_) : 0));
}

Result<Statement> Db::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) return error(code);
  return Statement(*this, statement);
}

Status Db::run_script(std::string_view sql) {
  const int code = sqlite3_exec(handle_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code);
  return {};
}

std::int64_t Db::changed_rows() const { return sqlite3_changes64(handle_); }

Db::Hold::Hold(Db& db) : db_(db) { sqlite3_mutex_enter(sqlite3_db_mutex(db_.handle_)); }

Db::Hold::~Hold() { sqlite3_mutex_leave(sqlite3_db_mutex(db_.handle_)); }

Result<Transaction> Transaction::begin(Db& db) {
  Transaction transaction(db);
  TRY(db.run("BEGIN IMMEDIATE"));
  transaction.is_open_ = true;
  return transaction;
}

Transaction::~Transaction() {
  if (!hold_ || !is_open_) return;
  const Status undone = db_->run("ROLLBACK");
  static_cast<void>(undone);  // SQLite may have rolled back by itself
}

Status Transaction::commit() {
  TRY(MUSTER_FAILPOINT("store.committing"));
  TRY(db_->run("COMMIT"));
  is_open_ = false;
  return MUSTER_FAILPOINT("store.committed");
}

}  // namespace muster::store
