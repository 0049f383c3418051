#include "base/scheduler.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <vector>

namespace muster::base {
namespace {

using namespace std::chrono_literals;

struct Maker {
  const char* name;
  std::unique_ptr<Scheduler> (*make)();
};

class BothSchedulers : public ::testing::TestWithParam<Maker> {
 protected:
  const std::unique_ptr<Scheduler> scheduler_ = GetParam().make();
};

INSTANTIATE_TEST_SUITE_P(Schedulers, BothSchedulers,
                         ::testing::Values(Maker{"Real", [] { return make_real_scheduler(); }},
                                           Maker{"Simulated",
                                                 [] { return make_simulated_scheduler(1); }}),
                         [](const auto& scheduler) { return scheduler.param.name; });

TEST_P(BothSchedulers, LetOnlyOneThreadHoldALock) {
  Monitor monitor(*scheduler_);  // guards count
  int count = 0;
  const auto add = [&] {
    for (int round = 0; round < 1000; ++round) {
      Monitor::Lock lock(monitor);
      ++count;
    }
  };
  auto first = scheduler_->start("first", add);
  auto second = scheduler_->start("second", add);
  first->join();
  second->join();
  EXPECT_EQ(count, 2000);
}

TEST_P(BothSchedulers, WakeWaitersByNotification) {
  Monitor monitor(*scheduler_);  // guards turn
  int turn = 0;
  const auto play = [&](int own) {
    for (int round = 0; round < 50; ++round) {
      Monitor::Lock lock(monitor);
      lock.wait([&] { return turn % 3 == own; });
      ++turn;
      monitor.notify_all();
    }
  };
  std::vector<std::unique_ptr<Scheduler::Thread>> players;
  for (int own = 0; own < 3; ++own) {
    players.push_back(scheduler_->start("player", [&, own] { play(own); }));
  }
  players.clear();
  EXPECT_EQ(turn, 150);
}

TEST_P(BothSchedulers, GiveUpWaitingAtTheDeadline) {
  Monitor monitor(*scheduler_);
  Monitor::Lock lock(monitor);
  const Instant before = scheduler_->now();
  EXPECT_FALSE(lock.wait_until(*scheduler_, before + 20ms, [] { return false; }));
  EXPECT_GE(scheduler_->now() - before, 20ms);
  EXPECT_FALSE(lock.wait_until(*scheduler_, before, [] { return false; }));
  EXPECT_TRUE(lock.wait_until(*scheduler_, before, [] { return true; }));
}

TEST_P(BothSchedulers, SleepUntilTheTimeHasPassed) {
  const Instant before = scheduler_->now();
  EXPECT_TRUE(sleep_for(*scheduler_, 10ms, {}));
  EXPECT_GE(scheduler_->now() - before, 10ms);
  EXPECT_TRUE(sleep_until(*scheduler_, before, {}));
}

TEST_P(BothSchedulers, EndASleepWhenStopIsRequested) {
  std::stop_source source;
  std::optional<bool> slept;
  auto sleeper = scheduler_->start(
      "sleeper", [&] { slept = sleep_until(*scheduler_, Instant::never(), source.get_token()); });
  sleep_for(*scheduler_, 1ms, {});
  source.request_stop();
  sleeper->join();
  EXPECT_EQ(slept, false);
}

TEST_P(BothSchedulers, DoNotSleepAfterAStop) {
  std::stop_source source;
  source.request_stop();
  EXPECT_FALSE(sleep_for(*scheduler_, 1h, source.get_token()));
}

TEST_P(BothSchedulers, LetTheHolderOfALockRequestTheStop) {
  std::stop_source source;
  Monitor monitor(*scheduler_);
  auto waiter = scheduler_->start("waiter", [&] {
    StopWakes wakes(source.get_token(), monitor);
    Monitor::Lock lock(monitor);
    lock.wait([&] { return source.stop_requested(); });
  });
  sleep_for(*scheduler_, 1ms, {});
  {
    StopWakes wakes(source.get_token(), monitor);
    Monitor::Lock lock(monitor);
    source.request_stop();
  }
  waiter->join();
}

TEST_P(BothSchedulers, NeverMissAStopBetweenLookingAndWaiting) {
  std::stop_source source;
  const Stop stop = source.get_token();
  Monitor monitor(*scheduler_);
  StopWakes wakes(stop, monitor);
  Monitor::Lock lock(monitor);
  lock.wait([&] {
    const bool seen = stop.stop_requested();
    scheduler_->start("stopper", [&] { source.request_stop(); })->join();
    return seen;
  });
}

TEST_P(BothSchedulers, JoinWhenAThreadGoesOutOfScope) {
  bool done = false;
  {
    auto thread = scheduler_->start("late", [&] {
      sleep_for(*scheduler_, 5ms, {});
      done = true;
    });
  }
  EXPECT_TRUE(done);
}

TEST_P(BothSchedulers, AcceptNamesOfAnyLength) {
  scheduler_->start("a name that is much longer than the kernel keeps", [] {})->join();
  scheduler_->start("", [] {})->join();
}

TEST(Instant, StopsAtNever) {
  EXPECT_EQ(Instant{1h} + Duration::max(), Instant::never());
  EXPECT_EQ(Instant::never() + 1ns, Instant::never());
}

// What three threads did in which order, and when.
std::string history_of(std::uint64_t seed) {
  const auto scheduler = make_simulated_scheduler(seed);
  Monitor monitor(*scheduler);  // guards history
  std::string history;
  std::vector<std::unique_ptr<Scheduler::Thread>> threads;
  for (char name : {'a', 'b', 'c'}) {
    threads.push_back(scheduler->start(std::string(1, name), [&, name] {
      for (int step = 0; step < 8; ++step) {
        {
          Monitor::Lock lock(monitor);
          history += name;
        }
        if (step == 4) sleep_for(*scheduler, std::chrono::milliseconds(name), {});
      }
    }));
  }
  for (auto& thread : threads) thread->join();
  return history + std::to_string(scheduler->now().since_start.count());
}

TEST(SimulatedScheduler, RepeatsAHistoryFromItsSeed) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) EXPECT_EQ(history_of(seed), history_of(seed));
}

