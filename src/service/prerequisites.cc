#include "service/prerequisites.h"

#include <cctz/time_zone.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "crypto/jose.h"
#include "net/http_date.h"
#include "store/db.h"
#include "store/migrations.h"
#include "store/queue.h"
#include "store/secrets.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using State = Prerequisite::State;

// So many connections the service answers, and about as many files it opens itself.
constexpr rlim_t kOpenFiles = 4096 + 512;
// A run of the largest size that is measured takes 256 MiB.
constexpr std::uint64_t kMemory = std::uint64_t{512} << 20;
constexpr std::uint64_t kSpace = std::uint64_t{1} << 30;
constexpr std::chrono::seconds kPatience{15};
// Assertions that sign in are valid for minutes, and their receivers allow for less.
constexpr std::chrono::seconds kMostSkew{60};
constexpr std::chrono::days kSoon{14};
constexpr std::string_view kSqlite = "sqlite:";

std::string size_text(std::uint64_t bytes) { return fmt::format("{} MiB", bytes >> 20); }

Prerequisite judged(std::string what, bool is_fine, std::string found, std::string advice,
                    State otherwise = State::kRemark) {
  if (is_fine) return {std::move(what), State::kFine, std::move(found), ""};
  return {std::move(what), otherwise, std::move(found), std::move(advice)};
}

Prerequisite check_open_files() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return judged("open files", limit.rlim_cur >= kOpenFiles, fmt::format("{}", limit.rlim_cur),
                fmt::format("Allow {} open files, or fewer people can be connected at once: "
                            "LimitNOFILE= of the systemd unit, or `ulimit -n`.",
                            kOpenFiles));
}

Prerequisite check_memory() {
  const std::uint64_t bytes = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                              static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return judged("memory", bytes >= kMemory, size_text(bytes),
                fmt::format("Large imports need {}.", size_text(kMemory)));
}

Prerequisite check_time_zones() {
  cctz::time_zone zone;
  const bool known = cctz::load_time_zone("Europe/Berlin", &zone);
  return judged("time zones", known, known ? "known" : "missing",
                "Schedules with a time zone cannot be read: install the package tzdata.",
                State::kFailed);
}

Prerequisite check_year(base::WallTime now) {
  constexpr std::chrono::sys_days kMadeAfter = std::chrono::year(2025) / 1 / 1;
  return judged("clock", now >= kMadeAfter, base::format_utc(now).substr(0, 19) + "Z",
                "This machine's clock is years behind: switch on time synchronisation "
                "(timedatectl set-ntp true).",
                State::kFailed);
}

std::string skew_text(base::Duration skew) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(skew).count();
  return fmt::format("{} s {}", seconds < 0 ? -seconds : seconds, seconds < 0 ? "behind" : "ahead");
}

Result<std::vector<Prerequisite>> look_at_store(store::Db& db, const std::string& database,
                                                base::Scheduler& scheduler) {
  std::vector<Prerequisite> found;
  const bool is_current = TRY(store::is_up_to_date(db, store::embedded_migrations()));
  const bool is_sqlite = db.engine() == store::Db::Engine::kSqlite;
  found.push_back(judged("store", is_current, is_current ? "up to date" : "not up to date",
                         is_sqlite ? "`muster serve` brings the store up to date when it starts."
                                   : "Run `muster migrate` as the user who owns the tables "
                                     "(docs/how-to/postgresql.md).",
                         is_sqlite ? State::kRemark : State::kFailed));
  const Status guard = require_guard(database);
  found.push_back(guard.ok()
                      ? Prerequisite{"sites kept apart", State::kFine,
                                     is_sqlite ? "one file, one owner" : "by the database", ""}
                      : failed("sites kept apart", guard.error()));
  if (is_sqlite) return found;
  const std::unique_ptr<store::Queue> queue = TRY(store::open_queue(database, scheduler));
  const base::Duration skew = scheduler.wall_now() - TRY(queue->now());
  found.push_back(judged("clock of the store", skew < kMostSkew && skew > -kMostSkew,
                         fmt::format("this machine is {}", skew_text(skew)),
                         "Let both machines take their time from the same servers."));
  return found;
}

Prerequisite check_space(const std::string& database) {
  const std::string path = database.substr(kSqlite.size());
  struct statvfs volume {};
  std::error_code ignored;
  const std::filesystem::path folder = std::filesystem::absolute(path, ignored).parent_path();
  if (::statvfs(folder.c_str(), &volume) != 0) {
    return {"space for the store", State::kRemark, "cannot be told",
            fmt::format("Look whether the volume of {} answers.",
                        base::printable(folder.string(), 500))};
  }
  const std::uint64_t free = std::uint64_t{volume.f_bavail} * volume.f_frsize;
  return judged("space for the store", free >= kSpace, size_text(free),
                fmt::format("Leave at least {} free in {}.", size_text(kSpace),
                            base::printable(folder.string(), 500)));
}

