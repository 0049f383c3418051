#include "store/importer_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/text.h"
#include "store/db.h"

namespace muster::store {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

// A name may hold anything a file name may not. FNV-1a, because nobody attacks it:
// http://www.isthe.com/chongo/tech/comp/fnv/
std::uint64_t hash_of(std::string_view site, std::string_view importer) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  const auto add = [&](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3U; };
  for (const char character : site) add(static_cast<unsigned char>(character));
  add(0);
  for (const char character : importer) add(static_cast<unsigned char>(character));
  return hash;
}

Error already_running(std::string_view importer, std::string_view holder) {
  return {ErrorKind::kConflict, "already_running",
          fmt::format("The importer '{}' is being run by {}. Wait until it has ended.",
                      base::printable(importer), base::printable(holder))};
}

class FileLock final : public Store::Lock {
 public:
  explicit FileLock(int file) : file_(file) {}
  Status still_held() override { return {}; }
  // The file stays: removing it would let two processes lock two files of one name.
  ~FileLock() override {
    static_cast<void>(!::ftruncate(file_, 0));
    ::close(file_);
  }

 private:
  const int file_;
};

std::string read_holder(int file) {
  char text[32];
  const ssize_t size = ::pread(file, text, sizeof text, 0);
  return size > 0 ? std::string(base::trim({text, static_cast<std::size_t>(size)})) : "";
}

// PostgreSQL shows a key of 64 bits in two halves:
// https://www.postgresql.org/docs/15/view-pg-locks.html
Result<std::string> holder_of(Db& db, std::int64_t key) {
  Statement row =
      TRY(db.query("SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
                   "WHERE l.locktype = 'advisory' AND l.granted "
                   "AND (l.classid::bigint << 32 | l.objid::bigint) = $1 LIMIT 1",
                   key));
  const bool is_known = TRY(row.step()) && !row.text(0).empty();
  return is_known ? row.text(0) : "another process";
}

// A transaction on a connection of its own that stays open: PostgreSQL lets go of the lock when the
// connection ends, and it works through PgBouncer, where locks of a session do not.
class DatabaseLock final : public Store::Lock {
 public:
  DatabaseLock(std::unique_ptr<Db> db, Transaction transaction)
      : db_(std::move(db)), transaction_(std::move(transaction)) {
    transaction_.share();
  }

  Status still_held() override {
    const Db::Hold hold(*db_);
    const Status alive = db_->run("SELECT 1");
    if (alive.ok()) return {};
    return Error{ErrorKind::kConflict, "lease_lost",
                 fmt::format("The lock of this importer was lost, another process may run it now: "
                             "{}",
                             alive.error().message)};
  }

 private:
  const std::unique_ptr<Db> db_;
  Transaction transaction_;
};

}  // namespace

Result<std::unique_ptr<Store::Lock>> take_database_lock(const std::string& url,
                                                        std::string_view site,
                                                        std::string_view importer) {
  const auto key = static_cast<std::int64_t>(hash_of(site, importer));
  std::unique_ptr<Db> db = TRY(open_db(url));
  Transaction transaction = TRY(Transaction::begin(*db, of_site(site)));
  // Nothing is said on this connection for hours. The server has to notice within a minute that its
  // peer is gone, or the lock of a machine that lost its network stays for two hours; and routers
  // forget connections that are silent for longer:
  // https://www.postgresql.org/docs/15/runtime-config-connection.html#GUC-TCP-KEEPALIVES-IDLE
  TRY(
      db->run_script("SET LOCAL idle_in_transaction_session_timeout = 0; "
                     "SET LOCAL tcp_keepalives_idle = 30; SET LOCAL tcp_keepalives_interval = 10; "
                     "SET LOCAL tcp_keepalives_count = 3"));
  Statement row =
      TRY(db->query("SELECT CASE WHEN pg_try_advisory_xact_lock($1) THEN 1 ELSE 0 END", key));
  if (TRY(row.step()) && row.integer(0) == 1) {
    return std::unique_ptr<Store::Lock>(
        std::make_unique<DatabaseLock>(std::move(db), std::move(transaction)));
  }
  return already_running(importer, TRY(holder_of(*db, key)));
}

Result<std::unique_ptr<Store::Lock>> take_importer_lock(const std::string& database_path,
                                                        std::string_view site,
                                                        std::string_view importer) {
  const std::string path = fmt::format("{}.lock-{:016x}", database_path, hash_of(site, importer));
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  const int open_code = errno;
  if (file >= 0 && ::flock(file, LOCK_EX | LOCK_NB) == 0) {
    const std::string holder = fmt::format("{}\n", ::getpid());
    static_cast<void>(!::ftruncate(file, 0));
    static_cast<void>(!::pwrite(file, holder.data(), holder.size(), 0));
    return std::unique_ptr<Store::Lock>(std::make_unique<FileLock>(file));
  }
  if (file >= 0 && errno == EWOULDBLOCK) {
    const std::string holder = read_holder(file);
    ::close(file);
    return already_running(
        importer, (holder.empty() ? "another process" : "process " + holder) + " on this machine");
  }
  const int code = file >= 0 ? errno : open_code;
  if (file >= 0) ::close(file);
  return Error{ErrorKind::kUnavailable, "store_unavailable",
               fmt::format("The lock file {} cannot be used: {}.", base::printable(path, 500),
                           std::generic_category().message(code))};
}

}  // namespace muster::store
