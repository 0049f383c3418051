// While a job is run: writes down how it goes, for everybody who looks, and stops it when somebody
// asks for that.
//
//   run::Progress progress;
//   const JobWatch watch({scheduler, jobs, lease}, progress);
//   execute(..., progress, watch.cancelled());
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "base/scheduler.h"
#include "run/progress.h"
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

 private:
  void watch();

  base::Scheduler& scheduler_;
  store::Jobs& jobs_;
  const store::Lease& lease_;
  const run::Progress& progress_;
  std::stop_source cancelled_;
  std::stop_source over_;
  std::unique_ptr<base::Scheduler::Thread> thread_;
};

// Counts only: names of data sets, no values.
std::string progress_json(const run::Progress& progress, base::Instant now);

}  // namespace muster::service
