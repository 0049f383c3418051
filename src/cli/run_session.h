// Everything a run needs around it on the command line: network, destination, progress, log.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "assets/jsm_assets.h"
#include "base/scheduler.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "run/run.h"
#include "store/store.h"

namespace muster::cli {

// The importer's destination with its token read. `trust` and all else come from the importer.
std::unique_ptr<assets::Destination> make_destination(const run::Importer& importer,
                                                      base::Secret token,
                                                      const assets::JsmTools& tools);

// What signing in needs: the values, and the destination's token when the importer has one to read.
struct Credentials {
  source::ConnectionValues connection;
  base::Secret token;
};
// Reads them and takes them out of the environment; one per importer. Before any other thread
// starts.
base::Result<std::vector<Credentials>> take_credentials(std::span<const run::Importer> importers,
                                                        run::Places places);

struct RunSettings {
  run::Options options;
  bool keep_baseline = true;
  store::Store::Lock* lock = nullptr;  // of the importer; null: for a plan
  bool no_progress = false;
  LogSettings log;
};

// Runs to the end, with progress on standard error.
run::Report run_importer(const run::Importer& importer, Credentials credentials,
                         const RunSettings& settings, base::Scheduler& scheduler,
                         store::Store& store, Console& console, const base::Stop& stop);

}  // namespace muster::cli
