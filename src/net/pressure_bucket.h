// A token bucket that sleeps until the source shows that it is metering us.
//
// Some services publish a budget but report how much of it is used only when it runs short (Graph:
// from 80 % on, https://learn.microsoft.com/graph/throttling-limits). Until then nothing is held
// back, which keeps small imports fast and does not slow down where nobody meters. From the first
// report on, requests are paced so that the budget is used up to a small reserve and never beyond.
//
// When the source takes the figure that an answer tells is not known, only that it lies between the
// sending and the answer. What had been answered before that request was sent is in the figure;
// everything else may not be and is taken off what is left. So the level kept here is never above
// the source's, and any later answer may raise it again.
// Pure arithmetic on times passed in; Lane does the locking and waiting.
#pragma once

#include <algorithm>
#include <deque>

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

  // A request of `units` was answered.
  void answered(double units, base::Instant now) {
    under_way_ -= units;
    answered_.push_back({now, units});
    while (answered_.size() > kRemembered) {
      forgotten_until_ = answered_.front().at;
      answered_.pop_front();
    }
  }

  // The answer to a request of `units`, sent then and already told to answered(), says that `share`
  // of the limit is used.
  void told(double share, double units, base::Instant sent, base::Instant now) {
    if (units_ <= 0) return;
    refill(now);
    const double left = (1 - share) * units_;
    const double surely_left = left - not_surely_counted(sent) + units;
    level_ = awake_ ? std::min(std::max(level_, surely_left), left) : surely_left;
    awake_ = true;
  }

 private:
  struct Answered {
    base::Instant at;
    double units;
  };

  static constexpr std::size_t kRemembered = 256;

  // The figures are rounded to a hundredth.
  double reserve() const { return 0.005 * units_; }

  double not_surely_counted(base::Instant sent) const {
    if (sent <= forgotten_until_) return units_;
    double units = under_way_;
    for (auto each = answered_.rbegin(); each != answered_.rend() && each->at >= sent; ++each) {
      units += each->units;
    }
    return units;
  }

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
  std::deque<Answered> answered_;  // the latest at the back
  base::Instant forgotten_until_{base::Duration(-1)};
  base::Instant filled_at_{};
};

}  // namespace muster::net
