#include <fmt/format.h>

#include <charconv>

#include "base/text.h"

namespace muster::base {
namespace {

using std::chrono::microseconds;

// Reads RFC 3339 from the left; every step is false when the text does not fit.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : rest_(text) {}

  bool digits(std::size_t count, int& value) {
    if (rest_.size() < count) return false;
    value = 0;
    for (char digit : rest_.substr(0, count)) {
      if (digit < '0' || digit > '9') return false;
      value = value * 10 + (digit - '0');
    }
    rest_.remove_prefix(count);
    return true;
  }

  bool one_of(std::string_view accepted, char& found) {
    if (rest_.empty() || accepted.find(rest_[0]) == std::string_view::npos) return false;
    found = rest_[0];
    rest_.remove_prefix(1);
    return true;
  }

  bool skip(std::string_view accepted) {
    char found;
    return one_of(accepted, found);
  }

  // ".123456789", absent as zero; digits after the sixth are dropped.
  bool fraction(microseconds& value) {
    value = microseconds(0);
    if (!skip(".")) return true;
    int digit;
    int count = 0;
    for (std::int64_t unit = 100'000; digits(1, digit); unit /= 10, ++count) {
      value += microseconds(digit * unit);
    }
    return count >= 1 && count <= 9;
  }

  bool offset(std::chrono::minutes& value) {
    value = std::chrono::minutes(0);
    char sign;
    if (!one_of("Zz+-", sign)) return false;
    if (sign == 'Z' || sign == 'z') return true;
    int hours, minutes;
    if (!digits(2, hours) || !skip(":") || !digits(2, minutes)) return false;
    if (hours > 23 || minutes > 59) return false;
    value = std::chrono::minutes(hours * 60 + minutes) * (sign == '-' ? -1 : 1);
    return true;
  }

  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

bool is_four_digit_year(WallTime time) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
  return date.year() >= std::chrono::year(1) && date.year() <= std::chrono::year(9999);
}

}  // namespace

std::string format_utc(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::milliseconds>(time - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", int(date.year()),
                     unsigned(date.month()), unsigned(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

// The grammar: https://www.rfc-editor.org/rfc/rfc3339#section-5.6
std::optional<WallTime> parse_utc(std::string_view text) {
  TimeReader reader(text);
  int year, month, day, hour, minute, second;
  microseconds fraction;
  std::chrono::minutes offset;
  if (!reader.digits(4, year) || !reader.skip("-") || !reader.digits(2, month) ||
      !reader.skip("-") || !reader.digits(2, day) || !reader.skip("Tt ") ||
      !reader.digits(2, hour) || !reader.skip(":") || !reader.digits(2, minute) ||
      !reader.skip(":") || !reader.digits(2, second) || !reader.fraction(fraction) ||
      !reader.offset(offset) || !reader.at_end()) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  // Second 60 is a leap second, which sys_time counts as the first of the next minute.
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const WallTime time = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                        std::chrono::minutes(minute) + std::chrono::seconds(second) + fraction -
                        offset;
  if (!is_four_digit_year(time)) return std::nullopt;
  return time;
}

std::string format_duration(Duration duration) {
  const std::int64_t milliseconds =
      std::chrono::round<std::chrono::milliseconds>(std::max(duration, Duration(0))).count();
  if (milliseconds < 1000) return fmt::format("{} ms", milliseconds);
  const std::int64_t tenths = (milliseconds + 50) / 100;
  if (tenths < 600) return fmt::format("{}.{} s", tenths / 10, tenths % 10);
  const std::int64_t seconds = (milliseconds + 500) / 1000;
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  const std::int64_t minutes = (seconds + 30) / 60;
  return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

std::optional<Duration> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (failure != std::errc() || count < 0) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  using namespace std::chrono_literals;
  const Duration one = unit == "ms"  ? Duration(1ms)
                       : unit == "s" ? Duration(1s)
                       : unit == "m" ? Duration(1min)
                       : unit == "h" ? Duration(1h)
                       : unit == "d" ? Duration(24h)
                                     : Duration(0);
  Duration::rep total = 0;
  if (one == Duration(0) || __builtin_mul_overflow(one.count(), count, &total)) {
    return std::nullopt;
  }
  return Duration(total);
}

}  // namespace muster::base
