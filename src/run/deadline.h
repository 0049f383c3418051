// The longest a run may take.
#pragma once

#include <memory>
#include <stop_token>

#include "base/scheduler.h"

namespace muster::run {

// Stops the run when its deadline passes; the run says so then.
class Deadline {
 public:
  Deadline(base::Scheduler& scheduler, base::Duration allowed, std::stop_source& stop)
      : scheduler_(scheduler),
        monitor_(scheduler),
        at_(scheduler.now() + allowed),
        thread_(scheduler.start("deadline", [this, &stop] {
          {
            base::Monitor::Lock lock(monitor_);
            if (lock.wait_until(scheduler_, at_, [&] { return over_; })) return;
            passed_ = true;
          }
          stop.request_stop();
        })) {}
  ~Deadline() {
    {
      base::Monitor::Lock lock(monitor_);
      over_ = true;
      monitor_.notify_all();
    }
    thread_->join();
  }
  bool passed() {
    base::Monitor::Lock lock(monitor_);
    return passed_;
  }

 private:
  base::Scheduler& scheduler_;
  base::Monitor monitor_;  // guards over_, passed_
  const base::Instant at_;
  bool over_ = false;
  bool passed_ = false;
  std::unique_ptr<base::Scheduler::Thread> thread_;
};

}  // namespace muster::run
