#include "store/queue.h"

#include <fmt/format.h>

#include "base/text.h"
#include "store/database_clock.h"
#include "store/db.h"
#include "store/importer_ticks.h"
#include "store/job_rows.h"
#include "store/known_site.h"
#include "store/row_values.h"

namespace muster::store {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

// Another worker was quicker; there may be others.
constexpr int kMostTries = 16;

std::int64_t until(std::int64_t now, base::Duration by) {
  return now + std::chrono::duration_cast<std::chrono::microseconds>(by).count();
}

Error lost(const Lease& lease) {
  return {ErrorKind::kConflict, "lease_lost",
          fmt::format("The job of importer {} was taken over by another worker, because nothing "
                      "was heard of this one in time.",
                      base::printable(lease.job.importer))};
}

class SqlQueue final : public Queue {
 public:
  SqlQueue(std::unique_ptr<Db> db, const base::Scheduler& scheduler)
      : db_(std::move(db)), scheduler_(scheduler) {}

  Result<bool> add(const Job& job) override;
  Result<std::optional<Lease>> take(const TakeSettings& settings) override;
  Status begun(const Lease& lease, std::string_view run_id) override;
  Status extend(const Lease& lease, base::Duration by) override;
  Status finish(const Lease& lease) override;
  Status put_back(const Lease& lease, base::Duration after) override;
  Result<std::int64_t> bring_back() override;
  Result<std::vector<Job>> pending(std::string_view site, std::string_view importer) override;
  Result<base::WallTime> now() override;

 private:
  struct Candidate {
    Job job;
    std::int64_t fence = 0;
    bool is_leased = false;
  };
  Result<std::optional<Candidate>> next(std::uint64_t per_site, std::int64_t now);
  template <typename... Values>
  Status change(const Lease& lease, std::string_view set, const Values&... values);
  Result<bool> lease(const Candidate& candidate, const TakeSettings& settings, std::int64_t now);

  const std::unique_ptr<Db> db_;
  const base::Scheduler& scheduler_;
};

Result<base::WallTime> SqlQueue::now() { return database_now(*db_, scheduler_); }

Result<bool> SqlQueue::add(const Job& job) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_site(job.site)));
  if (!TRY(is_in_force(*db_, job.site))) return false;  // its tick is caught up where it goes
  const bool is_new = TRY(add_job(*db_, job));
  if (is_new && job.tick) TRY(note_tick(*db_, job.site, job.importer, *job.tick));
  TRY(transaction.commit());
  return is_new;
}

// Reads only, and locks nothing: lease() sees whether the job is still as it was.
Result<std::optional<SqlQueue::Candidate>> SqlQueue::next(std::uint64_t per_site,
                                                          std::int64_t now) {
  const Db::Hold hold(*db_, of_installation());
  Statement row = TRY(db_->query(
      fmt::format("WITH busy AS (SELECT site, count(*) AS jobs FROM jobs WHERE state = 'leased' "
                  "GROUP BY site) "
                  "SELECT {} FROM jobs j LEFT JOIN busy b ON b.site = j.site "
                  "WHERE j.site IN (SELECT site FROM sites WHERE place IN ('', 'pinned')) AND "
                  "((j.state = 'leased' AND j.leased_until < $1) OR "
                  "(j.state = 'waiting' AND j.due <= $1 AND coalesce(b.jobs, 0) < $2 AND "
                  "NOT EXISTS (SELECT 1 FROM jobs o WHERE o.site = j.site AND "
                  "o.importer = j.importer AND o.state = 'leased'))) "
                  "ORDER BY j.state, coalesce(b.jobs, 0), j.due, j.site, j.job_id LIMIT 1",
                  kJobColumns),
      now, static_cast<std::int64_t>(per_site)));
  if (!TRY(row.step())) return std::optional<Candidate>();
  return std::optional(Candidate{.job = read_job(row),
                                 .fence = row.integer(kFenceColumn),
                                 .is_leased = row.text(kStateColumn) == "leased"});
}

// False: somebody else was quicker.
Result<bool> SqlQueue::lease(const Candidate& candidate, const TakeSettings& settings,
                             std::int64_t now) {
  const Db::Hold hold(*db_, of_site(candidate.job.site));
  const Status taken = db_->run(
      "UPDATE jobs SET state = 'leased', worker = $1, fence = fence + 1, leased_until = $2 "
      "WHERE site = $3 AND job_id = $4 AND fence = $5 AND "
      "(state = 'waiting' OR (state = 'leased' AND leased_until < $6)) AND "
      "EXISTS (SELECT 1 FROM sites s WHERE s.site = jobs.site AND s.place IN ('', 'pinned'))",
      settings.worker, until(now, settings.lease), candidate.job.site, candidate.job.job_id,
      candidate.fence, now);
  if (taken.ok()) return db_->changed_rows() == 1;
  // Of the same importer another one was taken meanwhile.
  if (taken.error().reason == "constraint") return false;
  return taken.error();
}

