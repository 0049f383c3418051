// Identifiers that sort by time: UUID version 7 (RFC 9562) for runs and everything that is listed
// newest first, version 4 for one-time values such as a token request's `jti`.
#pragma once

#include <string>

#include "base/random.h"
#include "base/scheduler.h"

namespace muster::base {

std::string make_time_id(WallTime now, Random& random);
std::string make_random_id(Random& random);

}  // namespace muster::base
