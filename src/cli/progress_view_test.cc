#include "cli/progress_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

base::Instant at(base::Duration since_start) { return {since_start}; }

TEST(RateMeter, CountsPerSecondOfTheLastFewSeconds) {
  RateMeter meter;
  EXPECT_EQ(meter.rate("users", 0, at(seconds(0))), 0);
  EXPECT_EQ(meter.rate("users", 1000, at(seconds(1))), 1000);
  // After a standstill of ten seconds the old speed is forgotten.
  for (int second = 2; second <= 10; ++second) meter.rate("users", 1000, at(seconds(second)));
  EXPECT_EQ(meter.rate("users", 1000, at(seconds(11))), 0);
}

TEST(RateMeter, StartsAgainWhenAListingIsReadAgain) {
  RateMeter meter;
  meter.rate("users", 5000, at(seconds(1)));
  EXPECT_EQ(meter.rate("users", 0, at(seconds(2))), 0);
  EXPECT_EQ(meter.rate("users", 300, at(seconds(3))), 300);
}

TEST(Progress, ShowsBarsForWhatIsKnownAndWhatIsNot) {
  ProgressView view;
  view.phase = "reading";
  view.bars = {{.name = "users",
                .count = 2500,
                .total = 5000,
                .rate = 1020.4,
                .unit = "record",
                .detail = "3 pages"},
               {.name = "devices", .count = 999, .unit = "record", .detail = "1 page"},
               {.name = "domains", .unit = "record", .detail = "0 pages"},
               {.name = "groups",
                .count = 1,
                .total = 1,
                .rate = 50,
                .unit = "record",
                .detail = "1 page",
                .done = true}};
  const std::vector<std::string> lines = bar_lines(view, {100, 40}, 3);
  ASSERT_EQ(lines.size(), 5u);
  const std::string no_rate(13, ' ');
  EXPECT_EQ(lines[0],
            "users   [============>           ] 2,500 of 5,000 records    1,020/s  3 pages");
  EXPECT_EQ(lines[1],
            "devices [   <=>                  ] 999 records           " + no_rate + "1 page");
  EXPECT_EQ(lines[2],
            "domains [                        ] 0 records             " + no_rate + "0 pages");
  EXPECT_EQ(lines[3],
            "groups  [========================] 1 record              " + no_rate + "1 page");
  EXPECT_EQ(lines[4], "reading");
}

TEST(Progress, WalksToAndFroWithinTheBar) {
  ProgressView view;
  view.bars = {{.name = "x", .count = 1, .unit = "record"}};
  for (std::uint64_t tick = 0; tick < 100; ++tick) {
    const std::string line = bar_lines(view, {100, 40}, tick)[0];
    EXPECT_NE(line.find("<=>"), std::string::npos) << tick;
    EXPECT_EQ(line.find(']'), 27u) << tick;
  }
}

TEST(Progress, NeverDrawsALineWiderThanTheTerminal) {
  ProgressView view;
  view.phase = "waiting for the destination";
  view.bars = {{.name = "sign_in_activity", .count = 1, .unit = "record", .detail = "1 page"}};
  for (std::size_t width : {1, 10, 20, 40, 60}) {
    for (const std::string& line : bar_lines(view, {width, 40}, 0)) EXPECT_LE(line.size(), width);
  }
}

TEST(Progress, LeavesOutFinishedBarsOnALowTerminal) {
  ProgressView view{.phase = "reading"};
  for (const char* name : {"a", "b", "c", "d"}) {
    view.bars.push_back({.name = name, .unit = "record", .done = std::string_view(name) < "c"});
  }
  const std::vector<std::string> lines = bar_lines(view, {100, 5}, 0);
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0].front(), 'b');
  EXPECT_EQ(lines[3], "reading");
  EXPECT_EQ(bar_lines(view, {100, 3}, 0).size(), 2u);
}

