#include "store/backup_turns.h"

#include <gtest/gtest.h>

#include "store/test_support.h"

namespace muster::store {
namespace {

using namespace std::chrono_literals;
using test::at;

class BackupTurnsTest : public testing::Test {
 protected:
  BackupTurnsTest() {
    EXPECT_TRUE(open_store(url_).ok());  // brings the database up to date
    turns_ = open_backup_turns(url_, *scheduler_).value();
    others_ = open_backup_turns(url_, *scheduler_).value();
  }

  const test::TemporaryFolder folder_;
  const std::string url_ = test::fresh_database(folder_);
  const std::unique_ptr<base::Scheduler> scheduler_ = base::make_real_scheduler();
  std::unique_ptr<BackupTurns> turns_, others_;
};

TEST_F(BackupTurnsTest, BeginsWhenItIsLookedAtFirst) {
  EXPECT_FALSE(turns_->find()->has_value());
  const BackupState state = turns_->look().value();
  EXPECT_LE(state.tick, state.now);
  EXPECT_GT(state.tick, state.now - 1min);
  EXPECT_FALSE(state.made);
  EXPECT_EQ(others_->look()->tick, state.tick);
  EXPECT_EQ(state.node, "");
}

TEST_F(BackupTurnsTest, OneHasTheTurnUntilItsLeaseEnds) {
  ASSERT_TRUE(turns_->look().ok());
  const BackupTurn turn = turns_->take("one", 1min).value().value();
  EXPECT_EQ(others_->look()->node, "one");
  EXPECT_FALSE(others_->take("two", 1min)->has_value());
  EXPECT_TRUE(turns_->extend(turn, -1s).ok());  // it is over
  const BackupTurn second = others_->take("two", 1min).value().value();
  EXPECT_GT(second.fence, turn.fence);
  for (const base::Status& late :
       {turns_->extend(turn, 1min), turns_->made(turn, at(1), {"x", at(2), 3}),
        turns_->failed(turn, "late", 1min), turns_->tidied(turn), turns_->begin_again(turn),
        turns_->give_back(turn)}) {
    ASSERT_FALSE(late.ok());
    EXPECT_EQ(late.error().reason, "lease_lost");
  }
  EXPECT_EQ(others_->look()->node, "two");
  ASSERT_TRUE(others_->give_back(second).ok());
  EXPECT_EQ(others_->look()->node, "");
  EXPECT_FALSE(others_->extend(second, 1min).ok());
  EXPECT_TRUE(turns_->take("one", 1min)->has_value());
}

TEST_F(BackupTurnsTest, OfTwoThatTakeItAtOnceOneGetsIt) {
  ASSERT_TRUE(turns_->look().ok());
  for (int round = 0; round < 20; ++round) {
    std::optional<BackupTurn> one, two;
    {
      const auto first = scheduler_->start("one", [&] { one = turns_->take("one", 1min).value(); });
      const auto second =
          scheduler_->start("two", [&] { two = others_->take("two", 1min).value(); });
    }
    ASSERT_NE(one.has_value(), two.has_value());
    ASSERT_TRUE((one ? *turns_ : *others_).give_back(one ? *one : *two).ok());
  }
}

TEST_F(BackupTurnsTest, RemembersWhatBecameOfIt) {
  ASSERT_TRUE(turns_->look().ok());
  const BackupTurn turn = turns_->take("one", 1min).value().value();
  ASSERT_TRUE(turns_->failed(turn, "the disk is full", 5min).ok());
  ASSERT_TRUE(turns_->failed(turn, "the disk is full still", 10min).ok());
  BackupState state = turns_->look().value();
  EXPECT_EQ(state.failures, 2);
  EXPECT_EQ(state.problem, "the disk is full still");
  EXPECT_GT(state.next_try, state.now + 9min);
  ASSERT_TRUE(turns_->made(turn, at(7), {"20261127T021500123Z-daily", at(9), 1234}).ok());
  ASSERT_TRUE(turns_->tidied(turn).ok());
  state = others_->look().value();
  EXPECT_EQ(state.failures, 0);
  EXPECT_EQ(state.problem, "");
  EXPECT_EQ(state.tick, at(7));
  EXPECT_EQ(state.made, at(9));
  EXPECT_EQ(state.name, "20261127T021500123Z-daily");
  EXPECT_EQ(state.bytes, 1234U);
  EXPECT_GT(state.tidied, state.now - 1min);
}

// The clock was ahead when the lease was taken, and nobody could make a backup for years.
TEST_F(BackupTurnsTest, ALeaseThatEndsTooFarAheadIsNone) {
  ASSERT_TRUE(turns_->look().ok());
  const BackupTurn ahead = turns_->take("ahead", std::chrono::hours(24 * 365)).value().value();
  EXPECT_EQ(others_->look()->node, "");
  EXPECT_TRUE(others_->take("two", 1min)->has_value());
  EXPECT_FALSE(turns_->extend(ahead, 1min).ok());
}

}  // namespace
}  // namespace muster::store
