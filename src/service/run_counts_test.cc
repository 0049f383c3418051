#include "service/run_counts.h"

#include <gmock/gmock.h>

namespace muster::service {
namespace {

using testing::HasSubstr;
using testing::Not;

class RunCountsTest : public testing::Test {
 protected:
  static run::Report report(const std::string& importer, run::State state) {
    run::Report report{.importer = importer, .state = state};
    report.started = base::WallTime(std::chrono::seconds(100));
    report.ended = base::WallTime(std::chrono::seconds(102));
    report.data_sets = {{.name = "users", .fetched = 7, .rejected = 1, .submitted = 6},
                        {.name = "groups", .fetched = 3, .submitted = 3}};
    report.source = {.requests = 5, .throttled = 2, .waited_seconds = 0.5};
    return report;
  }
  std::string text() {
    MetricText text;
    counts_.write(text);
    return text.take();
  }

  const std::unique_ptr<base::Scheduler> scheduler_ = base::make_simulated_scheduler(1);
  RunCounts counts_{*scheduler_};
};

TEST_F(RunCountsTest, AddsUpBySiteAndImporter) {
  counts_.ended("acme", report("entra", run::State::kCompleted));
  counts_.ended("acme", report("entra", run::State::kCompleted));
  counts_.ended("acme", report("entra", run::State::kHeld));
  counts_.ended("globex", report("entra", run::State::kFailed));
  const std::string lines = text();
  for (const std::string line :
       {R"(muster_runs_total{site="acme",importer="entra",state="completed"} 2)",
        R"(muster_runs_total{site="acme",importer="entra",state="held"} 1)",
        R"(muster_runs_total{site="globex",importer="entra",state="failed"} 1)",
        R"(muster_run_duration_seconds_sum{site="acme",importer="entra"} 6)",
        R"(muster_run_duration_seconds_count{site="acme",importer="entra"} 3)",
        R"(muster_run_objects_total{site="acme",importer="entra",what="fetched"} 30)",
        R"(muster_run_objects_total{site="acme",importer="entra",what="rejected"} 3)",
        R"(muster_run_objects_total{site="acme",importer="entra",what="submitted"} 27)",
        R"(muster_source_requests_total{site="acme",importer="entra"} 15)",
        R"(muster_source_throttled_total{site="acme",importer="entra"} 6)",
        R"(muster_source_waited_seconds_total{site="acme",importer="entra"} 1.5)"}) {
    EXPECT_THAT(lines, HasSubstr(line + "\n"));
  }
  EXPECT_THAT(lines, Not(HasSubstr("users"))) << "not by data set";
}

TEST_F(RunCountsTest, KeepsSoManyImportersApartAndNoMore) {
  for (std::size_t i = 0; i < kMostImportersWatched + 5; ++i) {
    counts_.ended("acme", report("importer-" + std::to_string(i), run::State::kFailed));
  }
  counts_.ended("acme", report("importer-0", run::State::kFailed));
  const std::string lines = text();
  EXPECT_THAT(lines, HasSubstr(R"(muster_runs_total{site="-",importer="-",state="failed"} 5)"));
  EXPECT_THAT(
      lines, HasSubstr(R"(muster_runs_total{site="acme",importer="importer-0",state="failed"} 2)"));
}

}  // namespace
}  // namespace muster::service
