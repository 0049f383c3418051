#include "cli/report_text.h"

#include <algorithm>

#include "base/text.h"
#include "cli/tables.h"

namespace muster::cli {
namespace {

using base::with_thousands;
using run::DataSetReport;
using run::Report;

// Premium and Enterprise include so many objects per site; more are bought in addition
// (support.atlassian.com/assets/docs/what-is-feature-usage-and-how-it-works).
constexpr std::uint64_t kIncludedObjects = 50'000;

struct CountColumn {
  const char* title;
  std::uint64_t DataSetReport::*count;
};

constexpr CountColumn kRunColumns[] = {
    {"fetched", &DataSetReport::fetched},     {"filtered", &DataSetReport::filtered},
    {"rejected", &DataSetReport::rejected},   {"sent", &DataSetReport::submitted},
    {"new", &DataSetReport::created},         {"changed", &DataSetReport::updated},
    {"unchanged", &DataSetReport::unchanged}, {"missing", &DataSetReport::missing},
};

constexpr CountColumn kPlanColumns[] = {
    {"fetched", &DataSetReport::fetched},
    {"filtered", &DataSetReport::filtered},
    {"rejected", &DataSetReport::rejected},
    {"objects", &DataSetReport::formatted},
    {"new", &DataSetReport::expected_new},
    {"changed", &DataSetReport::expected_changed},
    {"unchanged", &DataSetReport::expected_unchanged},
    {"missing", &DataSetReport::expected_missing},
};

template <std::size_t N>
std::string counts_table(const Report& report, const CountColumn (&counts)[N]) {
  std::vector<Column> columns = {{"object type"}};
  for (const CountColumn& count : counts) columns.push_back({count.title, Align::kRight});
  Table table(std::move(columns));
  std::uint64_t sums[N] = {};
  for (const DataSetReport& set : report.data_sets) {
    std::vector<std::string> cells = {set.object_type.empty() ? set.name : set.object_type};
    for (std::size_t i = 0; i < N; ++i) {
      sums[i] += set.*counts[i].count;
      cells.push_back(with_thousands(set.*counts[i].count));
    }
    table.add(std::move(cells));
  }
  if (report.data_sets.size() > 1) {
    std::vector<std::string> cells = {"all"};
    for (std::uint64_t sum : sums) cells.push_back(with_thousands(sum));
    table.add(std::move(cells));
  }
  return table.text();
}

}  // namespace

bool was_read(const Report& report) {
  return std::any_of(report.data_sets.begin(), report.data_sets.end(),
                     [](const DataSetReport& set) { return set.fetched > 0 || set.complete; });
}

std::string run_table(const Report& report) { return counts_table(report, kRunColumns); }

std::string plan_table(const Report& report) { return counts_table(report, kPlanColumns); }

std::string relations_text(const Report& report) {
  Table table({{"relation"}, {"looked into", Align::kRight}, {"links", Align::kRight}});
  for (const run::RelationReport& relation : report.relations) {
    table.add({relation.name, with_thousands(relation.parents), with_thousands(relation.pairs)});
  }
  return table.empty() ? "" : table.text() + "\n";
}

std::string rejects_text(const Report& report, std::size_t limit) {
  if (report.rejects.empty()) return "";
  Table table({{"rejected in"}, {"key"}, {"reason"}, {"detail"}});
  std::uint64_t total = 0;
  for (const DataSetReport& set : report.data_sets) total += set.rejected;
  const std::size_t shown = std::min(limit, report.rejects.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const run::RejectReport& reject = report.rejects[i];
    table.add({reject.data_set, reject.key, reject.reason, reject.detail});
  }
  std::string text = table.text();
  if (total > shown) {
    text += fmt::format("... and {} more; `muster runs show {} --json` lists up to {}.\n",
                        with_thousands(total - shown), report.run_id,
                        with_thousands(run::kMaxListedRejects));
  }
  return text;
}

std::string gate_text(const Report& report) {
  const run::GateReport& gate = report.gate;
  std::string text;
  if (gate.verdict.empty()) {
    text = "Gate: not reached.\n";
  } else if (gate.verdict == "pass" && !gate.approved_by.empty()) {
    text =
        fmt::format("Gate: passed with the approval of {}.\n", base::printable(gate.approved_by));
  } else if (gate.verdict == "pass") {
    text = "Gate: passed, nothing is held.\n";
  } else {
    text = "Gate: held.\n";
  }
  for (const run::Finding& finding : gate.findings) {
    text += "  " + base::printable(finding.text, 500) + "\n";
  }
  for (const std::string& notice : gate.notices) {
    text += "  " + base::printable(notice, 500) + "\n";
  }
  if (gate.verdict.empty()) return text;
  text += gate.compared_with.empty()
              ? "Compared with: nothing, no run of this importer has completed yet.\n"
              : fmt::format("Compared with: run {}.\n", gate.compared_with);
  return text;
}

std::string traffic_text(const Report& report) {
  const run::SourceReport& source = report.source;
  std::string text = fmt::format("Source: {}, {}", base::count_of(source.requests, "request"),
                                 base::format_bytes(source.bytes));
  if (source.resource_units > 0) {
    text += fmt::format(", {}", base::count_of(source.resource_units, "resource unit"));
  }
  if (source.throttled > 0) {
    const auto waited = std::chrono::duration_cast<base::Duration>(
        std::chrono::duration<double>(source.waited_seconds));
    text += fmt::format("; asked {} to slow down, waited {}",
                        base::count_of(source.throttled, "time"), base::format_duration(waited));
  }
  text += ".\n";
  const run::DestinationReport& destination = report.destination;
  if (destination.chunks > 0) {
    text += fmt::format("Destination: {}, {}", base::count_of(destination.chunks, "chunk"),
                        base::format_bytes(destination.bytes));
    if (!destination.execution_id.empty()) {
      text += fmt::format(", execution {}", base::printable(destination.execution_id));
    }
    text += ".\n";
  }
  return text;
}

std::string budget_text(const Report& report) {
  std::uint64_t objects = 0;
  for (const DataSetReport& set : report.data_sets) objects += set.formatted;
  std::string text = fmt::format(
      "Object budget: {} of the {} objects that Premium and Enterprise include per site ({} %).\n",
      with_thousands(objects), with_thousands(kIncludedObjects),
      (objects * 100 + kIncludedObjects - 1) / kIncludedObjects);
  if (objects > kIncludedObjects) {
    text += "  Extra objects have to be bought, or select fewer data sets, filter or exclude.\n";
  }
  return text;
}

std::string notices_text(const Report& report) {
  std::string text;
  for (const std::string& notice : report.notices) {
    text += "Note: " + base::printable(notice, 500) + "\n";
  }
  for (const DataSetReport& set : report.data_sets) {
    if (set.repeated > 0) {
      text += fmt::format("Note: {}: the source sent {} twice; each was taken once.\n", set.name,
                          base::count_of(set.repeated, "record"));
    }
    if (set.dropped_values > 0) {
      text +=
          fmt::format("Note: {}: {} did not fit the type of their attribute and were left out.\n",
                      set.name, base::count_of(set.dropped_values, "value"));
    }
  }
  for (const run::RelationReport& relation : report.relations) {
    if (relation.hidden == 0) continue;
    text += fmt::format(
        "Note: {}: {} may have members that this app is not allowed to see; "
        "`muster check` says which permission shows them.\n",
        relation.name, base::count_of(relation.hidden, "parent"));
  }
  return text;
}

std::string verdict_text(const Report& report) {
  std::string text =
      fmt::format("{}: {}", run::to_string(report.state), base::printable(report.message, 1000));
  if (report.reason != "ok" && !report.reason.empty()) text += fmt::format(" [{}]", report.reason);
  if (report.ended) {
    text += fmt::format(" ({})", base::format_duration(*report.ended - report.started));
  }
  return text;
}

Style style_of(run::State state) {
  switch (state) {
    case run::State::kCompleted: return Style::kGood;
    case run::State::kCompletedWithRejects:
    case run::State::kHeld:
    case run::State::kCancelled: return Style::kWarning;
    case run::State::kFailed:
    case run::State::kAbandoned: return Style::kBad;
    case run::State::kRunning: break;
  }
  return Style::kPlain;
}

}  // namespace muster::cli
