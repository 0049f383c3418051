// Extends a job's lease as long as it lives, and asks the run to stop when the lease is lost.
#pragma once

#include <memory>
#include <stop_token>

#include "base/scheduler.h"
#include "store/queue.h"
#include "store/store.h"

namespace muster::service {

// Also the lock that a run looks at before it starts and completes something (run_store_adapter.h).
class LeaseKeeper final : public store::Store::Lock {
 public:
  // `lock`: the importer's, held beside. All outlive the keeper.
  LeaseKeeper(base::Scheduler& scheduler, store::Queue& queue, const store::Lease& lease,
              base::Duration by, store::Store::Lock& lock);
  ~LeaseKeeper() override;

  // With the rest of the lease before it, the time for the one call that follows.
  base::Status still_held() override;
  // Requested when the lease is lost, or could not be extended until it had ended.
  base::Stop lost() const { return lost_.get_token(); }

 private:
  void keep();

  base::Scheduler& scheduler_;
  store::Queue& queue_;
  const store::Lease& lease_;
  const base::Duration by_;
  store::Store::Lock& lock_;
  std::stop_source lost_;
  std::stop_source over_;
  std::unique_ptr<base::Scheduler::Thread> thread_;
};

}  // namespace muster::service
