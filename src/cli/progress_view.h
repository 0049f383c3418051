// What a run is doing, as text. Pure: from counters to lines; progress_bars.h draws them.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "base/scheduler.h"
#include "cli/console.h"
#include "run/progress.h"

namespace muster::cli {

// One thing that moves: a data set, a relation, or the sending.
struct BarView {
  std::string name;
  std::uint64_t count = 0;
  std::uint64_t total = 0;  // 0: unknown
  double rate = 0;          // per second, lately
  std::string unit;         // of one: "record"
  std::string detail;       // "3 pages"
  bool done = false;
};

struct ProgressView {
  std::string phase;
  std::vector<BarView> bars;
  std::string waiting;  // run::waiting_text
};

// Counts per second over the last few seconds.
class RateMeter {
 public:
  double rate(const std::string& name, std::uint64_t count, base::Instant now);

 private:
  struct Sample {
    base::Instant at;
    std::uint64_t count;
  };
  std::map<std::string, std::deque<Sample>> samples_;
};

ProgressView look_at(const run::Progress& progress, RateMeter& meter, base::Instant now);

// For a terminal of so many columns and rows; finished bars go first when there are too many.
// `tick` moves the bars whose end is unknown.
std::vector<std::string> bar_lines(const ProgressView& view, TerminalSize size, std::uint64_t tick);
// One line for a log.
std::string status_line(const ProgressView& view);
// What a person who pressed Ctrl-C waits for now.
std::string stopping_text(run::Phase phase, bool to_assets);

}  // namespace muster::cli
