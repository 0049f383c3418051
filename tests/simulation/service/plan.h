// What a seed of whole services stands for: an installation, and how long it is disturbed. Plain
// values, drawn before anything runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "service/service.h"
#include "tests/simulation/scenario.h"

namespace muster::simulation {

struct SitePlan {
  std::string site;
  base::Duration trial_before{0};              // the trial began so long before the beginning
  std::optional<base::Duration> active_for{};  // from the beginning; absent: nothing but a trial
};

struct ImporterOfSite {
  std::string site;
  std::string importer;  // unique in the installation
  std::size_t import_source = 0;
  std::string schedule;    // as an importer file says it
  std::string blackout{};  // the same; empty: none
};

struct InstallationPlan {
  std::uint64_t seed = 0;
  std::vector<SitePlan> sites;
  std::vector<ImporterOfSite> importers;
  unsigned nodes = 1, workers = 1;  // workers of each node
  service::Pauses pauses{};
  base::Duration trouble{0};  // so long things go wrong,
  base::Duration quiet{0};    // and so long nothing does: the judge looks at what that brings
  base::Duration between{0};  // two events, about
  bool jumps_by_days = false;
};

InstallationPlan draw_installation(std::uint64_t seed);

}  // namespace muster::simulation
