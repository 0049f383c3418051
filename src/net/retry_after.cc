#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "net/http_date.h"
#include "net/lane.h"

namespace muster::net {
namespace {

constexpr std::chrono::hours kLongest(24);

// "120", "0.5", "-3": digits with at most one point. Not "1e9", "inf" or "0x10".
std::optional<double> decimal_of(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('-') || digits.starts_with('+')) digits.remove_prefix(1);
  const auto points = std::count(digits.begin(), digits.end(), '.');
  const bool readable = std::all_of(digits.begin(), digits.end(),
                                    [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  if (!readable || points > 1 || digits.size() == static_cast<std::size_t>(points)) return {};
  constexpr std::size_t kMostDigits = 15;  // still exact, and far beyond kLongest
  if (digits.size() > kMostDigits) {
    return digits.find('.') < kMostDigits ? base::parse_double(digits.substr(0, kMostDigits))
                                          : std::optional<double>(1e9);
  }
  const auto number = base::parse_double(digits);
  return number && text.starts_with('-') ? -*number : number;
}

}  // namespace

std::optional<base::Duration> parse_retry_after(std::string_view text, base::WallTime now) {
  text = base::trim(text);
  if (const auto seconds = decimal_of(text)) {
    const double bounded = std::clamp(*seconds, 0.0, 86'400.0);
    return std::chrono::milliseconds(std::llround(std::ceil(bounded * 1'000)));
  }
  if (const auto date = parse_http_date(text)) {
    // In microseconds, because the nanoseconds of centuries do not fit.
    return std::clamp<std::chrono::microseconds>(*date - now, std::chrono::seconds(0), kLongest);
  }
  return std::nullopt;
}

}  // namespace muster::net
