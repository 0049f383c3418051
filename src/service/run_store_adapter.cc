#include "service/run_store_adapter.h"

#include "base/text.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using store::RunRow;

// Far enough back to find the last run that began an execution; held and failed ones begin none.
constexpr std::size_t kRunsToLookBack = 100;
constexpr std::size_t kMostBegun = 1'000;

Error not_approvable(std::string message) {
  return Error{ErrorKind::kSettings, "settings", std::move(message)};
}

RunRow row_of(const run::Report& report) {
  return {.run_id = report.run_id,
          .importer = report.importer,
          .state = std::string(run::to_string(report.state)),
          .reason = report.reason,
          .message = report.message,
          .started = report.started,
          .ended = report.ended,
          .execution_id = report.destination.execution_id,
          .kind = report.limited ? "limited" : "full",
          .destination = report.destination.type};
}

store::BaselineRow row_of(const run::Baseline& baseline) {
  store::BaselineRow row{.run_id = baseline.run_id,
                         .data_sets = baseline.data_sets,
                         .forgotten = baseline.forgotten,
                         .target = baseline.target};
  for (const run::KeptBook& book : baseline.books) {
    row.books.push_back({book.identity, book.importer, book.data_set, book.place, book.block});
  }
  return row;
}

class IdentityLock final : public run::RunStore::Lock {
 public:
  explicit IdentityLock(std::unique_ptr<store::Store::Lock> lock) : lock_(std::move(lock)) {}
  base::Status still_held() override { return lock_->still_held(); }

 private:
  const std::unique_ptr<store::Store::Lock> lock_;
};

}  // namespace

base::Result<crypto::HashKey> RunStoreAdapter::hash_key() { return store_.hash_key(); }

base::Result<std::optional<run::Baseline>> RunStoreAdapter::baseline(const std::string& importer,
                                                                     const std::string& target) {
  std::optional<store::BaselineRow> row =
      TRY(store_.baseline(importer, keep_baseline_ ? target : ""));
  if (!row) return std::optional<run::Baseline>();
  return std::optional<run::Baseline>(run::Baseline{.run_id = std::move(row->run_id),
                                                    .data_sets = std::move(row->data_sets),
                                                    .forgotten = {},
                                                    .target = std::move(row->target),
                                                    .targets = row->targets,
                                                    .is_whole = row->is_whole});
}

base::Result<std::vector<run::KeptBook>> RunStoreAdapter::books(const std::string& identity,
                                                                const std::string& place) {
  std::vector<run::KeptBook> books;
  for (store::BookRow& row : TRY(store_.books(identity, keep_baseline_ ? place : ""))) {
    books.push_back({std::move(row.identity), std::move(row.importer), std::move(row.data_set),
                     std::move(row.place), std::move(row.block)});
  }
  return books;
}

base::Result<std::unique_ptr<run::RunStore::Lock>> RunStoreAdapter::lock_identity(
    const std::string& identity) {
  return std::unique_ptr<run::RunStore::Lock>(
      std::make_unique<IdentityLock>(TRY(store_.lock_identity(identity))));
}

base::Result<assets::Leftover> RunStoreAdapter::leftover(const std::string& importer,
                                                         const std::string& target) {
  for (const RunRow& run : TRY(store_.started_runs(importer, target, kRunsToLookBack))) {
    // It may have started something whose name it never learned: nobody saw the end of it.
    const bool is_open = run.state == "abandoned" || run.state == "cancelled" ||
                         run.reason == "destination_unavailable" || run.reason == "deadline";
    // In an unknown import source the newest execution may be anybody's.
    const bool lost_start = is_open && run.started_after.has_value() && !run.target.empty();
    if (run.execution_id.empty() && !lost_start) continue;
    assets::Leftover leftover;
    if (run.state.starts_with("completed") && run.reason != "not_confirmed") return leftover;
    leftover.execution_id = run.execution_id;
    if (lost_start) leftover.started_after = run.started_after;
    return leftover;
  }
  return assets::Leftover();
}

base::Result<std::vector<run::Begun>> RunStoreAdapter::begun(const std::string& importer,
                                                             const std::string& target) {
  const std::set<std::string> approved = TRY(store_.approved_runs(importer));
  std::vector<run::Begun> begun;
  for (const RunRow& row : TRY(store_.started_runs(importer, target, kMostBegun))) {
    begun.push_back({row.execution_id, row.started_after, approved.contains(row.run_id)});
  }
  // What lies further back is not known.
  if (begun.size() == kMostBegun) begun.back().started_after.reset();
  return begun;
}

base::Status RunStoreAdapter::started(const run::Report& report) {
  return store_.run_started(row_of(report));
}

base::Status RunStoreAdapter::still_held() {
  return lock_ == nullptr ? base::Status() : lock_->still_held();
}

base::Status RunStoreAdapter::execution_started(const std::string& run_id,
                                                const std::string& execution_id) {
  return store_.run_execution(run_id, execution_id);
}

