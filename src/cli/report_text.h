// A run's report for people: the same words after `run`, `plan` and `runs show`.
#pragma once

#include <string>

#include "cli/console.h"
#include "run/report.h"

namespace muster::cli {

// Did anything come? Tables full of zeros say nothing about a run that failed at its first step.
bool was_read(const run::Report& report);

// Per object type what was read and sent, and a line of sums when there are several; beside it what
// Assets counted or, without its counters, what muster found against the last completed run. "-":
// nobody counted.
std::string run_table(const run::Report& report);
// ... what a run would change, against the last completed one.
std::string plan_table(const run::Report& report);
// After a run whose objects Assets counted: does muster's own comparison say the same? The numbers
// that differ and why, or a sentence; "" when there is nothing to compare.
std::string comparison_text(const run::Report& report);

// These two and the relations, as `run` and `runs show` print them; "" when nothing was read.
std::string counts_text(const run::Report& report);

// A table per relation of how many records were looked into and how many links came out, and an
// empty line; "" without relations.
std::string relations_text(const run::Report& report);
// The same of how records became objects that other importers send too; "" without an identity.
std::string identity_text(const run::Report& report);

// Rejected records, at most `limit` of them; "" when there are none.
std::string rejects_text(const run::Report& report, std::size_t limit);
// Gate verdict and findings, one sentence a line.
std::string gate_text(const run::Report& report);
// Requests, bytes, throttling.
std::string traffic_text(const run::Report& report);
// How many of the included Assets objects this import takes.
std::string budget_text(const run::Report& report);
std::string notices_text(const run::Report& report);

// "completed: 5,412 objects in 3 object types. (7.4 s)"; a limited run and one into files say so.
std::string verdict_text(const run::Report& report);
Style style_of(run::State state);

}  // namespace muster::cli
