// The documented limits of requests per minute: 500 for AQL, 1,000 for the rest, per credential.
// https://jira.atlassian.com/browse/JSDCLOUD-11605
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/scheduler.h"

namespace muster::sandbox::assets {

class RateMeter {
 public:
  static constexpr std::uint32_t kAqlPerMinute = 500;
  static constexpr std::uint32_t kOthersPerMinute = 1000;

  // How long to wait when the request is one too many. Counted in windows of a minute.
  std::optional<base::Duration> count(const std::string& credential, bool aql, base::Instant now) {
    static constexpr base::Duration kWindow = std::chrono::minutes(1);
    Window& window = windows_[{credential, aql}];
    if (window.requests == 0 || now - window.start >= kWindow) window = {.start = now};
    if (++window.requests <= (aql ? kAqlPerMinute : kOthersPerMinute)) return std::nullopt;
    return window.start + kWindow - now;
  }

 private:
  struct Window {
    base::Instant start{};
    std::uint32_t requests = 0;
  };
  std::map<std::pair<std::string, bool>, Window> windows_;
};

}  // namespace muster::sandbox::assets
