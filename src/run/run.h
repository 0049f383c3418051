// One run, from plan to report. Blocks until the final state; never throws; always returns a
// report.
//
//   Report report = execute(importer, options, tools, progress, stop);
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "assets/destination.h"
#include "assets/people.h"
#include "base/log.h"
#include "base/random.h"
#include "base/scheduler.h"
#include "run/importer.h"
#include "run/progress.h"
#include "run/report.h"
#include "run/run_store.h"

namespace muster::run {

struct Options {
  bool plan_only = false;        // read and judge, send nothing, remember nothing
  std::uint64_t limit = 0;       // overrides record_limit when set
  bool confirm_partial = false;  // a limited run may go where absent objects count as missing
  std::optional<ApprovedFindings> approval;
  std::string trigger = "manual";
  std::string site = "default";
};

struct Tools {
  base::Scheduler& scheduler;
  net::HttpClient& client;
  base::Random& random;
  base::Logger& logger;
  RunStore& store;
  assets::Destination& destination;
  assets::People* people = nullptr;     // needed when the importer wants Jira accounts filled in
  net::Throttles* throttles = nullptr;  // shared with other runs of this process
  // Each line of its log as it comes, by any thread (run_log.h). Absent: it is in the report only.
  std::function<void(const LogLine&)> on_line = {};
};

// `connection`: resolved values of importer. The store has seen started() before anything is sent,
// and ended() when this returns (a store failure becomes the report's reason `store_unavailable`).
// Jira accounts are filled in after that: what becomes of them changes nothing of the run's end.
Report execute(const Importer& importer, source::ConnectionValues connection,
               const Options& options, Tools tools, Progress& progress, const base::Stop& stop);

}  // namespace muster::run
