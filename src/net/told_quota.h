// What a source's headers tell of its quota: how much is used, and how long to wait.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/scheduler.h"
#include "net/lane.h"

namespace muster::net {

// The number in a header; nullopt when it is absent, no number, negative or beyond `most`.
inline constexpr double kSensible = 1e6;
std::optional<double> number_in(const std::vector<Header>& headers, const std::string& header,
                                double most = kSensible);

// Until the quota is given again. `now`: of our clock, used where the answer has no Date.
std::optional<base::Duration> told_reset(const Response& response, const ToldQuota& told,
                                         base::WallTime now);

// Retry-After, else after a 429 the told reset.
std::optional<base::Duration> asked_wait(const Response& response, const ToldQuota& told,
                                         base::WallTime now);

}  // namespace muster::net
