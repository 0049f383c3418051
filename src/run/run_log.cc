#include "run/run_log.h"

#include <fmt/format.h>

#include "base/text.h"

namespace muster::run {
namespace {

constexpr std::size_t kLongestLine = 500;

std::string_view name_of(base::LogLevel level) {
  switch (level) {
    case base::LogLevel::kDebug: return "debug";
    case base::LogLevel::kInfo: return "info";
    case base::LogLevel::kWarn: return "warn";
    default: return "error";
  }
}

}  // namespace

void RunLog::write(base::LogLevel level, std::string_view message) {
  if (next_.enabled(level)) next_.write(level, message);
  if (level >= base::LogLevel::kInfo) keep(name_of(level), message);
}

void RunLog::note(std::string_view text) { keep("info", text); }

void RunLog::keep(std::string_view level, std::string_view text) {
  LogLine line{scheduler_.wall_now(), std::string(level), base::printable(text, kLongestLine)};
  const base::Monitor::Lock lock(monitor_);
  if (on_line_) on_line_(line);
  if (first_.size() < kMostFirstLines) {
    first_.push_back(std::move(line));
    return;
  }
  last_.push_back(std::move(line));
  if (last_.size() <= kMostLastLines) return;
  last_.pop_front();
  ++left_out_;
}

std::vector<LogLine> RunLog::lines() {
  const base::Monitor::Lock lock(monitor_);
  std::vector<LogLine> all = first_;
  if (left_out_ > 0) {
    all.push_back({last_.front().at, "info",
                   fmt::format("{} are left out here.", base::count_of(left_out_, "line"))});
  }
  all.insert(all.end(), last_.begin(), last_.end());
  return all;
}

}  // namespace muster::run
