// Extends a job's lease as long as it lives, and asks the run to stop when the lease is lost.
#pragma once

#include <atomic>
#include <memory>
#include <stop_token>

#include "base/scheduler.h"
#include "net/http.h"
#include "store/queue.h"
#include "store/store.h"

namespace muster::service {

// Also the lock that a run looks at before it starts and completes something (run_store_adapter.h).
class LeaseKeeper final : public store::Store::Lock {
 public:
  // `taken`: from before the lease was asked for. All outlive the keeper.
  LeaseKeeper(base::Scheduler& scheduler, store::Queue& queue, const store::Lease& lease,
              base::Duration by, base::Instant taken);
  ~LeaseKeeper() override;

  // The importer's lock, held beside from now on: the lease is lost when it is.
  void add(std::unique_ptr<store::Store::Lock> lock);

  // With the rest of the lease before it, the time for the one call that follows.
  base::Status still_held() override;
  // Requested when the lease is lost, or a little before it ends when it could not be extended.
  base::Stop lost() const { return lost_.get_token(); }
  // Requests it now when the lease cannot be relied on any more.
  void look();

 private:
  base::Instant reliable_until() const;
  void keep();
  void watch();

  base::Scheduler& scheduler_;
  store::Queue& queue_;
  const store::Lease& lease_;
  const base::Duration by_;
  base::Monitor monitor_;                     // guards the next one
  std::unique_ptr<store::Store::Lock> lock_;  // stays once it is there
  std::atomic<base::Duration::rep> ends_;     // since the clock's start
  std::stop_source lost_;
  std::stop_source over_;
  std::unique_ptr<base::Scheduler::Thread> keeper_;
  std::unique_ptr<base::Scheduler::Thread> watcher_;
};

// What `inner` is, and looks at the lease around each request: threads of a process that stood
// still for longer than the lease go on in any order, and none of them may write once more. What
// does not listen to lost() is sent all the same: a run takes back what it began.
class LeasedClient final : public net::HttpClient {
 public:
  LeasedClient(net::HttpClient& inner, LeaseKeeper& keeper) : inner_(inner), keeper_(keeper) {}
  base::Result<net::Response> send(const net::Request& request, const base::Stop& stop) override;

 private:
  net::HttpClient& inner_;
  LeaseKeeper& keeper_;
};

}  // namespace muster::service
