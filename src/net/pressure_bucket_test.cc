#include "net/pressure_bucket.h"

#include <gtest/gtest.h>

namespace muster::net {
namespace {

using namespace std::chrono_literals;
using base::Instant;

// 1,000 units in 10 s: 100 a second, of which 5 are the reserve.
PressureBucket bucket() { return {1'000, 10s}; }

TEST(PressureBucket, HoldsNothingBackUntilTheSourceReports) {
  PressureBucket sleeping = bucket();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(sleeping.ready_at(100, {1s}), Instant{1s});
    sleeping.sent(100);
    sleeping.answered(100, {1s});
  }
  EXPECT_FALSE(sleeping.is_awake());
}

TEST(PressureBucket, PacesByWhatIsLeftOnceItWasTold) {
  PressureBucket awake = bucket();
  awake.sent(10);
  awake.answered(10, {5s});
  awake.told(0.9, 10, {4s}, {5s});  // 100 units left
  EXPECT_TRUE(awake.is_awake());
  EXPECT_EQ(awake.ready_at(79, {5s}), Instant{5s});
  awake.sent(80);
  const base::Duration wait = awake.ready_at(50, {5s}) - Instant{5s};
  EXPECT_EQ(std::chrono::round<std::chrono::milliseconds>(wait), 350ms)
      << "35 are lacking, at 100 a second";
}

TEST(PressureBucket, TakesOffEverythingThatMayNotBeInTheFigureYet) {
  PressureBucket awake = bucket();
  awake.sent(10);
  awake.answered(10, {3s});  // before the one that tells was sent: it is in the figure
  awake.sent(20);
  awake.answered(20, {5s});  // while that was under way: may be in it
  awake.sent(30);            // still under way: may be in it
  awake.sent(15);
  awake.answered(15, {5s});
  awake.told(0.9, 15, {4s}, {5s});  // 100 left, 50 of them may be gone, 5 kept back
  EXPECT_EQ(awake.ready_at(44, {5s}), Instant{5s});
  EXPECT_GT(awake.ready_at(46, {5s}), Instant{5s});
}

TEST(PressureBucket, IsRaisedByALaterFigureThatHasMoreInIt) {
  PressureBucket awake = bucket();
  awake.sent(50);
  awake.sent(10);
  awake.answered(10, {5s});
  awake.told(0.9, 10, {4s}, {5s});  // 100 left, 50 may be gone
  awake.answered(50, {5s});
  awake.sent(10);
  awake.answered(10, {5100ms});
  awake.told(0.9, 10, {5050ms}, {5100ms});  // they were in it
  EXPECT_EQ(awake.ready_at(94, {5100ms}), Instant{5100ms});
  EXPECT_GT(awake.ready_at(96, {5100ms}), Instant{5100ms});
}

TEST(PressureBucket, IsLoweredWhenOthersUseTheSameLimit) {
  PressureBucket awake = bucket();
  awake.told(0.5, 0, {5s}, {5s});
  awake.told(0.9, 0, {5s}, {5s});
  EXPECT_EQ(awake.ready_at(94, {5s}), Instant{5s});
  EXPECT_GT(awake.ready_at(96, {5s}), Instant{5s});
}

TEST(PressureBucket, WaitsForAnExhaustedSourceToRecover) {
  PressureBucket awake = bucket();
  awake.told(1.5, 0, {5s}, {5s});  // 500 units over
  EXPECT_EQ(awake.ready_at(95, {5s}), Instant{11s});
}

TEST(PressureBucket, LetsARequestThroughThatCostsMoreThanTheWholeLimit) {
  PressureBucket awake = bucket();
  awake.told(1.0, 0, {0s}, {0s});
  EXPECT_EQ(awake.ready_at(5'000, {0s}), Instant{10s});
}

}  // namespace
}  // namespace muster::net
