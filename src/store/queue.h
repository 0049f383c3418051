// What is to be run: jobs that wait until they are due, and the leases of the workers that have
// them. On PostgreSQL any number of machines share one queue.
//
//   std::optional<Lease> lease = TRY(queue.take({.worker = "node-1/3"}));
//   ... every few seconds while it works: TRY(queue.extend(*lease));
//   TRY(queue.finish(*lease));
//
// Times are those of the database's clock (SQLite: this machine's), so that workers whose clocks
// differ agree on when a lease ends. A lease that ended is taken over with a higher fence; whoever
// had it before learns that from begun(), extend() and finish(): kConflict `lease_lost`.
//
// Any thread. Errors otherwise: kUnavailable `store_unavailable`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"

namespace muster::store {

struct Job {
  std::string site;
  std::string job_id;  // unique in its site
  std::string importer;
  std::string trigger;                 // schedule | manual
  std::optional<base::WallTime> tick;  // of its schedule
  std::string options;                 // JSON, known to whoever put it there
  base::WallTime due{};
  std::string run_id;  // set by begun()
};

struct Lease {
  Job job;
  std::string worker;
  std::int64_t fence = 0;
  // Somebody had it before and let the lease end: he died, or is about to learn that he lost it.
  bool is_taken_over = false;
};

// No lease is as long, and nobody asks for a job so long before it is due.
inline constexpr base::Duration kFarthest = std::chrono::minutes(10);

struct TakeSettings {
  std::string worker;  // unique among all that live
  base::Duration lease = std::chrono::seconds(30);
  std::uint64_t per_site = 4;  // so many of one site at most are under way
};

class Queue {
 public:
  virtual ~Queue() = default;

  // False: this tick has its job already (I5), or the site is being moved. Notes the tick as its
  // importer's last one.
  virtual base::Result<bool> add(const Job& job) = 0;
  // One whose lease ended, or else the next that is due: of the site that has the fewest under way
  // and among them the one that is due longest. Never two of one importer at once (I4).
  virtual base::Result<std::optional<Lease>> take(const TakeSettings& settings) = 0;
  // Right before its run is written down, so that whoever takes the job over finds it.
  virtual base::Status begun(const Lease& lease, std::string_view run_id) = 0;
  virtual base::Status extend(const Lease& lease, base::Duration by) = 0;
  virtual base::Status finish(const Lease& lease) = 0;
  // To be taken again, by anybody, after a while.
  virtual base::Status put_back(const Lease& lease, base::Duration after) = 0;
  // Brings back the jobs that lie farther ahead than kFarthest, which got their times from a clock
  // that was ahead: those that wait are due now, and leases end kFarthest from now. How many.
  virtual base::Result<std::int64_t> bring_back() = 0;
  // Not yet over, of this importer, oldest first.
  virtual base::Result<std::vector<Job>> pending(std::string_view site,
                                                 std::string_view importer) = 0;
  virtual base::Result<base::WallTime> now() = 0;  // the database's
};

// A connection of its own. The database must be up to date: open_store() sees to that.
base::Result<std::unique_ptr<Queue>> open_queue(std::string_view url,
                                                const base::Scheduler& scheduler);

}  // namespace muster::store
