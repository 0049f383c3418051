#include "service/lease_keeper.h"

namespace muster::service {

LeaseKeeper::LeaseKeeper(base::Scheduler& scheduler, store::Queue& queue, const store::Lease& lease,
                         base::Duration by, base::Instant taken)
    : scheduler_(scheduler),
      queue_(queue),
      lease_(lease),
      by_(by),
      monitor_(scheduler),
      ends_((taken + by).since_start.count()) {
  keeper_ = scheduler_.start("keep lease", [this] { keep(); });
  watcher_ = scheduler_.start("watch lease", [this] { watch(); });
}

LeaseKeeper::~LeaseKeeper() {
  over_.request_stop();
  keeper_->join();
  watcher_->join();
}

void LeaseKeeper::add(std::unique_ptr<store::Store::Lock> lock) {
  base::Monitor::Lock hold(monitor_);
  lock_ = std::move(lock);
}

base::Status LeaseKeeper::still_held() {
  store::Store::Lock* lock = nullptr;
  {
    base::Monitor::Lock hold(monitor_);
    lock = lock_.get();
  }
  if (lock != nullptr) TRY(lock->still_held());
  return queue_.extend(lease_, by_);
}

void LeaseKeeper::keep() {
  do {
    const base::Instant asked = scheduler_.now();
    const base::Status held = still_held();
    if (held.ok()) {
      ends_ = (asked + by_).since_start.count();
    } else if (held.error().reason == "lease_lost") {
      lost_.request_stop();
      return;
    }
  } while (base::sleep_for(scheduler_, by_ / 3, over_.get_token()));
}

// Beside keep(), which may wait for a store that does not answer. Stops early enough that nothing
// is under way any more when somebody else takes the job over.
void LeaseKeeper::watch() {
  while (!lost_.stop_requested()) {
    look();
    if (!base::sleep_until(scheduler_, reliable_until(), over_.get_token())) return;
  }
}

base::Instant LeaseKeeper::reliable_until() const {
  return base::Instant{base::Duration(ends_.load()) - by_ / 6};
}

void LeaseKeeper::look() {
  if (scheduler_.now() >= reliable_until()) lost_.request_stop();
}

base::Result<net::Response> LeasedClient::send(const net::Request& request,
                                               const base::Stop& stop) {
  keeper_.look();
  base::Result<net::Response> response = inner_.send(request, stop);
  keeper_.look();
  return response;
}

}  // namespace muster::service
