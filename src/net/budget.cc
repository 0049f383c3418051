#include "net/budget.h"

#include <algorithm>

namespace muster::net {
namespace {

// Two clocks may differ by some parts in ten thousand, and the source may count both ends.
base::Duration with_margin(base::Duration window) { return window + window / 1'000; }

}  // namespace

Budget::Budget(double units, base::Duration window)
    : limit_(units), held_for_(with_margin(window)) {}

base::Instant Budget::ready_at(double units, base::Instant now) {
  if (limit_ <= 0) return now;
  while (!charges_.empty() && charges_.front().ends <= now) {
    settled_ -= charges_.front().units;
    charges_.pop_front();
  }
  if (charges_.empty()) settled_ = 0;  // sheds what rounding left behind
  const double room = limit_ - std::min(units, limit_);
  double held = under_way_ + settled_;
  if (held <= room) return now;
  for (const Charge& charge : charges_) {
    held -= charge.units;
    if (held <= room) return charge.ends;
  }
  return base::Instant::never();
}

void Budget::reserve(double units) {
  if (limit_ > 0) under_way_ += units;
}

void Budget::settle(double reserved, double cost, base::Instant now) {
  if (limit_ <= 0) return;
  under_way_ -= reserved;
  settled_ += cost;
  charges_.push_back({now + held_for_, cost});
}

}  // namespace muster::net
