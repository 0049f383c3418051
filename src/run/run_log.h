// What a run tells of itself as it goes: when which part began, and what was logged meanwhile.
// Passes everything that is logged on to another logger, and every line that it keeps to whoever
// wants to know it at once.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/scheduler.h"
#include "run/report.h"

namespace muster::run {

inline constexpr std::size_t kMostFirstLines = 100;
inline constexpr std::size_t kMostLastLines = 200;  // between them, the others are only counted

// Any thread. Lines never hold values of the source: whoever logs sees to that (base/log.h).
class RunLog final : public base::Logger {
 public:
  // `on_line`: one line after the other, by whichever thread tells it; it does not wait.
  RunLog(base::Logger& next, base::Scheduler& scheduler,
         std::function<void(const LogLine&)> on_line = {})
      : next_(next), scheduler_(scheduler), on_line_(std::move(on_line)), monitor_(scheduler) {}

  bool enabled(base::LogLevel level) const override {
    return level >= base::LogLevel::kInfo || next_.enabled(level);
  }
  void write(base::LogLevel level, std::string_view message) override;
  void note(std::string_view text);  // for the report only
  std::vector<LogLine> lines();

 private:
  void keep(std::string_view level, std::string_view text);

  base::Logger& next_;
  base::Scheduler& scheduler_;
  const std::function<void(const LogLine&)> on_line_;
  base::Monitor monitor_;  // guards the next ones
  std::vector<LogLine> first_;
  std::deque<LogLine> last_;
  std::uint64_t left_out_ = 0;
};

}  // namespace muster::run
