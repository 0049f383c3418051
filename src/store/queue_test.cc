#include "store/queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "store/importers.h"
#include "store/store.h"
#include "store/test_support.h"

namespace muster::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr base::Duration kOverAlready = -1s;

class QueueTest : public testing::Test {
 protected:
  QueueTest() {
    EXPECT_TRUE(open_store(url_).ok());  // brings the database up to date
    const std::unique_ptr<Db> db = test::open_unguarded(url_);
    for (const std::string site : {"acme", "globex"}) {
      EXPECT_TRUE(db->run("INSERT INTO sites (site, name, created) VALUES ($1, $1, 0)", site).ok());
    }
    queue_ = open();
  }

  std::unique_ptr<Queue> open() { return open_queue(url_, *scheduler_).value(); }

  Job job(const std::string& id, const std::string& importer, const std::string& site = "acme",
          base::Duration due_in = -1min) {
    Job job{.site = site, .job_id = id, .importer = importer, .trigger = "manual"};
    job.due = queue_->now().value() + std::chrono::duration_cast<std::chrono::microseconds>(due_in);
    return job;
  }

  void add(const Job& job) { EXPECT_TRUE(queue_->add(job).value()); }

  std::optional<Lease> take(const TakeSettings& settings = {.worker = "w"}) {
    return queue_->take(settings).value();
  }
  // The ids of what can be taken, in this order.
  std::vector<std::string> take_all(const TakeSettings& settings = {.worker = "w"}) {
    std::vector<std::string> ids;
    while (const auto lease = take(settings)) ids.push_back(lease->job.job_id);
    return ids;
  }

  const test::TemporaryFolder folder_;
  const std::string url_ = test::fresh_database(folder_);
  const std::unique_ptr<base::Scheduler> scheduler_ = base::make_real_scheduler();
  std::unique_ptr<Queue> queue_;
};

