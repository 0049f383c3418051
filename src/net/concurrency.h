// How many requests may be under way: one more after a quiet spell, half after a refusal (additive
// increase, multiplicative decrease). Pure arithmetic; Lane does the locking.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/scheduler.h"

namespace muster::net {

class Concurrency {
 public:
  struct Bounds {
    std::uint32_t initial = 4;
    std::uint32_t most = 8;
    base::Duration grow_after{};
  };

  Concurrency(Bounds bounds, base::Instant now)
      : bounds_(bounds),
        limit_(std::clamp(bounds.initial, 1U, std::max(1U, bounds.most))),
        changed_(now) {}

  std::uint32_t limit() const { return limit_; }

  // A request sent at `sent` was refused. Those that were under way at the last cut only repeat its
  // message, so they cut nothing.
  void refused(base::Instant sent, base::Instant now) {
    if (!cut_ || sent > *cut_) {
      limit_ = std::max(1U, limit_ / 2);
      cut_ = now;
    }
    changed_ = now;
  }

  // The source warns while it still answers. Its figure looks back over a window, so the effect of
  // a cut shows only one window later.
  void warned(base::Instant sent, base::Instant now, base::Duration window) {
    if (!cut_ || sent > *cut_ + window) refused(sent, now);
  }

  void answered(base::Instant now) {
    if (limit_ >= bounds_.most || now - changed_ < bounds_.grow_after) return;
    ++limit_;
    changed_ = now;
  }

 private:
  const Bounds bounds_;
  std::uint32_t limit_;
  base::Instant changed_;             // when it last grew or a refusal last came
  std::optional<base::Instant> cut_;  // when it was last halved
};

}  // namespace muster::net
