#include "cli/schedule_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace muster::cli {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

run::Importer importer(run::ScheduleSettings schedule) {
  return {.name = "entra", .schedule = std::move(schedule)};
}

Preview preview(const run::Importer& importer, const service::Schedule& schedule, const char* after,
                std::size_t count) {
  return {importer, schedule, service::ticks(schedule, *base::parse_utc(after), count)};
}

TEST(ScheduleText, ShowsLocalTimeAndUtcAndWhereTheClockMovedARun) {
  const run::Importer daily =
      importer({.form = run::Daily{minutes(150)}, .time_zone = "Europe/Berlin"});
  const service::Schedule schedule = *service::Schedule::make(daily.schedule);
  EXPECT_EQ(schedule_text(preview(daily, schedule, "2027-03-26T12:00:00Z", 3)),
            "entra: daily at 02:30 (Europe/Berlin)\n"
            "Europe/Berlin              UTC                note\n"
            "Sat 2027-03-27 02:30 CET   2027-03-27 01:30Z\n"
            "Sun 2027-03-28 03:00 CEST  2027-03-28 01:00Z  moved: the clock jumps over the time "
            "named\n"
            "Mon 2027-03-29 02:30 CEST  2027-03-29 00:30Z\n"
            "Each run starts up to 5 min 0 s later, always equally late for one importer.\n");
}

TEST(ScheduleText, SaysHowManyTimesABlackoutTakes) {
  run::Importer hourly = importer({.form = run::Every{hours(6)}});
  hourly.schedule.blackouts = {{.days = run::Weekdays().set(), .from = hours(5), .to = hours(13)}};
  const service::Schedule schedule = *service::Schedule::make(hourly.schedule);
  EXPECT_EQ(schedule_text(preview(hourly, schedule, "2027-01-01T01:00:00Z", 2)),
            "entra: every 6h\n"
            "UTC                note\n"
            "2027-01-01 18:00Z  2 times before it in a blackout\n"
            "2027-01-02 00:00Z\n"
            "Each run starts up to 5 min 0 s later, always equally late for one importer.\n");
}

TEST(ScheduleText, SaysWhenNothingEverRuns) {
  const run::Importer none = importer({});
  const service::Schedule never = *service::Schedule::make(none.schedule);
  EXPECT_EQ(schedule_text(preview(none, never, "2027-01-01T01:00:00Z", 2)),
            "entra: none; it never runs by itself.\n");
  run::Importer dark = importer({.form = run::Every{hours(6)}});
  dark.schedule.blackouts = {{.days = run::Weekdays().set()}};
  const service::Schedule schedule = *service::Schedule::make(dark.schedule);
  EXPECT_EQ(schedule_text(preview(dark, schedule, "2027-01-01T01:00:00Z", 2)),
            "entra: every 6h\nIt never runs: every one of its times lies in a blackout.\n");
}

TEST(ScheduleText, IsAnObjectOfJsonForPrograms) {
  const run::Importer daily =
      importer({.form = run::Daily{minutes(150)}, .time_zone = "Europe/Berlin"});
  const service::Schedule schedule = *service::Schedule::make(daily.schedule);
  std::string text;
  json::Writer out(text);
  write_schedule(out, preview(daily, schedule, "2027-03-27T12:00:00Z", 1));
  EXPECT_EQ(text, R"~({"importer":"entra","schedule":"daily at 02:30 (Europe/Berlin)",)~"
                  R"~("time_zone":"Europe/Berlin","starts_within_seconds":300,"ticks":[)~"
                  R"~({"utc":"2027-03-28T01:00:00.000Z","local":"2027-03-28T03:00:00+02:00",)~"
                  R"~("moved":true,"skipped_in_blackout":0}]})~");
}

}  // namespace
}  // namespace muster::cli
