#include "run/run_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster::run {
namespace {

class RunLogTest : public testing::Test {
 protected:
  std::vector<std::string> texts() {
    std::vector<std::string> texts;
    for (const LogLine& line : log_.lines()) texts.push_back(line.level + ": " + line.text);
    return texts;
  }

  const std::unique_ptr<base::Scheduler> scheduler_ = base::make_simulated_scheduler(1);
  std::string passed_on_;
  const std::unique_ptr<base::Logger> next_ =
      base::make_sink_logger(base::LogLevel::kWarn, base::LogFormat::kText,
                             [this](std::string_view line) { passed_on_ += line; });
  std::vector<std::string> told_;
  RunLog log_{*next_, *scheduler_, [this](const LogLine& line) { told_.push_back(line.text); }};
};

TEST_F(RunLogTest, KeepsWhatIsLoggedAndPassesItOn) {
  log_.info("page {}", 1);
  log_.debug("too much");
  log_.warn("careful");
  log_.note("reading");
  EXPECT_THAT(texts(), testing::ElementsAre("info: page 1", "warn: careful", "info: reading"));
  EXPECT_THAT(passed_on_, testing::HasSubstr("careful"));
  EXPECT_THAT(passed_on_, testing::Not(testing::HasSubstr("page 1")));
}

TEST_F(RunLogTest, KnowsWhenALineWasWritten) {
  log_.note("first");
  base::sleep_for(*scheduler_, std::chrono::seconds(5), {});
  log_.note("second");
  const std::vector<LogLine> lines = log_.lines();
  EXPECT_EQ(lines[1].at - lines[0].at, std::chrono::seconds(5));
}

TEST_F(RunLogTest, LeavesOutTheMiddleOfWhatIsTooLong) {
  for (int i = 0; i < 1'000; ++i) log_.note(std::to_string(i));
  const std::vector<LogLine> lines = log_.lines();
  ASSERT_EQ(lines.size(), kMostFirstLines + 1 + kMostLastLines);
  EXPECT_EQ(lines[kMostFirstLines].text, "700 lines are left out here.");
  EXPECT_EQ(lines.front().text, "0");
  EXPECT_EQ(lines.back().text, "999");
}

TEST_F(RunLogTest, TellsEveryLineThatItKeepsAtOnce) {
  log_.debug("too much");
  log_.info("page 1");
  EXPECT_THAT(told_, testing::ElementsAre("page 1"));
  log_.note("reading");
  EXPECT_THAT(told_, testing::ElementsAre("page 1", "reading"));
}

TEST_F(RunLogTest, LetsNoValueForgeALine) {
  log_.note("one\nerror: two");
  EXPECT_THAT(log_.lines().front().text, testing::Not(testing::HasSubstr("\n")));
}

}  // namespace
}  // namespace muster::run
