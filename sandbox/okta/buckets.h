// How often a token may ask: buckets of requests a minute by path, and so many requests at once.
//
// https://developer.okta.com/docs/reference/rate-limits/, .../rl2-concurrency/
// A minute begins with the first request in it. A token has half of what the org has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/scheduler.h"

namespace muster::sandbox::okta {

class Buckets {
 public:
  // Not enforced: an org with a limit nobody reaches.
  Buckets(base::Scheduler& scheduler, bool enforced);

  struct Answer {
    bool refused = false;
    std::uint32_t limit = 0;  // 0 with a refusal: too many at once
    std::uint32_t remaining = 0;
    std::int64_t reset = 0;  // Unix seconds
    base::Duration busy{0};  // how long the request occupies the org
  };
  // `path`: "/api/v1/users".
  Answer charge(const std::string& token, std::string_view path);
  void reset();

 private:
  struct Window {
    base::Instant begun{};
    base::WallTime wall{};
    std::uint32_t used = 0;
  };

  base::Scheduler& scheduler_;
  bool enforced_;
  base::Monitor monitor_;                                             // guards what follows
  std::map<std::pair<std::string, std::ptrdiff_t>, Window> windows_;  // by token and bucket
  std::deque<base::Instant> under_way_;                               // when they end
};

}  // namespace muster::sandbox::okta
