#include "base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "base/id.h"

namespace muster::base {
namespace {

TEST(Random, RepeatsFromItsSeed) {
  const auto first = make_seeded_random(5), second = make_seeded_random(5),
             other = make_seeded_random(6);
  EXPECT_EQ(first->next(), second->next());
  EXPECT_NE(first->next(), other->next());
}

TEST(Random, GivesEveryResultBelowALimitEquallyOften) {
  const auto random = make_seeded_random(1);
  std::array<int, 7> counts{};
  for (int draw = 0; draw < 70'000; ++draw) ++counts[random->below(7)];
  for (int count : counts) EXPECT_NEAR(count, 10'000, 500);
  EXPECT_EQ(random->below(1), 0u);
}

TEST(Random, GivesUnitsFromZeroToBelowOne) {
  const auto random = make_seeded_random(1);
  double sum = 0;
  for (int draw = 0; draw < 10'000; ++draw) {
    const double unit = random->unit();
    ASSERT_GE(unit, 0);
    ASSERT_LT(unit, 1);
    sum += unit;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

TEST(Random, OfTheSystemDiffersEveryTime) {
  const auto random = make_system_random();
  std::set<std::uint64_t> seen;
  for (int draw = 0; draw < 100; ++draw) seen.insert(random->next());
  EXPECT_EQ(seen.size(), 100u);
}

TEST(TimeId, SortsByTimeWithinAMillisecondToo) {
  const auto random = make_seeded_random(1);
  const WallTime start = std::chrono::sys_days{std::chrono::January / 1 / 2026};
  std::string last;
  for (int step = 0; step < 5000; ++step) {
    const std::string id = make_time_id(start + std::chrono::microseconds(step), *random);
    EXPECT_LT(last, id);
    last = id;
  }
}

// The example of https://www.rfc-editor.org/rfc/rfc9562#appendix-A.6 has this time.
TEST(TimeId, HasTheShapeOfVersion7) {
  const auto random = make_seeded_random(1);
  const WallTime time{std::chrono::milliseconds(1645557742000)};
  const std::string id = make_time_id(time, *random);
  ASSERT_EQ(id.size(), 36u);
  EXPECT_EQ(id.substr(0, 18), "017f22e2-79b0-7000");
  EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
}

TEST(RandomId, HasTheShapeOfVersion4) {
  const auto random = make_seeded_random(1);
  std::set<std::string> ids;
  for (int draw = 0; draw < 100; ++draw) {
    const std::string id = make_random_id(*random);
    EXPECT_EQ(id.size(), 36u);
    EXPECT_EQ(id[14], '4');
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 100u);
}

}  // namespace
}  // namespace muster::base
