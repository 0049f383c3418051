#include "service/schedule.h"

#include "service/calendar.h"

namespace muster::service {
namespace {

using base::WallTime;
using run::CronFields;
using std::chrono::minutes;

constexpr std::chrono::seconds kLongestSpread = std::chrono::minutes(5);
constexpr int kShareOfInterval = 10;
// How far a preview looks through ticks that all lie in blackouts (two years of quarters of an
// hour), and into the future: 29 February on a Sunday can be 40 years away.
constexpr std::uint64_t kMostTicksSkipped = 70'000;
constexpr std::chrono::years kHorizon{100};

CronFields at_clock(minutes at, run::Weekdays days) {
  CronFields fields;
  fields.minutes.set(static_cast<std::size_t>(at.count() % 60));
  fields.hours.set(static_cast<std::size_t>(at.count() / 60));
  fields.days.set();
  fields.months.set();
  fields.weekdays = days;
  return fields;
}

// The smallest step from a member of the set to the next, around its end.
template <std::size_t kSize>
std::size_t smallest_step(const std::bitset<kSize>& set) {
  std::size_t smallest = kSize;
  for (std::size_t i = 0; i < kSize; ++i) {
    for (std::size_t step = 1; set.test(i) && step < smallest; ++step) {
      if (set.test((i + step) % kSize)) smallest = step;
    }
  }
  return smallest;
}

minutes interval_of(const CronFields& fields) {
  if (fields.minutes.count() > 1) return minutes(smallest_step(fields.minutes));
  return minutes(60 * smallest_step(fields.hours));
}

// Counted from 1970, so that a restart names the same ticks.
WallTime next_multiple(minutes interval, WallTime after) {
  const auto since = after.time_since_epoch();
  const auto passed = std::chrono::floor<minutes>(since).count();
  const auto whole = passed / interval.count() - (passed % interval.count() < 0 ? 1 : 0);
  return WallTime(interval * (whole + 1));
}

}  // namespace

base::Result<Schedule> Schedule::make(const run::ScheduleSettings& settings) {
  Schedule made;
  made.zone_ = TRY(load_zone(settings.time_zone));
  made.blackouts_ = TRY(Blackouts::make(settings.blackouts));
  if (const auto* every = std::get_if<run::Every>(&settings.form)) {
    made.rule_ = *every;
    made.shortest_interval_ = every->interval;
    return made;
  }
  if (const auto* daily = std::get_if<run::Daily>(&settings.form)) {
    made.rule_ = at_clock(daily->at, run::Weekdays().set());
  } else if (const auto* weekly = std::get_if<run::Weekly>(&settings.form)) {
    made.rule_ = at_clock(weekly->at, weekly->days);
  } else if (const auto* cron = std::get_if<run::Cron>(&settings.form)) {
    made.rule_ = cron->fields;
  } else {
    return made;
  }
  made.shortest_interval_ = interval_of(std::get<CronFields>(made.rule_));
  return made;
}

std::optional<WallTime> Schedule::tick_after(WallTime after) const {
  if (const auto* every = std::get_if<run::Every>(&rule_)) {
    return next_multiple(every->interval, after);
  }
  if (const auto* fields = std::get_if<CronFields>(&rule_)) {
    return next_instant(*fields, zone_, after);
  }
  return std::nullopt;
}

bool Schedule::is_moved(WallTime tick) const {
  const auto* fields = std::get_if<CronFields>(&rule_);
  return fields != nullptr && !shows_named_time(*fields, zone_, tick);
}

std::optional<WallTime> next_tick(const Schedule& schedule, WallTime after) {
  return schedule.tick_after(after);
}

std::vector<PlannedTick> ticks(const Schedule& schedule, WallTime after, std::size_t count) {
  std::vector<PlannedTick> planned;
  std::uint64_t skipped = 0;
  const WallTime latest = after + kHorizon;
  while (planned.size() < count && skipped < kMostTicksSkipped) {
    const std::optional<WallTime> tick = next_tick(schedule, after);
    if (!tick || *tick > latest) break;
    after = *tick;
    if (schedule.blackouts().contain(*tick)) {
      ++skipped;
    } else {
      planned.push_back({*tick, std::exchange(skipped, 0), schedule.is_moved(*tick)});
    }
  }
  return planned;
}

std::chrono::seconds longest_spread(const Schedule& schedule) {
  return std::min<std::chrono::seconds>(
      kLongestSpread, std::chrono::seconds(schedule.shortest_interval()) / kShareOfInterval);
}

std::chrono::seconds spread(const Schedule& schedule, const crypto::HashKey& site_key,
                            std::string_view importer_id) {
  const auto longest = static_cast<std::uint64_t>(longest_spread(schedule).count());
  std::string text = "schedule:";
  text += importer_id;
  return std::chrono::seconds(crypto::keyed_hash(site_key, text).high % (longest + 1));
}

std::string local_text(const Schedule& schedule, WallTime at) {
  return cctz::format("%a %Y-%m-%d %H:%M %Z", std::chrono::floor<cctz::seconds>(at),
                      schedule.zone());
}

std::string local_rfc3339(const Schedule& schedule, WallTime at) {
  return cctz::format("%Y-%m-%dT%H:%M:%S%Ez", std::chrono::floor<cctz::seconds>(at),
                      schedule.zone());
}

}  // namespace muster::service