TEST(Progress, SaysInWordsWhoHoldsItBack) {
  run::Progress progress;
  progress.source_title = "Microsoft Entra ID";
  progress.phase = run::Phase::kReading;
  RateMeter meter;
  const auto last_line = [&](base::Duration now) {
    return bar_lines(look_at(progress, meter, at(now)), {100, 40}, 0).back();
  };
  progress.source_pause.asked_until_ns = base::Duration(milliseconds(11'200)).count();
  EXPECT_EQ(last_line(seconds(0)), "waiting 12 s: Microsoft Entra ID asked for a pause");
  EXPECT_EQ(last_line(milliseconds(10'300)), "reading") << "too short to be worth a line";
  EXPECT_EQ(last_line(minutes(1)), "reading");
  progress.source_pause.paced_until_ns = base::Duration(minutes(2) + seconds(5)).count();
  EXPECT_EQ(last_line(seconds(0)),
            "waiting 2 min 5 s: Microsoft Entra ID allows no more at a time");
  progress.assets_pause.asked_until_ns = base::Duration(minutes(3)).count();
  EXPECT_EQ(last_line(seconds(0)), "waiting 3 min 0 s: Atlassian asked for a pause");
  progress.source_pause.again_at_ns = base::Duration(minutes(4)).count();
  EXPECT_EQ(last_line(seconds(0)),
            "waiting 4 min 0 s: Microsoft Entra ID did not answer as it should, and is asked again "
            "then");
}

TEST(Progress, IsOneLineForALog) {
  ProgressView view;
  view.phase = "reading";
  view.bars = {{.name = "users", .count = 3000, .rate = 812, .unit = "record"},
               {.name = "group_members", .count = 120, .total = 300, .unit = "parent"}};
  view.waiting = "waiting 3 s: Microsoft Entra ID asked for a pause";
  EXPECT_EQ(status_line(view),
            "reading: users 3,000 records (812/s), group_members 120 of 300 parents; "
            "waiting 3 s: Microsoft Entra ID asked for a pause");
}

TEST(Progress, ReadsTheCountersOfARun) {
  run::Progress progress;
  RateMeter meter;
  EXPECT_EQ(look_at(progress, meter, at(seconds(0))).phase, "preparing");
  EXPECT_TRUE(look_at(progress, meter, at(seconds(0))).bars.empty());

  progress.data_sets.emplace_back().name = "users";
  progress.data_sets[0].fetched = 1998;
  progress.data_sets[0].pages = 2;
  progress.data_sets[0].rejected = 3;
  progress.relations.emplace_back().name = "group_members";
  progress.relations[0].parents = 300;
  progress.relations[0].counters.parents_done = 20;
  progress.relations[0].counters.pairs = 1;
  progress.objects_submitted = 500;
  progress.objects_total = 2000;
  progress.phase = run::Phase::kSubmitting;
  const ProgressView view = look_at(progress, meter, at(seconds(1)));
  ASSERT_EQ(view.bars.size(), 3u);
  EXPECT_EQ(view.bars[0].count, 1998u);
  EXPECT_EQ(view.bars[0].detail, "2 pages, 3 rejected");
  EXPECT_EQ(view.bars[1].count, 20u);
  EXPECT_EQ(view.bars[1].total, 300u);
  EXPECT_EQ(view.bars[1].detail, "1 link");
  EXPECT_EQ(view.bars[2].name, "sending");
  EXPECT_EQ(view.bars[2].total, 2000u);
  EXPECT_FALSE(view.bars[2].done);
}

TEST(StoppingText, SaysWhatIsBeingWaitedFor) {
  EXPECT_EQ(stopping_text(run::Phase::kReading, true),
            "muster: stopping; press Ctrl-C again to leave at once.");
  EXPECT_EQ(
      stopping_text(run::Phase::kSubmitting, true),
      "muster: cancelling the execution in Assets, up to 10 s; press Ctrl-C again to leave at "
      "once.");
  EXPECT_THAT(stopping_text(run::Phase::kSubmitting, false), Not(HasSubstr("Assets")));
  EXPECT_THAT(stopping_text(run::Phase::kWaiting, true), HasSubstr("goes on there"));
  EXPECT_THAT(stopping_text(run::Phase::kPeople, true), HasSubstr("the import is completed"));
}

}  // namespace
}  // namespace muster::cli
