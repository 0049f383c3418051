// service_simulation_test with the options of ../crew.h: plays seeds of whole services.
#include <cstdio>

#include "tests/simulation/service/installation.h"

namespace {

using namespace muster::simulation;  // NOLINT

const Game kGame = {.command = "script/simulate --services",
                    .play = play_installation,
                    .seeds_that_reach_all = 500,
                    // About half of what they do.
                    .floors = {{"completed ok", 7000},
                               {"completed_with_rejects not_confirmed", 12},
                               {"abandoned process_died", 190},
                               {"failed entitlement", 15},
                               {"failed lease_lost", 4},
                               {"a node dies", 1900},
                               {"a node is frozen", 600},
                               {"a quiet tick", 1600},
                               {"the disk is full", 200}},
                    .seconds_per_seed = 300};

}  // namespace

int main(int argc, char** argv) {
  if (const auto status = play_as_asked(kGame, argc, argv)) return *status;
  std::fputs("Say --seeds N or --seed S.\n", stderr);
  return 2;
}
