#include <fmt/format.h>

#include <cstring>

#include "base/check.h"
#include "base/random.h"
#include "base/text.h"
#include "store/audit_chain.h"
#include "store/baselines.h"
#include "store/db.h"
#include "store/importer_lock.h"
#include "store/migrations.h"
#include "store/row_values.h"
#include "store/store.h"

namespace muster::store {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr std::string_view kRunning = "running";

Error conflict(std::string_view reason, std::string message) {
  return {ErrorKind::kConflict, std::string(reason), std::move(message)};
}

Error not_running(std::string_view run_id) {
  return conflict("run_not_running",
                  fmt::format("Run {} is not running any more.", base::printable(run_id)));
}

constexpr std::string_view kRunColumns =
    "run_id, importer, state, reason, message, started, ended, report, execution_id, kind, "
    "destination, started_after, target";

RunRow read_run(const Statement& row) {
  RunRow run;
  run.run_id = row.text(0);
  run.importer = row.text(1);
  run.state = row.text(2);
  run.reason = row.text(3);
  run.message = row.text(4);
  run.started = wall_time(row.integer(5));
  if (!row.is_null(6)) run.ended = wall_time(row.integer(6));
  run.report = row.text(7);
  run.execution_id = row.text(8);
  run.kind = row.text(9);
  run.destination = row.text(10);
  if (!row.is_null(11)) run.started_after = row.text(11);
  run.target = row.text(12);
  return run;
}

Result<std::vector<RunRow>> read_runs(Result<Statement> query) {
  Statement rows = TRY(std::move(query));
  std::vector<RunRow> runs;
  while (TRY(rows.step())) runs.push_back(read_run(rows));
  return runs;
}

class SqlStore final : public Store {
 public:
  SqlStore(std::unique_ptr<Db> db, std::string url, std::string_view site)
      : db_(std::move(db)), url_(std::move(url)), site_(site) {}

  Result<std::array<unsigned char, 16>> hash_key() override;

  Status run_started(const RunRow& run) override;
  Status run_execution(std::string_view run_id, std::string_view execution_id) override;
  Status run_starting(std::string_view run_id, std::string_view target,
                      const std::optional<std::string>& started_after,
                      std::string_view approval_of) override;
  Status renew_baseline(std::string_view run_id, std::string_view importer,
                        const BaselineRow& baseline) override;
  Status run_ended(const RunRow& run, const BaselineRow* baseline) override;
  Status run_amended(std::string_view run_id, std::string_view report) override;
  Status reject_held(const RunRow& run, const AuditEntry& entry) override;
  Result<std::vector<RunRow>> unfinished(std::string_view importer) override;

  Result<std::optional<BaselineRow>> baseline(std::string_view importer,
                                              std::string_view target) override {
    const Db::Hold hold(*db_, of_site(site_));
    return read_baseline(*db_, site_, importer, target);
  }
  Result<std::vector<BookRow>> books(std::string_view identity, std::string_view place) override {
    const Db::Hold hold(*db_, of_site(site_));
    return read_books(*db_, site_, identity, place);
  }
  Result<std::vector<RunRow>> started_runs(std::string_view importer, std::string_view target,
                                           std::size_t limit) override;
  Result<std::vector<RunRow>> runs(std::string_view importer, std::size_t limit,
                                   const RunFilter& filter) override;
  Result<std::optional<RunRow>> run(std::string_view run_id) override;
  Result<std::string> live_log(std::string_view run_id) override;

  Status approve(const Approval& approval) override;
  Result<std::optional<Approval>> approval(std::string_view run_id) override;
  Result<std::set<std::string>> approved_runs(std::string_view importer) override;

  Result<std::unique_ptr<Lock>> lock_importer(std::string_view importer) override {
    if (db_->engine() == Db::Engine::kPostgres) {
      return take_database_lock(url_, site_, importer);
    }
    return take_importer_lock(db_->name(), site_, importer);
  }

 private:
  Status end_run(const RunRow& run);
  Status use_approval(std::string_view of_run, std::string_view by_run);

