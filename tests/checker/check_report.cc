// I2, I3, I10, I12, I19: what a run says about itself.
#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "tests/checker/view.h"

namespace muster::checker {
namespace {

using run::DataSetReport;
using run::Report;
using run::State;

// interfaces.md section 4, and what the code adds to it.
constexpr std::array kReasons = {"ok",
                                 "rejects",
                                 "source_sign_in",
                                 "source_permission",
                                 "source_incomplete",
                                 "source_unavailable",
                                 "source_throttled",
                                 "source_protocol",
                                 "source_rejected",
                                 "foreign_link",
                                 "gate_missing",
                                 "gate_blanked",
                                 "gate_dropped",
                                 "gate_empty",
                                 "gate_parked",
                                 "gate_shared",
                                 "gate_replaced",
                                 "gate_forgotten",
                                 "gate_kept",
                                 "gate_unreadable",
                                 "partial_not_confirmed",
                                 "destination_token",
                                 "destination_busy",
                                 "destination_rejected",
                                 "destination_unavailable",
                                 "destination_certificate",
                                 "destination_address",
                                 "destination_link",
                                 "schema_frozen",
                                 "too_many_rejects",
                                 "cancelled",
                                 "deadline",
                                 "lease_lost",
                                 "process_died",
                                 "entitlement",
                                 "store_unavailable",
                                 "approval_used",
                                 "run_not_running",
                                 "not_confirmed",
                                 "not_available",
                                 "settings",
                                 "filter",
                                 "address_not_allowed",
                                 "certificate_not_trusted",
                                 "failpoint"};  // of test builds, where one says that it fails

bool is_final(State state) { return state != State::kRunning; }

constexpr std::chrono::seconds kLongestAfterStop{10};

void check_final_state(const View& view, Findings& findings) {
  const Report* report = view.run.report ? &*view.run.report : nullptr;
  if (!report) {
    if (!view.run.died) findings.add("I3", "it ended without a report");
  } else {
    if (!is_final(report->state)) findings.add("I3", "its report says it is still running");
    bool known = false;
    for (const char* reason : kReasons) known = known || report->reason == reason;
    if (!known) findings.add("I3", "its reason '{}' is not a known one", report->reason);
    const bool is_sentence =
        report->message.size() > 10 && report->message.find(' ') != std::string::npos;
    if (!is_sentence) findings.add("I3", "its message '{}' is no sentence", report->message);
  }
  if (view.run.after_stop > kLongestAfterStop) {
    findings.add("I3", "it went on for {} after it was told to stop",
                 base::format_duration(view.run.after_stop));
  }
  if (view.run.plan_only) return;
  const auto& finals = view.run.final_states;
  // It never was on record: it ended before it had written anything down.
  if (finals.empty() && view.calls.empty()) return;
  if (finals.size() != 1) {
    findings.add("I3", "it has {} final states on record: {}", finals.size(),
                 fmt::join(finals, ", "));
    return;
  }
  if (!report || finals[0] == run::to_string(report->state)) return;
  // The store did not take the end, so the next start found the run open.
  const bool could_not_be_noted = report->reason == "store_unavailable" ||
                                  report->message.find("The run itself: ") != std::string::npos;
  if (could_not_be_noted && finals[0] == "abandoned") return;
  findings.add("I3", "its report says {}, the record {}", run::to_string(report->state), finals[0]);
}

std::size_t listed_rejects(const Report& report, const std::string& data_set) {
  std::size_t count = 0;
  for (const auto& reject : report.rejects) {
    count += reject.data_set == data_set && reject.reason != "not_taken";
  }
  return count;
}

void check_data_set(const View& view, const DataSetReport& set, Findings& findings) {
  const Report& report = *view.run.report;
  if (set.fetched != set.filtered + set.rejected + set.formatted) {
    findings.add("I2", "{}: fetched {} is not filtered {} + rejected {} + formatted {}", set.name,
                 set.fetched, set.filtered, set.rejected, set.formatted);
  }
  if (report.rejects.size() < run::kMaxListedRejects && set.complete &&
      listed_rejects(report, set.name) != set.rejected) {
    findings.add("I2", "{}: {} records were rejected, {} are listed", set.name, set.rejected,
                 listed_rejects(report, set.name));
  }
  const DataSet* selected = view.run.selection.find(set.name);
  if (selected == nullptr) return;
  if (set.complete) {
    const Reading reading = view.read(selected->listing);
    const std::uint64_t limit = view.limit_of(*selected);
    const std::uint64_t came = Limited(limit).rows(reading.keys);
    if (!reading.pages.empty() && set.fetched + set.repeated != came) {
      findings.add("I2",
                   "{}: the pages that were read hold {} records; the report counts {} and "
                   "{} repeated",
                   set.name, came, set.fetched, set.repeated);
    }
  }
  if (!view.is_completed() || report.reason == "destination_rejected" ||
      report.reason == "not_confirmed") {
    return;
  }
  if (set.formatted != set.submitted || set.submitted != set.accepted) {
    findings.add("I2", "{}: it is {} although formatted {}, submitted {} and accepted {} differ",
                 set.name, run::to_string(report.state), set.formatted, set.submitted,
                 set.accepted);
  }
  const auto sent = view.sent.find(set.name);
  const std::uint64_t handed_over = sent == view.sent.end() ? 0 : sent->second.size();
  if (handed_over != set.submitted) {
    findings.add("I2", "{}: the report counts {} submitted, {} different objects were", set.name,
                 set.submitted, handed_over);
  }
}

void check_counts(const View& view, Findings& findings) {
  const Report& report = *view.run.report;
  for (const DataSetReport& set : report.data_sets) check_data_set(view, set, findings);
  if (!view.is_completed()) return;
  std::uint64_t rejected = 0;
  for (const DataSetReport& set : report.data_sets) {
    rejected += set.rejected;
    if (!set.complete) findings.add("I1", "{}: it is not complete, says the report", set.name);
  }
  if (report.state == State::kCompleted && rejected != 0) {
    findings.add("I2", "it is completed although {} records were rejected", rejected);
  }
  if (report.state == State::kCompletedWithRejects && report.rejects.empty() &&
      report.reason != "not_confirmed" && report.reason != "store_unavailable") {
    findings.add("I2", "it is {} but lists no rejects", run::to_string(report.state));
  }
  for (const DataSet& set : view.run.selection.data_sets) {
    bool named = false;
    for (const DataSetReport& reported : report.data_sets)
      named = named || reported.name == set.name;
    if (!named) findings.add("I2", "the report does not name data set '{}'", set.name);
  }
}

void check_limit(const View& view, Findings& findings) {
  bool cut = false;
  for (const DataSet& set : view.run.selection.data_sets) {
    const std::uint64_t limit = view.limit_of(set);
    if (limit == 0) continue;
    const Reading reading = view.read(set.listing);
    Limited limited(limit);
    const bool is_beyond = limited.rows(reading.keys) < reading.keys.size();
    cut = cut || is_beyond || (limited.is_reached() && !reading.ended);
  }
  const bool was_read = !view.run.report->data_sets.empty();
  if (cut && was_read && !view.run.report->limited) {
    findings.add("I10", "a limit left records out, but the report does not say so");
  }
  const bool sent = !view.completes.empty();
  if (cut && sent && !view.importer.says_ignore && !view.run.confirm_partial) {
    findings.add("I10",
                 "only a part was read and completed, although Assets may treat absent "
                 "objects as missing and nobody confirmed it");
  }
}

void check_reject_limit(const View& view, Findings& findings) {
  std::uint64_t rejected = 0;
  for (const DataSetReport& set : view.run.report->data_sets) rejected += set.rejected;
  const std::uint64_t most = view.importer.reject_limit;
  if (rejected > most && !view.starts.empty()) {
    findings.add("I6", "{} records were rejected, more than the {} allowed, but it started",
                 rejected, most);
  }
  if (rejected <= most && view.run.report->reason == "too_many_rejects") {
    findings.add("I3", "it ended for too many rejects, but had {} and may have {}", rejected, most);
  }
}

}  // namespace

void check_report(const View& view, Findings& findings) {
  check_final_state(view, findings);
  for (const std::string& text : view.run.texts) {
    for (const std::string& secret : view.history.secrets) {
      if (secret.empty() || text.find(secret) == std::string::npos) continue;
      findings.add("I12", "a secret stands in what it said: {}...",
                   text.substr(0, text.find(secret)).substr(0, 200));
    }
  }
  if (view.run.threads_left != 0) {
    findings.add("I19", "{} threads are left of it", view.run.threads_left);
  }
  if (!view.run.report) return;
  check_counts(view, findings);
  check_limit(view, findings);
  check_reject_limit(view, findings);
}

}  // namespace muster::checker
