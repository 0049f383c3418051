// The instants that cron fields mean in a time zone, on days when the clock is changed as well.
//
// Named times (03:30, every other hour): each local time once. One that the clock jumps over in
// spring happens at the first instant after the gap; one that comes twice in autumn happens the
// first time. So a day never loses its run and never has it twice.
// Every hour (the hour field names all 24): as the clock shows it, so in both halves of an hour
// that comes twice, and not for minutes that are jumped over.
#pragma once

#include <cctz/time_zone.h>

#include <optional>

#include "base/scheduler.h"
#include "run/cron.h"

namespace muster::service {

using ZoneTime = cctz::time_point<cctz::seconds>;

// The first instant after `after`; fields that parse_cron() let pass always have one.
std::optional<base::WallTime> next_instant(const run::CronFields& fields,
                                           const cctz::time_zone& zone, base::WallTime after);

// Whether the clock on the wall shows a time that the fields name. False for a tick that was moved
// to the end of a gap.
bool shows_named_time(const run::CronFields& fields, const cctz::time_zone& zone,
                      base::WallTime at);

// As cctz counts: Sunday is 0.
unsigned weekday_of(const cctz::civil_day& day);

}  // namespace muster::service
