#include "web/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "web/answer.h"
#include "web/target.h"

namespace muster::web {
namespace {

using base::Result;
using base::Status;
using base::WallTime;

double seconds_of(WallTime at) {
  return std::chrono::duration<double>(at.time_since_epoch()).count();
}

}  // namespace

// What the store says at this moment.
struct Metrics::Look {
  struct Completed {
    std::string site, importer;
    WallTime at;
  };
  struct Waiting {
    std::string site;
    double waiting = 0, running = 0;
  };
  double seconds = 0;  // that the store took for its first answer
  std::vector<Completed> completed;
  std::vector<Waiting> jobs;
  double left_out = 0;                        // importers
  std::optional<store::BackupState> backups;  // absent: none on schedule
};

Metrics::Metrics(base::Scheduler& scheduler, service::RunCounts& counts)
    : scheduler_(scheduler), counts_(counts), started_(scheduler.wall_now()) {}

Status Metrics::open(const std::string& database) {
  sites_ = TRY(store::open_sites(database));
  importers_ = TRY(store::open_importers(database));
  jobs_ = TRY(store::open_jobs(database));
  backups_ = TRY(store::open_backup_turns(database, scheduler_));
  stores_ = std::make_unique<service::SiteStores>(database, scheduler_);
  is_open_ = true;
  return {};
}

void Metrics::answered(int status) {
  const std::size_t digit = static_cast<std::size_t>(std::clamp(status / 100, 1, 5));
  answers_[digit - 1].fetch_add(1, std::memory_order_relaxed);
}

// The epoch: none did.
Result<WallTime> Metrics::last_completed(store::Store& store, const std::string& importer) {
  WallTime last{};
  for (const auto state : {run::State::kCompleted, run::State::kCompletedWithRejects}) {
    const auto runs = TRY(store.runs(importer, 1, {.state = std::string(run::to_string(state))}));
    for (const store::RunRow& run : runs) last = std::max(last, run.ended.value_or(WallTime{}));
  }
  return last;
}

Status Metrics::look(Look& found) {
  const base::Instant asked = scheduler_.now();
  const std::vector<store::Site> sites = TRY(sites_->list());
  found.seconds = std::chrono::duration<double>(scheduler_.now() - asked).count();
  for (const store::Site& site : sites) {
    if (site.kept_until) continue;  // removed: nothing of it runs
    Look::Waiting jobs{.site = site.site};
    for (const store::JobView& job : TRY(jobs_->pending(site.site, ""))) {
      (job.state == "waiting" ? jobs.waiting : jobs.running) += 1;
    }
    if (found.jobs.size() < service::kMostImportersWatched) found.jobs.push_back(jobs);
    const auto store = TRY(stores_->of(site.site));
    for (const store::Importer& importer : TRY(importers_->list(site.site))) {
      if (found.completed.size() >= service::kMostImportersWatched) {
        found.left_out += 1;
        continue;
      }
      const WallTime at = TRY(last_completed(*store, importer.importer));
      if (at != WallTime{}) found.completed.push_back({site.site, importer.importer, at});
    }
  }
  found.backups = TRY(backups_->find());
  return {};
}

std::string Metrics::text() {
  service::MetricText text;
  text.family("muster_build_info", "gauge", "The version that runs.");
  text.sample({{"version", MUSTER_VERSION}}, 1);
  text.family("muster_start_time_seconds", "gauge", "When this process began to serve.");
  text.sample({}, seconds_of(started_));
  text.family("muster_http_responses_total", "counter", "Answers of the service by status class.");
  for (std::size_t i = 0; i < answers_.size(); ++i) {
    text.sample({{"class", fmt::format("{}xx", i + 1)}}, static_cast<double>(answers_[i].load()));
  }
  counts_.write(text);
  Look found;
  const bool is_up = is_open_ && look(found).ok();
  text.family("muster_store_up", "gauge", "1 when the store answers, else 0.");
  text.sample({}, is_up ? 1 : 0);
  // Half an answer would look like importers that are gone.
  if (!is_up) return text.take();
  text.family("muster_store_answer_seconds", "gauge",
              "How long the store took for a small question.");
  text.sample({}, found.seconds);
  text.family("muster_jobs", "gauge", "Jobs that wait for a worker or are run, on all nodes.");
  for (const Look::Waiting& jobs : found.jobs) {
    text.sample({{"site", jobs.site}, {"state", "waiting"}}, jobs.waiting);
    text.sample({{"site", jobs.site}, {"state", "running"}}, jobs.running);
  }
  text.family("muster_last_completed_run_timestamp_seconds", "gauge",
              "When the importer's last completed run ended, on any node.");
  for (const Look::Completed& run : found.completed) {
    text.sample({{"site", run.site}, {"importer", run.importer}}, seconds_of(run.at));
  }
  text.family("muster_importers_not_watched", "gauge",
              "Importers beyond the number that have values of their own here.");
  text.sample({}, found.left_out);
  if (!found.backups) return text.take();
  text.family("muster_backup_failures", "gauge",
              "How often a backup on schedule failed since the last good one.");
  text.sample({}, static_cast<double>(found.backups->failures));
  if (!found.backups->made) return text.take();
  text.family("muster_last_backup_timestamp_seconds", "gauge",
              "When the last good backup on schedule was made, on any node.");
  text.sample({}, seconds_of(*found.backups->made));
  return text.take();
}

net::ServerResponse Metrics::answer(const net::ServerRequest& request) {
  if (path_of(request.target) != "/metrics") {
    return problem(404, "not_found", "Not found", "Only /metrics is answered here.");
  }
  if (request.method != "GET" && request.method != "HEAD") {
    net::ServerResponse refused =
        problem(405, "method_not_allowed", "Method not allowed", "Only GET is answered here.");
    refused.headers.push_back({"Allow", "GET, HEAD"});
    return refused;
  }
  net::ServerResponse response =
      json_answer(200, text(), "text/plain; version=0.0.4; charset=utf-8");
  response.gzip = true;
  return response;
}

}  // namespace muster::web
