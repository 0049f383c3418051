// Schedules and instants as short texts, for the tests of this room.
#pragma once

#include <gtest/gtest.h>

#include "base/text.h"
#include "service/due.h"

namespace muster::service {

inline base::WallTime at(std::string_view text) {
  const auto time =
      base::parse_utc(text.size() == 16 ? std::string(text) + ":00Z" : std::string(text));
  EXPECT_TRUE(time.has_value()) << text;
  return time.value_or(base::WallTime());
}

// "2027-03-28 01:00" in UTC.
inline std::string shown(base::WallTime time) {
  std::string text = base::format_utc(time).substr(0, 16);
  text[10] = ' ';
  return text;
}

inline Schedule made(const run::ScheduleSettings& settings) {
  base::Result<Schedule> schedule = Schedule::make(settings);
  EXPECT_TRUE(schedule.ok()) << (schedule.ok() ? "" : schedule.error().text());
  return schedule.ok() ? *schedule : Schedule();
}

inline run::ScheduleSettings cron(std::string text, std::string zone = "UTC") {
  std::vector<std::string> mistakes;
  const auto fields = run::parse_cron(text, mistakes);
  EXPECT_TRUE(fields.has_value()) << text << ": " << testing::PrintToString(mistakes);
  return {.form = run::Cron{fields.value_or(run::CronFields()), std::move(text)},
          .time_zone = std::move(zone)};
}

inline run::ScheduleSettings daily(std::chrono::minutes clock, std::string zone = "UTC") {
  return {.form = run::Daily{clock}, .time_zone = std::move(zone)};
}

inline run::ScheduleSettings every(std::chrono::minutes interval) {
  return {.form = run::Every{interval}};
}

inline run::Blackout window(std::string_view days, std::chrono::minutes from,
                            std::chrono::minutes to, std::string zone = "UTC") {
  run::Blackout made{.from = from, .to = to, .time_zone = std::move(zone)};
  for (std::string_view day : base::split(days, ' ')) made.days.set(*run::weekday_named(day));
  return made;
}

constexpr std::string_view kAllDays = "sun mon tue wed thu fri sat";
constexpr std::string_view kWorkDays = "mon tue wed thu fri";

// The next ticks in UTC.
inline std::vector<std::string> next_ticks(const run::ScheduleSettings& settings,
                                           std::string_view after, std::size_t count) {
  std::vector<std::string> texts;
  for (const PlannedTick& tick : ticks(made(settings), at(after), count)) {
    texts.push_back(shown(tick.tick));
  }
  return texts;
}

}  // namespace muster::service
