// Looks at one site after the other: tells how it stands, and deletes what was kept of a removed
// one once its time is over. About once an hour, on any number of machines.
#pragma once

#include <map>
#include <string>

#include "base/log.h"
#include "base/scheduler.h"
#include "service/entitlement.h"
#include "service/notices.h"
#include "store/sites.h"

namespace muster::service {

struct SiteKeeperTools {
  base::Scheduler& scheduler;
  base::Logger& logger;
  store::Sites& sites;
  Entitlements& entitlements;
  Notifier& notifier;
};

// One thread at a time.
class SiteKeeper {
 public:
  explicit SiteKeeper(SiteKeeperTools tools) : tools_(tools) {}

  // What goes wrong with one site is logged, and keeps none of the others from its turn.
  base::Status keep();

 private:
  base::Status keep(const store::Site& site, const Entitlement& entitlement, base::WallTime now);
  bool is_over_for_long(const store::Site& site, base::WallTime now);

  const SiteKeeperTools tools_;
  std::map<std::string, base::Instant, std::less<>> over_since_;  // by site
};

}  // namespace muster::service
