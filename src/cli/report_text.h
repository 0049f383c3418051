// A run's report for people: the same words after `run`, `plan` and `runs show`.
#pragma once

#include <string>

#include "cli/console.h"
#include "run/report.h"

namespace muster::cli {

// Did anything come? Tables full of zeros say nothing about a run that failed at its first step.
bool was_read(const run::Report& report);

// Per object type what was read, sent and changed, and a line of sums when there are several.
std::string run_table(const run::Report& report);
// ... what a run would change, against the last completed one.
std::string plan_table(const run::Report& report);

// A table per relation of how many records were looked into and how many links came out, and an
// empty line; "" without relations.
std::string relations_text(const run::Report& report);

// Rejected records, at most `limit` of them; "" when there are none.
std::string rejects_text(const run::Report& report, std::size_t limit);
// Gate verdict and findings, one sentence a line.
std::string gate_text(const run::Report& report);
// Requests, bytes, throttling.
std::string traffic_text(const run::Report& report);
// How many of the included Assets objects this import takes.
std::string budget_text(const run::Report& report);
std::string notices_text(const run::Report& report);

// "completed: 5,412 objects in 3 object types. (7.4 s)"
std::string verdict_text(const run::Report& report);
Style style_of(run::State state);

}  // namespace muster::cli
