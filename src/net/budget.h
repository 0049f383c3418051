// A sliding-window budget: never more than `units` in any window, wherever the other side starts to
// count. Pure arithmetic on times passed in; Lane does the locking and waiting.
//
// When a request is counted over there is not known, only that it lies between sending and answer.
// So a charge is held from the reservation until one window after its answer. Then for any window
// of the source's: when the last request in it was sent, every other one in it was still held here,
// so together they fitted. The price is one round trip per window, about 1 % at 80 ms and 10 s.
#pragma once

#include <deque>

#include "base/scheduler.h"

namespace muster::net {

class Budget {
 public:
  // units <= 0: no limit.
  Budget(double units, base::Duration window);

  // When `units` fit if nothing else happens: `now` at once, never() when answers must come first.
  // A request that costs more than the whole budget fits into an empty window.
  base::Instant ready_at(double units, base::Instant now);

  void reserve(double units);
  // The answer came at `now`, and `cost` is what the source says the request cost.
  void settle(double reserved, double cost, base::Instant now);

 private:
  struct Charge {
    base::Instant ends;
    double units;
  };

  const double limit_;
  const base::Duration held_for_;
  double under_way_ = 0;
  double settled_ = 0;
  std::deque<Charge> charges_;  // settled ones, the first to end first
};

}  // namespace muster::net
