// Which tick's run starts now, and what becomes of those that do not. Pure: the caller asks
// again and again, keeps `last_tick`, and starts the run in the same transaction.
//
//   const Due due = service::due(schedule, state, now);
//   if (due.run) store.start_run(importer, due.run->nominal);   // unique: at most one per tick
//   store.keep(importer, due.last_tick, due.skipped);
//   wait until due.look_again
//
// Rules, one for each way a tick can go:
// - Several ticks waited (the server was down): the latest starts once, when it is less than 24
//   hours old; the others are missed.
// - In a blackout: skipped. A tick from before the blackout that could not start in time waits for
//   its end.
// - While paused: skipped, and not caught up afterwards.
// - An earlier run of the importer still goes on: skipped, as an overlap.
// Every tick after `last_tick` is counted exactly once, either as `run` or in `skipped`.
#pragma once

#include "service/schedule.h"

namespace muster::service {

constexpr std::chrono::hours kCatchUp{24};

struct Tick {
  base::WallTime nominal;  // the run's identity
  base::WallTime start;    // not before this
};

struct ScheduleState {
  // The latest tick that was decided; for a schedule that is new or was changed, that moment.
  base::WallTime last_tick;
  // Ticks before this are skipped. Paused for good: max(). Whoever resumes writes that moment here.
  base::WallTime paused_until = base::WallTime::min();
  bool is_running = false;  // a run of this importer, whoever started it, has not ended
  std::chrono::seconds spread{0};
};

struct Skipped {
  std::uint64_t missed = 0;
  std::uint64_t in_blackout = 0;
  std::uint64_t while_paused = 0;
  std::uint64_t overlapping = 0;

  std::uint64_t all() const { return missed + in_blackout + while_paused + overlapping; }
};

struct Due {
  std::optional<Tick> run;
  Skipped skipped;
  base::WallTime last_tick;  // to be kept, with `run` in one transaction
  // When asking again makes sense; nullopt: not before the schedule or the pause is changed.
  std::optional<base::WallTime> look_again;
  // `last_tick` lay more than a day ahead of the clock, so the clock was wrong then or is now. The
  // schedule goes on from now; that no tick runs twice rests on the store alone.
  bool clock_was_ahead = false;
};

Due due(const Schedule& schedule, const ScheduleState& state, base::WallTime now);

// When a tick's run may start: after its spread, but not pushed by it into a blackout.
Tick with_start(const Schedule& schedule, base::WallTime nominal, std::chrono::seconds spread);

}  // namespace muster::service
