#include "store/jobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/idempotency.h"
#include "store/importers.h"
#include "store/sites.h"
#include "store/store.h"
#include "store/test_support.h"

namespace muster::store {
namespace {

using test::at;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class JobsTest : public testing::Test {
 protected:
  JobsTest() {
    EXPECT_TRUE(open_store(url_).ok());  // brings the database up to date
    EXPECT_TRUE(
        open_sites(url_).value()->add({.site = "acme", .name = "Acme", .created = at(0)}, {}).ok());
    const auto importers = open_importers(url_).value();
    for (const std::string site : {"default", "acme"}) {
      EXPECT_TRUE(
          importers->put(site, {.importer = "entra", .definition = "a"}, "anna", at(1)).ok());
    }
    jobs_ = open_jobs(url_).value();
    queue_ = open_queue(url_, *scheduler_).value();
  }

  base::Status ask(const std::string& job_id, const std::string& site = "default",
                   const std::string& importer = "entra") {
    return jobs_->ask({.site = site,
                       .job_id = job_id,
                       .importer = importer,
                       .trigger = "manual",
                       .options = "{}",
                       .due = at(1)},
                      {.site = site, .act = "run.asked", .target = importer});
  }
  base::Status cancel(const std::string& job_id, const std::string& site = "default") {
    return jobs_->cancel(site, job_id, {.site = site, .act = "run.cancelled"});
  }
  Lease take() { return queue_->take({.worker = "w"}).value().value(); }
  std::size_t entries(const std::string& site) {
    return open_audit(url_).value()->list(site, 0, 100).value().size();
  }

  const test::TemporaryFolder folder_;
  const std::string url_ = test::fresh_database(folder_);
  const std::unique_ptr<base::Scheduler> scheduler_ = base::make_real_scheduler();
  std::unique_ptr<Jobs> jobs_;
  std::unique_ptr<Queue> queue_;
};

TEST_F(JobsTest, PutsAJobIntoTheQueueAndTellsIt) {
  ASSERT_TRUE(ask("j1").ok());
  EXPECT_EQ(entries("default"), 1U);
  EXPECT_EQ(take().job.job_id, "j1");
  EXPECT_EQ(ask("j2", "default", "jamf").error().reason, "no_such_importer");
  EXPECT_EQ(entries("default"), 1U) << "both or neither";
}

TEST_F(JobsTest, ShowsOnlyTheJobsOfASite) {
  ASSERT_TRUE(ask("j1").ok());
  ASSERT_TRUE(ask("j2", "acme").ok());
  ASSERT_THAT(jobs_->pending("acme", "").value(), SizeIs(1));
  EXPECT_EQ(jobs_->pending("acme", "")->front().job.job_id, "j2");
  EXPECT_THAT(jobs_->pending("acme", "jamf").value(), IsEmpty());
  EXPECT_FALSE(jobs_->find("acme", "j1").value());
  EXPECT_EQ(cancel("j1", "acme").error().reason, "no_such_job");
}

TEST_F(JobsTest, CancelsOneThatWaitsAtOnce) {
  ASSERT_TRUE(ask("j1").ok());
  ASSERT_TRUE(cancel("j1").ok());
  EXPECT_EQ(jobs_->find("default", "j1").value()->state, "over");
  EXPECT_FALSE(queue_->take({.worker = "w"}).value());
  EXPECT_EQ(cancel("j1").error().reason, "job_over");
  EXPECT_EQ(cancel("j2").error().reason, "no_such_job");
  EXPECT_EQ(entries("default"), 2U);
}

TEST_F(JobsTest, TellsWhoeverRunsOneThatItIsToBeCancelled) {
  ASSERT_TRUE(ask("j1").ok());
  const Lease lease = take();
  ASSERT_TRUE(queue_->begun(lease, "run-1").ok());
  EXPECT_FALSE(jobs_->note(lease, "{\"phase\":1}", "").value());
  EXPECT_EQ(jobs_->of_run("default", "run-1").value()->progress, "{\"phase\":1}");
  EXPECT_FALSE(jobs_->of_run("acme", "run-1").value());
  ASSERT_TRUE(cancel("j1").ok());
  EXPECT_EQ(jobs_->find("default", "j1").value()->state, "leased") << "it ends by itself";
  EXPECT_TRUE(jobs_->note(lease, "{\"phase\":2}", "").value());
}

TEST_F(JobsTest, WhoeverLostTheLeaseWritesNothing) {
  ASSERT_TRUE(ask("j1").ok());
  Lease lost = take();
  ASSERT_TRUE(jobs_->note(lost, "{\"phase\":1}", "").ok());
  lost.fence -= 1;
  ASSERT_TRUE(jobs_->note(lost, "{\"phase\":9}", "").ok());
  EXPECT_EQ(jobs_->find("default", "j1").value()->progress, "{\"phase\":1}");
}

TEST_F(JobsTest, KeepsWhatIsToldOfARunUntilItIsOver) {
  ASSERT_TRUE(ask("j1").ok());
  Lease lease = take();
  ASSERT_TRUE(queue_->begun(lease, "run-1").ok());
  const auto store = open_store(url_, "default").value();
  const auto of_another_site = open_store(url_, "acme").value();
  ASSERT_TRUE(jobs_->note(lease, "{}", "1,2").ok());
  ASSERT_TRUE(jobs_->note(lease, "{}", "").ok());
  ASSERT_TRUE(jobs_->note(lease, "{}", "3").ok());
  EXPECT_EQ(store->live_log("run-1").value(), "1,2,3");
  EXPECT_EQ(store->live_log("run-2").value(), "");
  EXPECT_EQ(of_another_site->live_log("run-1").value(), "");
  lease.fence -= 1;
  ASSERT_TRUE(jobs_->note(lease, "{}", "of somebody who lost it").ok());
  EXPECT_EQ(store->live_log("run-1").value(), "1,2,3");
  lease.fence += 1;
  ASSERT_TRUE(queue_->finish(lease).ok());
  EXPECT_EQ(store->live_log("run-1").value(), "") << "the report has it";
}

TEST_F(JobsTest, EndsWhatWaitsWithItsImporter) {
  ASSERT_TRUE(ask("j1").ok());
  ASSERT_TRUE(ask("j2", "acme").ok());
  ASSERT_TRUE(open_importers(url_).value()->remove("default", "entra", {}).ok());
  EXPECT_THAT(jobs_->pending("default", "").value(), IsEmpty());
  EXPECT_THAT(jobs_->pending("acme", "").value(), SizeIs(1));
}

TEST_F(JobsTest, AHeldRunIsRejectedOnce) {
  const auto store = open_store(url_).value();
  ASSERT_TRUE(store->run_started(test::begun("r1")).ok());
  RunRow rejected = test::ended(test::begun("r1"), "cancelled");
  const AuditEntry entry{.site = "default", .act = "run.rejected"};
  EXPECT_EQ(store->reject_held(rejected, entry).error().reason, "not_held");
  ASSERT_TRUE(store->run_ended(test::ended(test::begun("r1"), "held"), nullptr).ok());
  const auto other = open_store(url_, "acme").value();
  EXPECT_EQ(other->reject_held(rejected, entry).error().reason, "not_held") << "of another site";
  ASSERT_TRUE(store->reject_held(rejected, entry).ok());
  EXPECT_EQ(store->run("r1").value()->state, "cancelled");
  EXPECT_EQ(store->reject_held(rejected, entry).error().reason, "not_held");
  EXPECT_EQ(entries("default"), 1U);
}

TEST_F(JobsTest, ListsRunsInAStateAndFromAPlaceOn) {
  const auto store = open_store(url_).value();
  for (const std::string run : {"r1", "r2", "r3"}) {
    ASSERT_TRUE(store->run_started(test::begun(run, run == "r3" ? "jamf" : "entra")).ok());
  }
  ASSERT_TRUE(store->run_ended(test::ended(test::begun("r1"), "failed"), nullptr).ok());
  const auto ids = [&](const std::string& importer, const RunFilter& filter) {
    std::vector<std::string> found;
    const auto runs = store->runs(importer, 10, filter).value();
    for (const RunRow& run : runs) found.push_back(run.run_id);
    return found;
  };
  EXPECT_THAT(ids("", {}), ElementsAre("r3", "r2", "r1")) << "of the same second, by name";
  EXPECT_THAT(ids("", {.before = RunPlace{at(1'000), "r3"}}), ElementsAre("r2", "r1"));
  EXPECT_THAT(ids("entra", {.before = RunPlace{at(1'000), "r2"}}), ElementsAre("r1"));
  EXPECT_THAT(ids("", {.state = "failed"}), ElementsAre("r1"));
  EXPECT_THAT(ids("entra", {.state = "running"}), ElementsAre("r2"));
  EXPECT_THAT(ids("jamf", {.state = "failed"}), IsEmpty());
}

class IdempotencyTest : public testing::Test {
 protected:
  IdempotencyTest() {
    EXPECT_TRUE(open_store(url_).ok());
    idempotency_ = open_idempotency(url_).value();
  }

  const test::TemporaryFolder folder_;
  const std::string url_ = test::fresh_database(folder_);
  const KeyedRequest request_{.admin = "anna", .key = "k", .hash = "h"};
  std::unique_ptr<Idempotency> idempotency_;
};

TEST_F(IdempotencyTest, AnswersARequestThatIsSentOnceMoreAsBefore) {
  EXPECT_FALSE(idempotency_->begin(request_, at(1)).value());
  EXPECT_EQ(idempotency_->begin(request_, at(2)).error().reason, "request_under_way");
  ASSERT_TRUE(idempotency_->answered(request_, {202, "{}"}).ok());
  const auto before = idempotency_->begin(request_, at(3)).value();
  ASSERT_TRUE(before);
  EXPECT_EQ(before->status, 202);
  EXPECT_EQ(before->body, "{}");
  EXPECT_EQ(idempotency_->begin({"anna", "k", "other"}, at(3)).error().reason, "idempotency_key");
  EXPECT_FALSE(idempotency_->begin({"bert", "k", "other"}, at(3)).value()) << "his own keys";
}

TEST_F(IdempotencyTest, ForgetsWhatWasGivenUpAndWhatIsOld) {
  EXPECT_FALSE(idempotency_->begin(request_, at(1)).value());
  ASSERT_TRUE(idempotency_->given_up(request_).ok());
  EXPECT_FALSE(idempotency_->begin(request_, at(2)).value());
  ASSERT_TRUE(idempotency_->answered(request_, {202, "{}"}).ok());
  ASSERT_TRUE(idempotency_->given_up(request_).ok());
  EXPECT_TRUE(idempotency_->begin(request_, at(86'000)).value()) << "an answer stays";
  EXPECT_FALSE(idempotency_->begin(request_, at(86'403)).value()) << "for a day";
}

}  // namespace
}  // namespace muster::store
