// While a job is run: writes down how it goes and what it logs, for everybody who looks, and stops
// it when somebody asks for that.
//
//   run::Progress progress;
//   const JobWatch watch({scheduler, jobs, lease}, progress);
//   execute(..., progress, watch.cancelled());
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "base/outbox.h"
#include "base/scheduler.h"
#include "run/progress.h"
#include "run/report.h"
#include "store/jobs.h"

namespace muster::service {

class JobWatch {
 public:
  // All outlive it. Once a second; a store that does not answer is asked again the next time.
  JobWatch(base::Scheduler& scheduler, store::Jobs& jobs, const store::Lease& lease,
           const run::Progress& progress);
  ~JobWatch();
  JobWatch(const JobWatch&) = delete;
  JobWatch& operator=(const JobWatch&) = delete;

  base::Stop cancelled() const { return cancelled_.get_token(); }
  // Any thread.
  void tell(const run::LogLine& line) { told_.put(line); }

 private:
  void watch();
  std::string next_lines();

  base::Scheduler& scheduler_;
  store::Jobs& jobs_;
  const store::Lease& lease_;
  const run::Progress& progress_;
  base::Outbox<run::LogLine> told_;
  std::string unwritten_;  // lines as the store has them; its own thread's
  std::size_t lines_ = 0;  // its own thread's
  std::stop_source cancelled_;
  std::stop_source over_;
  std::unique_ptr<base::Scheduler::Thread> thread_;
};

// So many lines are kept of a run that goes on; its report has the last ones too.
inline constexpr std::size_t kMostLiveLines = 1'000;

// Counts only: names of data sets, no values.
std::string progress_json(const run::Progress& progress, base::Instant now);

}  // namespace muster::service
