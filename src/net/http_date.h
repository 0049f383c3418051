// Dates as HTTP writes them: "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/scheduler.h"

namespace muster::net {

std::string format_http_date(base::WallTime time);
// Also the two obsolete forms that a recipient must understand.
std::optional<base::WallTime> parse_http_date(std::string_view text);

}  // namespace muster::net
