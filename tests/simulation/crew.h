// Plays many seeds in processes of their own, so that a crash costs one seed, and sums up.
//
//   --seeds N [--from S] [--jobs J]: the last line sums up. Without --from, $MUSTER_SEEDS_FROM says
//   where to begin, or 1. --seed S: plays one and prints its timeline.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
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

struct Game {
  std::string command;  // that replays, before its options
  // One seed from beginning to end. `folder`: for a database; made, and emptied before it is used.
  std::function<Verdict(std::uint64_t seed, const std::string& folder)> play;
  // How often at least so many seeds must bring about what is hard to reach. Knobs that no longer
  // reach something would otherwise be noticed by nobody.
  std::uint64_t seeds_that_reach_all = 0;
  std::map<std::string, std::uint64_t> floors;
  unsigned seconds_per_seed = 60;  // of the processor; an endless loop costs no virtual time
};

// The exit status; nullopt: none of its options is there.
std::optional<int> play_as_asked(const Game& game, int argc, char** argv);

// One that belongs to the process, in memory where there is such a place.
std::string folder_of(std::int64_t process);
// The history that is being played, which is all there is to say of a crash; null between seeds.
void show_when_crashing(const checker::History* history);

}  // namespace muster::simulation
