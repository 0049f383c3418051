#include "run/importer_file_schedule.h"

#include <bitset>
#include <filesystem>
#include <span>

#include "base/text.h"

namespace muster::run {
namespace {

using catalogue::Checker;
using catalogue::MappingReader;
using catalogue::Mark;
using catalogue::Need;
using catalogue::YamlNode;

constexpr std::string_view kForms =
    "none, hourly, { daily: \"02:30\", time_zone: Europe/Berlin }, "
    "{ weekly: [mon, thu], at: \"06:00\" }, { every: 15m } or { cron: \"0 */4 * * *\" }";

const std::vector<std::string> kDays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
const std::vector<std::string> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                          "jul", "aug", "sep", "oct", "nov", "dec"};

// ---- cron -------------------------------------------------------------------------------------

struct CronField {
  std::string_view name;
  unsigned low, high;
  std::span<const std::string> names;  // of values `low`, `low` + 1, ...
};

const CronField kCronFields[] = {{"minute", 0, 59, {}},
                                 {"hour", 0, 23, {}},
                                 {"day of month", 1, 31, {}},
                                 {"month", 1, 12, kMonths},
                                 {"day of week", 0, 7, kDays}};

using CronSet = std::bitset<64>;

std::optional<unsigned> cron_value(std::string_view text, const CronField& field) {
  for (std::size_t i = 0; i < field.names.size(); ++i) {
    if (base::equals_ignoring_case(text, field.names[i])) return field.low + i;
  }
  const std::optional<std::int64_t> number = base::parse_int(text);
  if (!number || *number < field.low || *number > field.high) return std::nullopt;
  return static_cast<unsigned>(*number);
}

// "*", "5", "1-5", and each with "/step".
bool add_cron_item(std::string_view item, const CronField& field, CronSet& set) {
  unsigned step = 1;
  const std::size_t slash = item.find('/');
  if (slash != std::string_view::npos) {
    const std::optional<std::int64_t> number = base::parse_int(item.substr(slash + 1));
    if (!number || *number < 1 || *number > field.high) return false;
    step = static_cast<unsigned>(*number);
    item = item.substr(0, slash);
  }
  unsigned first = field.low;
  unsigned last = field.high;
  if (item != "*") {
    const std::size_t dash = item.find('-');
    const std::optional<unsigned> begin = cron_value(item.substr(0, dash), field);
    if (!begin) return false;
    first = *begin;
    if (dash != std::string_view::npos) {
      const std::optional<unsigned> end = cron_value(item.substr(dash + 1), field);
      if (!end || *end < first) return false;
      last = *end;
    } else if (slash == std::string_view::npos) {
      last = first;
    }
  }
  for (unsigned value = first; value <= last; value += step) set.set(value);
  return true;
}

// 31 February: a month among `months` must have one of the `days`.
bool some_date_exists(const CronSet& days, const CronSet& months) {
  constexpr unsigned kLongest[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (unsigned month = 1; month <= 12; ++month) {
    if (!months.test(month)) continue;
    for (unsigned day = 1; day <= kLongest[month - 1]; ++day) {
      if (days.test(day)) return true;
    }
  }
  return false;
}

void check_cron(Checker& check, Mark mark, std::string_view text) {
  std::vector<std::string_view> fields;
  for (std::string_view part : base::split(text, ' ')) {
    if (!part.empty()) fields.push_back(part);
  }
  if (fields.size() != std::size(kCronFields)) {
    check.error(mark,
                fmt::format("cron: five fields are needed (minute, hour, day of month, month, "
                            "day of week), not {}",
                            fields.size()));
    return;
  }
  CronSet sets[std::size(kCronFields)];
  bool all_good = true;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    for (std::string_view item : base::split(fields[i], ',')) {
      if (add_cron_item(item, kCronFields[i], sets[i])) continue;
      check.error(mark, fmt::format("cron: \"{}\" is no {} ({} to {}, with * , - and /)",
                                    base::printable(item, 40), kCronFields[i].name,
                                    kCronFields[i].low, kCronFields[i].high));
      all_good = false;
    }
  }
  // With a day of week as well, either of the two is enough for a run.
  if (all_good && fields[4] == "*" && !some_date_exists(sets[2], sets[3])) {
    check.error(mark, "cron: this date never comes; no chosen month has that day");
  }
}

// ---- the other forms --------------------------------------------------------------------------

void check_clock(Checker& check, Mark mark, std::string_view key, std::string_view text) {
  const bool shaped = text.size() == 5 && text[2] == ':';
  const auto hour = shaped ? base::parse_int(text.substr(0, 2)) : std::nullopt;
  const auto minute = shaped ? base::parse_int(text.substr(3)) : std::nullopt;
  if (hour && minute && *hour >= 0 && *hour < 24 && *minute >= 0 && *minute < 60) return;
  check.error(mark, fmt::format("{}: a time of day is written as \"02:30\", in quotes", key));
}

// Names as in the IANA time zone database; looked up where the machine has one.
void check_time_zone(Checker& check, Mark mark, const std::string& zone) {
  const bool shaped =
      !zone.empty() && zone.front() != '/' && zone.find("..") == std::string::npos &&
      std::all_of(zone.begin(), zone.end(), [](unsigned char c) {
        return c < 0x80 && (std::isalnum(c) || std::string_view("/_+-").find(
                                                   static_cast<char>(c)) != std::string_view::npos);
      });
  const std::filesystem::path database("/usr/share/zoneinfo");
  std::error_code ignored;
  if (shaped && (!std::filesystem::is_directory(database, ignored) ||
                 std::filesystem::is_regular_file(database / zone, ignored))) {
    return;
  }
  check.error(mark,
              fmt::format("time_zone: there is no zone \"{}\"; write one like Europe/Berlin or UTC",
                          base::printable(zone, 60)));
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

void check_days(Checker& check, Mark mark, const std::vector<std::string>& days) {
  if (days.empty()) check.error(mark, "weekly: name at least one day: [mon, thu]");
  for (const std::string& day : days) {
    if (std::find(kDays.begin(), kDays.end(), day) != kDays.end()) continue;
    check.error(mark, fmt::format("weekly: \"{}\" is no day; use mon tue wed thu fri sat sun",
                                  base::printable(day, 40)));
  }
}

std::string read_form(Checker& check, MappingReader& map, const std::string& form,
                      const YamlNode& value) {
  const Mark mark = value.mark;
  if (form == "daily") {
    check_clock(check, mark, "daily", value.scalar);
    return "daily: " + in_quotes(value.scalar);
  }
  if (form == "weekly") {
    const std::vector<std::string> days = map.texts("weekly");
    check_days(check, mark, days);
    const YamlNode* at = map.node("at", Need::kRequired);
    const std::string clock = at == nullptr ? "" : at->scalar;
    if (at != nullptr) check_clock(check, at->mark, "at", clock);
    return fmt::format("weekly: [{}], at: {}", fmt::join(days, ", "), in_quotes(clock));
  }
  if (form == "every") {
    const base::Duration every = map.duration("every", std::chrono::hours(1));
    if (every < std::chrono::minutes(1) || every > std::chrono::hours(24 * 7)) {
      check.error(mark, "every: between 1m and 7d");
    }
    return "every: " + value.scalar;
  }
  check_cron(check, mark, value.scalar);
  return "cron: " + in_quotes(value.scalar);
}

}  // namespace

std::string read_schedule(Checker& check, const YamlNode* node) {
  if (node == nullptr) return "none";
  if (node->is_scalar()) {
    if (node->scalar == "none" || node->scalar == "hourly") return node->scalar;
    check.error(node->mark, fmt::format("schedule: write {}", kForms));
    return "none";
  }
  std::vector<std::string> forms;
  if (node->is_mapping()) {
    for (const char* form : {"daily", "weekly", "every", "cron"}) {
      if (node->find(form) != nullptr) forms.emplace_back(form);
    }
  }
  if (forms.size() != 1) {
    check.error(node->mark, fmt::format("schedule: write {}", kForms));
    return "none";
  }
  MappingReader map(check, *node, "schedule");
  const YamlNode* value = map.node(forms.front());
  std::string text = "{ " + read_form(check, map, forms.front(), *value);
  if (forms.front() != "every") {
    const std::string zone = map.text("time_zone", Need::kOptional, "UTC");
    const YamlNode* zone_node = map.node("time_zone");
    if (zone_node != nullptr) check_time_zone(check, zone_node->mark, zone);
    text += ", time_zone: " + in_quotes(zone);
  }
  map.done();
  return text + " }";
}

}  // namespace muster::run
