#include "net/pressure_bucket.h"

#include <gtest/gtest.h>

namespace muster::net {
namespace {

using namespace std::chrono_literals;
using base::Instant;

// 1,000 units in 10 s: 100 a second, of which 20 units are the reserve.
PressureBucket bucket() { return {1'000, 10s}; }

TEST(PressureBucket, HoldsNothingBackUntilTheSourceReports) {
  PressureBucket sleeping = bucket();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(sleeping.ready_at(100, {1s}), Instant{1s});
    sleeping.sent(100);
    sleeping.answered(100, -1, {1s});
  }
  EXPECT_FALSE(sleeping.is_awake());
}

TEST(PressureBucket, PacesByWhatIsLeftOnceItWasTold) {
  PressureBucket awake = bucket();
  awake.sent(10);
  awake.answered(10, 0.9, {5s});  // 100 units left
  EXPECT_TRUE(awake.is_awake());
  EXPECT_EQ(awake.ready_at(79, {5s}), Instant{5s});
  awake.sent(80);
  const base::Duration wait = awake.ready_at(50, {5s}) - Instant{5s};
  EXPECT_EQ(std::chrono::round<std::chrono::milliseconds>(wait), 350ms)
      << "35 are lacking, at 100 a second";
}

TEST(PressureBucket, CountsHalfOfWhatIsUnderWayAsNotYetInTheFigure) {
  PressureBucket awake = bucket();
  awake.sent(10);
  awake.sent(60);
  awake.answered(10, 0.9, {5s});  // 100 left, 30 of them promised, 5 kept back
  EXPECT_EQ(awake.ready_at(64, {5s}), Instant{5s});
  EXPECT_GT(awake.ready_at(67, {5s}), Instant{5s});
}

TEST(PressureBucket, WaitsForAnExhaustedSourceToRecover) {
  PressureBucket awake = bucket();
  awake.answered(0, 1.5, {5s});  // 500 units over
  EXPECT_EQ(awake.ready_at(95, {5s}), Instant{11s});
}

TEST(PressureBucket, LetsARequestThroughThatCostsMoreThanTheWholeLimit) {
  PressureBucket awake = bucket();
  awake.answered(0, 1.0, {0s});
  EXPECT_EQ(awake.ready_at(5'000, {0s}), Instant{10s});
}

}  // namespace
}  // namespace muster::net
