// One seed from beginning to end: a scenario is drawn, played and judged.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/checker/checker.h"

namespace muster::simulation {

struct Verdict {
  std::vector<checker::Violation> violations;
  std::string timeline;
  // What came about, to see that the scenarios reach what they should: "completed" -> how often.
  std::vector<std::string> outcomes;
};

// `folder`: for a database; made, and emptied before it is used.
Verdict play(std::uint64_t seed, const std::string& folder);
// One that belongs to the process, in memory where there is such a place.
std::string folder_of(std::int64_t process);

// The history that is being played, for whoever has to tell about a crash; null between seeds.
const checker::History* current_history();

}  // namespace muster::simulation
