// The hours in which no run starts by itself, as the clock of their zone shows them.
#pragma once

#include <cctz/time_zone.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "run/schedule.h"

namespace muster::service {

// kSettings when this machine does not know the zone.
base::Result<cctz::time_zone> load_zone(const std::string& name);

class Blackouts {
 public:
  static base::Result<Blackouts> make(const std::vector<run::Blackout>& windows);

  bool contain(base::WallTime at) const;
  // The first instant from `at` on that lies in no window; nullopt when they cover the whole week.
  std::optional<base::WallTime> end_of(base::WallTime at) const;

 private:
  struct Window {
    run::Blackout hours;
    cctz::time_zone zone;

    // When the window that holds `at` ends; nullopt: it does not hold it.
    std::optional<base::WallTime> end_around(base::WallTime at) const;
  };

  std::vector<Window> windows_;
};

}  // namespace muster::service
