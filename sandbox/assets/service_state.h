// What AssetsService hides; shared by its .cc files.
#pragma once

#include <optional>

#include "sandbox/assets/assets_service.h"
#include "sandbox/assets/rate_meter.h"
#include "sandbox/assets/site.h"

namespace muster::sandbox {

struct AssetsService::State {
  State(Settings settings, base::Scheduler& used_scheduler)
      : scheduler(used_scheduler), initial(std::move(settings)), monitor(used_scheduler) {
    site.emplace(initial, clock());
  }

  assets::Clock clock() const { return {scheduler.now(), scheduler.wall_now()}; }

  base::Scheduler& scheduler;
  const Settings initial;
  base::Monitor monitor;             // guards everything below
  std::optional<assets::Site> site;  // never empty
  assets::RateMeter meter;
};

}  // namespace muster::sandbox
