#include "sandbox/datadog/rate_limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace muster::sandbox::datadog {

RateLimits::RateLimits(base::Scheduler& scheduler, bool enforced)
    : scheduler_(scheduler), enforced_(enforced), monitor_(scheduler) {}

void RateLimits::reset() {
  base::Monitor::Lock lock(monitor_);
  windows_.clear();
}

RateLimits::Verdict RateLimits::charge(const RateLimit& limit) {
  if (limit.name.empty()) return {};
  const std::int64_t now =
      std::chrono::floor<std::chrono::seconds>(scheduler_.wall_now()).time_since_epoch().count();
  std::uint32_t used = 0;
  {
    base::Monitor::Lock lock(monitor_);
    Window& window = windows_[limit.name];
    if (window.number != now / limit.period) window = {now / limit.period, 0};
    used = ++window.used;
  }
  const bool refused = enforced_ && used > limit.requests;
  const std::uint32_t left = limit.requests - std::min(used, limit.requests);
  Verdict verdict{.refused = refused};
  verdict.headers = {
      {"X-RateLimit-Limit", fmt::format("{}", limit.requests)},
      {"X-RateLimit-Period", fmt::format("{}", limit.period)},
      {"X-RateLimit-Remaining", fmt::format("{}", enforced_ ? left : limit.requests - 1)},
      {"X-RateLimit-Reset", fmt::format("{}", limit.period - now % limit.period)},
      {"X-RateLimit-Name", std::string(limit.name)}};
  // Both spellings were recorded.
  if (limit.name == "monitors_search") {
    for (net::Header& header : verdict.headers) header.name.replace(2, 9, "Ratelimit");
  }
  return verdict;
}

}  // namespace muster::sandbox::datadog
