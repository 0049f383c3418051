#include "cli/report_text.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <span>

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

constexpr const char* kByAssets = "counted by Assets";
constexpr const char* kByMuster = "against last completed run";
constexpr const char* kByNobody = "no earlier run to compare";

using Count = std::uint64_t DataSetReport::*;

struct CountColumn {
  const char* title;
  Count count;
  bool is_verdict = false;  // of whoever compared: Assets or muster
};

constexpr CountColumn kFetched = {"fetched", &DataSetReport::fetched};
constexpr CountColumn kFiltered = {"filtered", &DataSetReport::filtered};
constexpr CountColumn kRejected = {"rejected", &DataSetReport::rejected};
constexpr CountColumn kSent = {"sent", &DataSetReport::submitted};
constexpr CountColumn kObjects = {"objects", &DataSetReport::formatted};
constexpr CountColumn kAssetsVerdict[] = {{"new", &DataSetReport::created, true},
                                          {"changed", &DataSetReport::updated, true},
                                          {"unchanged", &DataSetReport::unchanged, true},
                                          {"missing", &DataSetReport::missing, true}};
constexpr CountColumn kMusterVerdict[] = {{"new", &DataSetReport::expected_new, true},
                                          {"changed", &DataSetReport::expected_changed, true},
                                          {"unchanged", &DataSetReport::expected_unchanged, true},
                                          {"missing", &DataSetReport::expected_missing, true}};

std::vector<CountColumn> with_verdict(std::vector<CountColumn> columns,
                                      std::span<const CountColumn> verdict) {
  columns.insert(columns.end(), verdict.begin(), verdict.end());
  return columns;
}

std::string title_of(const DataSetReport& set) {
  return set.object_type.empty() ? set.name : set.object_type;
}

bool is_completed(const Report& report) {
  return report.state == run::State::kCompleted ||
         report.state == run::State::kCompletedWithRejects;
}

bool into_files(const Report& report) {
  // An older muster did not note it; without an execution nothing went to Assets.
  if (report.destination.type.empty()) return report.destination.execution_id.empty();
  return report.destination.type == "files";
}

bool asked_assets(const Report& report) { return is_completed(report) && !into_files(report); }

// Assets may give no counters for a type; every object it took is one of the three.
bool counted_by_assets(const DataSetReport& set) {
  return set.accepted == 0 || set.created + set.updated + set.unchanged > 0;
}

// After a change of its filter the gate compares nothing and leaves a notice that begins with the
// name.
bool compared_by_muster(const Report& report, const DataSetReport& set) {
  const std::vector<std::string>& notices = report.gate.notices;
  return !report.gate.compared_with.empty() &&
         std::none_of(notices.begin(), notices.end(), [&](const std::string& notice) {
           return notice.starts_with(set.name + ": ");
         });
}

bool agree(const DataSetReport& set) {
  for (std::size_t i = 0; i < std::size(kAssetsVerdict); ++i) {
    if (set.*kAssetsVerdict[i].count != set.*kMusterVerdict[i].count) return false;
  }
  return true;
}

using IsKnown = std::function<bool(const DataSetReport&)>;  // are the verdict's columns?

std::string counts_table(const std::vector<DataSetReport>& sets,
                         std::span<const CountColumn> counts, const char* verdict_by,
                         const IsKnown& is_known) {
  std::vector<Column> columns = {{"object type"}};
  for (const CountColumn& count : counts) {
    columns.push_back({count.title, Align::kRight, count.is_verdict ? verdict_by : ""});
  }
  Table table(std::move(columns));
  std::vector<std::optional<std::uint64_t>> sums(counts.size());
  const auto shown = [](const std::optional<std::uint64_t>& count) {
    return count ? with_thousands(*count) : "-";
  };
  for (const DataSetReport& set : sets) {
    const bool known = is_known(set);
    std::vector<std::string> cells = {title_of(set)};
    for (std::size_t i = 0; i < counts.size(); ++i) {
      std::optional<std::uint64_t> count;
      if (known || !counts[i].is_verdict) count = set.*counts[i].count;
      if (count) sums[i] = sums[i].value_or(0) + *count;
      cells.push_back(shown(count));
    }
    table.add(std::move(cells));
  }
  if (sets.size() > 1) {
    std::vector<std::string> cells = {"all"};
    std::transform(sums.begin(), sums.end(), std::back_inserter(cells), shown);
    table.add(std::move(cells));
  }
  return table.text();
}

std::string first_run_text(const Report& report) {
  std::uint64_t held = 0;
  for (const DataSetReport& set : report.data_sets) {
    // Of an identity, other importers brought them.
    if (set.identity.name.empty()) held += set.updated + set.unchanged;
  }
  if (held == 0) return "";
  return fmt::format(
      "Assets held {} of these objects already, and muster remembers nothing of this import source "
      "to compare with.\n"
      "They may come from a limited run, from another tool, or from runs whose history is in "
      "another "
      "--database.\n",
      with_thousands(held));
}

// What a "-" of muster's columns means.
std::string not_compared_text(const Report& report) {
  std::vector<std::string> titles;
  if (report.gate.compared_with.empty()) return "";
  for (const DataSetReport& set : report.data_sets) {
    if (!compared_by_muster(report, set)) titles.push_back(title_of(set));
  }
  if (titles.empty()) return "";
  return fmt::format("-: not compared, because filter, where or limit changed since run {}: {}.\n",
                     report.gate.compared_with, fmt::join(titles, ", "));
}

}  // namespace

bool was_read(const Report& report) {
  return std::any_of(report.data_sets.begin(), report.data_sets.end(),
                     [](const DataSetReport& set) { return set.fetched > 0 || set.complete; });
}

