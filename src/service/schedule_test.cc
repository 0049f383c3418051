#include "service/schedule.h"

#include <gmock/gmock.h>

#include <set>

#include "base/random.h"
#include "service/test_support.h"

namespace muster::service {
namespace {

using base::WallTime;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;

constexpr minutes kHalfPastTwo{150};

TEST(Schedule, NeverTicksWhenThereIsNone) {
  EXPECT_TRUE(made({}).is_none());
  EXPECT_TRUE(next_ticks({}, "2027-01-01 00:00", 10).empty());
}

TEST(Schedule, TicksHourlyInElapsedHoursThroughBothChangesOfTheClock) {
  run::ScheduleSettings hourly = every(hours(1));
  hourly.time_zone = "Europe/Berlin";
  EXPECT_THAT(next_ticks(hourly, "2027-03-27 23:30", 3),
              ElementsAre("2027-03-28 00:00", "2027-03-28 01:00", "2027-03-28 02:00"));
  EXPECT_THAT(next_ticks(hourly, "2027-10-31 00:00", 3),
              ElementsAre("2027-10-31 01:00", "2027-10-31 02:00", "2027-10-31 03:00"));
}

TEST(Schedule, CountsEveryFromTheSameMidnightWheneverItIsAsked) {
  EXPECT_THAT(next_ticks(every(minutes(15)), "2027-01-01 00:07", 2),
              ElementsAre("2027-01-01 00:15", "2027-01-01 00:30"));
  // Seven hours do not divide a day: still the same ticks for everybody, seven hours apart.
  const auto ticks = next_ticks(every(hours(7)), "2027-01-01 00:00", 40);
  EXPECT_THAT(next_ticks(every(hours(7)), ticks[5], 34),
              testing::ElementsAreArray(ticks.begin() + 6, ticks.end()));
  EXPECT_EQ(at(ticks[1]) - at(ticks[0]), hours(7));
  // A day and its multiples tick at midnight.
  EXPECT_THAT(next_ticks(every(hours(24)), "2027-01-01 00:00", 2),
              ElementsAre("2027-01-02 00:00", "2027-01-03 00:00"));
}

TEST(Schedule, IsStrictlyAfterTheTimeAsked) {
  EXPECT_THAT(next_ticks(every(hours(1)), "2027-01-01T03:00:00Z", 1),
              ElementsAre("2027-01-01 04:00"));
  EXPECT_THAT(next_ticks(every(hours(1)), "2027-01-01T02:59:59.999999Z", 1),
              ElementsAre("2027-01-01 03:00"));
  EXPECT_THAT(next_ticks(daily(kHalfPastTwo), "2027-01-01T02:30:00Z", 1),
              ElementsAre("2027-01-02 02:30"));
  EXPECT_THAT(next_ticks(daily(kHalfPastTwo), "2027-01-01T02:29:59.999999Z", 1),
              ElementsAre("2027-01-01 02:30"));
  EXPECT_THAT(next_ticks(daily(kHalfPastTwo), "2027-01-01T02:30:00.000001Z", 1),
              ElementsAre("2027-01-02 02:30"));
  EXPECT_THAT(next_ticks(cron("* * * * *"), "2027-01-01T02:30:00.000001Z", 1),
              ElementsAre("2027-01-01 02:31"));
  EXPECT_THAT(next_ticks(every(hours(1)), "1969-12-31T22:30:00Z", 2),
              ElementsAre("1969-12-31 23:00", "1970-01-01 00:00"));
}

TEST(Schedule, RunsATimeThatBerlinJumpsOverAtTheEndOfTheGap) {
  // 28 March 2027: 02:00 becomes 03:00.
  EXPECT_THAT(next_ticks(daily(kHalfPastTwo, "Europe/Berlin"), "2027-03-26 12:00", 3),
              ElementsAre("2027-03-27 01:30", "2027-03-28 01:00", "2027-03-29 00:30"));
  const auto planned = ticks(made(daily(kHalfPastTwo, "Europe/Berlin")), at("2027-03-26 12:00"), 3);
  EXPECT_FALSE(planned[0].moved);
  EXPECT_TRUE(planned[1].moved);
  EXPECT_FALSE(planned[2].moved);
}

TEST(Schedule, RunsATimeThatComesTwiceInBerlinOnceTheFirstTime) {
  // 31 October 2027: 03:00 becomes 02:00.
  EXPECT_THAT(next_ticks(daily(kHalfPastTwo, "Europe/Berlin"), "2027-10-29 12:00", 3),
              ElementsAre("2027-10-30 00:30", "2027-10-31 00:30", "2027-11-01 01:30"));
  // Asked between the two halves as well.
  EXPECT_THAT(next_ticks(daily(kHalfPastTwo, "Europe/Berlin"), "2027-10-31 01:00", 1),
              ElementsAre("2027-11-01 01:30"));
}

TEST(Schedule, KnowsBothChangesInNewYork) {
  EXPECT_THAT(next_ticks(daily(kHalfPastTwo, "America/New_York"), "2027-03-13 12:00", 2),
              ElementsAre("2027-03-14 07:00", "2027-03-15 06:30"));
  EXPECT_THAT(next_ticks(daily(minutes(90), "America/New_York"), "2027-11-06 12:00", 2),
              ElementsAre("2027-11-07 05:30", "2027-11-08 06:30"));
}

TEST(Schedule, KnowsTheHalfHourOfLordHowe) {
  // 3 October 2027: 02:00 (+10:30) becomes 02:30 (+11).
  EXPECT_THAT(next_ticks(daily(minutes(135), "Australia/Lord_Howe"), "2027-10-01 20:00", 2),
              ElementsAre("2027-10-02 15:30", "2027-10-03 15:15"));
  EXPECT_THAT(next_ticks(daily(kHalfPastTwo, "Australia/Lord_Howe"), "2027-10-01 20:00", 2),
              ElementsAre("2027-10-02 15:30", "2027-10-03 15:30"));
  // 4 April 2027: 02:00 (+11) becomes 01:30 (+10:30).
  EXPECT_THAT(next_ticks(daily(minutes(105), "Australia/Lord_Howe"), "2027-04-02 20:00", 2),
              ElementsAre("2027-04-03 14:45", "2027-04-04 15:15"));
  EXPECT_THAT(next_ticks(cron("45 * * * *", "Australia/Lord_Howe"), "2027-04-03 14:00", 3),
              ElementsAre("2027-04-03 14:45", "2027-04-03 15:15", "2027-04-03 16:15"));
}

TEST(Schedule, KeepsItsTimeInAZoneWithoutSummerTime) {
  EXPECT_THAT(next_ticks(daily(kHalfPastTwo, "Asia/Tokyo"), "2027-03-27 18:00", 2),
              ElementsAre("2027-03-28 17:30", "2027-03-29 17:30"));
  EXPECT_THAT(next_ticks(daily(kHalfPastTwo, "Asia/Kathmandu"), "2027-03-27 00:00", 1),
              ElementsAre("2027-03-27 20:45"));
}

TEST(Schedule, BeginsADayWhereItsMidnightIsJumpedOver) {
  // Santiago, 5 September 2027: 00:00 becomes 01:00.
  EXPECT_THAT(next_ticks(daily(minutes(0), "America/Santiago"), "2027-09-04 12:00", 2),
              ElementsAre("2027-09-05 04:00", "2027-09-06 03:00"));
  EXPECT_THAT(next_ticks(cron("0 * 5 9 *", "America/Santiago"), "2027-09-04 12:00", 2),
              ElementsAre("2027-09-05 04:00", "2027-09-05 05:00"));
}

TEST(Schedule, RunsOnADateThatAPlaceLeftOut) {
  // Samoa went from 29 to 31 December 2011.
  EXPECT_THAT(next_ticks(daily(kHalfPastTwo, "Pacific/Apia"), "2011-12-29 00:00", 3),
              ElementsAre("2011-12-29 12:30", "2011-12-30 10:00", "2011-12-30 12:30"));
}

TEST(Schedule, RunsWeeklyOnItsDaysOfTheZone) {
  const run::ScheduleSettings weekly = {.form = run::Weekly{run::Weekdays("0010010"), hours(6)},
                                        .time_zone = "Pacific/Auckland"};
  // Monday 06:00 in Auckland is Sunday in UTC.
  EXPECT_THAT(next_ticks(weekly, "2027-05-30 00:00", 3),
              ElementsAre("2027-05-30 18:00", "2027-06-02 18:00", "2027-06-06 18:00"));
}

TEST(Schedule, FollowsTheClockWhenCronNamesEveryHour) {
  // Both halves of the hour that comes twice ...
  EXPECT_THAT(
      next_ticks(cron("30 * * * *", "Europe/Berlin"), "2027-10-30 23:45", 4),
      ElementsAre("2027-10-31 00:30", "2027-10-31 01:30", "2027-10-31 02:30", "2027-10-31 03:30"));
  // ... and nothing for minutes that do not come.
  EXPECT_THAT(next_ticks(cron("10,40 * * * *", "Europe/Berlin"), "2027-03-28 00:30", 3),
              ElementsAre("2027-03-28 00:40", "2027-03-28 01:10", "2027-03-28 01:40"));
  EXPECT_THAT(
      next_ticks(cron("*/20 0-23 * * *", "Europe/Berlin"), "2027-10-31 00:30", 4),
      ElementsAre("2027-10-31 00:40", "2027-10-31 01:00", "2027-10-31 01:20", "2027-10-31 01:40"));
}

TEST(Schedule, RunsNamedHoursOfCronOnceOnEveryDay) {
  EXPECT_THAT(next_ticks(cron("0 */2 * * *", "Europe/Berlin"), "2027-03-27 23:30", 3),
              ElementsAre("2027-03-28 01:00", "2027-03-28 02:00", "2027-03-28 04:00"));
  EXPECT_THAT(next_ticks(cron("0 */2 * * *", "Europe/Berlin"), "2027-10-30 23:30", 2),
              ElementsAre("2027-10-31 00:00", "2027-10-31 03:00"));
  // Several times within the gap are one run.
  EXPECT_THAT(next_ticks(cron("*/15 2 * * *", "Europe/Berlin"), "2027-03-28 00:00", 2),
              ElementsAre("2027-03-28 01:00", "2027-03-29 00:00"));
}

TEST(Schedule, FindsLeapDaysHoweverFarAway) {
  EXPECT_THAT(next_ticks(cron("0 12 29 2 *"), "2026-01-01 00:00", 2),
              ElementsAre("2028-02-29 12:00", "2032-02-29 12:00"));
  EXPECT_THAT(next_ticks(cron("0 12 29 2 *"), "2096-03-01 00:00", 1),
              ElementsAre("2104-02-29 12:00"));
  // On a Sunday only.
  EXPECT_THAT(next_ticks(cron("0 12 29 2 */7"), "2026-01-01 00:00", 2),
              ElementsAre("2032-02-29 12:00", "2060-02-29 12:00"));
  EXPECT_THAT(next_ticks(cron("0 12 29 2 */7"), "2088-03-01 00:00", 1),
              ElementsAre("2128-02-29 12:00"));
  EXPECT_THAT(next_ticks(daily(hours(12)), "2028-02-28 13:00", 2),
              ElementsAre("2028-02-29 12:00", "2028-03-01 12:00"));
}

TEST(Schedule, TakesEitherDayOfCron) {
  EXPECT_THAT(
      next_ticks(cron("0 0 13 * fri"), "2027-01-01 12:00", 4),
      ElementsAre("2027-01-08 00:00", "2027-01-13 00:00", "2027-01-15 00:00", "2027-01-22 00:00"));
}

TEST(Schedule, LeavesOutBlackoutsInThePreviewAndSaysHowManyTicksWereSkipped) {
  run::ScheduleSettings settings = every(hours(4));
  settings.blackouts = {window(kWorkDays, hours(8), hours(18))};
  const auto planned = ticks(made(settings), at("2027-01-01 02:00"), 3);  // a Friday
  ASSERT_EQ(planned.size(), 3u);
  EXPECT_EQ(shown(planned[0].tick), "2027-01-01 04:00");
  EXPECT_EQ(planned[0].skipped, 0u);
  EXPECT_EQ(shown(planned[1].tick), "2027-01-01 20:00");
  EXPECT_EQ(planned[1].skipped, 3u);
  EXPECT_EQ(shown(planned[2].tick), "2027-01-02 00:00");
  EXPECT_EQ(planned[2].skipped, 0u);
  // Everything blacked out: the preview ends.
  settings.blackouts = {window(kAllDays, hours(0), run::kWholeDay)};
  EXPECT_TRUE(ticks(made(settings), at("2027-01-01 02:00"), 3).empty());
}

TEST(Schedule, RefusesAZoneThatThisMachineDoesNotKnow) {
  const auto refused = Schedule::make(daily(hours(1), "Mars/Olympus_Mons"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, base::ErrorKind::kSettings);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("\"Mars/Olympus_Mons\""));
  run::ScheduleSettings settings = every(hours(1));
  settings.blackouts = {window(kAllDays, hours(1), hours(2), "Mars/Olympus_Mons")};
  EXPECT_FALSE(Schedule::make(settings).ok());
}

TEST(Schedule, ShowsTheLocalTimeWithItsOffset) {
  const Schedule schedule = made(daily(kHalfPastTwo, "Europe/Berlin"));
  EXPECT_EQ(local_text(schedule, at("2027-03-28 01:00")), "Sun 2027-03-28 03:00 CEST");
  EXPECT_EQ(local_rfc3339(schedule, at("2027-03-28 01:00")), "2027-03-28T03:00:00+02:00");
  EXPECT_EQ(local_rfc3339(made(every(hours(1))), at("2027-03-28 01:00")),
            "2027-03-28T01:00:00+00:00");
}

// ---- spreading --------------------------------------------------------------------------------

constexpr crypto::HashKey kKey = {1, 2, 3};

TEST(Spread, IsAtMostFiveMinutesAndATenthOfTheInterval) {
  const std::pair<run::ScheduleSettings, seconds> table[] = {
      {every(hours(1)), minutes(5)},      {every(minutes(15)), seconds(90)},
      {every(minutes(1)), seconds(6)},    {daily(kHalfPastTwo), minutes(5)},
      {cron("*/10 * * * *"), minutes(1)}, {cron("0,58 * * * *"), seconds(12)},
      {cron("0 6,7 * * *"), minutes(5)},  {cron("* 3 * * *"), seconds(6)},
  };
  for (const auto& [settings, longest] : table) {
    EXPECT_EQ(longest_spread(made(settings)), longest) << in_words(settings);
    for (int i = 0; i < 1000; ++i) {
      const seconds chosen = spread(made(settings), kKey, std::to_string(i));
      EXPECT_TRUE(chosen >= seconds(0) && chosen <= longest) << chosen.count();
    }
  }
}

TEST(Spread, IsTheSameForOneImporterAndEvenOverAThousand) {
  const Schedule hourly = made(every(hours(1)));
  EXPECT_EQ(spread(hourly, kKey, "importer-1"), spread(hourly, kKey, "importer-1"));
  EXPECT_NE(spread(hourly, kKey, "importer-1"), spread(hourly, {9}, "importer-1"));
  std::map<minutes, int> starts;
  for (int i = 0; i < 1000; ++i) {
    ++starts[std::chrono::floor<minutes>(spread(hourly, kKey, std::to_string(i)))];
  }
  for (int minute = 0; minute < 5; ++minute) {
    EXPECT_GT(starts[minutes(minute)], 140) << minute;
    EXPECT_LT(starts[minutes(minute)], 260) << minute;
  }
}

// ---- against a plain reading of the rule ------------------------------------------------------

bool names(const run::CronFields& fields, const cctz::civil_minute& local) {
  return fields.minutes.test(static_cast<std::size_t>(local.minute())) &&
         fields.hours.test(static_cast<std::size_t>(local.hour())) &&
         fields.match(static_cast<unsigned>(local.month()), static_cast<unsigned>(local.day()),
                      (static_cast<unsigned>(cctz::get_weekday(cctz::civil_day(local))) + 1) % 7);
}

struct Watched {
  run::ScheduleSettings settings;
  std::vector<WallTime> seen;

