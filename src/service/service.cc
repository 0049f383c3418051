#include "service/service.h"

#include <fmt/format.h>

#include "service/notices.h"
#include "service/planner.h"
#include "service/prerequisites.h"
#include "service/site_keeper.h"
#include "service/worker.h"
#include "store/regions.h"

namespace muster::service {
namespace {

constexpr std::chrono::hours kKeepSitesEvery{1};

auto opens_stores(std::string url) {
  return [url = std::move(url)](std::string_view site) { return store::open_store(url, site); };
}

}  // namespace

class Service::PlannerThread {
 public:
  static base::Result<std::unique_ptr<PlannerThread>> open(const ServiceTools& tools,
                                                           const ServiceSettings& settings,
                                                           base::Stop stop) {
    auto queue = TRY(store::open_queue(settings.database, tools.scheduler));
    auto importers = TRY(store::open_importers(settings.database));
    auto sites = TRY(store::open_sites(settings.database));
    return std::unique_ptr<PlannerThread>(new PlannerThread(tools, settings, std::move(stop),
                                                            std::move(queue), std::move(importers),
                                                            std::move(sites)));
  }
  ~PlannerThread() { thread_->join(); }

 private:
  PlannerThread(const ServiceTools& tools, const ServiceSettings& settings, base::Stop stop,
                std::unique_ptr<store::Queue> queue, std::unique_ptr<store::Importers> importers,
                std::unique_ptr<store::Sites> sites)
      : queue_(std::move(queue)),
        importers_(std::move(importers)),
        sites_(std::move(sites)),
        entitlements_(*sites_, *queue_),
        planner_({tools.scheduler, tools.random, tools.logger, *queue_, *importers_,
                  opens_stores(settings.database), tools.library, entitlements_},
                 settings.pauses.planner) {
    thread_ =
        tools.scheduler.start("planner", [this, stop = std::move(stop)] { planner_.work(stop); });
  }

  const std::unique_ptr<store::Queue> queue_;
  const std::unique_ptr<store::Importers> importers_;
  const std::unique_ptr<store::Sites> sites_;
  Entitlements entitlements_;
  Planner planner_;
  std::unique_ptr<base::Scheduler::Thread> thread_;
};

// Connections are a worker's own: none waits for another's statement.
class Service::WorkerThread {
 public:
  // What all workers of this machine have in common.
  struct Shared {
    RunCounts& counts;
    net::Throttles& throttles;
  };
  static base::Result<std::unique_ptr<WorkerThread>> open(const ServiceTools& tools,
                                                          const ServiceSettings& settings,
                                                          Vault* vault, Shared shared,
                                                          unsigned number, base::Stop stop) {
    auto queue = TRY(store::open_queue(settings.database, tools.scheduler));
    auto jobs = TRY(store::open_jobs(settings.database));
    auto importers = TRY(store::open_importers(settings.database));
    auto sites = TRY(store::open_sites(settings.database));
    auto notices = TRY(store::open_notices(settings.database));
    return std::unique_ptr<WorkerThread>(new WorkerThread(
        tools, settings, vault, shared, number, std::move(stop), std::move(queue), std::move(jobs),
        std::move(importers), std::move(sites), std::move(notices)));
  }
  ~WorkerThread() { thread_->join(); }

 private:
  WorkerThread(const ServiceTools& tools, const ServiceSettings& settings, Vault* vault,
               Shared shared, unsigned number, base::Stop stop, std::unique_ptr<store::Queue> queue,
               std::unique_ptr<store::Jobs> jobs, std::unique_ptr<store::Importers> importers,
               std::unique_ptr<store::Sites> sites, std::unique_ptr<store::Notices> notices)
      : queue_(std::move(queue)),
        jobs_(std::move(jobs)),
        importers_(std::move(importers)),
        sites_(std::move(sites)),
        notices_(std::move(notices)),
        entitlements_(*sites_, *queue_),
        notifier_(*sites_, *notices_),
        worker_({.scheduler = tools.scheduler,
                 .client = tools.client,
                 .random = tools.random,
                 .logger = tools.logger,
                 .queue = *queue_,
                 .jobs = *jobs_,
                 .importers = *importers_,
                 .open_store = opens_stores(settings.database),
                 .library = tools.library,
                 .vault = vault,
                 .entitlements = entitlements_,
                 .notifier = notifier_,
                 .counts = &shared.counts,
                 .throttles = &shared.throttles},
                {.name = fmt::format("{}/{}", settings.node, number),
                 .look_every = settings.pauses.worker}) {
    thread_ = tools.scheduler.start(fmt::format("worker {}", number),
                                    [this, stop = std::move(stop)] { worker_.work(stop); });
  }

  const std::unique_ptr<store::Queue> queue_;
  const std::unique_ptr<store::Jobs> jobs_;
  const std::unique_ptr<store::Importers> importers_;
  const std::unique_ptr<store::Sites> sites_;
  const std::unique_ptr<store::Notices> notices_;
  Entitlements entitlements_;
  Notifier notifier_;
  Worker worker_;
  std::unique_ptr<base::Scheduler::Thread> thread_;
};

class Service::NoticeThread {
 public:
  static base::Result<std::unique_ptr<NoticeThread>> open(const ServiceTools& tools,
                                                          const ServiceSettings& settings,
                                                          Vault* vault, base::Stop stop) {
    auto queue = TRY(store::open_queue(settings.database, tools.scheduler));
    auto sites = TRY(store::open_sites(settings.database));
    auto notices = TRY(store::open_notices(settings.database));
    return std::unique_ptr<NoticeThread>(new NoticeThread(tools, settings, vault, std::move(stop),
                                                          std::move(queue), std::move(sites),
                                                          std::move(notices)));
  }
  ~NoticeThread() { thread_->join(); }

