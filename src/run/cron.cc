#include "run/cron.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"

namespace muster::run {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};

struct Field {
  std::string_view name;
  std::string_view allowed;
  unsigned low, high;
  std::span<const std::string_view> names;  // of the values `low`, `low` + 1, ...
};

const Field kFields[] = {{"minute", "0 to 59", 0, 59, {}},
                         {"hour", "0 to 23", 0, 23, {}},
                         {"day of month", "1 to 31", 1, 31, {}},
                         {"month", "1 to 12 or jan to dec", 1, 12, kMonths},
                         {"day of week", "0 to 7 or sun to sat; 0 and 7 are Sunday", 0, 7, kDays}};
constexpr std::size_t kDayOfMonth = 2;
constexpr std::size_t kDayOfWeek = 4;
constexpr unsigned kSundayAgain = 7;

using Values = std::bitset<64>;

std::optional<unsigned> value_of(std::string_view text, const Field& field) {
  for (std::size_t i = 0; i < field.names.size(); ++i) {
    if (base::equals_ignoring_case(text, field.names[i])) {
      return field.low + static_cast<unsigned>(i);
    }
  }
  const std::optional<std::int64_t> number = base::parse_int(text);
  if (!number || *number < field.low || *number > field.high) return std::nullopt;
  return static_cast<unsigned>(*number);
}

struct Span {
  unsigned first, last;
};

// "*", "5", "1-5"; an open end is where the field ends.
std::optional<Span> span_of(std::string_view text, const Field& field, bool has_step) {
  if (text == "*") return Span{field.low, field.high};
  const std::size_t dash = text.find('-');
  const std::optional<unsigned> first = value_of(text.substr(0, dash), field);
  if (!first) return std::nullopt;
  if (dash == std::string_view::npos) return Span{*first, has_step ? field.high : *first};
  std::optional<unsigned> last = value_of(text.substr(dash + 1), field);
  // fri-sun: a week that ends with Sunday.
  if (last == 0u && *first > 0 && field.high == kSundayAgain) last = kSundayAgain;
  if (!last || *last < *first) return std::nullopt;
  return Span{*first, *last};
}

bool add_item(std::string_view item, const Field& field, Values& values) {
  const std::size_t slash = item.find('/');
  const bool has_step = slash != std::string_view::npos;
  unsigned step = 1;
  if (has_step) {
    const std::optional<std::int64_t> number = base::parse_int(item.substr(slash + 1));
    if (!number || *number < 1 || *number > field.high) return false;
    step = static_cast<unsigned>(*number);
  }
  const std::optional<Span> span = span_of(item.substr(0, slash), field, has_step);
  if (!span) return false;
  for (unsigned value = span->first; value <= span->last; value += step) values.set(value);
  return true;
}

template <std::size_t kSize>
std::bitset<kSize> taken(const Values& values) {
  std::bitset<kSize> out;
  for (std::size_t i = 0; i < kSize; ++i) out[i] = values[i];
  return out;
}

bool some_date_exists(const CronFields& fields) {
  constexpr unsigned kLongest[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (unsigned month = 1; month <= 12; ++month) {
    if (!fields.months.test(month)) continue;
    for (unsigned day = 1; day <= kLongest[month - 1]; ++day) {
      if (fields.days.test(day)) return true;
    }
  }
  return false;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!(text = base::trim(text)).empty()) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n\f\v"), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

}  // namespace

bool CronFields::match(unsigned month, unsigned day, unsigned weekday) const {
  if (!months.test(month)) return false;
  return either_day ? days.test(day) || weekdays.test(weekday)
                    : days.test(day) && weekdays.test(weekday);
}

std::optional<CronFields> parse_cron(std::string_view text, std::vector<std::string>& mistakes) {
  const std::vector<std::string_view> words = words_of(text);
  if (words.size() != std::size(kFields)) {
    mistakes.push_back(
        fmt::format("five fields are needed (minute, hour, day of month, month, day of week), "
                    "not {}",
                    words.size()));
    return std::nullopt;
  }
  Values values[std::size(kFields)];
  bool all_good = true;
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (std::string_view item : base::split(words[i], ',')) {
      if (add_item(item, kFields[i], values[i])) continue;
      mistakes.push_back(fmt::format("\"{}\" is no {} ({}; with * , - and /)",
                                     base::printable(item, 40), kFields[i].name,
                                     kFields[i].allowed));
      all_good = false;
    }
  }
  if (!all_good) return std::nullopt;
  CronFields fields{taken<60>(values[0]), taken<24>(values[1]), taken<32>(values[2]),
                    taken<13>(values[3]), taken<7>(values[4])};
  if (values[kDayOfWeek].test(kSundayAgain)) fields.weekdays.set(0);
  fields.either_day = !words[kDayOfMonth].starts_with('*') && !words[kDayOfWeek].starts_with('*');
  if (!fields.either_day && !some_date_exists(fields)) {
    mistakes.push_back("this never happens: no chosen month has such a day");
    return std::nullopt;
  }
  return fields;
}

std::optional<unsigned> weekday_named(std::string_view text) {
  for (unsigned day = 0; day < kDays.size(); ++day) {
    if (base::equals_ignoring_case(text, kDays[day])) return day;
  }
  return std::nullopt;
}

}  // namespace muster::run
