// I4, I7, I15: where calls went, and which ones must not have been made.
#include <fmt/format.h>

#include <algorithm>

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

// Whoever has ended has given the importer's lock back.
void check_lock(const View& view, Findings& findings) {
  for (const Call* call : view.calls) {
    if (call->at >= view.run.begun && call->at <= view.run.ended) continue;
    findings.add("I4", "it did not hold the importer's lock, but called {} {}", call->method,
                 call->target);
    return;
  }
}

// An execution that it started itself, or that an earlier run of the importer began and is not
// known to have ended.
bool may_cancel(const std::vector<View>& views, const View& view, const std::string& execution) {
  const auto is_known = [&](const Execution& one) {
    return one.id == execution && one.source_id == view.importer.source_id;
  };
  if (std::ranges::none_of(view.history.executions, is_known)) return false;
  if (view.executions.contains(execution)) return true;
  bool is_lost = view.lost_a_start;  // then one that nobody knows may be its own
  for (const View& other : views) {
    if (&other == &view) break;
    const bool knows = other.executions.contains(execution);
    if (knows) return other.run.importer == view.run.importer && other.may_leave_open();
    if (other.run.importer != view.run.importer || other.run.plan_only) continue;
    is_lost = is_lost || (other.lost_a_start && other.may_leave_open());
  }
  return is_lost;
}

void check_cancelling(const std::vector<View>& views, const View& view, Findings& findings) {
  for (const Call* call : view.writes) {
    if (call->method != "DELETE" || may_cancel(views, view, execution_of(*call))) continue;
    findings.add("I7",
                 "it called DELETE {}, which is no execution that it or a run that died began",
                 call->target);
    return;
  }
}

// Assets took its completing call, and then nothing of what it had been sent. When that could not
// be written down, only the message says so.
bool was_rejected(const View& view) {
  const run::Report& report = *view.run.report;
  if (report.reason == "destination_rejected") return true;
  return report.reason == "store_unavailable" && view.before && view.after &&
         report.message.find("The run itself: Assets ") != std::string::npos &&
         first_difference(*view.before, *view.after).empty();
}

void check_restraint(const std::vector<View>& views, const View& view, Findings& findings) {
  if (!view.run.report) return;
  const run::Report& report = *view.run.report;
  const bool passed = report.gate.verdict == "pass" && !view.run.plan_only;
  if (!passed) {
    for (const Call* call : view.writes) {
      // What died before it is cleaned up after by whichever run comes next.
      if (call->method == "DELETE" && may_cancel(views, view, execution_of(*call))) continue;
      findings.add("I7", "the gate had not let it pass, but it called {} {}", call->method,
                   call->target);
      return;
    }
  }
  const bool is_without_effect = report.state == State::kFailed ||
                                 report.state == State::kCancelled || report.state == State::kHeld;
  // What Assets has taken it goes on with; the run must say so instead of calling itself failed.
  if (is_without_effect && view.took_effect && !was_rejected(view)) {
    findings.add("I7", "it calls itself {} ({}), but Assets took its completing call",
                 run::to_string(report.state), report.reason);
  }
}

}  // namespace

void check_traffic(const std::vector<View>& views, const View& view, Findings& findings) {
  check_origins(view, findings);
  check_lock(view, findings);
  check_cancelling(views, view, findings);
  check_restraint(views, view, findings);
}

}  // namespace muster::checker
