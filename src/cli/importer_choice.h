// What every command on an importer does first: catalogues, importer file, findings, the one
// importer.
#pragma once

#include <optional>
#include <string>

#include "catalogue/loader.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "run/importer.h"

namespace muster::cli {

// The bundled catalogues and those of `directory` (may be empty). nullopt: findings were printed.
std::optional<catalogue::Library> load_library(const std::string& directory, Console& console);

// One per line, to standard error.
void print_findings(const catalogue::Findings& findings, Console& console);

// The named importer, or all of the file. Empty: everything that is wrong was printed, and the
// command ends with kUsage. `places`: which secrets and files have to be there; nullopt: none,
// because the command sends nothing.
std::vector<run::Importer> choose_importers(const ImporterArguments& which,
                                            std::optional<run::Places> places, Console& console);
// The same for exactly one.
std::optional<run::Importer> choose_importer(const ImporterArguments& which,
                                             std::optional<run::Places> places, Console& console);

}  // namespace muster::cli
