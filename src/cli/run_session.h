// Everything a run needs around it on the command line: network, destination, progress, log.
#pragma once

#include "base/scheduler.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "run/run.h"
#include "service/credentials.h"
#include "store/store.h"

namespace muster::cli {

struct RunSettings {
  run::Options options;
  bool keep_baseline = true;
  store::Store::Lock* lock = nullptr;  // of the importer; null: for a plan
  bool no_progress = false;
  LogSettings log;
};

// Runs to the end, with progress on standard error.
run::Report run_importer(const run::Importer& importer, service::Credentials credentials,
                         const RunSettings& settings, base::Scheduler& scheduler,
                         store::Store& store, Console& console, const base::Stop& stop);

}  // namespace muster::cli
