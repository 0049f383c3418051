// Cron's five fields as sets: which minutes, hours, days of the month, months and days of the week.
//
//   minute 0-59, hour 0-23, day of month 1-31, month 1-12 or jan-dec, day of week 0-7 or sun-sat
//   (0 and 7 are Sunday); each a list of  *  5  1-5  */10  8-18/2  30/5
//
// What instants they mean in a time zone is said in service/calendar.h.
#pragma once

#include <bitset>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::run {

using Weekdays = std::bitset<7>;  // Sunday is 0

struct CronFields {
  std::bitset<60> minutes;
  std::bitset<24> hours;
  std::bitset<32> days;    // of the month, from 1
  std::bitset<13> months;  // from 1
  Weekdays weekdays;
  // Cron's oldest rule: when neither day field begins with '*', a date that fits one of them is
  // enough; otherwise it has to fit both.
  bool either_day = false;

  bool match(unsigned month, unsigned day, unsigned weekday) const;
};

// Nullopt: `mistakes` says of every field what is wrong and what is allowed. A combination that
// never happens (30 February) is a mistake too.
std::optional<CronFields> parse_cron(std::string_view text, std::vector<std::string>& mistakes);

// mon, Fri: the number of that day; nullopt for anything else.
std::optional<unsigned> weekday_named(std::string_view text);

}  // namespace muster::run
