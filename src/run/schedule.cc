#include "run/schedule.h"

#include <fmt/ranges.h>

namespace muster::run {
namespace {

constexpr const char* kDayNames[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

std::string days_text(const Weekdays& days) {
  std::vector<std::string> names;
  // A working week begins with Monday.
  for (unsigned i = 1; i <= 7; ++i) {
    if (days.test(i % 7)) names.emplace_back(kDayNames[i % 7]);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string clock_text(std::chrono::minutes at) {
  return fmt::format("{:02}:{:02}", at.count() / 60, at.count() % 60);
}

std::string interval_text(std::chrono::minutes interval) {
  const auto minutes = interval.count();
  if (minutes == 60) return "hourly";
  if (minutes % kWholeDay.count() == 0)
    return fmt::format("every {}d", minutes / kWholeDay.count());
  if (minutes % 60 == 0) return fmt::format("every {}h", minutes / 60);
  return fmt::format("every {}m", minutes);
}

}  // namespace

std::string in_words(const ScheduleSettings& schedule) {
  if (const auto* every = std::get_if<Every>(&schedule.form)) return interval_text(every->interval);
  std::string text;
  if (const auto* daily = std::get_if<Daily>(&schedule.form)) {
    text = "daily at " + clock_text(daily->at);
  } else if (const auto* weekly = std::get_if<Weekly>(&schedule.form)) {
    text = days_text(weekly->days) + " at " + clock_text(weekly->at);
  } else if (const auto* cron = std::get_if<Cron>(&schedule.form)) {
    text = "cron " + cron->text;
  } else {
    return "none";
  }
  return text + " (" + schedule.time_zone + ")";
}

}  // namespace muster::run