Result<std::optional<Lease>> SqlQueue::take(const TakeSettings& settings) {
  for (int tries = 0; tries < kMostTries; ++tries) {
    const std::int64_t at = micros(TRY(now()));
    std::optional<Candidate> candidate = TRY(next(settings.per_site, at));
    if (!candidate) break;
    if (!TRY(lease(*candidate, settings, at))) continue;
    return std::optional(Lease{.job = std::move(candidate->job),
                               .worker = settings.worker,
                               .fence = candidate->fence + 1,
                               .is_taken_over = candidate->is_leased});
  }
  return std::optional<Lease>();
}

// Only whoever has the job now changes it. `set` takes its values from $1 on, before all others:
// SQLite numbers parameters by where they stand.
template <typename... Values>
Status SqlQueue::change(const Lease& lease, std::string_view set, const Values&... values) {
  constexpr std::size_t kNext = sizeof...(values) + 1;
  const Db::Hold hold(*db_, of_site(lease.job.site));
  TRY(db_->run(fmt::format("UPDATE jobs SET {} WHERE site = ${} AND job_id = ${} AND worker = ${} "
                           "AND fence = ${} AND state = 'leased'",
                           set, kNext, kNext + 1, kNext + 2, kNext + 3),
               values..., lease.job.site, lease.job.job_id, lease.worker, lease.fence));
  return db_->changed_rows() == 1 ? Status() : lost(lease);
}

Status SqlQueue::begun(const Lease& lease, std::string_view run_id) {
  return change(lease, "run_id = $1", run_id);
}

Status SqlQueue::extend(const Lease& lease, base::Duration by) {
  return change(lease, "leased_until = $1", until(micros(TRY(now())), by));
}

Status SqlQueue::finish(const Lease& lease) {
  // What it told meanwhile is in the report of its run.
  return change(lease, "state = 'over', leased_until = NULL, log = ''");
}

Status SqlQueue::put_back(const Lease& lease, base::Duration after) {
  return change(lease, "state = 'waiting', leased_until = NULL, due = $1",
                until(micros(TRY(now())), after));
}

Result<std::int64_t> SqlQueue::bring_back() {
  const std::int64_t at = micros(TRY(now()));
  const std::int64_t farthest = until(at, kFarthest);
  std::vector<std::string> sites;
  {
    const Db::Hold hold(*db_, of_installation());
    Statement rows =
        TRY(db_->query("SELECT DISTINCT site FROM jobs WHERE (state = 'leased' AND "
                       "leased_until > $1) OR (state = 'waiting' AND due > $1)",
                       farthest));
    while (TRY(rows.step())) sites.push_back(rows.text(0));
  }
  std::int64_t brought = 0;
  for (const std::string& site : sites) {
    const Db::Hold hold(*db_, of_site(site));
    TRY(db_->run("UPDATE jobs SET due = $1 WHERE site = $2 AND state = 'waiting' AND due > $3", at,
                 site, farthest));
    brought += db_->changed_rows();
    TRY(
        db_->run("UPDATE jobs SET leased_until = $1 WHERE site = $2 AND state = 'leased' AND "
                 "leased_until > $3",
                 farthest, site, farthest));
    brought += db_->changed_rows();
  }
  return brought;
}

Result<std::vector<Job>> SqlQueue::pending(std::string_view site, std::string_view importer) {
  const Db::Hold hold(*db_, of_site(site));
  Statement rows =
      TRY(db_->query(fmt::format("SELECT {} FROM jobs j WHERE j.site = $1 AND j.importer = $2 AND "
                                 "j.state <> 'over' ORDER BY j.due, j.job_id",
                                 kJobColumns),
                     site, importer));
  std::vector<Job> jobs;
  while (TRY(rows.step())) jobs.push_back(read_job(rows));
  return jobs;
}

}  // namespace

Result<std::unique_ptr<Queue>> open_queue(std::string_view url, const base::Scheduler& scheduler) {
  return std::unique_ptr<Queue>(std::make_unique<SqlQueue>(TRY(open_db(url)), scheduler));
}

}  // namespace muster::store
