// Whole services in virtual time: several nodes on one database, many sites, schedules, and what
// goes wrong with all of them; then a quiet time, and the judge.
#pragma once

#include <string>

#include "tests/simulation/crew.h"
#include "tests/simulation/service/plan.h"
#include "tests/simulation/world.h"

namespace muster::simulation {

Verdict play_installation(std::uint64_t seed, const std::string& folder);

// As an importer file says it.
std::string definition(const World& world, const ImporterOfSite& importer);

}  // namespace muster::simulation
