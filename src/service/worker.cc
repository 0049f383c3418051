#include "service/worker.h"

#include <fmt/format.h>

#include "base/id.h"
#include "base/text.h"
#include "json/writer.h"
#include "service/credentials.h"
#include "service/job_options.h"
#include "service/job_watch.h"
#include "service/lease_keeper.h"
#include "service/run_store_adapter.h"

namespace muster::service {
namespace {

using base::Result;
using base::Status;
using base::Stop;

// When the store cannot be reached.
constexpr base::Duration kPause = std::chrono::seconds(10);

// Stops when either does.
class Either {
 public:
  Either(const Stop& one, const Stop& other)
      : one_(one, [this] { both_.request_stop(); }),
        other_(other, [this] { both_.request_stop(); }) {}
  Stop stop() const { return both_.get_token(); }

 private:
  std::stop_source both_;
  std::stop_callback<std::function<void()>> one_;
  std::stop_callback<std::function<void()>> other_;
};

// Tells the job which run it became.
class JobStoreAdapter final : public RunStoreAdapter {
 public:
  JobStoreAdapter(store::Store& store, LeaseKeeper& keeper, store::Queue& queue,
                  const store::Lease& lease)
      : RunStoreAdapter(store, true, &keeper), queue_(queue), lease_(lease) {}

  Status started(const run::Report& report) override {
    TRY(queue_.begun(lease_, report.run_id));
    return kept_ = RunStoreAdapter::started(report);
  }
  Status ended(const run::Report& report, const run::Baseline* baseline) override {
    if (!kept_.ok()) return RunStoreAdapter::ended(report, baseline);
    return kept_ = RunStoreAdapter::ended(report, baseline);
  }

  // Not ok: the run's beginning or end could not be written down, and its job is not over.
  const Status& kept() const { return kept_; }

