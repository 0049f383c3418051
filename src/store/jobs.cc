#include "store/jobs.h"

#include <fmt/format.h>

#include "base/text.h"
#include "store/audit_chain.h"
#include "store/job_rows.h"

namespace muster::store {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr int kCancelColumn = 10;
constexpr int kProgressColumn = 11;

Result<std::vector<JobView>> read_views(Result<Statement> query) {
  Statement rows = TRY(std::move(query));
  std::vector<JobView> views;
  while (TRY(rows.step())) {
    views.push_back({.job = read_job(rows),
                     .state = rows.text(kStateColumn),
                     .is_cancelled = rows.integer(kCancelColumn) != 0,
                     .progress = rows.text(kProgressColumn)});
  }
  return views;
}

class SqlJobs final : public Jobs {
 public:
  explicit SqlJobs(std::unique_ptr<Db> db) : db_(std::move(db)) {}

  Status ask(const Job& job, const AuditEntry& entry) override;
  Result<std::optional<JobView>> find(std::string_view site, std::string_view job_id) override {
    return one("j.job_id = $2", site, job_id);
  }
  Result<std::optional<JobView>> of_run(std::string_view site, std::string_view run_id) override {
    return one("j.run_id = $2", site, run_id);
  }
  Result<std::vector<JobView>> pending(std::string_view site, std::string_view importer) override {
    const Db::Hold hold(*db_, of_site(site));
    return read_views(db_->query(
        select("($2 = '' OR j.importer = $2) AND j.state <> 'over' ORDER BY j.due, j.job_id"), site,
        importer));
  }
  Status cancel(std::string_view site, std::string_view job_id, const AuditEntry& entry) override;
  Result<bool> note(const Lease& lease, std::string_view progress, std::string_view lines) override;

 private:
  static std::string select(std::string_view which) {
    return fmt::format("SELECT {}, j.cancel_asked, j.progress FROM jobs j WHERE j.site = $1 AND {}",
                       kJobColumns, which);
  }
  Result<std::optional<JobView>> one(std::string_view which, std::string_view site,
                                     std::string_view id) {
    const Db::Hold hold(*db_, of_site(site));
    std::vector<JobView> found = TRY(read_views(db_->query(select(which), site, id)));
    if (found.empty()) return std::optional<JobView>();
    return std::optional(std::move(found.front()));
  }

  const std::unique_ptr<Db> db_;
};

Status SqlJobs::ask(const Job& job, const AuditEntry& entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_site(job.site)));
  {
    Statement row = TRY(db_->query("SELECT 1 FROM importers WHERE site = $1 AND importer = $2",
                                   job.site, job.importer));
    if (!TRY(row.step())) {
      return Error{ErrorKind::kMissing, "no_such_importer",
                   fmt::format("There is no importer {}.", base::printable(job.importer))};
    }
  }
  TRY(add_job(*db_, job));
  TRY(append_audit(*db_, entry));
  return transaction.commit();
}

Status SqlJobs::cancel(std::string_view site, std::string_view job_id, const AuditEntry& entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_site(site)));
  TRY(
      db_->run("UPDATE jobs SET cancel_asked = 1, "
               "state = CASE WHEN state = 'waiting' THEN 'over' ELSE state END "
               "WHERE site = $1 AND job_id = $2 AND state <> 'over'",
               site, job_id));
  if (db_->changed_rows() != 1) {
    if (TRY(find(site, job_id))) {
      return Error{ErrorKind::kConflict, "job_over", "It is over already."};
    }
    return Error{ErrorKind::kMissing, "no_such_job",
                 fmt::format("There is no job {}.", base::printable(job_id))};
  }
  // A move waits for what runs before it copies, so that this is still copied. What only waits goes
  // where the site goes.
  const std::optional<JobView> job = TRY(find(site, job_id));
  const bool is_running = job && job->state == "leased";
  TRY(append_audit(*db_, entry, is_running ? WhileLeaving::kAllowed : WhileLeaving::kRefused));
  return transaction.commit();
}

Result<bool> SqlJobs::note(const Lease& lease, std::string_view progress, std::string_view lines) {
  const Db::Hold hold(*db_, of_site(lease.job.site));
  TRY(
      db_->run("UPDATE jobs SET progress = $1, log = CASE WHEN $2 = '' THEN log WHEN log = '' "
               "THEN $2 ELSE log || ',' || $2 END WHERE site = $3 AND job_id = $4 AND "
               "fence = $5 AND state = 'leased' AND (progress <> $1 OR $2 <> '')",
               progress, lines, lease.job.site, lease.job.job_id, lease.fence));
  Statement row = TRY(db_->query("SELECT cancel_asked FROM jobs WHERE site = $1 AND job_id = $2",
                                 lease.job.site, lease.job.job_id));
  return TRY(row.step()) && row.integer(0) != 0;
}

}  // namespace

Result<std::unique_ptr<Jobs>> open_jobs(std::string_view url) {
  return std::unique_ptr<Jobs>(std::make_unique<SqlJobs>(TRY(open_db(url))));
}

}  // namespace muster::store
