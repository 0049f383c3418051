#include "tests/simulation/service/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/text.h"
#include "run/importer.h"
#include "service/schedule.h"
#include "store/store.h"
#include "tests/simulation/service/installation.h"

namespace muster::simulation {
namespace {

using base::WallTime;

// A run that began in time goes on to its end.
constexpr std::chrono::hours kGoesOn{2};
// From a tick to the end of its run, without trouble: the spread, a queue, a run, the looking.
constexpr std::chrono::minutes kSettles{45};

std::int64_t micros(WallTime at) { return at.time_since_epoch().count(); }

template <typename T>
T or_throw(base::Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().text());
  return std::move(*result);
}

}  // namespace

Judge::Judge(World& world, const InstallationPlan& plan)
    : world_(world),
      plan_(plan),
      db_(or_throw(store::open_db(world.store_url()))),
      sites_(or_throw(store::open_sites(world.store_url()))) {}

void Judge::found(std::string rule, const std::string& importer, std::string text) {
  world_.observer.note("judge", rule + ": " + importer + ": " + text);
  violations_.push_back({std::move(rule), importer, std::move(text)});
}

const ImporterOfSite* Judge::importer_of(const net::Request& request) const {
  if (!request.url.starts_with(kAssetsOrigin)) return nullptr;
  for (const ImporterOfSite& importer : plan_.importers) {
    if (request.bearer.reveal() == world_.token(importer.import_source)) return &importer;
  }
  return nullptr;
}

bool Judge::holds_job(const std::string& node, const ImporterOfSite& importer) {
  store::Statement row = or_throw(
      db_->query("SELECT worker FROM jobs WHERE site = $1 AND importer = $2 AND state = 'leased'",
                 importer.site, importer.importer));
  return or_throw(row.step()) && row.text(0).starts_with(node + "/");
}

bool Judge::may_run(const std::string& site, WallTime at) {
  const std::optional<store::Site> found = or_throw(sites_->find(site));
  return found && service::entitlement_of(*found, nullptr, at).may_run();
}

void Judge::leaves(const std::string& node, const net::Request& request) {
  const ImporterOfSite* importer = importer_of(request);
  // Whoever lost the job may still take back what was his: both end his own execution only.
  const bool takes_back = request.method == "DELETE" || request.url.ends_with("/history/failed");
  if (importer == nullptr || request.method == "GET" || takes_back) return;
  if (!holds_job(node, *importer)) unheld_.insert(&request);
  const bool starts = request.method == "POST" && request.url.ends_with("/executions");
  if (starts && !may_run(importer->site, world_.wall_now() - kGoesOn)) {
    found("I20", importer->importer, node + " starts an import for a site that is not entitled");
  }
}

void Judge::came_back(const std::string& node, const net::Request& request,
                      const base::Result<net::Response>& response) {
  if (unheld_.erase(&request) == 0 || !response.ok() || response->status / 100 != 2) return;
  const ImporterOfSite* importer = importer_of(request);
  found("I4", importer->importer,
        fmt::format("{} wrote ({} {}) without holding its job", node, request.method, request.url));
}

void Judge::look_at_the_end() {
  look_at_jobs();
  for (const ImporterOfSite& importer : plan_.importers) {
    look_at_runs(importer);
    look_at_ticks(importer);
  }
  look_at_objects();
}

void Judge::look_at_jobs() {
  store::Statement open = or_throw(
      db_->query("SELECT importer, state, worker FROM jobs WHERE state <> 'over' AND due < $1",
                 micros(world_.wall_now() - kSettles)));
  while (or_throw(open.step())) {
    found("settled", open.text(0),
          fmt::format("a job is still {} ({})", open.text(1), open.text(2)));
  }
  store::Statement twice = or_throw(
      db_->query("SELECT importer, count(*) FROM jobs WHERE tick IS NOT NULL GROUP BY importer, "
                 "tick HAVING count(*) > 1"));
  while (or_throw(twice.step())) found("I5", twice.text(0), "one tick became several jobs");
}

void Judge::look_at_runs(const ImporterOfSite& importer) {
  const auto store = or_throw(store::open_store(world_.store_url(), importer.site));
  if (!or_throw(store->unfinished(importer.importer)).empty()) {
    const auto open = or_throw(store->unfinished(importer.importer));
    if (open.front().started < world_.wall_now() - kSettles) {
      found("settled", importer.importer, "a run has no end: " + open.front().run_id);
    }
  }
  for (const store::RunRow& run : or_throw(store->runs(importer.importer, 100'000))) {
    ++outcomes_[run.state + " " + run.reason];
  }
  // One that could not begin has none.
  store::Statement lone = or_throw(db_->query(
      "SELECT run_id FROM runs WHERE site = $1 AND importer = $2 AND "
      "reason <> 'entitlement' AND reason <> 'settings' AND (SELECT count(*) FROM jobs WHERE "
      "jobs.site = runs.site AND jobs.run_id = runs.run_id) <> 1",
      importer.site, importer.importer));
  while (or_throw(lone.step())) {
    found("I5", importer.importer, "a run is not of one job: " + lone.text(0));
  }
}

// In quiet times each tick is one completed run.
void Judge::look_at_ticks(const ImporterOfSite& importer) {
  const WallTime until = world_.wall_now() - kSettles;
  if (!may_run(importer.site, until)) return;
  const run::ImporterFile file =
      run::load_importers_text(definition(world_, importer), importer.importer, library());
  const service::Schedule schedule =
      or_throw(service::Schedule::make(file.importers.front().schedule));
  for (const service::PlannedTick& planned : service::ticks(schedule, quiet_from_, 100)) {
    if (planned.tick >= until) break;
    store::Statement row = or_throw(db_->query(
        "SELECT runs.state, runs.reason FROM jobs JOIN runs ON runs.site = jobs.site AND "
        "runs.run_id = jobs.run_id WHERE jobs.site = $1 AND jobs.importer = $2 AND jobs.tick = $3",
        importer.site, importer.importer, micros(planned.tick)));
    const std::string tick = base::format_utc(planned.tick);
    if (!or_throw(row.step())) {
      found("I5", importer.importer, "without any trouble the tick at " + tick + " is no run");
    } else if (row.text(0) != "completed") {
      found("liveness", importer.importer,
            fmt::format("without any trouble the run of {} ended {} ({})", tick, row.text(0),
                        row.text(1)));
    }
    ++outcomes_["a quiet tick"];
  }
}

void Judge::look_at_objects() {
  const std::uint64_t users = world_.scenario.sandbox.sizes.users;
  for (const auto& type : world_.sandbox->assets().types()) {
    // A fault may have brought one that stays: these imports remove nothing.
    if (!type.name.ends_with("User") || type.objects >= users) continue;
    found("whole", type.name,
          fmt::format("Assets holds {} of {} objects in the end", type.objects, users));
  }
}

std::vector<std::string> Judge::outcomes() const {
  std::vector<std::string> all;
  for (const auto& [outcome, count] : outcomes_) all.insert(all.end(), count, outcome);
  return all;
}

}  // namespace muster::simulation
