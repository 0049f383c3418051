// Takes jobs from the queue and makes them runs, one after the other; as many workers as runs may
// be under way at once. On PostgreSQL any number of machines have workers.
//
// While a run lasts its lease is extended. Whoever loses the lease, because nothing was heard of
// him in time, starts and completes nothing in Assets any more (I4). A job whose worker died is
// taken over by another one: the dead run ends `abandoned`, what it left open in Assets is
// cancelled, and the job is over: a tick is one run at most (I5).
//
//   Worker worker(tools, {.name = "node-1/1"});
//   worker.work(stop);  // returns when stop is requested, after the run under way was cancelled
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/random.h"
#include "base/scheduler.h"
#include "catalogue/loader.h"
#include "net/http.h"
#include "run/run.h"
#include "service/entitlement.h"
#include "service/lease_keeper.h"
#include "service/notices.h"
#include "service/run_counts.h"
#include "service/vault.h"
#include "store/importers.h"
#include "store/jobs.h"
#include "store/queue.h"
#include "store/store.h"

namespace muster::service {

struct WorkerTools {
  base::Scheduler& scheduler;
  net::HttpClient& client;
  base::Random& random;
  base::Logger& logger;
  store::Queue& queue;
  store::Jobs& jobs;
  store::Importers& importers;
  // Of a site; a connection of its own.
  std::function<base::Result<std::unique_ptr<store::Store>>(std::string_view site)> open_store;
  const catalogue::Library& library;
  Vault* vault = nullptr;  // none: no secrets are stored
  Entitlements& entitlements;
  Notifier& notifier;
  RunCounts* counts = nullptr;          // none: nobody watches
  net::Throttles* throttles = nullptr;  // of all workers of this process
};

struct WorkerSettings {
  std::string name;  // unique among all workers that live
  base::Duration lease = std::chrono::seconds(30);
  base::Duration look_every = std::chrono::seconds(2);  // when there was nothing to do
  std::uint64_t per_site = 4;                           // runs at once, all workers together
};

// One thread at a time.
class Worker {
 public:
  Worker(WorkerTools tools, WorkerSettings settings)
      : tools_(std::move(tools)), settings_(std::move(settings)) {}

  void work(const base::Stop& stop);
  // False: there was nothing to do. Errors of the store only: what goes wrong with a run is told by
  // the run.
  base::Result<bool> work_once(const base::Stop& stop);

 private:
  base::Status run_job(const store::Lease& lease, LeaseKeeper& keeper, const base::Stop& stop);
  base::Status run_importer(const store::Lease& lease, const store::Importer& importer,
                            store::Store& store, LeaseKeeper& keeper, const base::Stop& stop);
  base::Result<run::Options> options_of(const store::Job& job, store::Store& store);
  base::Status release(const store::Job& job, run::RunStore& store,
                       assets::Destination& destination, const base::Stop& stop);
  base::Status refuse(const store::Lease& lease, store::Store& store, run::RunStore& adapter,
                      const base::Error& why);
  base::Status keep_plan(const store::Lease& lease, const run::Report& report);
  void pass_on(const std::string& site, store::Store& store, const run::Report& report);

  const WorkerTools tools_;
  const WorkerSettings settings_;
};

}  // namespace muster::service