TEST_F(QueueTest, GivesAJobAsItWasPut) {
  Job put = job("j-1", "entra");
  put.tick = test::at(3'600);
  put.options = R"({"limit":100})";
  add(put);
  const std::optional<Lease> lease = take({.worker = "node-1/3"});
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->job.site, "acme");
  EXPECT_EQ(lease->job.importer, "entra");
  EXPECT_EQ(lease->job.trigger, "manual");
  EXPECT_EQ(lease->job.tick, test::at(3'600));
  EXPECT_EQ(lease->job.options, put.options);
  EXPECT_EQ(lease->job.due, put.due);
  EXPECT_EQ(lease->worker, "node-1/3");
  EXPECT_FALSE(lease->is_taken_over);
  EXPECT_THAT(queue_->pending("acme", "entra").value(), SizeIs(1));
  EXPECT_TRUE(queue_->finish(*lease).ok());
  EXPECT_THAT(queue_->pending("acme", "entra").value(), IsEmpty());
  EXPECT_FALSE(take());
}

TEST_F(QueueTest, GivesNothingBeforeItIsDue) {
  add(job("later", "entra", "acme", 1h));
  EXPECT_FALSE(take());
}

TEST_F(QueueTest, TakesATickOnlyOnce) {
  Job tick = job("j-1", "entra");
  tick.tick = test::at(7'200);
  EXPECT_TRUE(queue_->add(tick).value());
  tick.job_id = "j-2";
  EXPECT_FALSE(queue_->add(tick).value());
  const std::optional<Lease> lease = take();
  ASSERT_TRUE(queue_->finish(*lease).ok());
  EXPECT_FALSE(queue_->add(tick).value()) << "also after it was run";
  tick.importer = "intune";
  EXPECT_TRUE(queue_->add(tick).value()) << "another importer has a tick of its own";
}

TEST_F(QueueTest, NotesTheTickWithItsJob) {
  const auto importers = open_importers(url_).value();
  ASSERT_TRUE(importers->put("acme", {.importer = "entra"}, "anna", test::at(1)).ok());
  for (const std::int64_t at : {7'200, 3'600}) {
    Job tick = job(std::to_string(at), "entra");
    tick.tick = test::at(at);
    add(tick);
    EXPECT_EQ(importers->find("acme", "entra").value()->last_tick, test::at(7'200));
  }
}

TEST_F(QueueTest, NeverGivesTwoJobsOfOneImporterAtOnce) {
  add(job("first", "entra"));
  add(job("second", "entra"));
  add(job("elsewhere", "entra", "globex"));
  EXPECT_THAT(take_all(), ElementsAre("first", "elsewhere"));
}

TEST_F(QueueTest, GivesTheSiteThatHasFewestUnderWay) {
  for (int i = 0; i < 4; ++i) add(job("a" + std::to_string(i), "a" + std::to_string(i)));
  add(job("g0", "g0", "globex", -1s));
  add(job("g1", "g1", "globex", -1s));
  EXPECT_THAT(take_all(), ElementsAre("a0", "g0", "a1", "g1", "a2", "a3"));
}

TEST_F(QueueTest, LetsASiteHaveSoManyAtMost) {
  for (int i = 0; i < 3; ++i) add(job("a" + std::to_string(i), "a" + std::to_string(i)));
  add(job("g0", "g0", "globex"));
  EXPECT_THAT(take_all({.worker = "w", .per_site = 1}), ElementsAre("a0", "g0"));
}

TEST_F(QueueTest, GivesAwayWhatNothingWasHeardOf) {
  add(job("j-1", "entra"));
  add(job("j-2", "entra"));
  const std::optional<Lease> silent = take({.worker = "silent", .lease = kOverAlready});
  ASSERT_TRUE(queue_->begun(*silent, "r-1").ok());
  const std::optional<Lease> taken = take({.worker = "other"});
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->job.job_id, "j-1");
  EXPECT_EQ(taken->job.run_id, "r-1");
  EXPECT_TRUE(taken->is_taken_over);
  EXPECT_GT(taken->fence, silent->fence);
  EXPECT_EQ(queue_->extend(*silent, 1min).error().reason, "lease_lost");
  EXPECT_EQ(queue_->begun(*silent, "r-2").error().reason, "lease_lost");
  EXPECT_EQ(queue_->finish(*silent).error().reason, "lease_lost");
  EXPECT_TRUE(queue_->extend(*taken, 1min).ok());
  EXPECT_TRUE(queue_->finish(*taken).ok());
  EXPECT_EQ(take()->job.job_id, "j-2");
}

// A worker that hung may take its own job over.
TEST_F(QueueTest, TellsALeaseFromALaterOneOfTheSameWorker) {
  add(job("j-1", "entra"));
  const std::optional<Lease> silent = take({.worker = "w", .lease = kOverAlready});
  const std::optional<Lease> taken = take({.worker = "w"});
  ASSERT_TRUE(taken);
  EXPECT_EQ(queue_->extend(*silent, 1min).error().reason, "lease_lost");
  EXPECT_EQ(queue_->begun(*silent, "r-2").error().reason, "lease_lost");
  EXPECT_EQ(queue_->put_back(*silent, 1min).error().reason, "lease_lost");
  EXPECT_EQ(queue_->finish(*silent).error().reason, "lease_lost");
  EXPECT_TRUE(queue_->finish(*taken).ok());
}

TEST_F(QueueTest, KeepsALeaseThatIsExtended) {
  add(job("j-1", "entra"));
  const std::optional<Lease> lease = take({.worker = "w", .lease = kOverAlready});
  ASSERT_TRUE(queue_->extend(*lease, 1min).ok());
  EXPECT_FALSE(take({.worker = "other"}));
}

TEST_F(QueueTest, LetsOneWorkerGoOnAfterItsLeaseEndedUnnoticed) {
  add(job("j-1", "entra"));
  const std::optional<Lease> lease = take({.worker = "w", .lease = kOverAlready});
  EXPECT_TRUE(queue_->finish(*lease).ok()) << "nobody else has it";
}

TEST_F(QueueTest, GivesAgainLaterWhatWasPutBack) {
  add(job("j-1", "entra"));
  const std::optional<Lease> lease = take();
  ASSERT_TRUE(queue_->put_back(*lease, 1h).ok());
  EXPECT_FALSE(take());
  EXPECT_EQ(queue_->finish(*lease).error().reason, "lease_lost");
  EXPECT_THAT(queue_->pending("acme", "entra").value(), SizeIs(1));
  add(job("j-2", "intune"));
  const std::optional<Lease> other = take();
  ASSERT_TRUE(queue_->put_back(*other, -1s).ok());
  EXPECT_EQ(take()->job.job_id, "j-2");
}

TEST_F(QueueTest, BringsBackWhatGotItsTimesFromAClockThatWasAhead) {
  add(job("near", "entra"));
  add(job("far", "intune"));
  ASSERT_TRUE(take({.worker = "w"}));
  ASSERT_TRUE(take({.worker = "w", .lease = 72h}));
  add(job("ahead", "jamf", "globex", 72h));
  add(job("soon", "okta", "globex", 5min));
  EXPECT_THAT(take_all(), IsEmpty());
  EXPECT_EQ(queue_->bring_back().value(), 2);
  EXPECT_THAT(take_all(), ElementsAre("ahead")) << "whoever has a lease may live";
  EXPECT_EQ(queue_->bring_back().value(), 0) << "it ends in time now";
}

TEST_F(QueueTest, GivesEachJobToOneOfManyWorkers) {
  constexpr int kJobs = 60;
  for (int i = 0; i < kJobs; ++i) {
    add(job(std::to_string(i), "importer " + std::to_string(i % 20), i % 3 ? "acme" : "globex"));
  }
  std::mutex mutex;
  std::multiset<std::string> done;
  std::map<std::string, int> at_once;
  int most_at_once = 0;
  std::vector<std::thread> workers;
  for (int w = 0; w < 4; ++w) {
    workers.emplace_back([&, w] {
      const std::unique_ptr<Queue> queue = open();
      for (int idle = 0; idle < 20;) {
        const auto lease = queue->take({.worker = std::to_string(w), .per_site = 100});
        if (!lease.ok() || !*lease) {
          ++idle;
          std::this_thread::sleep_for(5ms);
          continue;
        }
        const std::string importer = (*lease)->job.site + "/" + (*lease)->job.importer;
        {
          const std::lock_guard lock(mutex);
          done.insert((*lease)->job.job_id);
          most_at_once = std::max(most_at_once, ++at_once[importer]);
        }
        std::this_thread::sleep_for(1ms);
        {
          const std::lock_guard lock(mutex);
          --at_once[importer];
        }
        EXPECT_TRUE(queue->finish(**lease).ok());
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(done.size(), kJobs) << "each once";
  EXPECT_EQ(std::set<std::string>(done.begin(), done.end()).size(), kJobs);
  EXPECT_EQ(most_at_once, 1);
}

}  // namespace
}  // namespace muster::store
