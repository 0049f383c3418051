#include "tests/simulation/simulation.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace muster::simulation {
namespace {

std::string folder() { return folder_of(getpid()); }

TEST(Simulation, TellsTheSameStoryForTheSameSeed) {
  for (const std::uint64_t seed : {3U, 14U, 15U}) {
    const Verdict first = play(seed, folder());
    const Verdict second = play(seed, folder());
    EXPECT_FALSE(first.timeline.empty());
    EXPECT_EQ(first.timeline, second.timeline) << "seed " << seed;
    EXPECT_NE(first.timeline, play(seed + 1, folder()).timeline);
  }
  std::filesystem::remove_all(folder());
}

}  // namespace
}  // namespace muster::simulation
