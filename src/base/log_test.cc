#include "base/log.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/secret.h"
#include "base/text.h"

namespace muster::base {
namespace {

// "2026-01-01T00:00:00.000Z" is checked, the rest returned.
struct Lines {
  std::vector<std::string> lines;
  std::unique_ptr<Logger> logger(LogLevel level, LogFormat format) {
    return make_sink_logger(level, format,
                            [this](std::string_view line) { lines.emplace_back(line); });
  }
};

TEST(Log, WritesOneTextLinePerEvent) {
  Lines sink;
  const auto log = sink.logger(LogLevel::kDebug, LogFormat::kText);
  log->info("page {} of {}", 3, "users");
  log->error("broken");
  ASSERT_EQ(sink.lines.size(), 2u);
  EXPECT_TRUE(parse_utc(sink.lines[0].substr(0, 24)).has_value()) << sink.lines[0];
  EXPECT_EQ(sink.lines[0].substr(24), " info  page 3 of users");
  EXPECT_EQ(sink.lines[1].substr(24), " error broken");
}

TEST(Log, WritesJsonLines) {
  Lines sink;
  sink.logger(LogLevel::kDebug, LogFormat::kJson)->warn("a \"quoted\" {}", "C:\\x");
  ASSERT_EQ(sink.lines.size(), 1u);
  EXPECT_TRUE(sink.lines[0].starts_with("{\"time\":\""));
  EXPECT_TRUE(parse_utc(sink.lines[0].substr(9, 24)).has_value());
  EXPECT_EQ(sink.lines[0].substr(33), R"(","level":"warn","message":"a \"quoted\" C:\\x"})");
}

TEST(Log, LetsNoValueForgeALine) {
  for (LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    Lines sink;
    sink.logger(LogLevel::kDebug, format)
        ->info("name {}", "x\n2026-01-01T00:00:00.000Z error forged\r\x1b[2J\u202e\xFF\"}");
    ASSERT_EQ(sink.lines.size(), 1u);
    for (const char* bad : {"\n", "\r", "\x1b", "\u202e", "\xFF"}) {
      EXPECT_EQ(sink.lines[0].find(bad), std::string::npos);
    }
    EXPECT_NE(sink.lines[0].find("x\\"), std::string::npos);
  }
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  Lines sink;
  const auto log = sink.logger(LogLevel::kWarn, LogFormat::kText);
  log->debug("1");
  log->info("2");
  log->warn("3");
  log->error("4");
  EXPECT_EQ(sink.lines.size(), 2u);
  EXPECT_FALSE(log->enabled(LogLevel::kInfo));
  sink.logger(LogLevel::kOff, LogFormat::kText)->error("5");
  make_null_logger()->error("6");
  EXPECT_EQ(sink.lines.size(), 2u);
}

TEST(Log, WritesLongMessagesWhole) {
  Lines sink;
  sink.logger(LogLevel::kDebug, LogFormat::kText)->info("{}", std::string(100'000, 'x'));
  EXPECT_GT(sink.lines.at(0).size(), 100'000u);
}

TEST(Log, HidesSecrets) {
  Lines sink;
  sink.logger(LogLevel::kDebug, LogFormat::kText)->info("key {}", Secret("canary"));
  EXPECT_TRUE(sink.lines.at(0).ends_with("key [secret]"));
}

}  // namespace
}  // namespace muster::base
