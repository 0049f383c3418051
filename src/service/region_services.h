// The service for every region of an installation: each has a database of its own, and is started
// when that answers. One that does not answer stops none of the others, and comes by itself later.
//
//   RegionServices regions(tools, {.service = settings, .opened = ...});
//   TRY(regions.start());  ...  regions.stop();
//
// What the services of regions log is of sites whose data must not leave them: here is only told
// that there was something (I14).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "service/service.h"

namespace muster::service {

// Tells that there was something, and nothing of what. `logger` outlives it.
std::unique_ptr<base::Logger> make_discreet_logger(base::Logger& logger, std::string region);

struct RegionHealth {
  std::string region;
  base::Status status;  // kUnavailable `region_unavailable`; kSettings
};

struct RegionSettings {
  ServiceSettings service;  // database: the directory's; workers: of each region; 0: none
  // Before a region is used: it is not, as long as this fails. `vault`: as Service::vault().
  std::function<base::Status(const std::string& region, const std::string& database, Vault* vault)>
      opened;
  // Where those of a region's database go, by region: what is in it lies there. `service` says the
  // rest. A region that is not named has none on schedule here.
  std::map<std::string, std::string, std::less<>> backups{};
  base::Duration look_every = std::chrono::seconds(5);
};

class RegionServices {
 public:
  RegionServices(ServiceTools tools, RegionSettings settings);
  ~RegionServices();  // stops

  // Waits for regions a few seconds, so that a restart is no time without them; and for none that
  // does not answer. Those that are added later come by themselves.
  base::Status start();
  void stop();
  // Any thread.
  std::vector<RegionHealth> health();
  base::Status health_of(std::string_view region);

 private:
  class Keeper;

  void watch(const base::Stop& stop);
  base::Status look();

  const ServiceTools tools_;
  const RegionSettings settings_;
  base::Monitor monitor_;  // guards the next one
  std::map<std::string, std::unique_ptr<Keeper>, std::less<>> keepers_;
  std::stop_source stop_;
  std::unique_ptr<base::Scheduler::Thread> thread_;
};

}  // namespace muster::service