  const std::unique_ptr<Db> db_;
  const std::string url_;
  const std::string site_;
};

Result<std::array<unsigned char, 16>> SqlStore::hash_key() {
  std::array<unsigned char, 16> key;
  const std::unique_ptr<base::Random> random = base::make_system_random();
  const std::array<std::uint64_t, 2> words = {random->next(), random->next()};
  std::memcpy(key.data(), words.data(), key.size());
  const Blob fresh{{reinterpret_cast<const char*>(key.data()), key.size()}};
  const Db::Hold hold(*db_, of_site(site_));
  // Whoever is first makes it, also on another machine.
  TRY(
      db_->run("INSERT INTO site_keys (site, name, bytes) VALUES ($1, 'hash', $2) "
               "ON CONFLICT (site, name) DO NOTHING",
               site_, fresh));
  Statement row =
      TRY(db_->query("SELECT bytes FROM site_keys WHERE site = $1 AND name = 'hash'", site_));
  const bool is_there = TRY(row.step());
  const std::string bytes = is_there ? row.text(0) : "";
  if (bytes.size() != key.size()) {
    return Error{ErrorKind::kUnavailable, "store_unavailable",
                 fmt::format("The hash key in {} is damaged. Restore a backup.", db_->name())};
  }
  std::memcpy(key.data(), bytes.data(), key.size());
  return key;
}

Status SqlStore::run_started(const RunRow& run) {
  MUSTER_CHECK(run.state == kRunning, "a run begins in the state running");
  const Db::Hold hold(*db_, of_site(site_));
  return db_->run(
      "INSERT INTO runs (site, run_id, importer, state, reason, message, started, ended, report, "
      "execution_id, kind, destination, ordinal) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8, $9, $10, $11, "
      "(SELECT coalesce(max(ordinal), 0) + 1 FROM runs WHERE site = $1))",
      site_, run.run_id, run.importer, run.state, run.reason, run.message, micros(run.started),
      run.report, run.execution_id, run.kind, run.destination);
}

Status SqlStore::run_starting(std::string_view run_id, std::string_view target,
                              const std::optional<std::string>& started_after,
                              std::string_view approval_of) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_site(site_)));
  TRY(
      db_->run("UPDATE runs SET started_after = $1, target = $2 "
               "WHERE site = $3 AND run_id = $4 AND state = $5",
               NullableText{started_after}, target, site_, run_id, kRunning));
  if (db_->changed_rows() != 1) return not_running(run_id);
  if (!approval_of.empty()) TRY(use_approval(approval_of, run_id));
  return transaction.commit();
}

Status SqlStore::run_execution(std::string_view run_id, std::string_view execution_id) {
  const Db::Hold hold(*db_, of_site(site_));
  TRY(db_->run("UPDATE runs SET execution_id = $1 WHERE site = $2 AND run_id = $3 AND state = $4",
               execution_id, site_, run_id, kRunning));
  return db_->changed_rows() == 1 ? Status() : not_running(run_id);
}

Status SqlStore::run_ended(const RunRow& run, const BaselineRow* baseline) {
  MUSTER_CHECK(run.state != kRunning && run.ended, "a run ends in a final state, at a time");
  Transaction transaction = TRY(Transaction::begin(*db_, of_site(site_)));
  TRY(end_run(run));
  if (baseline) TRY(write_baseline(*db_, site_, run.importer, *baseline));
  return transaction.commit();
}

Result<std::string> SqlStore::live_log(std::string_view run_id) {
  const Db::Hold hold(*db_, of_site(site_));
  Statement row =
      TRY(db_->query("SELECT log FROM jobs WHERE site = $1 AND run_id = $2", site_, run_id));
  return TRY(row.step()) ? row.text(0) : std::string();
}

Status SqlStore::run_amended(std::string_view run_id, std::string_view report) {
  const Db::Hold hold(*db_, of_site(site_));
  TRY(db_->run("UPDATE runs SET report = $1 WHERE site = $2 AND run_id = $3 AND state <> $4",
               report, site_, run_id, kRunning));
  if (db_->changed_rows() == 1) return {};
  return conflict("run_not_ended", fmt::format("Run {} has not ended yet, or never began.",
                                               base::printable(run_id)));
}