base::Status RunStoreAdapter::starting(const std::string& run_id, const std::string& target,
                                       const std::optional<std::string>& started_after,
                                       const std::string& approval_of) {
  TRY(still_held());
  return store_.run_starting(run_id, target, started_after, approval_of);
}

base::Status RunStoreAdapter::completing(const std::string& run_id, const std::string& importer,
                                         const run::Baseline& may_hold) {
  TRY(still_held());
  if (!keep_baseline_) return {};
  return store_.renew_baseline(run_id, importer, row_of(may_hold));
}

base::Status RunStoreAdapter::ended(const run::Report& report, const run::Baseline* baseline) {
  const RunRow row = ended_row(report);
  if (baseline == nullptr || !keep_baseline_) return store_.run_ended(row, nullptr);
  const store::BaselineRow kept = row_of(*baseline);
  return store_.run_ended(row, &kept);
}

base::Status RunStoreAdapter::amended(const run::Report& report) {
  return store_.run_amended(report.run_id, run::to_json(report));
}

run::Report abandoned_report(const RunRow& dead, const std::string& site, base::WallTime now,
                             const std::string& why) {
  run::Report report;
  report.run_id = dead.run_id;
  report.importer = dead.importer;
  report.site = site;
  report.state = run::State::kAbandoned;
  report.reason = "process_died";
  report.message =
      why + (dead.execution_id.empty() && !dead.started_after
                 ? "; nothing had been sent to Assets."
                 : ". The next run looks at what it began in Assets: it cancels that, or waits for "
                   "it when it was completed already.");
  report.started = dead.started;
  report.ended = now;
  report.destination.execution_id = dead.execution_id;
  report.destination.type = dead.destination;
  report.limited = dead.kind == "limited";
  return report;
}

RunRow ended_row(const run::Report& report) {
  RunRow row = row_of(report);
  row.report = run::to_json(report);
  return row;
}

base::Result<std::vector<run::Report>> close_dead_runs(store::Store& store,
                                                       const std::string& importer,
                                                       base::WallTime now,
                                                       const std::string& site) {
  std::vector<run::Report> closed;
  for (const RunRow& dead : TRY(store.unfinished(""))) {
    std::unique_ptr<store::Store::Lock> lock;
    if (dead.importer != importer) {
      base::Result<std::unique_ptr<store::Store::Lock>> taken = store.lock_importer(dead.importer);
      if (!taken.ok()) continue;  // somebody works on it
      lock = std::move(taken).value();
    }
    run::Report report = abandoned_report(dead, site, now, "Its process ended before the run did");
    report.log = run::read_lines(TRY(store.live_log(dead.run_id)));
    const RunRow row = ended_row(report);
    const base::Status ended = store.run_ended(row, nullptr);
    if (ended.ok()) {
      closed.push_back(std::move(report));
    } else if (ended.error().kind != ErrorKind::kConflict) {
      return ended.error();
    }  // else its process ended it between the two looks
  }
  return closed;
}

base::Result<run::ApprovedFindings> approve(store::Store& store, const std::string& importer,
                                            const std::string& run_id,
                                            const std::string& approved_by, base::WallTime now) {
  if (base::trim(approved_by).empty()) {
    return not_approvable(
        "--approved-by: an approval needs somebody's name, and this one is blank");
  }
  const std::optional<RunRow> held = TRY(store.run(run_id));
  if (!held) return not_approvable(fmt::format("--approve: there is no run {}", run_id));
  if (held->importer != importer) {
    return not_approvable(
        fmt::format("--approve: run {} belongs to the importer \"{}\", not \"{}\"", held->run_id,
                    held->importer, importer));
  }
  if (held->state != "held") {
    return not_approvable(
        fmt::format("--approve: run {} is not held but {}; only the findings of a "
                    "held run can be approved",
                    held->run_id, held->state));
  }
  const run::Report report = TRY(run::read_report(held->report));
  if (report.gate.findings.empty()) {
    return not_approvable(fmt::format("--approve: run {} has no findings", held->run_id));
  }
  run::ApprovedFindings approved{held->run_id, run::findings_json(report.gate.findings),
                                 report.gate.compared_with, approved_by};
  const std::optional<store::Approval> earlier = TRY(store.approval(held->run_id));
  if (earlier && !earlier->used_by_run.empty()) {
    return not_approvable(
        fmt::format("--approve: the approval of run {} was used by run {}; an "
                    "approval lets one run pass",
                    held->run_id, earlier->used_by_run));
  }
  if (earlier) {
    approved.approved_by = earlier->approved_by;
    return approved;
  }
  TRY(store.approve({.run_id = approved.run_id,
                     .importer = importer,
                     .findings = approved.findings,
                     .approved_by = approved_by,
                     .at = now}));
  return approved;
}

}  // namespace muster::service
