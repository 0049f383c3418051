#include "service/blackout.h"

#include <fmt/format.h>

#include "base/text.h"
#include "run/time_zone.h"
#include "service/calendar.h"

namespace muster::service {
namespace {

using base::WallTime;
using cctz::civil_day;
using cctz::civil_minute;
using cctz::civil_second;
using std::chrono::minutes;

// Windows repeat weekly, so what does not end within a week never ends; a day for changed clocks.
constexpr auto kLongest = std::chrono::hours(8 * 24);

}  // namespace

base::Result<cctz::time_zone> load_zone(const std::string& name) {
  cctz::time_zone zone;
  // The name is looked at first: cctz would open any path, and remembers every name it was asked.
  if (run::is_time_zone(name) && cctz::load_time_zone(name, &zone)) return zone;
  return base::Error{
      base::ErrorKind::kSettings, "time_zone_unknown",
      fmt::format("This machine does not know the time zone \"{}\". Check the name, or install "
                  "the package tzdata.",
                  base::printable(name, 60))};
}

std::optional<WallTime> Blackouts::Window::end_around(WallTime at) const {
  const civil_second local = zone.lookup(std::chrono::floor<cctz::seconds>(at)).cs;
  const civil_day today(local);
  const minutes clock(local.hour() * 60 + local.minute());
  const bool into_next_day = hours.from > hours.to;
  const bool since_today = hours.days.test(weekday_of(today)) && clock >= hours.from &&
                           (into_next_day || clock < hours.to);
  const bool since_yesterday =
      into_next_day && hours.days.test(weekday_of(today - 1)) && clock < hours.to;
  if (!since_today && !since_yesterday) return std::nullopt;
  const civil_day last = since_today && into_next_day ? today + 1 : today;
  const auto found = zone.lookup(civil_second(civil_minute(last) + hours.to.count()));
  using Lookup = cctz::time_zone::civil_lookup;
  const WallTime end = found.kind == Lookup::SKIPPED ? found.trans
                       : found.pre > at              ? found.pre
                                                     : found.post;
  return std::max(end, at + minutes(1));
}

base::Result<Blackouts> Blackouts::make(const std::vector<run::Blackout>& windows) {
  Blackouts made;
  for (const run::Blackout& window : windows) {
    const auto zone = TRY(load_zone(window.time_zone));
    made.windows_.push_back({window, zone});
  }
  return made;
}

bool Blackouts::contain(WallTime at) const {
  return std::any_of(windows_.begin(), windows_.end(),
                     [&](const Window& window) { return window.end_around(at).has_value(); });
}

std::optional<WallTime> Blackouts::end_of(WallTime at) const {
  const WallTime latest = at + kLongest;
  while (at < latest) {
    std::optional<WallTime> end;
    for (const Window& window : windows_) {
      if (!end) end = window.end_around(at);
    }
    if (!end) return at;
    at = *end;
  }
  return std::nullopt;
}

}  // namespace muster::service