 private:
  NoticeThread(const ServiceTools& tools, const ServiceSettings& settings, Vault* vault,
               base::Stop stop, std::unique_ptr<store::Queue> queue,
               std::unique_ptr<store::Sites> sites, std::unique_ptr<store::Notices> notices)
      : scheduler_(tools.scheduler),
        logger_(tools.logger),
        pause_(settings.pauses.courier),
        queue_(std::move(queue)),
        sites_(std::move(sites)),
        notices_(std::move(notices)),
        entitlements_(*sites_, *queue_),
        notifier_(*sites_, *notices_),
        keeper_({tools.scheduler, tools.logger, *sites_, entitlements_, notifier_}),
        courier_({.scheduler = tools.scheduler,
                  .client = tools.client,
                  .logger = tools.logger,
                  .notices = *notices_,
                  .sites = *sites_,
                  .vault = vault,
                  .mailer = settings.mailer.get(),
                  .to_private_address = settings.webhooks_to_private_address}) {
    thread_ = tools.scheduler.start("notices", [this, stop = std::move(stop)] { work(stop); });
  }

  void work(const base::Stop& stop) {
    base::Instant keep_at = scheduler_.now();
    while (!stop.stop_requested()) {
      if (scheduler_.now() >= keep_at) {
        keep_at = scheduler_.now() + kKeepSitesEvery;
        log(keeper_.keep());
      }
      log(courier_.deliver(stop));
      base::sleep_for(scheduler_, pause_, stop);
    }
  }
  void log(const base::Status& status) {
    if (!status.ok()) logger_.error("notices: {}", status.error().text());
  }

  base::Scheduler& scheduler_;
  base::Logger& logger_;
  const base::Duration pause_;
  const std::unique_ptr<store::Queue> queue_;
  const std::unique_ptr<store::Sites> sites_;
  const std::unique_ptr<store::Notices> notices_;
  Entitlements entitlements_;
  Notifier notifier_;
  SiteKeeper keeper_;
  Courier courier_;
  std::unique_ptr<base::Scheduler::Thread> thread_;
};

class Service::BackupThread {
 public:
  static base::Result<std::unique_ptr<BackupThread>> open(const ServiceTools& tools,
                                                          const ServiceSettings& settings,
                                                          Vault* vault, base::Stop stop) {
    std::unique_ptr<BackupThread> made(new BackupThread());
    made->turns_ = TRY(store::open_backup_turns(settings.database, tools.scheduler));
    const std::string& told = settings.backups->told_elsewhere.empty()
                                  ? settings.database
                                  : settings.backups->told_elsewhere;
    made->sites_ = TRY(store::open_sites(told));
    made->notices_ = TRY(store::open_notices(told));
    made->notifier_ = std::make_unique<Notifier>(*made->sites_, *made->notices_);
    made->keeper_ = TRY(BackupKeeper::make({.scheduler = tools.scheduler,
                                            .client = tools.client,
                                            .random = tools.random,
                                            .logger = tools.logger,
                                            .turns = *made->turns_,
                                            .notifier = *made->notifier_,
                                            .vault = vault,
                                            .database = settings.database,
                                            .region = settings.region,
                                            .node = settings.node},
                                           *settings.backups));
    made->thread_ = tools.scheduler.start(
        "backups", [keeper = made->keeper_.get(), pause = settings.pauses.backups,
                    stop = std::move(stop)] { keeper->work(stop, pause); });
    return made;
  }
  ~BackupThread() {
    if (thread_) thread_->join();
  }

 private:
  BackupThread() = default;

  std::unique_ptr<store::BackupTurns> turns_;
  std::unique_ptr<store::Sites> sites_;
  std::unique_ptr<store::Notices> notices_;
  std::unique_ptr<Notifier> notifier_;
  std::unique_ptr<BackupKeeper> keeper_;
  std::unique_ptr<base::Scheduler::Thread> thread_;
};

Service::Service(ServiceTools tools, ServiceSettings settings)
    : tools_(tools),
      settings_(std::move(settings)),
      counts_(tools.scheduler),
      throttles_(tools.scheduler) {}

Service::~Service() { stop(); }

base::Status Service::start() {
  TRY(require_guard(settings_.database));
  TRY(store::open_store(settings_.database));  // brings it up to date
  TRY(store::require_region(settings_.database, settings_.region));
  vault_ = TRY(open_vault(settings_.database, settings_.key, tools_.scheduler));
  look_ = TRY(store::open_queue(settings_.database, tools_.scheduler));
  if (!settings_.only_works) {
    planner_ = TRY(PlannerThread::open(tools_, settings_, stop_.get_token()));
  }
  for (unsigned number = 1; number <= settings_.workers; ++number) {
    workers_.push_back(TRY(WorkerThread::open(tools_, settings_, vault_.get(),
                                              {counts_, throttles_}, number, stop_.get_token())));
  }
  if (!settings_.only_works) {
    notices_ = TRY(NoticeThread::open(tools_, settings_, vault_.get(), stop_.get_token()));
  }
  if (settings_.backups) {
    backups_ = TRY(BackupThread::open(tools_, settings_, vault_.get(), stop_.get_token()));
  }
  is_started_ = true;
  return {};
}

void Service::stop() {
  stop_.request_stop();
  planner_.reset();
  workers_.clear();
  notices_.reset();
  backups_.reset();
}

base::Status Service::ready() {
  if (!is_started_) {
    return base::Error{base::ErrorKind::kUnavailable, "starting", "The service is starting."};
  }
  TRY(look_->pending("", ""));  // nothing; but the database has to answer
  return {};
}

}  // namespace muster::service
