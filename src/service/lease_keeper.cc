#include "service/lease_keeper.h"

namespace muster::service {

LeaseKeeper::LeaseKeeper(base::Scheduler& scheduler, store::Queue& queue, const store::Lease& lease,
                         base::Duration by, store::Store::Lock& lock)
    : scheduler_(scheduler), queue_(queue), lease_(lease), by_(by), lock_(lock) {
  thread_ = scheduler_.start("keep lease", [this] { keep(); });
}

LeaseKeeper::~LeaseKeeper() {
  over_.request_stop();
  thread_->join();
}

base::Status LeaseKeeper::still_held() {
  TRY(lock_.still_held());
  return queue_.extend(lease_, by_);
}

void LeaseKeeper::keep() {
  base::Instant ends = scheduler_.now() + by_;
  while (base::sleep_for(scheduler_, by_ / 3, over_.get_token())) {
    const base::Instant asked = scheduler_.now();
    const base::Status extended = queue_.extend(lease_, by_);
    if (extended.ok()) {
      ends = asked + by_;
    } else if (extended.error().reason == "lease_lost" || scheduler_.now() >= ends) {
      lost_.request_stop();
      return;
    }
  }
}

}  // namespace muster::service
