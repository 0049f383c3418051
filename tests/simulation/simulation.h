// One seed from beginning to end: a scenario is drawn, played and judged.
#pragma once

#include "tests/simulation/crew.h"

namespace muster::simulation {

Verdict play(std::uint64_t seed, const std::string& folder);

}  // namespace muster::simulation
