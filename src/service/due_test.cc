#include "service/due.h"

#include <gmock/gmock.h>

#include <set>

#include "base/random.h"
#include "service/test_support.h"

namespace muster::service {
namespace {

using base::WallTime;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

std::string run_of(const Due& due) { return due.run ? shown(due.run->nominal) : "nothing"; }
std::string again(const Due& due) { return due.look_again ? shown(*due.look_again) : "never"; }

void expect_skipped(const Due& due, const Skipped& wanted) {
  EXPECT_EQ(due.skipped.missed, wanted.missed);
  EXPECT_EQ(due.skipped.in_blackout, wanted.in_blackout);
  EXPECT_EQ(due.skipped.while_paused, wanted.while_paused);
  EXPECT_EQ(due.skipped.overlapping, wanted.overlapping);
}

run::ScheduleSettings without(run::ScheduleSettings settings, run::Blackout blackout) {
  settings.blackouts.push_back(std::move(blackout));
  return settings;
}

const run::ScheduleSettings kHourly = every(hours(1));

TEST(Due, RunsATickAtItsStartAndNotBefore) {
  const Schedule schedule = made(kHourly);
  const ScheduleState state{.last_tick = at("2027-01-01 02:00"), .spread = seconds(120)};
  const Due early = due(schedule, state, at("2027-01-01T03:01:59Z"));
  EXPECT_EQ(run_of(early), "nothing");
  EXPECT_EQ(early.last_tick, state.last_tick);
  EXPECT_EQ(again(early), "2027-01-01 03:02");
  const Due now = due(schedule, state, at("2027-01-01T03:02:00Z"));
  EXPECT_EQ(run_of(now), "2027-01-01 03:00");
  EXPECT_EQ(shown(now.run->start), "2027-01-01 03:02");
  EXPECT_EQ(shown(now.last_tick), "2027-01-01 03:00");
  EXPECT_EQ(again(now), "2027-01-01 04:02");
  expect_skipped(now, {});
}

TEST(Due, HasNothingToDoWithoutASchedule) {
  const Due nothing = due(made({}), {.last_tick = at("2027-01-01 02:00")}, at("2027-05-01 00:00"));
  EXPECT_EQ(run_of(nothing), "nothing");
  EXPECT_EQ(again(nothing), "never");
}

TEST(Due, CatchesUpOnceWithTheLatestOfTheTicksThatWereMissed) {
  const Due late =
      due(made(kHourly), {.last_tick = at("2027-01-01 02:00")}, at("2027-01-01 07:30"));
  EXPECT_EQ(run_of(late), "2027-01-01 07:00");
  expect_skipped(late, {.missed = 4});
  EXPECT_EQ(again(late), "2027-01-01 08:00");
}

TEST(Due, CatchesUpWithinADayAndNotLater) {
  const Schedule schedule = made({.form = run::Weekly{run::Weekdays("0000010"), hours(6)}});
  const ScheduleState state{.last_tick = at("2027-01-01 00:00")};  // the tick: Monday the 4th
  const Due in_time = due(schedule, state, at("2027-01-05T05:59:59Z"));
  EXPECT_EQ(run_of(in_time), "2027-01-04 06:00");
  const Due too_late = due(schedule, state, at("2027-01-05T06:00:00Z"));
  EXPECT_EQ(run_of(too_late), "nothing");
  expect_skipped(too_late, {.missed = 1});
  EXPECT_EQ(shown(too_late.last_tick), "2027-01-04 06:00");
  EXPECT_EQ(again(too_late), "2027-01-11 06:00");
}

TEST(Due, SkipsTicksInABlackout) {
  const Schedule schedule = made(without(kHourly, window(kAllDays, hours(8), hours(18))));
  const Due inside = due(schedule, {.last_tick = at("2027-01-01 07:00")}, at("2027-01-01 10:30"));
  EXPECT_EQ(run_of(inside), "nothing");
  expect_skipped(inside, {.in_blackout = 3});
  EXPECT_EQ(shown(inside.last_tick), "2027-01-01 10:00");
  // The end belongs to the time after.
  const Due after = due(schedule, {.last_tick = inside.last_tick}, at("2027-01-01 18:00"));
  EXPECT_EQ(run_of(after), "2027-01-01 18:00");
  expect_skipped(after, {.in_blackout = 7});
}

TEST(Due, LetsATickFromBeforeABlackoutWaitForItsEnd) {
  const Schedule schedule = made(without(daily(hours(3)), window(kAllDays, hours(8), hours(18))));
  const ScheduleState state{.last_tick = at("2027-01-01 03:00")};
  const Due waiting = due(schedule, state, at("2027-01-02 09:00"));  // the server came up at nine
  EXPECT_EQ(run_of(waiting), "nothing");
  expect_skipped(waiting, {});
  EXPECT_EQ(waiting.last_tick, state.last_tick);
  EXPECT_EQ(again(waiting), "2027-01-02 18:00");
  EXPECT_EQ(run_of(due(schedule, state, at("2027-01-02 18:00"))), "2027-01-02 03:00");
}

TEST(Due, DoesNotSpreadATickIntoABlackout) {
  const Schedule schedule =
      made(without(daily(minutes(7 * 60 + 58)), window(kAllDays, hours(8), hours(18))));
  const ScheduleState state{.last_tick = at("2027-01-01 07:58"), .spread = seconds(240)};
  const Due now = due(schedule, state, at("2027-01-02 07:58"));
  EXPECT_EQ(run_of(now), "2027-01-02 07:58");
  EXPECT_EQ(shown(now.run->start), "2027-01-02 07:58");
}

TEST(Due, SkipsATickInABlackoutThoughItsSpreadReachesBeyondTheEnd) {
  const Schedule schedule =
      made(without(daily(minutes(17 * 60 + 58)), window(kAllDays, hours(8), hours(18))));
  const ScheduleState state{.last_tick = at("2027-01-01 17:58"), .spread = seconds(240)};
  const Due now = due(schedule, state, at("2027-01-02 18:02"));
  EXPECT_EQ(run_of(now), "nothing");
  expect_skipped(now, {.in_blackout = 1});
}

TEST(Due, CountsBlackoutHoursOnTheWallAndIntoTheNextDay) {
  const Blackouts night = *Blackouts::make(
      {window("fri", hours(22), hours(6), "Europe/Berlin"), window("sat", hours(12), hours(13))});
  EXPECT_FALSE(night.contain(at("2027-03-26 20:59")));  // Friday, 21:59 in Berlin
  EXPECT_TRUE(night.contain(at("2027-03-26 21:00")));
  EXPECT_TRUE(night.contain(at("2027-03-27 04:59")));
  EXPECT_FALSE(night.contain(at("2027-03-27 05:00")));
  EXPECT_FALSE(night.contain(at("2027-03-27 21:30")));  // Saturday night
  EXPECT_TRUE(night.contain(at("2027-03-27 12:30")));
  EXPECT_EQ(shown(*night.end_of(at("2027-03-26 23:00"))), "2027-03-27 05:00");
  EXPECT_EQ(shown(*night.end_of(at("2027-03-27 10:00"))), "2027-03-27 10:00");
  // The night of the change is an hour shorter, and a quarter past two does not come.
  const Blackouts change =
      *Blackouts::make({window("sat", hours(22), hours(6), "Europe/Berlin"),
                        window("sun", hours(1), minutes(135), "Europe/Berlin")});
  EXPECT_EQ(shown(*change.end_of(at("2027-03-27 22:00"))), "2027-03-28 04:00");
  EXPECT_EQ(shown(*Blackouts::make({window("sun", hours(1), minutes(135), "Europe/Berlin")})
                       ->end_of(at("2027-03-28 00:30"))),
            "2027-03-28 01:00");
  // In autumn the quarter past two comes twice; the blackout is on again in between.
  const Blackouts autumn =
      *Blackouts::make({window("sun", hours(2), minutes(135), "Europe/Berlin")});
  EXPECT_EQ(shown(*autumn.end_of(at("2027-10-31 00:05"))), "2027-10-31 00:15");
  EXPECT_EQ(shown(*autumn.end_of(at("2027-10-31 01:05"))), "2027-10-31 01:15");
  EXPECT_EQ(*autumn.end_of(at("2027-10-31T01:05:30Z")), at("2027-10-31 01:15"));
  EXPECT_FALSE(autumn.contain(at("2027-10-31 00:30")));
}

TEST(Due, FindsTheEndOfBlackoutsThatTouch) {
  const Blackouts joined =
      *Blackouts::make({window(kWorkDays, hours(0), run::kWholeDay),
                        window("sat", hours(0), hours(12)), window("sat", hours(11), hours(14))});
  EXPECT_EQ(shown(*joined.end_of(at("2027-01-04 00:00"))), "2027-01-09 14:00");
  const Blackouts always = *Blackouts::make({window(kAllDays, hours(0), run::kWholeDay)});
  EXPECT_EQ(always.end_of(at("2027-01-04 00:00")), std::nullopt);
  const Blackouts meeting = *Blackouts::make(
      {window(kAllDays, hours(18), hours(8)), window(kAllDays, hours(8), hours(18))});
  EXPECT_EQ(meeting.end_of(at("2027-01-04 00:00")), std::nullopt);
}

TEST(Due, SkipsWhilePausedAndCatchesNothingUpAfterwards) {
  const Schedule schedule = made(kHourly);
  ScheduleState state{.last_tick = at("2027-01-01 02:00"), .paused_until = WallTime::max()};
  const Due paused = due(schedule, state, at("2027-01-01 05:30"));
  EXPECT_EQ(run_of(paused), "nothing");
  expect_skipped(paused, {.while_paused = 3});
  // Resumed at a quarter to six, seen only later: what lay before is not caught up.
  state = {.last_tick = at("2027-01-01 02:00"), .paused_until = at("2027-01-01 05:45")};
  const Due resumed = due(schedule, state, at("2027-01-01 05:50"));
  EXPECT_EQ(run_of(resumed), "nothing");
  expect_skipped(resumed, {.while_paused = 3});
  const Due later = due(schedule, state, at("2027-01-01 07:10"));
  EXPECT_EQ(run_of(later), "2027-01-01 07:00");
  expect_skipped(later, {.missed = 1, .while_paused = 3});
}

TEST(Due, RunsATickAtTheVeryMomentThePauseEnds) {
  const ScheduleState state{.last_tick = at("2027-01-01 02:00"),
                            .paused_until = at("2027-01-01 05:00")};
  EXPECT_EQ(run_of(due(made(kHourly), state, at("2027-01-01 05:00"))), "2027-01-01 05:00");
}

TEST(Due, SkipsAndCountsAnOverlap) {
  const ScheduleState state{.last_tick = at("2027-01-01 02:00"), .is_running = true};
  const Due overlapping = due(made(kHourly), state, at("2027-01-01 05:00"));
  EXPECT_EQ(run_of(overlapping), "nothing");
  expect_skipped(overlapping, {.missed = 2, .overlapping = 1});
  EXPECT_EQ(shown(overlapping.last_tick), "2027-01-01 05:00");
}

TEST(Due, DoesNotCountAnOverlapForATickThatWaitsForTheEndOfABlackout) {
  const Schedule schedule = made(without(daily(hours(3)), window(kAllDays, hours(8), hours(18))));
  const ScheduleState state{.last_tick = at("2027-01-01 03:00"), .is_running = true};
  const Due waiting = due(schedule, state, at("2027-01-02 09:00"));
  expect_skipped(waiting, {});
  EXPECT_EQ(again(waiting), "2027-01-02 18:00");
}

TEST(Due, NeverRunsATickAgainWhenTheClockGoesBack) {
  const Schedule schedule = made(kHourly);
  const Due first = due(schedule, {.last_tick = at("2027-01-01 04:00")}, at("2027-01-01 05:01"));
  EXPECT_EQ(run_of(first), "2027-01-01 05:00");
  for (const char* now :
       {"2027-01-01 03:30", "2027-01-01 05:00", "2027-01-01 05:59", "2026-12-31 06:00"}) {
    const Due back = due(schedule, {.last_tick = first.last_tick}, at(now));
    EXPECT_EQ(run_of(back), "nothing") << now;
    EXPECT_EQ(back.skipped.all(), 0u) << now;
    EXPECT_EQ(again(back), "2027-01-01 06:00") << now;
  }
}

TEST(Due, GoesOnFromNowAfterAClockThatWasFarAhead) {
  const Schedule schedule = made(kHourly);
  // Somebody set the clock to 2037, a tick ran, and the clock was put right again.
  const Due wrong = due(schedule, {.last_tick = at("2037-01-01 05:00")}, at("2027-01-01 07:30"));
  EXPECT_TRUE(wrong.clock_was_ahead);
  EXPECT_EQ(run_of(wrong), "nothing");
  EXPECT_EQ(shown(wrong.last_tick), "2027-01-01 07:30");
  const Due next = due(schedule, {.last_tick = wrong.last_tick}, at("2027-01-01 08:00"));
  EXPECT_FALSE(next.clock_was_ahead);
  EXPECT_EQ(run_of(next), "2027-01-01 08:00");
}

TEST(Due, DecidesQuicklyAfterYearsOfSilence) {
  const Due late = due(made(cron("* * * * *", "Europe/Berlin")),
                       {.last_tick = at("2021-01-01 00:00")}, at("2027-01-01 00:00"));
  EXPECT_EQ(run_of(late), "2027-01-01 00:00");
  EXPECT_GE(late.skipped.missed, 100'000u);
  EXPECT_EQ(again(late), "2027-01-01 00:01");
}

// ---- two years of a service that asks when it likes --------------------------------------------

struct Case {
  run::ScheduleSettings settings;
  std::uint64_t seed;
};

std::vector<WallTime> all_ticks(const Schedule& schedule, WallTime after, WallTime until) {
  std::vector<WallTime> all;
  for (auto tick = next_tick(schedule, after); tick && *tick <= until;
       tick = next_tick(schedule, *tick)) {
    all.push_back(*tick);
  }
  return all;
}

// Plays until `until`: usually asks in time, sometimes sleeps for hours or days, sometimes the
// clock is put back.
void play(const Case& given, WallTime from, WallTime until) {
  const Schedule schedule = made(given.settings);
  const auto random = base::make_seeded_random(given.seed);
  ScheduleState state{.last_tick = from,
                      .spread = spread(schedule, {}, std::to_string(given.seed))};
  std::set<WallTime> ran;
  std::uint64_t skipped = 0;
  WallTime latest_run = from;
  for (WallTime now = from; now <= until;) {
    const Due decided = due(schedule, state, now);
    ASSERT_FALSE(decided.clock_was_ahead);
    ASSERT_GE(decided.last_tick, state.last_tick);
    if (decided.run) {
      const Tick& tick = *decided.run;
      ASSERT_TRUE(ran.insert(tick.nominal).second) << "twice: " << shown(tick.nominal);
      ASSERT_GT(tick.nominal, latest_run);
      ASSERT_LE(tick.start, now);
      ASSERT_LT(now - tick.nominal, kCatchUp);
      ASSERT_FALSE(schedule.blackouts().contain(now));
      latest_run = tick.nominal;
    }
    skipped += decided.skipped.all();
    state.last_tick = decided.last_tick;
    state.is_running = random->below(10) == 0;
    const std::uint64_t dice = random->below(100);
    const auto longest = dice < 3    ? microseconds(hours(72))
                         : dice < 15 ? microseconds(hours(12))
                                     : microseconds(minutes(30));
    now += microseconds(random->below(static_cast<std::uint64_t>(longest.count())));
    if (dice == 99) now -= hours(6);
  }
  const std::vector<WallTime> all = all_ticks(schedule, from, state.last_tick);
  EXPECT_EQ(ran.size() + skipped, all.size()) << in_words(given.settings);
  for (WallTime tick : ran) {
    EXPECT_TRUE(std::binary_search(all.begin(), all.end(), tick)) << shown(tick);
  }
  EXPECT_FALSE(ran.empty()) << in_words(given.settings);
}

TEST(Due, DecidesEveryTickOfTwoYearsExactlyOnceWhenAskedAtRandomInstants) {
  const auto office = window(kWorkDays, hours(8), hours(18), "America/New_York");
  const run::ScheduleSettings forms[] = {
      kHourly,
      every(minutes(15)),
      daily(minutes(150), "Europe/Berlin"),
      daily(minutes(105), "Australia/Lord_Howe"),
      {.form = run::Weekly{run::Weekdays("0010010"), minutes(90)}, .time_zone = "America/New_York"},
      cron("10,40 * * * *", "Europe/Berlin"),
      cron("*/30 1-3 * * *", "America/New_York"),
      without(kHourly, office),
      without(daily(minutes(150), "Europe/Berlin"), office),
      without(cron("0 */3 * * *", "Asia/Tokyo"), window("fri", hours(20), hours(7))),
  };
  for (const run::ScheduleSettings& settings : forms) {
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      SCOPED_TRACE(in_words(settings) + ", seed " + std::to_string(seed));
      play({settings, seed}, at("2027-01-01 00:00"), at("2029-01-01 00:00"));
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(Due, RunsEveryTickOfAServiceThatIsAlwaysThere) {
  const Schedule schedule = made(daily(minutes(150), "Europe/Berlin"));
  ScheduleState state{.last_tick = at("2027-01-01 00:00"), .spread = seconds(200)};
  std::uint64_t runs = 0;
  for (WallTime now = state.last_tick; now < at("2028-01-01 00:00");) {
    const Due decided = due(schedule, state, now);
    runs += decided.run ? 1 : 0;
    EXPECT_EQ(decided.skipped.all(), 0u);
    state.last_tick = decided.last_tick;
    ASSERT_GT(*decided.look_again, now);
    now = *decided.look_again;
  }
  EXPECT_EQ(runs, 365u);  // one on every day, on both days of the change as well
}

}  // namespace
}  // namespace muster::service
