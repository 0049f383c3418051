// service_simulation_test with the options of ../crew.h: plays seeds of whole services.
#include <cstdio>

#include "tests/simulation/service/installation.h"

namespace {

using namespace muster::simulation;  // NOLINT

const Game kGame = {.command = "script/simulate --services",
                    .play = play_installation,
                    .seeds_that_reach_all = 500,
                    .floors = {},
                    .seconds_per_seed = 300};

}  // namespace

int main(int argc, char** argv) {
  if (const auto status = play_as_asked(kGame, argc, argv)) return *status;
  std::fputs("Say --seeds N or --seed S.\n", stderr);
  return 2;
}
