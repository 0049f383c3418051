// Requests per period and endpoint, as X-RateLimit headers tell them; periods begin with the clock.
// https://docs.datadoghq.com/api/latest/rate-limits
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/scheduler.h"
#include "net/http_server.h"

namespace muster::sandbox::datadog {

struct RateLimit {
  std::string_view name;  // empty: not limited, and no headers
  std::uint32_t requests = 0;
  std::int64_t period = 60;  // seconds
};

class RateLimits {
 public:
  // Not enforced: counted, but nothing is ever used up.
  RateLimits(base::Scheduler& scheduler, bool enforced);

  struct Verdict {
    bool refused = false;
    std::vector<net::Header> headers{};
  };
  Verdict charge(const RateLimit& limit);
  void reset();

 private:
  struct Window {
    std::int64_t number = -1;
    std::uint32_t used = 0;
  };
  base::Scheduler& scheduler_;
  const bool enforced_;
  base::Monitor monitor_;  // guards windows_
  std::map<std::string_view, Window> windows_;
};

}  // namespace muster::sandbox::datadog
