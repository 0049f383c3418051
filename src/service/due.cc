#include "service/due.h"

namespace muster::service {
namespace {

using base::WallTime;

// After a year of silence of an importer that runs every minute, the count stops being interesting
// and the counting starts to take time.
constexpr std::uint64_t kMostCounted = 100'000;

class Decision {
 public:
  Decision(const Schedule& schedule, const ScheduleState& state, WallTime now)
      : schedule_(schedule), state_(state), now_(now), due_{.last_tick = state.last_tick} {
    if (state.last_tick <= now + kCatchUp) return;
    due_.last_tick = now;
    due_.clock_was_ahead = true;
  }

  Due decide() {
    const WallTime before = due_.last_tick;
    count_ticks();
    if (candidate_ && now_ - candidate_->nominal >= kCatchUp) {
      candidate_.reset();
      ++due_.skipped.missed;
    }
    if (candidate_ && schedule_.blackouts().contain(now_)) return wait_for_end(before);
    if (candidate_ && state_.is_running) {
      candidate_.reset();
      ++due_.skipped.overlapping;
    }
    due_.run = candidate_;
    return due_;
  }

 private:
  void count_ticks() {
    std::uint64_t counted = 0;
    std::optional<WallTime> next = next_tick(schedule_, due_.last_tick);
    for (; next; next = next_tick(schedule_, due_.last_tick)) {
      const Tick tick = with_start(schedule_, *next, state_.spread);
      if (tick.start > now_) {
        due_.look_again = tick.start;
        return;
      }
      count(tick);
      due_.last_tick = tick.nominal;
      if (++counted == kMostCounted) {
        due_.last_tick = std::max(due_.last_tick, now_ - kCatchUp);
      }
    }
  }

  void count(const Tick& tick) {
    if (tick.nominal < state_.paused_until) {
      ++due_.skipped.while_paused;
    } else if (schedule_.blackouts().contain(tick.nominal)) {
      ++due_.skipped.in_blackout;
    } else {
      if (candidate_) ++due_.skipped.missed;
      candidate_ = tick;
    }
  }

  // Nothing is decided before the blackout ends, so nothing is kept and all is counted then.
  Due wait_for_end(WallTime before) {
    const std::optional<WallTime> end = schedule_.blackouts().end_of(now_);
    return Due{.last_tick = before, .look_again = end, .clock_was_ahead = due_.clock_was_ahead};
  }

  const Schedule& schedule_;
  const ScheduleState& state_;
  const WallTime now_;
  Due due_;
  std::optional<Tick> candidate_;
};

}  // namespace

Due due(const Schedule& schedule, const ScheduleState& state, WallTime now) {
  return Decision(schedule, state, now).decide();
}

Tick with_start(const Schedule& schedule, WallTime nominal, std::chrono::seconds spread) {
  const WallTime start = nominal + spread;
  const bool is_pushed_in =
      schedule.blackouts().contain(start) && !schedule.blackouts().contain(nominal);
  return {nominal, is_pushed_in ? nominal : start};
}

}  // namespace muster::service
