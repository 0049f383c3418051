// GET /metrics for Prometheus, on a listener of its own and without signing in: counts and times by
// site and importer, nothing of people or records. docs/reference/metrics.md lists all.
//
//   Metrics metrics(tools);
//   ... for every answer of the service: metrics.answered(response.status);
//   response = metrics.answer(request);
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>

#include "base/scheduler.h"
#include "net/http_server.h"
#include "service/run_counts.h"
#include "service/site_stores.h"
#include "store/backup_turns.h"
#include "store/importers.h"
#include "store/jobs.h"
#include "store/sites.h"

namespace muster::web {

class Metrics {
 public:
  // `counts` outlives it.
  Metrics(base::Scheduler& scheduler, service::RunCounts& counts);

  // Connections of its own, so that looking disturbs nobody; before, the store counts as down. Not
  // while answer() is under way. kUnavailable `store_unavailable`.
  base::Status open(const std::string& database);

  void answered(int status);                                      // any thread
  net::ServerResponse answer(const net::ServerRequest& request);  // one thread at a time

 private:
  struct Look;

  base::Status look(Look& found);
  base::Result<base::WallTime> last_completed(store::Store& store, const std::string& importer);
  std::string text();

  base::Scheduler& scheduler_;
  service::RunCounts& counts_;
  const base::WallTime started_;
  std::array<std::atomic<std::uint64_t>, 5> answers_{};  // by the first digit of their status
  std::atomic<bool> is_open_ = false;
  std::unique_ptr<store::Sites> sites_;
  std::unique_ptr<store::Importers> importers_;
  std::unique_ptr<store::Jobs> jobs_;
  std::unique_ptr<store::BackupTurns> backups_;
  std::unique_ptr<service::SiteStores> stores_;
};

}  // namespace muster::web
