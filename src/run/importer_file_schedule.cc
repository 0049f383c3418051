#include "run/importer_file_schedule.h"

#include "base/text.h"
#include "run/time_zone.h"

namespace muster::run {
namespace {

using catalogue::Checker;
using catalogue::MappingReader;
using catalogue::Mark;
using catalogue::Need;
using catalogue::YamlNode;
using std::chrono::minutes;

constexpr std::string_view kForms =
    "none, hourly, { daily: \"02:30\", time_zone: Europe/Berlin }, "
    "{ weekly: [mon, thu], at: \"06:00\" }, { every: 15m } or { cron: \"0 */4 * * *\" }";
const std::vector<std::string> kFormKeys = {"daily", "weekly", "every", "cron"};
const std::vector<std::string> kFormWords = {"none", "hourly"};

constexpr std::string_view kBlackoutForm =
    "blackout: write a list of windows: [ { days: [mon-fri], from: \"08:00\", to: \"18:00\" } ]";
constexpr std::size_t kMostBlackouts = 20;
constexpr minutes kLongestInterval = 7 * kWholeDay;

// ---- times of day, days, zones ----------------------------------------------------------------

std::optional<minutes> read_clock(Checker& check, const YamlNode& node, std::string_view key,
                                  minutes latest) {
  const std::string_view text = node.scalar;
  const bool shaped = node.is_scalar() && text.size() == 5 && text[2] == ':';
  const auto hour = shaped ? base::parse_int(text.substr(0, 2)) : std::nullopt;
  const auto minute = shaped ? base::parse_int(text.substr(3)) : std::nullopt;
  if (hour && minute && *hour >= 0 && *minute >= 0 && *minute < 60) {
    const minutes at(*hour * 60 + *minute);
    if (at <= latest) return at;
  }
  check.error(node.mark, fmt::format("{}: a time of day is written as \"02:30\", in quotes", key));
  return std::nullopt;
}

constexpr minutes kLastMinute = kWholeDay - minutes(1);

void say_no_day(Checker& check, Mark mark, std::string_view key, const std::string& text) {
  // monday, Thurs
  const std::string start = base::to_lower_ascii(text).substr(0, 3);
  static const std::vector<std::string> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  const auto near =
      weekday_named(start) ? std::optional<std::string>(start) : base::closest(text, kDays);
  check.error(mark, fmt::format("{}: \"{}\" is no day; {}", key, base::printable(text, 40),
                                near ? fmt::format("did you mean \"{}\"?", *near)
                                     : "use mon tue wed thu fri sat sun, or mon-fri"));
}

// "thu", "mon-fri", "fri-mon".
void add_days(Checker& check, const YamlNode& item, std::string_view key, Weekdays& days) {
  const std::string& text = item.scalar;
  const std::size_t dash = text.find('-');
  const auto first = weekday_named(std::string_view(text).substr(0, dash));
  const auto last =
      dash == std::string::npos ? first : weekday_named(std::string_view(text).substr(dash + 1));
  if (!item.is_scalar() || !first || !last) return say_no_day(check, item.mark, key, text);
  for (unsigned day = *first;; day = (day + 1) % 7) {
    days.set(day);
    if (day == *last) return;
  }
}

Weekdays read_days(Checker& check, const YamlNode& node, std::string_view key) {
  Weekdays days;
  if (node.is_scalar()) {
    add_days(check, node, key, days);
  } else if (node.items.empty()) {
    check.error(node.mark, fmt::format("{}: name at least one day: [mon, thu]", key));
  }
  for (const YamlNode& item : node.items) add_days(check, item, key, days);
  return days;
}

std::string read_time_zone(Checker& check, MappingReader& map, const std::string& fallback) {
  const YamlNode* node = map.node("time_zone");
  const std::string zone = map.text("time_zone", Need::kOptional, fallback);
  if (node == nullptr || !node->is_scalar() || is_time_zone(zone)) return zone;
  const auto near = zone.size() > 60 ? std::nullopt : closest_time_zone(zone);
  check.error(node->mark,
              fmt::format("time_zone: there is no zone \"{}\"; {}", base::printable(zone, 60),
                          near ? fmt::format("did you mean {}?", *near)
                               : "write one like Europe/Berlin or UTC"));
  return "UTC";
}

// ---- the forms --------------------------------------------------------------------------------

Every read_every(Checker& check, MappingReader& map) {
  const base::Duration every = map.duration("every", minutes(60));
  const bool is_whole = every % minutes(1) == base::Duration::zero();
  if (is_whole && every >= minutes(1) && every <= kLongestInterval) {
    return {std::chrono::duration_cast<minutes>(every)};
  }
  check.error(map.mark_of("every"), "every: whole minutes, between 1m and 7d");
  return {};
}

Cron read_cron(Checker& check, MappingReader& map) {
  Cron cron{.text = map.text("cron", Need::kRequired)};
  const Mark mark = map.mark_of("cron");
  if (!map.node("cron")->is_scalar()) return cron;  // said by text()
  std::vector<std::string> mistakes;
  if (const auto fields = parse_cron(cron.text, mistakes)) cron.fields = *fields;
  for (const std::string& mistake : mistakes) check.error(mark, "cron: " + mistake);
  return cron;
}

void read_form(Checker& check, MappingReader& map, const std::string& form,
               ScheduleSettings& schedule) {
  const YamlNode& value = *map.node(form);
  if (form == "every") {
    schedule.form = read_every(check, map);
    return;  // counted in UTC, so a time zone would mean nothing
  }
  if (form == "daily") {
    schedule.form = Daily{read_clock(check, value, "daily", kLastMinute).value_or(minutes(0))};
  } else if (form == "weekly") {
    Weekly weekly{.days = read_days(check, value, "weekly")};
    const YamlNode* at = map.node("at", Need::kRequired);
    if (at != nullptr) weekly.at = read_clock(check, *at, "at", kLastMinute).value_or(minutes(0));
    schedule.form = weekly;
  } else {
    schedule.form = read_cron(check, map);
  }
  schedule.time_zone = read_time_zone(check, map, "UTC");
}

void read_word(Checker& check, const YamlNode& node, ScheduleSettings& schedule) {
  if (node.scalar == "none") return;
  if (node.scalar == "hourly") {
    schedule.form = Every{};
    return;
  }
  const auto near = base::closest(node.scalar, kFormWords);
  check.error(node.mark, near ? fmt::format("schedule: there is no \"{}\"; did you mean {}?",
                                            base::printable(node.scalar, 40), *near)
                              : fmt::format("schedule: write {}", kForms));
}

// The one key that says which form it is; empty: reported.
std::string form_of(Checker& check, const YamlNode& node) {
  std::vector<std::string> forms;
  for (const std::string& form : kFormKeys) {
    if (node.find(form) != nullptr) forms.push_back(form);
  }
  if (forms.size() == 1) return forms.front();
  for (const catalogue::YamlMember& member : node.members) {
    if (forms.empty() && base::closest(member.key, kFormKeys)) {
      check.unknown(member.mark, "form of a schedule:", member.key, kFormKeys);
      return {};
    }
  }
  check.error(node.mark, fmt::format("schedule: write {}", kForms));
  return {};
}

// ---- blackouts --------------------------------------------------------------------------------

Blackout read_window(Checker& check, const YamlNode& node, const std::string& zone) {
  Blackout window{.days = Weekdays().set(), .time_zone = zone};
  MappingReader map(check, node, "blackout");
  if (!map.usable()) return window;
  const YamlNode* days = map.node("days");
  const YamlNode* from = map.node("from");
  const YamlNode* to = map.node("to");
  if (days != nullptr) window.days = read_days(check, *days, "days");
  std::optional<minutes> begins = window.from, ends = window.to;
  if (from != nullptr) begins = read_clock(check, *from, "from", kLastMinute);
  if (to != nullptr) ends = read_clock(check, *to, "to", kWholeDay);
  window.time_zone = read_time_zone(check, map, zone);
  map.done();
  if (days == nullptr && from == nullptr && to == nullptr) {
    check.error(node.mark,
                "blackout: say when: days: [sat, sun], or from: \"08:00\", to: "
                "\"18:00\", or both");
  } else if (begins && begins == ends) {
    check.error(node.mark, "blackout: `from` and `to` are the same; leave both out for whole days");
  }
  window.from = begins.value_or(window.from);
  window.to = ends.value_or(window.to);
  return window;
}

void read_blackouts(Checker& check, const YamlNode& node, ScheduleSettings& schedule) {
  if (!node.is_sequence()) return check.error(node.mark, std::string(kBlackoutForm));
  if (node.items.size() > kMostBlackouts) {
    return check.error(node.mark, fmt::format("blackout: at most {} windows", kMostBlackouts));
  }
  for (const YamlNode& item : node.items) {
    schedule.blackouts.push_back(read_window(check, item, schedule.time_zone));
  }
}

}  // namespace

ScheduleSettings read_schedule(Checker& check, const YamlNode* schedule, const YamlNode* blackout) {
  ScheduleSettings read;
  if (schedule != nullptr && schedule->is_mapping()) {
    if (const std::string form = form_of(check, *schedule); !form.empty()) {
      MappingReader map(check, *schedule, "schedule");
      read_form(check, map, form, read);
      map.done();
    }
  } else if (schedule != nullptr && schedule->is_scalar()) {
    read_word(check, *schedule, read);
  } else if (schedule != nullptr) {
    check.error(schedule->mark, fmt::format("schedule: write {}", kForms));
  }
  if (blackout != nullptr && !blackout->is_null()) read_blackouts(check, *blackout, read);
  return read;
}

}  // namespace muster::run
