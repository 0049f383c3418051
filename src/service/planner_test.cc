#include "service/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace muster::service {
namespace {

using namespace std::chrono_literals;
using base::WallTime;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr base::Duration kLongestSpread = 5min;

// 2026-01-01T00:00:00Z is when simulated time begins.
class PlannerTest : public testing::Test {
 protected:
  PlannerTest() {
    std::string pattern = "/tmp/muster_planner_XXXXXX";
    folder_ = mkdtemp(pattern.data());
    url_ = "sqlite:" + folder_ + "/muster.db";
    EXPECT_TRUE(store::open_store(url_).ok());
    queue_ = store::open_queue(url_, *scheduler_).value();
    importers_ = store::open_importers(url_).value();
    sites_ = store::open_sites(url_).value();
    entitlements_ = std::make_unique<Entitlements>(*sites_, *queue_);
    planner_ = make();
  }
  ~PlannerTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Planner> make() {
    return std::make_unique<Planner>(
        PlannerTools{*scheduler_, *random_, *logger_, *queue_, *importers_,
                     [this](std::string_view site) { return store::open_store(url_, site); },
                     library_, *entitlements_});
  }

  void put(const std::string& schedule, const std::string& name = "entra") {
    const std::string definition =
        "version: 1\nimporters:\n  - name: " + name +
        "\n    source: entra\n    connection: { tenant_id: 11111111-2222-3333-4444-555555555555, "
        "client_id: 66666666-7777-8888-9999-000000000000, client_secret: { env: X } }\n"
        "    destination: { type: files, dir: /tmp/out }\n    schedule: " +
        schedule + "\n";
    ASSERT_TRUE(importers_
                    ->put("default", {.importer = name, .definition = definition}, "anna",
                          scheduler_->wall_now())
                    .ok());
  }

  void wait(base::Duration time) { ASSERT_TRUE(base::sleep_for(*scheduler_, time, {})); }

  // Ticks in the queue, as seconds since the beginning.
  std::vector<std::int64_t> pending(const std::string& importer = "entra") {
    std::vector<std::int64_t> ticks;
    const std::vector<store::Job> jobs = queue_->pending("default", importer).value();
    for (const store::Job& job : jobs) {
      EXPECT_EQ(job.trigger, "schedule");
      EXPECT_GE(job.due, *job.tick);
      EXPECT_LE(job.due, *job.tick + 5min);
      ticks.push_back(std::chrono::duration_cast<std::chrono::seconds>(*job.tick - start_).count());
    }
    return ticks;
  }

  void run_all() {
    wait(kLongestSpread);
    while (const auto lease = queue_->take({.worker = "w"}).value()) {
      ASSERT_TRUE(queue_->finish(*lease).ok());
    }
  }

  const std::unique_ptr<base::Scheduler> scheduler_ = base::make_simulated_scheduler(1);
  const WallTime start_ = scheduler_->wall_now();
  const std::unique_ptr<base::Random> random_ = base::make_seeded_random(1);
  std::string log_;
  const std::unique_ptr<base::Logger> logger_ =
      base::make_sink_logger(base::LogLevel::kInfo, base::LogFormat::kText,
                             [this](std::string_view line) { log_.append(line) += '\n'; });
  const catalogue::Library library_ = catalogue::Library::bundled();
  std::string folder_, url_;
  std::unique_ptr<store::Queue> queue_;
  std::unique_ptr<store::Importers> importers_;
  std::unique_ptr<store::Sites> sites_;
  std::unique_ptr<Entitlements> entitlements_;
  std::unique_ptr<Planner> planner_;
};

TEST_F(PlannerTest, PlansNothingForASiteWhoseTimeIsOverAndCatchesNothingUp) {
  put("hourly");
  ASSERT_TRUE(sites_->entitle("default", start_ + 30min, {.site = "default"}).ok());
  ASSERT_TRUE(planner_->plan().ok());
  wait(24h * 45);  // and its grace
  ASSERT_TRUE(planner_->plan().ok());
  EXPECT_THAT(pending(), IsEmpty());
  EXPECT_THAT(importers_->list("default").value(), SizeIs(1)) << "it is all there";
  ASSERT_TRUE(sites_->entitle("default", WallTime::max(), {.site = "default"}).ok());
  ASSERT_TRUE(planner_->plan().ok());
  EXPECT_THAT(pending(), IsEmpty());
  wait(1h + kLongestSpread);
  ASSERT_TRUE(planner_->plan().ok());
  EXPECT_THAT(pending(), SizeIs(1));
}

TEST_F(PlannerTest, PutsOneJobForEachTickHoweverOftenAndWhoeverPlans) {
  put("hourly");
  ASSERT_TRUE(planner_->plan().ok());
  EXPECT_THAT(pending(), IsEmpty()) << "a new importer waits for its first tick";
  wait(1h + kLongestSpread);
  const std::unique_ptr<Planner> another = make();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(planner_->plan().ok());
    ASSERT_TRUE(another->plan().ok());
  }
  EXPECT_THAT(pending(), ElementsAre(3600));
  run_all();
  ASSERT_TRUE(planner_->plan().ok());
  EXPECT_THAT(pending(), IsEmpty());
  wait(1h);
  ASSERT_TRUE(planner_->plan().ok());
  EXPECT_THAT(pending(), ElementsAre(7200));
}