TEST(SimulatedScheduler, FindsManyHistories) {
  std::set<std::string> histories;
  for (std::uint64_t seed = 0; seed < 100; ++seed) histories.insert(history_of(seed));
  EXPECT_GT(histories.size(), 50u);
}

TEST(SimulatedScheduler, FindsALostUpdate) {
  const auto count_with = [](std::uint64_t seed) {
    const auto scheduler = make_simulated_scheduler(seed);
    Monitor monitor(*scheduler);  // guards count, but not from reading to writing
    int count = 0;
    const auto add = [&] {
      int seen = 0;
      {
        Monitor::Lock lock(monitor);
        seen = count;
      }
      Monitor::Lock lock(monitor);
      count = seen + 1;
    };
    auto first = scheduler->start("first", add);
    auto second = scheduler->start("second", add);
    first->join();
    second->join();
    return count;
  };
  std::set<int> counts;
  for (std::uint64_t seed = 0; seed < 50; ++seed) counts.insert(count_with(seed));
  EXPECT_EQ(counts, (std::set{1, 2}));
}

TEST(SimulatedScheduler, SleepsAYearAtOnce) {
  const auto scheduler = make_simulated_scheduler(1);
  EXPECT_EQ(scheduler->wall_now(),
            WallTime(std::chrono::sys_days{std::chrono::January / 1 / 2026}));
  EXPECT_TRUE(sleep_for(*scheduler, 365 * 24h, {}));
  EXPECT_EQ(scheduler->wall_now(),
            WallTime(std::chrono::sys_days{std::chrono::January / 1 / 2027}));
  EXPECT_EQ(scheduler->now(), Instant{365 * 24h});
}

TEST(SimulatedScheduler, WakesSleepersInTheOrderOfTheirDeadlines) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto scheduler = make_simulated_scheduler(seed);
    std::vector<int> order;
    std::vector<std::unique_ptr<Scheduler::Thread>> sleepers;
    for (int hours : {3, 1, 2}) {
      sleepers.push_back(scheduler->start("sleeper", [&, hours] {
        sleep_for(*scheduler, std::chrono::hours(hours), {});
        order.push_back(hours);
      }));
    }
    sleepers.clear();
    EXPECT_EQ(order, (std::vector{1, 2, 3}));
    EXPECT_EQ(scheduler->now(), Instant{3h});
  }
}

TEST(SimulatedScheduler, KeepsTimeStillWhileAnybodyCanRun) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto scheduler = make_simulated_scheduler(seed);
    Monitor monitor(*scheduler);
    auto busy = scheduler->start("busy", [&] {
      for (int step = 0; step < 100; ++step) Monitor::Lock lock(monitor);
      EXPECT_EQ(scheduler->now(), Instant{});
    });
    sleep_for(*scheduler, 1h, {});
  }
}

TEST(SimulatedScheduler, StartsThreadsFromThreads) {
  const auto scheduler = make_simulated_scheduler(3);
  int depth = 0;
  std::function<void()> deeper = [&] {
    if (++depth < 5) scheduler->start("deeper", deeper)->join();
  };
  deeper();
  EXPECT_EQ(depth, 5);
}

TEST(SimulatedSchedulerDeathTest, SaysWhoWaitsForWhomInADeadlock) {
  const auto deadlock = [] {
    const auto scheduler = make_simulated_scheduler(1);
    Monitor monitor(*scheduler);
    auto stuck = scheduler->start("stuck", [&] {
      Monitor::Lock lock(monitor);
      lock.wait([] { return false; });
    });
    stuck->join();
  };
  EXPECT_DEATH(deadlock(),
               "'first' waits for the end of thread.*\n.*'stuck' waits for a notification");
}

TEST(SimulatedSchedulerDeathTest, RefusesToLockTwice) {
  const auto lock_twice = [] {
    const auto scheduler = make_simulated_scheduler(1);
    Monitor monitor(*scheduler);
    Monitor::Lock outer(monitor);
    Monitor::Lock inner(monitor);
  };
  EXPECT_DEATH(lock_twice(), "already holds");
}

TEST(SimulatedSchedulerDeathTest, RefusesForeignThreads) {
  const auto use_from_outside = [] {
    const auto scheduler = make_simulated_scheduler(1);
    Monitor monitor(*scheduler);
    make_real_scheduler()->start("foreign", [&] { Monitor::Lock lock(monitor); })->join();
  };
  EXPECT_DEATH(use_from_outside(), "outside the simulation");
}

}  // namespace
}  // namespace muster::base
