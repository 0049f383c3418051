// Whoever acts in a simulated world: what leaves him and what comes back to him passes here. A dead
// one is seen from outside as after kill -9: nothing of him has an effect any more, while his
// threads unwind in peace.
#pragma once

#include <string>
#include <vector>

#include "tests/simulation/scenario.h"

namespace muster::simulation {

class World;

class Actor {
 public:
  virtual ~Actor() = default;
  // Before and after each thing that he does with the outside. False: he is dead.
  virtual bool step() = 0;
  virtual bool is_dead() const = 0;
  virtual World& world() = 0;
  virtual const std::string& label() const = 0;  // in the history and the timeline
  virtual const std::vector<NetworkFault>& network_faults() const = 0;
};

}  // namespace muster::simulation
