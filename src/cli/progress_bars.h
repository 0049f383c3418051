// Shows a run's progress on standard error while it lives: bars on a terminal, elsewhere a line
// every 10 s. Draws on a thread of its own, so a slow terminal never slows the run.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/scheduler.h"
#include "cli/console.h"
#include "run/progress.h"

namespace muster::cli {

enum class ProgressMode { kBars, kLines, kOff };

class ProgressBars {
 public:
  ProgressBars(ProgressMode mode, base::Scheduler& scheduler, Console& console,
               const run::Progress& progress);
  ~ProgressBars();  // takes the bars away; the final table says everything
  // A line of somebody else (a log) that must not be painted over. Any thread.
  void print(std::string_view line);

  ProgressBars(const ProgressBars&) = delete;
  ProgressBars& operator=(const ProgressBars&) = delete;

 private:
  void draw_bars(const base::Stop& stop);
  void print_lines(const base::Stop& stop);
  std::string take_pending();

  base::Scheduler& scheduler_;
  Console& console_;
  const run::Progress& progress_;
  const ProgressMode mode_;
  std::size_t lines_shown_ = 0;  // only the drawing thread, then the destructor
  base::Monitor monitor_;        // guards pending_
  std::string pending_;
  std::stop_source stop_;
  std::unique_ptr<base::Scheduler::Thread> thread_;
};

}  // namespace muster::cli