Status SqlStore::reject_held(const RunRow& run, const AuditEntry& entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_site(site_)));
  TRY(
      db_->run("UPDATE runs SET state = $1, reason = $2, message = $3, report = $4 "
               "WHERE site = $5 AND run_id = $6 AND state = 'held'",
               run.state, run.reason, run.message, run.report, site_, run.run_id));
  if (db_->changed_rows() != 1) {
    return conflict("not_held", fmt::format("Run {} is not held.", base::printable(run.run_id)));
  }
  TRY(append_audit(*db_, entry));
  return transaction.commit();
}

// A report that was made before the execution was known must not forget it.
Status SqlStore::end_run(const RunRow& run) {
  TRY(
      db_->run("UPDATE runs SET state = $1, reason = $2, message = $3, ended = $4, report = $5, "
               "execution_id = CASE WHEN $6 = '' THEN execution_id ELSE $6 END, kind = $7 "
               "WHERE site = $8 AND run_id = $9 AND state = $10",
               run.state, run.reason, run.message, micros(run.ended), run.report, run.execution_id,
               run.kind, site_, run.run_id, kRunning));
  if (db_->changed_rows() == 1) return {};
  return conflict("run_not_running", fmt::format("Run {} has ended already, or never began.",
                                                 base::printable(run.run_id)));
}

Status SqlStore::renew_baseline(std::string_view run_id, std::string_view importer,
                                const BaselineRow& baseline) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_site(site_)));
  // Locks the row, so that nobody ends the run in between.
  TRY(db_->run("UPDATE runs SET state = state WHERE site = $1 AND run_id = $2 AND state = $3",
               site_, run_id, kRunning));
  if (db_->changed_rows() != 1) return not_running(run_id);
  TRY(write_baseline(*db_, site_, importer, baseline));
  return transaction.commit();
}

Status SqlStore::use_approval(std::string_view of_run, std::string_view by_run) {
  TRY(
      db_->run("UPDATE approvals SET used_by_run = $1 "
               "WHERE site = $2 AND run_id = $3 AND used_by_run = ''",
               by_run, site_, of_run));
  if (db_->changed_rows() == 1) return {};
  return conflict("approval_used",
                  fmt::format("The approval of run {} was used already.", base::printable(of_run)));
}

Result<std::vector<RunRow>> SqlStore::unfinished(std::string_view importer) {
  const Db::Hold hold(*db_, of_site(site_));
  return read_runs(db_->query(fmt::format("SELECT {} FROM runs WHERE site = $1 AND "
                                          "state = 'running' AND ($2 = '' OR importer = $2) "
                                          "ORDER BY started, run_id",
                                          kRunColumns),
                              site_, importer));
}

Result<std::vector<RunRow>> SqlStore::started_runs(std::string_view importer,
                                                   std::string_view target, std::size_t limit) {
  const Db::Hold hold(*db_, of_site(site_));
  return read_runs(db_->query(
      fmt::format("SELECT {} FROM runs WHERE site = $1 AND importer = $2 AND "
                  "target IN ($3, '') AND (execution_id <> '' OR started_after IS NOT NULL) "
                  "ORDER BY ordinal DESC LIMIT $4",  // clocks jump, ordinals do not
                  kRunColumns),
      site_, importer, target, static_cast<std::int64_t>(std::min<std::size_t>(limit, 1'000'000))));
}

