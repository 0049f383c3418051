#include "service/job_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/jobs.h"

namespace muster::service {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

base::Instant at(base::Duration since_start) { return base::Instant{since_start}; }

// Keeps what is noted as the store does.
class NotedJobs final : public store::Jobs {
 public:
  base::Status ask(const store::Job&, const store::AuditEntry&) override { return {}; }
  base::Result<std::optional<store::JobView>> find(std::string_view, std::string_view) override {
    return std::optional<store::JobView>();
  }
  base::Result<std::optional<store::JobView>> of_run(std::string_view, std::string_view) override {
    return std::optional<store::JobView>();
  }
  base::Result<std::vector<store::JobView>> pending(std::string_view, std::string_view) override {
    return std::vector<store::JobView>();
  }
  base::Status cancel(std::string_view, std::string_view, const store::AuditEntry&) override {
    return {};
  }
  base::Result<bool> note(const store::Lease&, std::string_view, std::string_view lines) override {
    if (fails) return base::Error{base::ErrorKind::kUnavailable, "store_unavailable", "Away."};
    if (!log.empty() && !lines.empty()) log += ',';
    log += lines;
    return false;
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> texts;
    for (const run::LogLine& line : run::read_lines(log)) texts.push_back(line.text);
    return texts;
  }

  bool fails = false;
  std::string log;
};

TEST(JobWatch, WritesDownWhatIsToldOnceASecondAndLosesNothingWhileTheStoreIsAway) {
  const auto scheduler = base::make_simulated_scheduler(1);
  NotedJobs jobs;
  const store::Lease lease;
  const run::Progress progress;
  JobWatch watch(*scheduler, jobs, lease, progress);
  const auto pass_a_second = [&] {
    base::sleep_for(*scheduler, std::chrono::milliseconds(1'100), {});
  };
  watch.tell({.level = "info", .text = "one"});
  watch.tell({.level = "info", .text = "two"});
  pass_a_second();
  EXPECT_THAT(jobs.texts(), testing::ElementsAre("one", "two"));
  jobs.fails = true;
  watch.tell({.level = "warn", .text = "three"});
  pass_a_second();
  watch.tell({.level = "info", .text = "four"});
  pass_a_second();
  jobs.fails = false;
  pass_a_second();
  watch.tell({.level = "info", .text = "five"});
  pass_a_second();
  EXPECT_THAT(jobs.texts(), testing::ElementsAre("one", "two", "three", "four", "five"));
}

TEST(JobWatch, KeepsSoManyLinesAndSaysThatThereAreMore) {
  const auto scheduler = base::make_simulated_scheduler(1);
  NotedJobs jobs;
  const store::Lease lease;
  const run::Progress progress;
  JobWatch watch(*scheduler, jobs, lease, progress);
  for (std::size_t line = 0; line < kMostLiveLines + 50; ++line) {
    watch.tell({.level = "info", .text = "line"});
  }
  base::sleep_for(*scheduler, std::chrono::milliseconds(1'100), {});
  ASSERT_EQ(jobs.texts().size(), kMostLiveLines);
  EXPECT_THAT(jobs.texts().back(), HasSubstr("when the run has ended"));
}

TEST(ProgressJson, SaysForHowLongAndByWhomARunIsHeldBack) {
  run::Progress progress;
  progress.source_title = "Microsoft Entra ID";
  progress.source_pause.asked_until_ns = base::Duration(seconds(12)).count();
  EXPECT_THAT(progress_json(progress, at(seconds(0))), HasSubstr(R"("waiting":"")"))
      << "before signing in nobody has a name";
  progress.phase = run::Phase::kReading;
  const std::string held = progress_json(progress, at(seconds(2)));
  EXPECT_THAT(held, HasSubstr(R"("waiting_seconds":10)"));
  EXPECT_THAT(held, HasSubstr(R"("waiting":"waiting 10 s: Microsoft Entra ID asked for a pause")"));
  EXPECT_THAT(progress_json(progress, at(seconds(12))), HasSubstr(R"("waiting_seconds":0,)"));
}

}  // namespace
}  // namespace muster::service