TEST_F(PlannerTest, CatchesUpOnceAfterTheServiceWasAway) {
  put("hourly");
  ASSERT_TRUE(planner_->plan().ok());
  wait(5h + kLongestSpread);
  planner_ = make();
  ASSERT_TRUE(planner_->plan().ok());
  EXPECT_THAT(pending(), ElementsAre(5 * 3600));
  EXPECT_THAT(log_, HasSubstr("4 missed"));
}

TEST_F(PlannerTest, PassesOverWhatComesWhileARunGoesOn) {
  put("hourly");
  wait(1h + kLongestSpread);
  ASSERT_TRUE(planner_->plan().ok());
  wait(1h);
  ASSERT_TRUE(planner_->plan().ok());
  EXPECT_THAT(pending(), ElementsAre(3600));
  EXPECT_THAT(log_, HasSubstr("1 while another run went on"));
  run_all();
  ASSERT_TRUE(planner_->plan().ok());
  EXPECT_THAT(pending(), IsEmpty()) << "it is not caught up";
}

TEST_F(PlannerTest, PutsNothingWhilePausedAndCatchesNothingUpAfterwards) {
  put("hourly");
  ASSERT_TRUE(importers_->pause("default", "entra", true).ok());
  wait(2h + kLongestSpread);
  ASSERT_TRUE(planner_->plan().ok());
  EXPECT_THAT(pending(), IsEmpty());
  ASSERT_TRUE(importers_->pause("default", "entra", false).ok());
  ASSERT_TRUE(planner_->plan().ok());
  EXPECT_THAT(pending(), IsEmpty());
  wait(1h);
  ASSERT_TRUE(planner_->plan().ok());
  EXPECT_THAT(pending(), ElementsAre(3 * 3600));
}

TEST_F(PlannerTest, FollowsTheVersionInForce) {
  put("hourly");
  wait(30min);
  ASSERT_TRUE(planner_->plan().ok());
  put("none");
  wait(1h);
  ASSERT_TRUE(planner_->plan().ok());
  EXPECT_THAT(pending(), IsEmpty());
  put("{ every: 15m }");
  wait(15min + kLongestSpread);
  ASSERT_TRUE(planner_->plan().ok());
  EXPECT_THAT(pending(), ElementsAre(6300)) << "1:45";
}

TEST_F(PlannerTest, GoesOnPastAnImporterThatCannotBeUsed) {
  put("{ every: 15 parsecs }", "broken");
  put("hourly", "fine");
  wait(1h + kLongestSpread);
  ASSERT_TRUE(planner_->plan().ok());
  ASSERT_TRUE(planner_->plan().ok());
  EXPECT_THAT(pending("fine"), SizeIs(1));
  EXPECT_THAT(log_, HasSubstr("default/broken: its settings cannot be used"));
  EXPECT_EQ(log_.find("cannot be used"), log_.rfind("cannot be used")) << "said once";
}

TEST_F(PlannerTest, GoesOnWhenTheClockWasYearsAhead) {
  put("hourly");
  ASSERT_TRUE(importers_->pass_over("default", "entra", start_ + 40'000h).ok());
  ASSERT_TRUE(planner_->plan().ok());
  wait(1h + kLongestSpread);
  ASSERT_TRUE(planner_->plan().ok());
  EXPECT_THAT(pending(), ElementsAre(3600));
}

TEST_F(PlannerTest, SaysWhenToLookAgain) {
  put("hourly");
  const WallTime again = planner_->plan().value();
  EXPECT_GT(again, scheduler_->wall_now());
  EXPECT_LE(again, scheduler_->wall_now() + 10s);
}

}  // namespace
}  // namespace muster::service