std::string run_table(const Report& report) {
  const std::vector<CountColumn> read_and_sent = {kFetched, kFiltered, kRejected, kSent};
  if (asked_assets(report)) {
    return counts_table(report.data_sets, with_verdict(read_and_sent, kAssetsVerdict), kByAssets,
                        counted_by_assets);
  }
  return counts_table(report.data_sets, with_verdict(read_and_sent, kMusterVerdict),
                      report.gate.compared_with.empty() ? kByNobody : kByMuster,
                      [&](const DataSetReport& set) { return compared_by_muster(report, set); }) +
         not_compared_text(report);
}

std::string plan_table(const Report& report) {
  const bool is_first = report.gate.compared_with.empty();
  return counts_table(report.data_sets,
                      with_verdict({kFetched, kFiltered, kRejected, kObjects}, kMusterVerdict),
                      is_first ? kByNobody : kByMuster,
                      [&](const DataSetReport& set) {
                        return is_first || compared_by_muster(report, set);
                      }) +
         not_compared_text(report);
}

std::string comparison_text(const Report& report) {
  if (!asked_assets(report)) return "";
  if (report.gate.compared_with.empty()) return first_run_text(report);
  std::vector<DataSetReport> differing;
  bool any = false;
  for (const DataSetReport& set : report.data_sets) {
    if (!compared_by_muster(report, set) || !counted_by_assets(set)) continue;
    any = true;
    if (!agree(set)) differing.push_back(set);
  }
  if (!any) return "";
  if (differing.empty()) {
    return fmt::format("muster counts the same against the last completed run, {}.\n",
                       report.gate.compared_with);
  }
  return fmt::format(
      "muster counts differently against the last completed run, {}:\n\n{}\n"
      "Assets compares with what it holds, muster with what that run sent. They differ when "
      "objects "
      "were changed,\nremoved or kept in Assets meanwhile, by people, other imports or a run that "
      "did not complete.\n",
      report.gate.compared_with,
      counts_table(differing, kMusterVerdict, kByMuster,
                   [](const DataSetReport&) { return true; }));
}

std::string relations_text(const Report& report) {
  Table table({{"relation"}, {"looked into", Align::kRight}, {"links", Align::kRight}});
  for (const run::RelationReport& relation : report.relations) {
    table.add({relation.name, with_thousands(relation.parents), with_thousands(relation.pairs)});
  }
  return table.empty() ? "" : table.text() + "\n";
}

std::string identity_text(const Report& report) {
  static constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"serial_number", "by serial number"},
      {"device_id", "by device ID"},
      {"email", "by e-mail address"},
      {"own_key", "by nothing: an object of its own"},
      {"placeholder", "a placeholder was ignored"},
      {"shared", "a value that too many records have was ignored"},
      {"duplicate", "the same thing as another record"},
      {"different", "kept apart by a stronger identifier"},
      {"moved", "another object than in the last run"}};
  Table table({{"one identity"},
               {"matched"},
               {"records", Align::kRight},
               {"known to others", Align::kRight}});
  std::string left;
  for (const DataSetReport& set : report.data_sets) {
    for (const run::IdentityMatch& match : set.identity.matches) {
      const auto words =
          std::ranges::find(kWords, match.rule, [](const auto& each) { return each.first; });
      table.add({title_of(set), std::string(words == std::end(kWords) ? match.rule : words->second),
                 with_thousands(match.records), with_thousands(match.known)});
    }
    if (set.identity.left_to_others == 0) continue;
    left += fmt::format("{}: {} left to importers that come before this one.\n", title_of(set),
                        base::count_of(set.identity.left_to_others, "value is", "values are"));
  }
  return table.empty() ? "" : table.text() + left + "\n";
}

std::string counts_text(const Report& report) {
  if (!was_read(report)) return "";
  std::string text = run_table(report) + "\n";
  if (const std::string comparison = comparison_text(report); !comparison.empty()) {
    text += comparison + "\n";
  }
  return text + relations_text(report) + identity_text(report);
}

std::string rejects_text(const Report& report, std::size_t limit) {
  if (report.rejects.empty()) return "";
  Table table({{"rejected in"}, {"key"}, {"reason"}, {"detail"}});
  std::uint64_t total = 0;
  for (const DataSetReport& set : report.data_sets) total += set.rejected;
  total += std::count_if(report.rejects.begin(), report.rejects.end(),
                         [](const auto& reject) { return reject.reason == "not_taken"; });
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
                "  All objects count as new, also those that Assets may hold already.\n"
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
  // Rounded down: 100 % is said of what uses the budget up.
  const std::uint64_t tenths = objects * 1000 / kIncludedObjects;
  const std::string share = tenths == 0 && objects > 0
                                ? "under 0.1"
                                : fmt::format("{}.{}", with_thousands(tenths / 10), tenths % 10);
  std::string text = fmt::format(
      "Object budget: {} of the {} objects that Premium and Enterprise include per site ({} %).\n",
      with_thousands(objects), with_thousands(kIncludedObjects), share);
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
  return text;
}

std::string verdict_text(const Report& report) {
  const bool is_partial = report.limited && is_completed(report);
  std::string text =
      fmt::format("{}{}: {}", run::to_string(report.state), is_partial ? " (partial)" : "",
                  base::printable(report.message, 1000));
  if (is_partial) text += " Limited run: records beyond the limit were not read.";
  if (is_completed(report) && report.destination.type == "files") {
    text += fmt::format(" Written to {}; nothing was sent to Assets.",
                        base::printable(report.destination.directory, 500));
  }
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
