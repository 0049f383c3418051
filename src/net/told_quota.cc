#include "net/told_quota.h"

#include <algorithm>

#include "base/text.h"
#include "net/http_date.h"

namespace muster::net {

using base::Duration;

std::optional<double> number_in(const std::vector<Header>& headers, const std::string& header,
                                double most) {
  if (header.empty()) return std::nullopt;
  const std::string* text = find_header(headers, header);
  if (text == nullptr) return std::nullopt;
  const auto number = base::parse_double(base::trim(*text));
  if (!number || !(*number >= 0 && *number <= most)) return std::nullopt;
  return number;
}

namespace {

// The answer's own Date where there is one: then a wrong clock of ours does no harm.
base::WallTime time_of(const Response& response, base::WallTime now) {
  const std::string* date = find_header(response.headers, "Date");
  return date ? parse_http_date(*date).value_or(now) : now;
}

bool is_about_concurrency(const Response& response, const ToldQuota& told) {
  return told.zero_limit_is_concurrency && response.status == 429 &&
         number_in(response.headers, told.limit_header) == 0;
}

}  // namespace

std::optional<Duration> told_reset(const Response& response, const ToldQuota& told,
                                   base::WallTime now) {
  constexpr double kLongest = 86'400;
  constexpr double kMostUnixTime = 1e11;
  constexpr double kRounding = 1;  // a Date has whole seconds
  std::optional<double> seconds = number_in(response.headers, told.reset_header, kMostUnixTime);
  if (seconds && told.reset_is_unix_time) {
    const std::chrono::duration<double> date = time_of(response, now).time_since_epoch();
    seconds = std::max(0.0, *seconds - date.count() + kRounding);
  }
  if (!seconds) seconds = number_in(response.headers, told.period_header);
  if (!seconds) return std::nullopt;
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(std::min(*seconds, kLongest)));
}

std::optional<Duration> asked_wait(const Response& response, const ToldQuota& told,
                                   base::WallTime now) {
  if (const std::string* text = find_header(response.headers, "Retry-After")) {
    return parse_retry_after(*text, time_of(response, now));
  }
  if (response.status != 429 || is_about_concurrency(response, told)) return std::nullopt;
  return told_reset(response, told, now);
}

}  // namespace muster::net
