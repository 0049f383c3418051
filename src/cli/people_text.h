// What became of the people's Jira accounts, as `run` and `runs show` print it.
#pragma once

#include <string>

#include "run/report.h"

namespace muster::cli {

// Counts, the keys of objects that somebody has to look at, the outcome, and an empty line; "" for
// importers without such a step.
std::string people_text(const run::Report& report);

}  // namespace muster::cli
