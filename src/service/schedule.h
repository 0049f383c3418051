// A schedule as instants: pure calendar, no clock, no thread, no store.
//
//   const Schedule schedule = TRY(Schedule::make(importer.schedule));
//   std::optional<base::WallTime> tick = next_tick(schedule, now);
//
// A *tick* is the nominal time a schedule names: 02:30 in Berlin. It is the identity of a scheduled
// run (unique in the store) and depends on nothing but the schedule, so every node and every
// restart names the same ones. When its run starts is a little later and another matter: spread().
// What the clock's changes do to local times is said in calendar.h; hourly and `every` count in
// UTC from 1970-01-01T00:00Z, so days of 23 and 25 hours do not concern them.
#pragma once

#include <string_view>
#include <vector>

#include "crypto/keyed_hash.h"
#include "service/blackout.h"

namespace muster::service {

class Schedule {
 public:
  // kSettings when this machine does not know a time zone.
  static base::Result<Schedule> make(const run::ScheduleSettings& settings);

  // Nullopt: never. Ticks in a blackout are ticks too.
  std::optional<base::WallTime> tick_after(base::WallTime after) const;
  // The clock jumps over the named time on that day, so this tick is where the gap ends.
  bool is_moved(base::WallTime tick) const;
  // A lower bound of the time between two ticks, but for days on which the clock is changed.
  std::chrono::minutes shortest_interval() const { return shortest_interval_; }

  const Blackouts& blackouts() const { return blackouts_; }
  const cctz::time_zone& zone() const { return zone_; }
  bool is_none() const { return std::holds_alternative<std::monostate>(rule_); }

 private:
  std::variant<std::monostate, run::Every, run::CronFields> rule_;
  cctz::time_zone zone_;
  Blackouts blackouts_;
  std::chrono::minutes shortest_interval_{0};
};

// The first tick after `after`, in a blackout or not.
std::optional<base::WallTime> next_tick(const Schedule& schedule, base::WallTime after);

// The next `count` ticks that are outside of blackouts; fewer when there are not so many
// within a hundred years, or tens of thousands in a row lie in blackouts.
struct PlannedTick {
  base::WallTime tick;
  std::uint64_t skipped = 0;  // ticks in a blackout since the one before
  bool moved = false;         // see Schedule::is_moved
};
std::vector<PlannedTick> ticks(const Schedule& schedule, base::WallTime after, std::size_t count);

// How long after its tick this importer's run starts: always the same for one importer, different
// for others, so that a thousand hourly importers do not start together. At most five minutes and
// at most a tenth of the interval.
std::chrono::seconds spread(const Schedule& schedule, const crypto::HashKey& site_key,
                            std::string_view importer_id);
std::chrono::seconds longest_spread(const Schedule& schedule);

// "Sun 2027-03-28 03:00 CEST" and "2027-03-28T03:00:00+02:00", in the schedule's zone.
std::string local_text(const Schedule& schedule, base::WallTime at);
std::string local_rfc3339(const Schedule& schedule, base::WallTime at);

}  // namespace muster::service