Prerequisite check_key(const std::string& database,
                       const std::optional<crypto::KeyEncryptionKey>& key,
                       base::Scheduler& scheduler) {
  const auto look = [&]() -> Result<std::string> {
    const std::unique_ptr<store::Secrets> secrets = TRY(store::open_secrets(database));
    // The first key that a store sees becomes its key, which nobody asked for here.
    if (TRY(secrets->key_id()).empty()) return std::string(key ? "not used yet" : "not needed yet");
    TRY(open_vault(database, key, scheduler));
    return std::string("opens the stored secrets");
  };
  const Result<std::string> found = look();
  if (!found.ok()) return failed("key", found.error());
  return {"key", State::kFine, *found, ""};
}

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::kFine: return "fine";
    case State::kRemark: return "look at this";
    case State::kFailed: break;
  }
  return "failed";
}

Prerequisite failed(std::string what, const Error& why) {
  return {std::move(what), State::kFailed, why.reason, why.text()};
}

Status require_guard(const std::string& database) {
  const std::unique_ptr<store::Db> db = TRY(store::open_db(database));
  const std::string missing = TRY(store::missing_guard(*db));
  if (missing.empty()) return {};
  return Error{ErrorKind::kSettings, "settings",
               missing + " Connect as a user without these rights (docs/how-to/postgresql.md)."};
}

Result<std::unique_ptr<Vault>> open_vault(const std::string& database,
                                          const std::optional<crypto::KeyEncryptionKey>& key,
                                          base::Scheduler& scheduler) {
  std::unique_ptr<store::Secrets> secrets = TRY(store::open_secrets(database));
  if (key) return Vault::open(std::move(secrets), *key, scheduler);
  if (TRY(secrets->data_keys()).empty()) return std::unique_ptr<Vault>();
  const std::string id = TRY(secrets->key_id());
  return Error{ErrorKind::kSettings, "wrong_key",
               fmt::format("Secrets are stored here, under the key {}, and no key is given. Start "
                           "with --key-file, MUSTER_KEY or the systemd credential muster-key.",
                           id)};
}

std::vector<Prerequisite> check_machine(base::WallTime now) {
  return {check_year(now), check_time_zones(), check_open_files(), check_memory()};
}

StoreCheck check_store(const std::string& database,
                       const std::optional<crypto::KeyEncryptionKey>& key,
                       base::Scheduler& scheduler) {
  StoreCheck check;
  // It makes the folder, where it may.
  const Result<std::unique_ptr<store::Db>> db = store::open_db(database);
  if (!db.ok()) {
    check.found.push_back(failed("store", db.error()));
    return check;
  }
  if (database.starts_with(kSqlite)) check.found.push_back(check_space(database));
  Result<std::vector<Prerequisite>> looked = look_at_store(**db, database, scheduler);
  if (!looked.ok()) {
    check.found.push_back(failed("store", looked.error()));
    return check;
  }
  check.is_usable = looked->front().state == State::kFine;
  for (Prerequisite& one : *looked) check.found.push_back(std::move(one));
  if (check.is_usable) check.found.push_back(check_key(database, key, scheduler));
  return check;
}

Prerequisite check_server(std::string what, const std::string& url,
                          std::shared_ptr<const net::Trust> trust, net::HttpClient& client,
                          base::Scheduler& scheduler, const base::Stop& stop) {
  const Result<net::Response> answer = client.send(
      {.method = "GET", .url = url, .trust = std::move(trust), .timeout = kPatience}, stop);
  if (!answer.ok()) return failed(std::move(what), answer.error());
  // Whatever it says: it is there, and its certificate is trusted.
  const std::string* date = net::find_header(answer->headers, "Date");
  const auto told = date == nullptr ? std::nullopt : net::parse_http_date(*date);
  if (!told) return {std::move(what), State::kFine, "it answers", ""};
  const base::Duration skew = scheduler.wall_now() - *told;
  return judged(std::move(what), skew < kMostSkew && skew > -kMostSkew,
                skew < kMostSkew && skew > -kMostSkew
                    ? "it answers"
                    : fmt::format("it answers; this machine's clock is {}", skew_text(skew)),
                "Set this machine's clock right (timedatectl set-ntp true): signing in fails with "
                "a wrong one.",
                State::kFailed);
}

Prerequisite check_certificate(const std::string& path, base::WallTime now) {
  std::ifstream file(path, std::ios::binary);
  const std::string pem((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const Result<crypto::CertificateInfo> certificate = crypto::read_certificate(pem);
  if (!certificate.ok()) return failed("certificate", certificate.error());
  const std::string soon = base::format_utc(now + kSoon);
  const std::string& end = certificate->not_after;  // the same form: compared as text
  const bool is_over = end < base::format_utc(now);
  return judged("certificate", end >= soon, "valid until " + end,
                is_over ? "The certificate has ended: get another one."
                        : "The certificate ends within two weeks: get another one.",
                is_over ? State::kFailed : State::kRemark);
}

}  // namespace muster::service
