// I4, I7, I15: where calls went, and which ones must not have been made.
#include <fmt/format.h>

#include "tests/checker/view.h"

namespace muster::checker {
namespace {

using run::State;

void check_origins(const View& view, Findings& findings) {
  for (const Call* call : view.calls) {
    const bool to_source = view.is_to(*call, view.importer.source_urls);
    const bool to_destination = view.is_to(*call, view.importer.destination_urls);
    if (!to_source && !to_destination) {
      findings.add("I15", "it called {}, which is neither its source nor its destination",
                   call->origin);
    }
    if ((call->credential == Credential::kSource && !to_source) ||
        (call->credential == Credential::kDestination && !to_destination) ||
        call->credential == Credential::kUnknown) {
      findings.add("I15", "it sent a credential to {} that was not issued for it", call->origin);
    }
  }
}

void check_lock(const View& view, Findings& findings) {
  if (!view.run.lost_lock) return;
  for (const Call* call : view.writes) {
    if (call->at <= *view.run.lost_lock) continue;
    findings.add("I4", "it had lost the importer's lock, and then still called {} {}", call->method,
                 call->target);
    return;
  }
}

// Cancelling what a dead run left behind is no change of this one.
bool is_clean_up(const Call& call) { return call.method == "DELETE"; }

void check_restraint(const View& view, Findings& findings) {
  if (!view.run.report) return;
  const run::Report& report = *view.run.report;
  const bool passed = report.gate.verdict == "pass" && !view.run.plan_only;
  if (!passed) {
    for (const Call* call : view.writes) {
      if (is_clean_up(*call)) continue;
      findings.add("I7", "the gate had not let it pass, but it called {} {}", call->method,
                   call->target);
      return;
    }
  }
  const bool is_without_effect = report.state == State::kFailed ||
                                 report.state == State::kCancelled || report.state == State::kHeld;
  // What Assets has taken it goes on with; the run must say so instead of calling itself failed.
  if (is_without_effect && view.took_effect && report.reason != "destination_rejected" &&
      report.reason != "store_unavailable") {
    findings.add("I7", "it calls itself {} ({}), but Assets took its completing call",
                 run::to_string(report.state), report.reason);
  }
}

}  // namespace

void check_traffic(const View& view, Findings& findings) {
  check_origins(view, findings);
  check_lock(view, findings);
  check_restraint(view, findings);
}

}  // namespace muster::checker
