#include "cli/progress_bars.h"

#include "cli/progress_view.h"

namespace muster::cli {
namespace {

constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr auto kLineEvery = std::chrono::seconds(10);  // interfaces.md section 2

// What stood on these lines before must not show behind shorter new text.
std::string with_cleared_lines(std::string text) {
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 4)) {
    text.insert(at, "\x1b[K");
  }
  return text;
}

}  // namespace

ProgressBars::ProgressBars(ProgressMode mode, base::Scheduler& scheduler, Console& console,
                           const run::Progress& progress)
    : scheduler_(scheduler),
      console_(console),
      progress_(progress),
      mode_(mode),
      monitor_(scheduler) {
  if (mode == ProgressMode::kOff) return;
  thread_ = scheduler.start("progress", [this] {
    if (mode_ == ProgressMode::kBars) {
      draw_bars(stop_.get_token());
    } else {
      print_lines(stop_.get_token());
    }
  });
}

ProgressBars::~ProgressBars() {
  stop_.request_stop();
  thread_.reset();
  std::string last;
  if (lines_shown_ > 0) last = fmt::format("\x1b[{}A\r\x1b[J", lines_shown_);
  console_.err(last + take_pending());
}

void ProgressBars::print(std::string_view line) {
  std::string text(line);
  if (!text.ends_with('\n')) text += '\n';
  if (mode_ != ProgressMode::kBars) return console_.err(text);
  base::Monitor::Lock lock(monitor_);
  pending_ += text;
}

std::string ProgressBars::take_pending() {
  base::Monitor::Lock lock(monitor_);
  return std::exchange(pending_, {});
}

void ProgressBars::draw_bars(const base::Stop& stop) {
  RateMeter meter;
  for (std::uint64_t tick = 0; base::sleep_for(scheduler_, kRedraw, stop); ++tick) {
    const ProgressView view = look_at(progress_, meter, scheduler_.now());
    const std::vector<std::string> lines = bar_lines(view, console_.size(), tick);
    std::string frame;
    if (lines_shown_ > 0) frame = fmt::format("\x1b[{}A", lines_shown_);
    frame += "\r" + with_cleared_lines(take_pending());
    for (const std::string& line : lines) frame += "\r" + line + "\x1b[K\n";
    frame += "\x1b[J";
    console_.err(frame);
    lines_shown_ = lines.size();
  }
}

void ProgressBars::print_lines(const base::Stop& stop) {
  RateMeter meter;
  while (base::sleep_for(scheduler_, kLineEvery, stop)) {
    console_.err(status_line(look_at(progress_, meter, scheduler_.now())) + "\n");
  }
}

}  // namespace muster::cli
