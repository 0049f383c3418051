#include "run/report_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace muster::run {
namespace {

DataSetReport report_data_set(const mapping::Plan& plan, std::size_t data_set,
                              const ReadResult& read, const Compared& compared,
                              const IdentityStage* identities) {
  const Collection& collection = *read.collections[data_set];
  const Counts& counts = collection.counts();
  DataSetReport set;
  set.name = plan.data_sets[data_set].data_set->name;
  set.object_type = plan.type_of(data_set).name;
  set.complete = read.data_sets[data_set].has_value();
  set.pages = counts.pages;
  set.fetched = counts.fetched;
  set.repeated = counts.repeated;
  set.filtered = counts.filtered;
  set.rejected = counts.rejected;
  set.formatted = counts.formatted;
  set.dropped_values = collection.dropped_values();
  if (identities != nullptr) set.identity = identities->report(data_set);
  if (data_set < compared.data_sets.size() && compared.data_sets[data_set]) {
    const Comparison& comparison = *compared.data_sets[data_set];
    set.expected_new = comparison.added;
    set.expected_changed = comparison.changed;
    set.expected_unchanged = comparison.unchanged;
    set.expected_missing = comparison.missing + comparison.parked;
  } else {
    set.expected_new = counts.formatted;
  }
  return set;
}

RelationReport report_relation(const mapping::Plan& plan, std::size_t at, const ReadResult& read,
                               const RelationProgress& progress) {
  RelationReport relation;
  relation.name = plan.relations[at].relation->name;
  relation.complete = read.relations[at].has_value();
  relation.parents = progress.counters.parents_done;
  relation.pairs = progress.counters.pairs;
  relation.gone = progress.counters.gone;
  relation.hidden = progress.counters.hidden;
  relation.unknown_type = progress.counters.unknown_type;
  relation.without_key = progress.counters.without_key;
  return relation;
}

void list_rejects(const std::string& data_set, const Collection& collection, Report& report) {
  for (const mapping::Reject& reject : collection.rejects()) {
    if (report.rejects.size() == kMaxListedRejects) return;
    report.rejects.push_back({data_set, reject.key, reject.reason, reject.detail});
  }
}

}  // namespace

void report_reading(const mapping::Plan& plan, const ReadResult& read, const Compared& compared,
                    const IdentityStage* identities, const Progress& progress, Report& report) {
  report.data_sets.clear();
  const auto& sets = read.data_sets;
  if (std::all_of(sets.begin(), sets.end(), [](const auto& one) { return one.has_value(); })) {
    // A limit that lies beyond the end leaves nothing out.
    report.limited =
        !std::all_of(sets.begin(), sets.end(), [](const auto& one) { return one->is_whole(); });
  }
  for (std::size_t i = 0; i < read.collections.size(); ++i) {
    report.data_sets.push_back(report_data_set(plan, i, read, compared, identities));
    list_rejects(report.data_sets.back().name, *read.collections[i], report);
  }
  for (std::size_t i = 0; i < read.pairs.size(); ++i) {
    report.relations.push_back(report_relation(plan, i, read, progress.relations[i]));
  }
}

void report_failure(const base::Error& error, const std::string& deadline, Report& report) {
  const bool cancelled = error.kind == base::ErrorKind::kCancelled;
  report.heard = error.heard;
  if (cancelled && !deadline.empty()) {
    report.state = State::kFailed;
    report.reason = "deadline";
    report.message =
        fmt::format("The run took longer than its deadline of {} and was stopped.", deadline);
    return;
  }
  report.state = cancelled ? State::kCancelled : State::kFailed;
  report.reason = error.reason;
  report.message = error.text();
}

}  // namespace muster::run
