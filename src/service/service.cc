#include "service/service.h"

#include <fmt/format.h>

#include "service/worker.h"

namespace muster::service {

// Connections are a worker's own: none waits for another's statement.
class Service::WorkerThread {
 public:
  static base::Result<std::unique_ptr<WorkerThread>> open(const ServiceTools& tools,
                                                          const ServiceSettings& settings,
                                                          unsigned number, base::Stop stop) {
    auto queue = TRY(store::open_queue(settings.database, tools.scheduler));
    auto importers = TRY(store::open_importers(settings.database));
    return std::unique_ptr<WorkerThread>(new WorkerThread(tools, settings, number, std::move(stop),
                                                          std::move(queue), std::move(importers)));
  }
  ~WorkerThread() { thread_->join(); }

 private:
  WorkerThread(const ServiceTools& tools, const ServiceSettings& settings, unsigned number,
               base::Stop stop, std::unique_ptr<store::Queue> queue,
               std::unique_ptr<store::Importers> importers)
      : queue_(std::move(queue)),
        importers_(std::move(importers)),
        worker_({.scheduler = tools.scheduler,
                 .client = tools.client,
                 .random = tools.random,
                 .logger = tools.logger,
                 .queue = *queue_,
                 .importers = *importers_,
                 .open_store = [url = settings.database](
                                   std::string_view site) { return store::open_store(url, site); },
                 .library = tools.library},
                {.name = fmt::format("{}/{}", settings.node, number)}) {
    thread_ = tools.scheduler.start(fmt::format("worker {}", number),
                                    [this, stop = std::move(stop)] { worker_.work(stop); });
  }

  const std::unique_ptr<store::Queue> queue_;
  const std::unique_ptr<store::Importers> importers_;
  Worker worker_;
  std::unique_ptr<base::Scheduler::Thread> thread_;
};

Service::Service(ServiceTools tools, ServiceSettings settings)
    : tools_(tools), settings_(std::move(settings)) {}

Service::~Service() { stop(); }

base::Status Service::start() {
  TRY(store::open_store(settings_.database));  // brings it up to date
  look_ = TRY(store::open_queue(settings_.database, tools_.scheduler));
  for (unsigned number = 1; number <= settings_.workers; ++number) {
    workers_.push_back(TRY(WorkerThread::open(tools_, settings_, number, stop_.get_token())));
  }
  return {};
}

void Service::stop() {
  stop_.request_stop();
  workers_.clear();
}

base::Status Service::ready() {
  TRY(look_->now());
  return {};
}

}  // namespace muster::service
