#include "service/region_services.h"

#include <fmt/format.h>

#include "service/regions.h"
#include "service/site_move.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

// Who has not answered for so long is gone; the server itself is given longer.
constexpr std::chrono::seconds kPatience{3};
// All regions together, at the start.
constexpr std::chrono::seconds kFirstWait{5};

// Nothing of the lines, which name importers and quote servers.
class DiscreetLogger final : public base::Logger {
 public:
  DiscreetLogger(base::Logger& logger, std::string region)
      : logger_(logger), region_(std::move(region)) {}

  bool enabled(base::LogLevel level) const override {
    return level >= base::LogLevel::kWarn && logger_.enabled(level);
  }
  void write(base::LogLevel level, std::string_view) override {
    logger_.write(level, fmt::format("region {}: something went wrong there; the runs, notices and "
                                     "audit logs of its sites, and the logs of its workers, say "
                                     "what",
                                     region_));
  }

 private:
  base::Logger& logger_;
  const std::string region_;
};

// What is not known outside of the region: where its server is, and what it said.
Error unavailable(const std::string& region) {
  return {ErrorKind::kUnavailable, "region_unavailable",
          fmt::format("The database of region {} cannot be used now. Its sites come back by "
                      "themselves when it answers; `muster region check` says what is wrong.",
                      region)};
}

}  // namespace

std::unique_ptr<base::Logger> make_discreet_logger(base::Logger& logger, std::string region) {
  return std::make_unique<DiscreetLogger>(logger, std::move(region));
}

// One region, and the thread that starts its service and asks how it is.
class RegionServices::Keeper {
 public:
  Keeper(const ServiceTools& tools, const RegionSettings& settings, store::Region region,
         base::Stop stop)
      : scheduler_(tools.scheduler),
        own_logger_(tools.logger),
        region_(std::move(region)),
        logger_(tools.logger, region_.region),
        tools_{tools.scheduler, tools.client, tools.random, logger_, tools.library},
        settings_(settings),
        stop_(std::move(stop)),
        monitor_(tools.scheduler),
        status_(unavailable(region_.region)) {
    thread_ = scheduler_.start("region " + region_.region, [this] { keep(); });
  }
  ~Keeper() {
    thread_->join();
    if (service_) service_->stop();
  }

  void wait_for_first(base::Instant until) {
    base::Monitor::Lock lock(monitor_);
    lock.wait_until(scheduler_, until, [&] { return is_looked_at_; });
  }

  Status health() {
    base::Monitor::Lock lock(monitor_);
    const bool is_silent = asked_ && scheduler_.now() - *asked_ > kPatience;
    return is_silent ? Status(unavailable(region_.region)) : status_;
  }

 private:
  void keep() {
    while (!stop_.stop_requested()) {
      {
        base::Monitor::Lock lock(monitor_);
        if (service_) asked_ = scheduler_.now();
      }
      Status now = service_ ? service_->ready() : start();
      if (now.ok()) now = settle();
      tell(now);
      {
        base::Monitor::Lock lock(monitor_);
        asked_.reset();
        status_ = now.ok() ? Status() : Status(unavailable(region_.region));
        is_looked_at_ = true;
        monitor_.notify_all();
      }
      base::sleep_for(scheduler_, settings_.look_every, stop_);
    }
  }

  Status start() {
    const std::string database = TRY(database_of(region_));
    ServiceSettings settings = settings_.service;
    settings.database = database;
    settings.region = region_.region;
    const auto place = settings_.backups.find(region_.region);
    if (place == settings_.backups.end()) settings.backups.reset();
    if (settings.backups) {
      settings.backups->place = place->second;
      settings.backups->told_elsewhere = settings_.service.database;
    }
    auto service = std::make_unique<Service>(tools_, std::move(settings));
    TRY(service->start());
    TRY(settings_.opened(region_.region, database, service->vault()));
    service_ = std::move(service);
    database_ = database;
    return {};
  }

  // Of moves whose process was killed at the last moment.
  Status settle() {
    TRY(settle_arrivals(settings_.service.database, region_.region, database_,
                        scheduler_.wall_now()));
    return {};
  }

  void tell(const Status& now) {
    if (now.ok() == was_fine_ && is_told_) return;
    is_told_ = true;
    was_fine_ = now.ok();
    if (now.ok()) {
      own_logger_.info("region {}: its database answers", region_.region);
    } else {
      own_logger_.error("region {}: {}", region_.region, now.error().message);
    }
  }

  base::Scheduler& scheduler_;
  base::Logger& own_logger_;
  const store::Region region_;
  DiscreetLogger logger_;
  const ServiceTools tools_;
  const RegionSettings& settings_;
  const base::Stop stop_;
  std::unique_ptr<Service> service_;  // its own thread's
  std::string database_;              // its own thread's
  bool is_told_ = false;              // its own thread's
  bool was_fine_ = false;             // its own thread's
  base::Monitor monitor_;             // guards the next three
  Status status_;
  bool is_looked_at_ = false;
  std::optional<base::Instant> asked_;
  std::unique_ptr<base::Scheduler::Thread> thread_;
};

RegionServices::RegionServices(ServiceTools tools, RegionSettings settings)
    : tools_(tools), settings_(std::move(settings)), monitor_(tools.scheduler) {}

RegionServices::~RegionServices() { stop(); }

Status RegionServices::start() {
  TRY(look());
  const base::Instant until = tools_.scheduler.now() + kFirstWait;
  for (const auto& [region, keeper] : keepers_) keeper->wait_for_first(until);
  thread_ = tools_.scheduler.start("regions",
                                   [this, stop = base::Stop(stop_.get_token())] { watch(stop); });
  return {};
}

void RegionServices::watch(const base::Stop& stop) {
  while (base::sleep_for(tools_.scheduler, settings_.look_every, stop)) {
    if (const Status looked = look(); !looked.ok()) {
      tools_.logger.error("regions: {}", looked.error().message);
    }
  }
}

Status RegionServices::look() {
  const auto regions = TRY(store::open_regions(settings_.service.database));
  for (store::Region& region : TRY(regions->list())) {
    base::Monitor::Lock lock(monitor_);
    std::unique_ptr<Keeper>& keeper = keepers_[region.region];
    if (!keeper) {
      keeper = std::make_unique<Keeper>(tools_, settings_, std::move(region), stop_.get_token());
    }
  }
  return {};
}

void RegionServices::stop() {
  stop_.request_stop();
  thread_.reset();
  // Nobody adds one any more; their threads do not need the lock.
  keepers_.clear();
}

std::vector<RegionHealth> RegionServices::health() {
  base::Monitor::Lock lock(monitor_);
  std::vector<RegionHealth> all;
  for (const auto& [region, keeper] : keepers_) all.push_back({region, keeper->health()});
  return all;
}

Status RegionServices::health_of(std::string_view region) {
  base::Monitor::Lock lock(monitor_);
  const auto found = keepers_.find(region);
  return found == keepers_.end() ? Status(unavailable(std::string(region)))
                                 : found->second->health();
}

}  // namespace muster::service
