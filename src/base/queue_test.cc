#include "base/queue.h"

#include <gtest/gtest.h>

#include <vector>

namespace muster::base {
namespace {

using namespace std::chrono_literals;

TEST(Queue, HandsItemsOverInOrder) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto scheduler = make_simulated_scheduler(seed);
    Queue<int> queue(*scheduler, 3);
    auto producer = scheduler->start("producer", [&] {
      for (int item = 0; item < 20; ++item) EXPECT_TRUE(queue.push(item, {}));
      queue.close();
    });
    std::vector<int> received;
    while (auto item = queue.pop({})) received.push_back(*item);
    ASSERT_EQ(received.size(), 20u);
    for (int item = 0; item < 20; ++item) EXPECT_EQ(received[item], item);
  }
}

TEST(Queue, LosesAndDoublesNothingBetweenManyThreads) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto scheduler = make_simulated_scheduler(seed);
    Queue<int> queue(*scheduler, 2);
    std::vector<int> times_received(60);
    std::vector<std::unique_ptr<Scheduler::Thread>> producers, consumers;
    for (int own = 0; own < 3; ++own) {
      producers.push_back(scheduler->start("producer", [&, own] {
        for (int item = 0; item < 20; ++item) queue.push(own * 20 + item, {});
      }));
      consumers.push_back(scheduler->start("consumer", [&] {
        while (auto item = queue.pop({})) ++times_received[*item];
      }));
    }
    producers.clear();
    queue.close();
    consumers.clear();
    EXPECT_EQ(times_received, std::vector<int>(60, 1));
  }
}

TEST(Queue, MakesAFastProducerWait) {
  const auto scheduler = make_simulated_scheduler(1);
  Queue<int> queue(*scheduler, 2);
  int pushed = 0;
  auto producer = scheduler->start("producer", [&] {
    for (; pushed < 5; ++pushed) queue.push(pushed, {});
  });
  sleep_for(*scheduler, 1s, {});
  EXPECT_EQ(pushed, 2);
  queue.pop({});
  sleep_for(*scheduler, 1s, {});
  EXPECT_EQ(pushed, 3);
  queue.close();
}

TEST(Queue, DrainsWhatIsLeftAfterItWasClosed) {
  const auto scheduler = make_simulated_scheduler(1);
  Queue<int> queue(*scheduler, 2);
  queue.push(1, {});
  queue.close();
  EXPECT_FALSE(queue.push(2, {}));
  EXPECT_EQ(queue.pop({}), 1);
  EXPECT_EQ(queue.pop({}), std::nullopt);
}

TEST(Queue, EndsBothSidesOnStop) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto scheduler = make_simulated_scheduler(seed);
    Queue<int> full(*scheduler, 1), empty(*scheduler, 1);
    full.push(0, {});
    std::stop_source source;
    auto producer =
        scheduler->start("producer", [&] { EXPECT_FALSE(full.push(1, source.get_token())); });
    auto consumer = scheduler->start(
        "consumer", [&] { EXPECT_EQ(empty.pop(source.get_token()), std::nullopt); });
    if (seed % 2 == 0) sleep_for(*scheduler, 1s, {});
    source.request_stop();
  }
}

TEST(Queue, CarriesWhatCannotBeCopied) {
  const auto scheduler = make_real_scheduler();
  Queue<std::unique_ptr<int>> queue(*scheduler, 1);
  EXPECT_TRUE(queue.push(std::make_unique<int>(7), {}));
  EXPECT_EQ(**queue.pop({}), 7);
}

TEST(Queue, WorksOnRealThreads) {
  const auto scheduler = make_real_scheduler();
  Queue<int> queue(*scheduler, 4);
  auto producer = scheduler->start("producer", [&] {
    for (int item = 1; item <= 5000; ++item) queue.push(item, {});
    queue.close();
  });
  std::int64_t sum = 0;
  while (auto item = queue.pop({})) sum += *item;
  EXPECT_EQ(sum, 5000 * 5001 / 2);
}

}  // namespace
}  // namespace muster::base
