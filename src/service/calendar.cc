#include "service/calendar.h"

namespace muster::service {
namespace {

using cctz::civil_day;
using cctz::civil_minute;
using cctz::civil_second;
using run::CronFields;
using Lookup = cctz::time_zone::civil_lookup;

// 29 February on given days of the week can be 40 years away, across a year such as 2100.
constexpr int kHorizonDays = 41 * 366;

bool names_day(const CronFields& fields, const civil_day& day) {
  return fields.match(static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()),
                      weekday_of(day));
}

std::optional<civil_day> next_day(const CronFields& fields, civil_day day) {
  for (const civil_day last = day + kHorizonDays; day <= last; ++day) {
    if (names_day(fields, day)) return day;
  }
  return std::nullopt;
}

// The first named minute of a day from `minute` on, counted from midnight.
std::optional<int> next_clock(const CronFields& fields, int minute) {
  for (; minute < 24 * 60; ++minute) {
    const bool names_hour = fields.hours.test(static_cast<std::size_t>(minute / 60));
    if (names_hour && fields.minutes.test(static_cast<std::size_t>(minute % 60))) return minute;
    if (!names_hour) minute += 59 - minute % 60;
  }
  return std::nullopt;
}

// The first named minute from `from` on, on paper: whether the clock ever shows it is not asked.
std::optional<civil_minute> next_minute(const CronFields& fields, civil_minute from) {
  const civil_day today(from);
  std::optional<civil_day> day = next_day(fields, today);
  if (day == today) {
    const auto clock = next_clock(fields, from.hour() * 60 + from.minute());
    if (clock) return civil_minute(today) + *clock;
    day = next_day(fields, today + 1);
  }
  if (!day) return std::nullopt;
  return civil_minute(*day) + next_clock(fields, 0).value_or(0);
}

std::optional<ZoneTime> next_named_time(const CronFields& fields, const cctz::time_zone& zone,
                                        ZoneTime after) {
  // Later local times never happen earlier, so nothing before this minute can come after `after`.
  civil_minute local(zone.lookup(after).cs);
  while (const std::optional<civil_minute> named = next_minute(fields, local)) {
    const Lookup found = zone.lookup(civil_second(*named));
    const ZoneTime at = found.kind == Lookup::SKIPPED ? found.trans : found.pre;
    if (at > after) return at;
    local = *named + 1;
  }
  return std::nullopt;
}

// Where `day` begins, which is not midnight when the clock jumps over it.
ZoneTime beginning_of(const civil_day& day, const cctz::time_zone& zone, ZoneTime after) {
  const Lookup found = zone.lookup(civil_second(day));
  const ZoneTime first = found.kind == Lookup::SKIPPED ? found.trans : found.pre;
  return first > after ? first : found.post;
}

std::optional<ZoneTime> next_of_every_hour(const CronFields& fields, const cctz::time_zone& zone,
                                           ZoneTime after) {
  const auto next_full_minute = [&](ZoneTime at) {
    return at + cctz::seconds(60 - zone.lookup(at).cs.second());
  };
  for (ZoneTime at = next_full_minute(after);;) {
    const civil_second local = zone.lookup(at).cs;
    const std::optional<civil_day> day = next_day(fields, civil_day(local));
    if (!day) return std::nullopt;
    if (*day == civil_day(local)) {
      if (fields.minutes.test(static_cast<std::size_t>(local.minute()))) return at;
      at = next_full_minute(at);
    } else {
      at = std::max(beginning_of(*day, zone, at), at + cctz::seconds(1));
    }
  }
}

}  // namespace

std::optional<base::WallTime> next_instant(const CronFields& fields, const cctz::time_zone& zone,
                                           base::WallTime after) {
  const ZoneTime second = std::chrono::floor<cctz::seconds>(after);
  return fields.hours.all() ? next_of_every_hour(fields, zone, second)
                            : next_named_time(fields, zone, second);
}

bool shows_named_time(const CronFields& fields, const cctz::time_zone& zone, base::WallTime at) {
  const civil_second local = zone.lookup(std::chrono::floor<cctz::seconds>(at)).cs;
  return fields.minutes.test(static_cast<std::size_t>(local.minute())) &&
         fields.hours.test(static_cast<std::size_t>(local.hour())) &&
         names_day(fields, civil_day(local));
}

unsigned weekday_of(const civil_day& day) {
  return (static_cast<unsigned>(cctz::get_weekday(day)) + 1) % 7;  // cctz: Monday is 0
}

}  // namespace muster::service