  const run::CronFields& fields() const { return std::get<run::Cron>(settings.form).fields; }
};

// Looks at every minute on the wall. A local minute that was shown before counts for every-hour
// cron only; minutes that are jumped over count where the gap ends, but not for every-hour cron.
void watch(std::vector<Watched>& all, const cctz::time_zone& zone, WallTime after, WallTime until) {
  const auto local_at = [&](WallTime time) {
    return cctz::civil_minute(cctz::convert(std::chrono::floor<cctz::seconds>(time), zone));
  };
  cctz::civil_minute before = local_at(after);
  cctz::civil_minute latest = before;
  for (WallTime time = after + minutes(1); time <= until; time += minutes(1)) {
    const cctz::civil_minute local = local_at(time);
    for (Watched& watched : all) {
      const bool every_hour = watched.fields().hours.all();
      bool is_tick = names(watched.fields(), local) && (every_hour || local > latest);
      for (auto skipped = before + 1; skipped < local && !every_hour; ++skipped) {
        is_tick = is_tick || names(watched.fields(), skipped);
      }
      if (is_tick) watched.seen.push_back(time);
    }
    before = local;
    latest = std::max(latest, local);
  }
}

TEST(Schedule, NamesTheTicksThatAPlainReadingFindsOverTwoYears) {
  const char* const crons[] = {"30 2 * * *",      "0 */4 * * *",   "15,45 * * * *", "*/7 1-3 * * *",
                               "0 0 29 2 *",      "30 2 13 * fri", "0 0 */2 * mon", "59 23 31 * *",
                               "0 0,1,2,3 * * *", "7 * 1,15 * *"};
  const WallTime from = at("2027-06-15 12:00"), until = at("2029-06-15 12:00");
  for (const char* zone :
       {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago"}) {
    std::vector<Watched> all;
    for (const char* text : crons) all.push_back({cron(text, zone)});
    watch(all, *load_zone(zone), from, until);
    for (const Watched& watched : all) {
      SCOPED_TRACE(in_words(watched.settings));
      const Schedule schedule = made(watched.settings);
      std::vector<WallTime> named;
      for (auto tick = next_tick(schedule, from); tick && *tick <= until;
           tick = next_tick(schedule, *tick)) {
        ASSERT_TRUE(named.empty() || *tick > named.back()) << shown(*tick);
        named.push_back(*tick);
      }
      EXPECT_FALSE(named.empty());
      ASSERT_EQ(named.size(), watched.seen.size());
      for (std::size_t i = 0; i < named.size(); ++i) {
        ASSERT_EQ(shown(named[i]), shown(watched.seen[i]));
      }
    }
  }
}

TEST(Schedule, NamesTheSameNextTickFromEveryInstantBetweenTwo) {
  const auto random = base::make_seeded_random(7);
  for (const auto& settings :
       {daily(kHalfPastTwo, "Europe/Berlin"), cron("*/20 * * * *", "Australia/Lord_Howe"),
        cron("0 1-3 * * *", "America/New_York"), every(hours(7))}) {
    const Schedule schedule = made(settings);
    const WallTime from = at("2027-01-01 00:00");
    for (auto tick = *next_tick(schedule, from); tick < from + hours(24 * 365);) {
      const WallTime next = *next_tick(schedule, tick);
      ASSERT_GT(next, tick);
      const auto gap = static_cast<std::uint64_t>((next - tick).count());
      for (int i = 0; i < 3; ++i) {
        const WallTime between = tick + std::chrono::microseconds(random->below(gap));
        ASSERT_EQ(shown(*next_tick(schedule, between)), shown(next)) << base::format_utc(between);
      }
      tick = next;
    }
  }
}

}  // namespace
}  // namespace muster::service