Result<std::vector<RunRow>> SqlStore::runs(std::string_view importer, std::size_t limit,
                                           const RunFilter& filter) {
  const Db::Hold hold(*db_, of_site(site_));
  const auto most = static_cast<std::int64_t>(std::min<std::size_t>(limit, 1'000'000));
  const RunPlace before = filter.before.value_or(RunPlace{base::WallTime::max(), std::string()});
  // Parameters stand in the order of their numbers: SQLite numbers them by where they stand.
  const std::string sql = fmt::format(
      "SELECT {} FROM runs WHERE site = $1 AND (started, run_id) < ($2, $3) AND "
      "{} {} ORDER BY started DESC, run_id DESC LIMIT {}",
      kRunColumns, filter.state.empty() ? "$4 = ''" : "state = $4",
      importer.empty() ? "" : "AND importer = $5", importer.empty() ? "$5" : "$6");
  if (importer.empty()) {
    return read_runs(
        db_->query(sql, site_, micros(before.started), before.run_id, filter.state, most));
  }
  return read_runs(
      db_->query(sql, site_, micros(before.started), before.run_id, filter.state, importer, most));
}

Result<std::optional<RunRow>> SqlStore::run(std::string_view run_id) {
  if (run_id.empty()) return std::optional<RunRow>();
  const Db::Hold hold(*db_, of_site(site_));
  // Ids are made of hexadecimal digits and hyphens, all of which sort before '~'.
  std::vector<RunRow> found = TRY(read_runs(db_->query(
      fmt::format("SELECT {} FROM runs WHERE site = $1 AND run_id >= $2 AND run_id < $2 || '~' "
                  "ORDER BY run_id LIMIT 2",
                  kRunColumns),
      site_, run_id)));
  if (found.empty()) return std::optional<RunRow>();
  if (found.size() == 1 || found[0].run_id == run_id) return std::optional(std::move(found[0]));
  return Error{
      ErrorKind::kSettings, "run_ambiguous",
      fmt::format("Several runs begin with '{}'. Write more of the id.", base::printable(run_id))};
}

Status SqlStore::approve(const Approval& approval) {
  const Db::Hold hold(*db_, of_site(site_));
  TRY(db_->run(
      "INSERT INTO approvals (site, run_id, importer, findings, approved_by, at, used_by_run) "
      "VALUES ($1, $2, $3, $4, $5, $6, '') "
      "ON CONFLICT (site, run_id) DO UPDATE SET findings = excluded.findings, "
      "approved_by = excluded.approved_by, at = excluded.at "
      "WHERE approvals.used_by_run = ''",
      site_, approval.run_id, approval.importer, approval.findings, approval.approved_by,
      micros(approval.at)));
  if (db_->changed_rows() == 1) return {};
  return conflict("approval_used", fmt::format("The approval of run {} was used already.",
                                               base::printable(approval.run_id)));
}

Result<std::optional<Approval>> SqlStore::approval(std::string_view run_id) {
  const Db::Hold hold(*db_, of_site(site_));
  Statement row = TRY(
      db_->query("SELECT run_id, importer, findings, approved_by, at, used_by_run FROM approvals "
                 "WHERE site = $1 AND run_id = $2",
                 site_, run_id));
  if (!TRY(row.step())) return std::optional<Approval>();
  return std::optional(Approval{row.text(0), row.text(1), row.text(2), row.text(3),
                                wall_time(row.integer(4)), row.text(5)});
}

Result<std::set<std::string>> SqlStore::approved_runs(std::string_view importer) {
  const Db::Hold hold(*db_, of_site(site_));
  Statement row =
      TRY(db_->query("SELECT used_by_run FROM approvals "
                     "WHERE site = $1 AND importer = $2 AND used_by_run <> ''",
                     site_, importer));
  std::set<std::string> runs;
  while (TRY(row.step())) runs.insert(row.text(0));
  return runs;
}

}  // namespace

// No importer's name holds a colon.
Result<std::unique_ptr<Store::Lock>> Store::lock_identity(std::string_view identity) {
  return lock_importer("identity:" + std::string(identity));
}

Result<std::unique_ptr<Store>> open_store(std::string_view url, std::string_view site) {
  std::unique_ptr<Db> db = TRY(open_db(url));
  TRY(migrate(*db, embedded_migrations()));
  return std::unique_ptr<Store>(std::make_unique<SqlStore>(std::move(db), std::string(url), site));
}

}  // namespace muster::store
