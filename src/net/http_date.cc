#include "net/http_date.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"

namespace muster::net {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

struct Parts {
  std::string_view day, month, year, clock;
};

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (const std::string_view word : base::split(text, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

std::optional<Parts> take_apart(std::string_view text) {
  const std::vector<std::string_view> words = words_of(text);
  if (words.size() == 6 && words[5] == "GMT") return Parts{words[1], words[2], words[3], words[4]};
  if (words.size() == 5) return Parts{words[2], words[1], words[4], words[3]};  // asctime
  if (words.size() == 4 && words[3] == "GMT") {                                 // RFC 850
    const std::vector<std::string_view> date = base::split(words[1], '-');
    if (date.size() == 3) return Parts{date[0], date[1], date[2], words[2]};
  }
  return std::nullopt;
}

std::optional<int> number_of(std::string_view text, int most) {
  const auto number = base::parse_int(text);
  if (!number || *number < 0 || *number > most) return std::nullopt;
  return static_cast<int>(*number);
}

std::optional<std::chrono::seconds> time_of_day(std::string_view clock) {
  const std::vector<std::string_view> parts = base::split(clock, ':');
  if (parts.size() != 3) return std::nullopt;
  const auto hour = number_of(parts[0], 23);
  const auto minute = number_of(parts[1], 59);
  const auto second = number_of(parts[2], 60);  // 60: a leap second
  if (!hour || !minute || !second) return std::nullopt;
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

}  // namespace

std::string format_http_date(base::WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::weekday weekday(day);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time - day);
  const std::chrono::hh_mm_ss clock(seconds);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[weekday.c_encoding()],
                     static_cast<unsigned>(date.day()),
                     kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

std::optional<base::WallTime> parse_http_date(std::string_view text) {
  const auto parts = take_apart(text);
  if (!parts) return std::nullopt;
  const auto month = std::find(kMonths.begin(), kMonths.end(), parts->month);
  const auto day = number_of(parts->day, 31);
  auto year = number_of(parts->year, 9999);
  const auto clock = time_of_day(parts->clock);
  if (month == kMonths.end() || !day || !year || !clock) return std::nullopt;
  if (parts->year.size() == 2) *year += *year < 70 ? 2000 : 1900;
  const std::chrono::year_month_day date(
      std::chrono::year(*year),
      std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
      std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + *clock;
}

}  // namespace muster::net
