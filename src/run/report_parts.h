// What the parts of a run add to its report.
#pragma once

#include <string>

#include "base/error.h"
#include "mapping/plan.h"
#include "run/comparing.h"
#include "run/identity_stage.h"
#include "run/progress.h"
#include "run/reading.h"
#include "run/report.h"

namespace muster::run {

// What was read, and how it differs from what is remembered: data sets, relations, rejects.
// `identities`: null when the run did not come so far.
void report_reading(const mapping::Plan& plan, const ReadResult& read, const Compared& compared,
                    const IdentityStage* identities, const Progress& progress, Report& report);

// State, reason and message of a run that did not come to its end. `deadline`: what was passed, as
// text; empty: it was not.
void report_failure(const base::Error& error, const std::string& deadline, Report& report);

}  // namespace muster::run
