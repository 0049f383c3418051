// The jobs of the queue as people see them: who asks for a run, looks how it goes, or cancels it.
// Workers use queue.h.
//
// Any thread. Errors: kMissing `no_such_job`, `no_such_importer`; kConflict `job_over`;
// kUnavailable `store_unavailable`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/audit.h"
#include "store/queue.h"

namespace muster::store {

struct JobView {
  Job job;
  std::string state;          // waiting | leased | over
  bool is_cancelled = false;  // somebody asked for it
  std::string progress;       // JSON of whoever runs it; empty: nothing yet
};

class Jobs {
 public:
  virtual ~Jobs() = default;
  // Of an importer that there is; with the entry, or not at all.
  virtual base::Status ask(const Job& job, const AuditEntry& entry) = 0;
  virtual base::Result<std::optional<JobView>> find(std::string_view site,
                                                    std::string_view job_id) = 0;
  virtual base::Result<std::optional<JobView>> of_run(std::string_view site,
                                                      std::string_view run_id) = 0;
  // Not yet over, oldest first; "" = of every importer.
  virtual base::Result<std::vector<JobView>> pending(std::string_view site,
                                                     std::string_view importer) = 0;
  // One that waits is over at once; whoever runs one learns it from note().
  virtual base::Status cancel(std::string_view site, std::string_view job_id,
                              const AuditEntry& entry) = 0;
  // By whoever has the lease, once a second or so; `lines` come after those of earlier times, as
  // Store::live_log() has them. True: it is to be cancelled.
  virtual base::Result<bool> note(const Lease& lease, std::string_view progress,
                                  std::string_view lines) = 0;
};

// A connection of its own. The database must be up to date: open_store() sees to that.
base::Result<std::unique_ptr<Jobs>> open_jobs(std::string_view url);

}  // namespace muster::store
