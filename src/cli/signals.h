// Ctrl-C and its relatives, turned into a stop request.
#pragma once

#include <memory>
#include <string>

#include "base/scheduler.h"
#include "cli/console.h"

namespace muster::cli {

inline constexpr base::Duration kOneWish = std::chrono::seconds(1);

// While it lives, SIGINT, SIGTERM and SIGHUP ask the run to stop cleanly; a second one ends the
// process at once with kCancelled (the next run reports this one as abandoned), unless it comes
// within kOneWish of the first: `timeout` and terminals send the same wish twice. Make it before
// any other thread starts, because threads inherit which signals they leave to it.
class StopOnSignal {
 public:
  // `announcement`: said on the first signal; empty when whoever is stopped says it (run_session).
  StopOnSignal(base::Scheduler& scheduler, Console& console, std::string announcement = "");
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  base::Stop stop() const { return source_.get_token(); }

 private:
  void watch();

  base::Scheduler& scheduler_;
  Console& console_;
  const std::string announcement_;
  std::stop_source source_;
  std::unique_ptr<base::Scheduler::Thread> watcher_;
};

}  // namespace muster::cli
