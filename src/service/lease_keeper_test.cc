#include "service/lease_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;
using std::chrono::seconds;

constexpr base::Duration kLease = seconds(30);

// A queue that keeps a lease until it is told not to.
class OneLease : public store::Queue {
 public:
  explicit OneLease(base::Scheduler& scheduler) : scheduler_(scheduler) {}

  Status extend(const store::Lease&, base::Duration) override {
    extended.push_back(scheduler_.now());
    if (hangs_for > base::Duration::zero()) base::sleep_for(scheduler_, hangs_for, {});
    return answer;
  }

  base::Result<bool> add(const store::Job&) override { return false; }
  base::Result<std::optional<store::Lease>> take(const store::TakeSettings&) override {
    return std::optional<store::Lease>();
  }
  Status begun(const store::Lease&, std::string_view) override { return {}; }
  Status finish(const store::Lease&) override { return {}; }
  Status put_back(const store::Lease&, base::Duration) override { return {}; }
  base::Result<std::int64_t> bring_back() override { return 0; }
  base::Result<std::vector<store::Job>> pending(std::string_view, std::string_view) override {
    return std::vector<store::Job>();
  }
  base::Result<base::WallTime> now() override { return scheduler_.wall_now(); }

  Status answer;
  base::Duration hangs_for{0};
  std::vector<base::Instant> extended;

 private:
  base::Scheduler& scheduler_;
};

struct ImporterLock : store::Store::Lock {
  explicit ImporterLock(Status& state) : held(state) {}
  Status still_held() override { return held; }
  Status& held;
};

Error lost() { return {ErrorKind::kConflict, "lease_lost", "Somebody took it over."}; }
Error out_of_reach() { return {ErrorKind::kUnavailable, "store_unavailable", "No answer."}; }

class LeaseKeeperTest : public testing::Test {
 protected:
  // When the run is asked to stop, in seconds after the lease was taken; -1: not within `wait`.
  long stops_after(LeaseKeeper& keeper, base::Duration wait) {
    const base::Instant begin = scheduler_->now();
    return base::sleep_for(*scheduler_, wait, keeper.lost())
               ? -1
               : std::chrono::floor<seconds>(scheduler_->now() - begin).count();
  }
  std::unique_ptr<LeaseKeeper> kept() {
    return std::make_unique<LeaseKeeper>(*scheduler_, queue_, lease_, kLease, scheduler_->now());
  }

  const std::unique_ptr<base::Scheduler> scheduler_ = base::make_simulated_scheduler(7);
  OneLease queue_{*scheduler_};
  const store::Lease lease_;
};

TEST_F(LeaseKeeperTest, ExtendsTheLeaseAsLongAsItLives) {
  const auto keeper = kept();
  EXPECT_EQ(stops_after(*keeper, seconds(600)), -1);
  EXPECT_GE(queue_.extended.size(), 55U);
  for (std::size_t i = 1; i < queue_.extended.size(); ++i) {
    EXPECT_LE(queue_.extended[i] - queue_.extended[i - 1], kLease / 2);
  }
}

TEST_F(LeaseKeeperTest, StopsTheRunAsSoonAsSomebodyElseHasTheJob) {
  const auto keeper = kept();
  EXPECT_EQ(stops_after(*keeper, seconds(25)), -1);
  queue_.answer = lost();
  EXPECT_LE(stops_after(*keeper, seconds(60)), 10);
  EXPECT_EQ(keeper->still_held().error().reason, "lease_lost");
}

// Its time is steady: the wall clock may jump meanwhile.
TEST_F(LeaseKeeperTest, StopsTheRunBeforeALeaseEndsThatCannotBeExtended) {
  const auto keeper = kept();
  EXPECT_EQ(stops_after(*keeper, seconds(61)), -1);
  const base::Instant extended = queue_.extended.back();
  queue_.answer = out_of_reach();
  EXPECT_NE(stops_after(*keeper, seconds(120)), -1);
  const base::Duration after = scheduler_->now() - extended;
  EXPECT_GE(after, seconds(20));
  EXPECT_LT(after, kLease) << "somebody else may have the job from then on";
}

TEST_F(LeaseKeeperTest, StopsTheRunBeforeTheLeaseEndsWhenTheStoreDoesNotAnswerAtAll) {
  queue_.hangs_for = seconds(1000);
  const auto keeper = kept();
  const long after = stops_after(*keeper, seconds(120));
  EXPECT_GE(after, 20);
  EXPECT_LT(after, 30);
}

TEST_F(LeaseKeeperTest, BearsAShortOutage) {
  const auto keeper = kept();
  queue_.answer = out_of_reach();
  EXPECT_EQ(stops_after(*keeper, seconds(15)), -1);
  queue_.answer = {};
  EXPECT_EQ(stops_after(*keeper, seconds(600)), -1);
}

TEST_F(LeaseKeeperTest, StopsTheRunWhenOnlyTheImportersLockIsLost) {
  Status held;
  const auto keeper = kept();
  keeper->add(std::make_unique<ImporterLock>(held));
  EXPECT_EQ(stops_after(*keeper, seconds(60)), -1);
  EXPECT_TRUE(keeper->still_held().ok());
  held = lost();
  EXPECT_EQ(keeper->still_held().error().reason, "lease_lost") << "at once, where it matters";
  EXPECT_LE(stops_after(*keeper, seconds(60)), 10);
}

struct AskedClient : net::HttpClient {
  base::Result<net::Response> send(const net::Request&, const base::Stop& stop) override {
    was_to_stop.push_back(stop.stop_requested());
    return net::Response{};
  }
  std::vector<bool> was_to_stop;
};

TEST_F(LeaseKeeperTest, SendsNothingMoreWhenTheProcessStoodStillForLongerThanTheLease) {
  AskedClient inner;
  // Neither of the keeper's threads came to it since.
  LeaseKeeper keeper(*scheduler_, queue_, lease_, kLease,
                     base::Instant{scheduler_->now().since_start - kLease});
  LeasedClient client(inner, keeper);
  ASSERT_TRUE(client.send({}, keeper.lost()).ok());
  ASSERT_TRUE(client.send({}, base::Stop()).ok());
  EXPECT_THAT(inner.was_to_stop, testing::ElementsAre(true, false)) << "taking back goes on";
}

}  // namespace
}  // namespace muster::service
