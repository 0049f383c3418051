// When an importer runs by itself, as its file says it: plain values, checked when the file was
// read. Which instants they mean is the service's business (service/schedule.h).
#pragma once

#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include "run/cron.h"

namespace muster::run {

constexpr std::chrono::minutes kWholeDay{24 * 60};

struct Every {  // `hourly` is every 60 minutes
  std::chrono::minutes interval{60};
};
struct Daily {
  std::chrono::minutes at{0};  // since midnight, as the clock on the wall shows it
};
struct Weekly {
  Weekdays days;
  std::chrono::minutes at{0};
};
struct Cron {
  CronFields fields;
  std::string text;
};

// Hours in which no run starts by itself. `from` later than `to` goes on into the next day; `days`
// are those on which it begins.
struct Blackout {
  Weekdays days;
  std::chrono::minutes from{0};
  std::chrono::minutes to{kWholeDay};
  std::string time_zone = "UTC";
};

struct ScheduleSettings {
  std::variant<std::monostate, Every, Daily, Weekly, Cron> form;  // monostate: none
  std::string time_zone = "UTC";
  std::vector<Blackout> blackouts;

  bool is_none() const { return std::holds_alternative<std::monostate>(form); }
};

// "none", "hourly", "every 15m", "daily at 02:30 (Europe/Berlin)", "mon, thu at 06:00 (UTC)",
// "cron 0 */4 * * * (UTC)"; for people.
std::string in_words(const ScheduleSettings& schedule);

}  // namespace muster::run
