// A token bucket that sleeps until the source shows that it is metering us.
//
// Some services publish a budget but report how much of it is used only when it runs short (Graph:
// from 80 % on, https://learn.microsoft.com/graph/throttling-limits). Until then nothing is held
// back, which keeps small imports fast and does not slow down where nobody meters. From the first
// report on, requests are paced so that the budget is used up to a small reserve and never beyond.
// Pure arithmetic on times passed in; Lane does the locking and waiting.
#pragma once

#include <algorithm>

#include "base/scheduler.h"

namespace muster::net {

class PressureBucket {
 public:
  // `units` per `window`; units <= 0: never holds back.
  PressureBucket(double units, base::Duration window)
      : units_(units), per_second_(units / std::chrono::duration<double>(window).count()) {}

  bool is_awake() const { return awake_; }

  // When a request of this cost may be sent.
  base::Instant ready_at(double units, base::Instant now) {
    if (!awake_) return now;
    refill(now);
    const double short_of = std::min(units, units_ - reserve()) + reserve() - level_;
    if (short_of <= 0) return now;
    return now +
           std::chrono::ceil<base::Duration>(std::chrono::duration<double>(short_of / per_second_));
  }

  void sent(double units) {
    under_way_ += units;
    level_ -= units;
  }

  // `share` of the limit is used, as the answer to a request of `units` says; below 0: it says
  // nothing.
  void answered(double units, double share, base::Instant now) {
    under_way_ -= units;
    if (units_ <= 0 || share < 0) return;
    refill(now);
    const double left = (1 - share) * units_;
    // Of the requests under way about half are in the first figure already; later ones only correct
    // what is counted here when it was too hopeful.
    level_ = awake_ ? std::min(level_, left) : left - under_way_ / 2;
    awake_ = true;
  }

 private:
  // Kept back because other requests of ours may be counted late.
  double reserve() const { return 0.005 * units_; }

  void refill(base::Instant now) {
    const double seconds = std::chrono::duration<double>(now - filled_at_).count();
    level_ = std::min(units_, level_ + seconds * per_second_);
    filled_at_ = now;
  }

  const double units_;
  const double per_second_;
  bool awake_ = false;
  double level_ = 0;
  double under_way_ = 0;
  base::Instant filled_at_{};
};

}  // namespace muster::net
