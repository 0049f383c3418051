// `schedule` and `blackout` of an importer file: checked here, so that a slip shows when the file
// is written and not when a night passed without a run.
//
//   schedule: { weekly: [mon-fri], at: "06:00", time_zone: Europe/Berlin }
//   blackout:
//     - { days: [mon-fri], from: "08:00", to: "18:00" }   # time_zone: the schedule's
#pragma once

#include "catalogue/checker.h"
#include "run/schedule.h"

namespace muster::run {

// Either node may be null: the file says nothing about it.
ScheduleSettings read_schedule(catalogue::Checker& check, const catalogue::YamlNode* schedule,
                               const catalogue::YamlNode* blackout);

}  // namespace muster::run
