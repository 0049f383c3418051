// simulation_test with the options of crew.h: plays seeds of whole runs. Without: its unit tests.
#include <gtest/gtest.h>

#include "tests/simulation/simulation.h"

namespace muster::simulation {
namespace {

const Game kGame = {.command = "script/simulate",
                    .play = play,
                    .seeds_that_reach_all = 2000,
                    // About half of what they do.
                    .floors = {
                        {"completed ok", 2000},
                        {"completed_with_rejects destination_rejected", 45},
                        {"completed_with_rejects not_confirmed", 60},
                        {"completed_with_rejects rejects", 20},
                        {"cancelled cancelled", 150},
                        {"died", 400},
                        {"failed deadline", 8},
                        {"failed destination_rejected", 80},
                        {"failed destination_token", 50},
                        {"failed destination_unavailable", 150},
                        {"failed source_incomplete", 5},
                        {"failed source_permission", 40},
                        {"failed source_protocol", 180},
                        {"failed source_sign_in", 90},
                        {"failed source_throttled", 10},
                        {"failed source_unavailable", 100},
                        {"failed store_unavailable", 140},
                        {"failed too_many_rejects", 30},
                        {"held partial_not_confirmed", 150},
                        {"finding: gate_blanked", 400},
                        {"finding: gate_dropped", 80},
                        {"finding: gate_empty", 200},
                        {"finding: gate_missing", 200},
                        {"finding: gate_parked", 40},
                        {"finding: gate_unreadable", 100},
                        {"approved: gate_blanked", 150},
                        {"approved: gate_dropped", 25},
                        {"approved: gate_empty", 80},
                        {"approved: gate_missing", 100},
                        {"approved: gate_parked", 2},
                        {"approved: gate_unreadable", 40},
                        {"reject: empty_key", 100},
                        {"reject: too_large", 15},
                        {"parked: accepted", 15},
                        {"store hangs", 250},
                        {"the credentials of the source end", 80},
                        {"pages read ahead", 2000},
                        {"plan: completed ok", 100},
                    }};

}  // namespace
}  // namespace muster::simulation

int main(int argc, char** argv) {
  using namespace muster::simulation;  // NOLINT
  if (const auto status = play_as_asked(kGame, argc, argv)) return *status;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
