// Puts a job into the queue for every tick of every importer's schedule that is due, and passes
// over those that are not to be run (due.h says which). Any number of machines may plan at once: a
// tick is one job at most, whoever is first (I5).
//
//   Planner planner(tools);
//   planner.work(stop);  // returns when stop is requested
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/random.h"
#include "base/scheduler.h"
#include "catalogue/loader.h"
#include "service/entitlement.h"
#include "service/schedule.h"
#include "store/importers.h"
#include "store/queue.h"
#include "store/store.h"

namespace muster::service {

struct PlannerTools {
  base::Scheduler& scheduler;
  base::Random& random;
  base::Logger& logger;
  store::Queue& queue;
  store::Importers& importers;
  std::function<base::Result<std::unique_ptr<store::Store>>(std::string_view site)> open_store;
  const catalogue::Library& library;
  Entitlements& entitlements;
};

// One thread at a time.
class Planner {
 public:
  // `look_at_least`: so often, because somebody may have put in an importer, or have changed one.
  explicit Planner(PlannerTools tools, base::Duration look_at_least = std::chrono::seconds(10))
      : tools_(std::move(tools)), look_at_least_(look_at_least) {}

  void work(const base::Stop& stop);
  // All importers once. When to look again at the latest.
  base::Result<base::WallTime> plan();

 private:
  struct Known {
    std::string definition;
    std::optional<Schedule> schedule;  // nullopt: the definition cannot be used
    std::chrono::seconds spread{0};
  };
  base::Result<const Known*> look_up(const store::Importer& importer);
  base::Result<Known> read(const store::Importer& importer);
  base::Result<crypto::HashKey> key_of(const std::string& site);
  // When to look at this importer again.
  base::Result<std::optional<base::WallTime>> plan(const store::Importer& importer,
                                                   base::WallTime now, bool may_run);

  const PlannerTools tools_;
  const base::Duration look_at_least_;
  std::map<std::pair<std::string, std::string>, Known> known_;  // by site and importer
  std::map<std::string, crypto::HashKey> keys_;                 // by site
};

}  // namespace muster::service