 private:
  Status kept_;
  store::Queue& queue_;
  const store::Lease& lease_;
};

}  // namespace

void Worker::work(const Stop& stop) {
  while (!stop.stop_requested()) {
    const Result<bool> worked = work_once(stop);
    if (!worked.ok()) tools_.logger.error("{}: {}", settings_.name, worked.error().text());
    if (worked.ok() && *worked) continue;
    base::sleep_for(tools_.scheduler, worked.ok() ? settings_.look_every : kPause, stop);
  }
}

Result<bool> Worker::work_once(const Stop& stop) {
  const base::Instant asked = tools_.scheduler.now();
  const std::optional<store::Lease> lease = TRY(tools_.queue.take(
      {.worker = settings_.name, .lease = settings_.lease, .per_site = settings_.per_site}));
  if (!lease) return false;
  Status worked;
  {
    LeaseKeeper keeper(tools_.scheduler, tools_.queue, *lease, settings_.lease, asked);
    worked = run_job(*lease, keeper, stop);
  }
  // Somebody runs it by hand, or only looks whether it died: the job is not used up by that.
  const bool is_taken = !worked.ok() && worked.error().reason == "already_running";
  if (is_taken) {
    tools_.logger.info("{}/{}: {} Tried again later.", lease->job.site, lease->job.importer,
                       worked.error().message);
  } else {
    TRY(std::move(worked));  // the lease ends by itself, and somebody takes the job over
  }
  const Status finished =
      is_taken ? tools_.queue.put_back(*lease, kPause) : tools_.queue.finish(*lease);
  if (!finished.ok() && finished.error().reason != "lease_lost") return finished.error();
  return true;
}

Status Worker::run_job(const store::Lease& lease, LeaseKeeper& keeper, const Stop& stop) {
  const std::optional<store::Importer> importer =
      TRY(tools_.importers.find(lease.job.site, lease.job.importer));
  if (!importer) return {};  // removed since
  const std::unique_ptr<store::Store> store = TRY(tools_.open_store(lease.job.site));
  keeper.add(TRY(store->lock_importer(importer->importer)));
  return run_importer(lease, *importer, *store, keeper, stop);
}

// What a plan found stays with its job: nothing of it is in the history, and nobody is told.
Status Worker::keep_plan(const store::Lease& lease, const run::Report& report) {
  std::string text;
  json::Writer out(text);
  out.begin_object().key("phase").string(run::to_string(run::Phase::kDone));
  out.key("data_sets").begin_array().end_array();
  out.key("report").raw(run::to_json(report)).end_object();
  const Result<bool> kept = tools_.jobs.note(lease, text, "");
  return kept.ok() ? Status() : kept.error();
}

// A run that could not even begin is in the history too.
Status Worker::refuse(const store::Lease& lease, store::Store& store, run::RunStore& adapter,
                      const base::Error& why) {
  const store::Job& job = lease.job;
  const Result<JobOptions> wanted = read_job_options(job.options);
  const bool is_plan = wanted.ok() && wanted->plan_only;
  run::Report report;
  report.run_id = base::make_time_id(tools_.scheduler.wall_now(), tools_.random);
  report.importer = job.importer;
  report.site = job.site;
  report.trigger = job.trigger;
  report.started = tools_.scheduler.wall_now();
  if (!is_plan) TRY(adapter.started(report));
  report.state = run::State::kFailed;
  report.reason = why.reason == "entitlement" ? "entitlement" : "settings";
  report.message = why.message;
  report.ended = tools_.scheduler.wall_now();
  if (is_plan) return keep_plan(lease, report);
  TRY(adapter.ended(report, nullptr));
  pass_on(job.site, store, report);
  return {};
}

// A run does not depend on whether somebody can be told of it.
void Worker::pass_on(const std::string& site, store::Store& store, const run::Report& report) {
  if (tools_.counts != nullptr) tools_.counts->ended(site, report);
  const Status told = tools_.notifier.run_ended(site, store, report, tools_.scheduler.wall_now());
  if (!told.ok()) tools_.logger.error("{}: notices: {}", site, told.error().text());
}

Status Worker::run_importer(const store::Lease& lease, const store::Importer& row,
                            store::Store& store, LeaseKeeper& keeper, const Stop& stop) {
  const store::Job& job = lease.job;
  const base::WallTime now = tools_.scheduler.wall_now();
  for (const run::Report& dead : TRY(close_dead_runs(store, job.importer, now, job.site))) {
    pass_on(job.site, store, dead);
  }
  JobStoreAdapter adapter(store, keeper, tools_.queue, lease);
  // One that began while the site was entitled is still cleaned up after.
  const bool has_begun = !job.run_id.empty() && TRY(store.run(job.run_id));
  if (!has_begun) {
    const Status entitled = tools_.entitlements.require(job.site);
    if (!entitled.ok() && entitled.error().reason == "entitlement") {
      return refuse(lease, store, adapter, entitled.error());
    }
    TRY(entitled);
  }
  const run::ImporterFile file =
      run::load_importers_text(row.in_force.definition, job.importer, tools_.library);
  if (catalogue::has_errors(file.findings) || file.importers.size() != 1) {
    return refuse(lease, store, adapter,
                  {base::ErrorKind::kSettings, "settings",
                   fmt::format("The importer's settings cannot be used any more: {}",
                               file.findings.empty() ? "there is not one importer in them"
                                                     : file.findings.front().text())});
  }
  const run::Importer& importer = file.importers.front();
  Result<Credentials> credentials = read_credentials(importer, run::Places::kSourceAndDestination,
                                                     secrets_of(tools_.vault, job.site));
  if (!credentials.ok()) return refuse(lease, store, adapter, credentials.error());
  run::Progress progress;
  LeasedClient client(tools_.client, keeper);
  const assets::JsmTools jsm_tools{tools_.scheduler, client, tools_.random, tools_.logger,
                                   &progress.assets_pause};
  const std::unique_ptr<assets::Destination> destination =
      make_destination(importer, std::move(credentials->token), jsm_tools);
  const std::unique_ptr<assets::People> people =
      make_people(importer, std::move(credentials->people_token), jsm_tools);
  const Either either(stop, keeper.lost());
  // Its run died with the worker that had the job before. What cannot be cancelled now is cancelled
  // by the importer's next run.
  if (has_begun) {
    const Status released = release(job, adapter, *destination, either.stop());
    if (released.ok() || stop.stop_requested() || released.error().reason == "store_unavailable") {
      return released;
    }
    tools_.logger.warn("{}/{}: {}", job.site, job.importer, released.error().text());
    return {};
  }
  Result<run::Options> options = options_of(job, store);
  if (!options.ok()) return refuse(lease, store, adapter, options.error());
  auto watch = std::make_unique<JobWatch>(tools_.scheduler, tools_.jobs, lease, progress);
  const Either or_cancelled(either.stop(), watch->cancelled());
  const run::Report report = run::execute(
      importer, std::move(credentials->connection), *options,
      {tools_.scheduler, client, tools_.random, tools_.logger, adapter, *destination, people.get(),
       tools_.throttles, [&](const run::LogLine& line) { watch->tell(line); }},
      progress, or_cancelled.stop());
  watch.reset();
  if (options->plan_only) return keep_plan(lease, report);
  tools_.logger.info("{}/{}: run {}: {} ({}): {}", job.site, job.importer, report.run_id,
                     run::to_string(report.state), report.reason, report.message);
  // One that the store does not know to have ended is found dead later, and passed on then.
  if (adapter.kept().ok()) pass_on(job.site, store, report);
  return adapter.kept();
}

Result<run::Options> Worker::options_of(const store::Job& job, store::Store& store) {
  const JobOptions wanted = TRY(read_job_options(job.options));
  run::Options options{.plan_only = wanted.plan_only,
                       .limit = wanted.limit,
                       .confirm_partial = wanted.confirm_partial,
                       .trigger = job.trigger,
                       .site = job.site};
  if (!wanted.approve.empty()) {
    options.approval = TRY(approve(store, job.importer, wanted.approve, wanted.approved_by,
                                   tools_.scheduler.wall_now()));
  }
  return options;
}

Status Worker::release(const store::Job& job, run::RunStore& store,
                       assets::Destination& destination, const Stop& stop) {
  const assets::Readiness place = TRY(destination.check(stop));
  return destination.release(TRY(store.leftover(job.importer, place.target)), stop);
}

}  // namespace muster::service
