// I1, I10, I11: what was read, against what was handed over.
#include <fmt/format.h>

#include <algorithm>

#include "tests/checker/view.h"

namespace muster::checker {
namespace {

std::uint64_t rejected_of(const View& view, const std::string& data_set) {
  if (!view.run.report) return 0;
  for (const auto& set : view.run.report->data_sets) {
    if (set.name == data_set) return set.rejected;
  }
  return 0;
}

bool is_rejected(const View& view, const std::string& data_set, const std::string& key) {
  if (!view.run.report) return false;
  for (const auto& reject : view.run.report->rejects) {
    if (reject.data_set == data_set && reject.key == key) return true;
  }
  return false;
}

void check_limit(const View& view, const DataSet& set, const Reading& reading, std::uint64_t limit,
                 Findings& findings) {
  Limited within(limit);
  for (const Call* page : reading.pages) {
    if (within.is_reached()) {
      findings.add("I10", "{}: page '{}' was read although {} records were there already", set.name,
                   page->target, limit);
      return;
    }
    within.rows(page->page->keys);
  }
  if (view.truths.size() != 1 || reading.faulted || !view.took_effect) return;
  const auto records = view.truths[0]->data_sets.find(set.name);
  if (records == view.truths[0]->data_sets.end()) return;
  // The first n that the source counts, and of those the ones that muster's own filter takes.
  std::set<std::string> first;
  std::uint64_t counted = 0;
  for (const Record& record : records->second) {
    if (fits(set.filter, {&record}) != Fits::kAlways) continue;
    if (counted++ == limit) break;
    if (fits(set.where, {&record}) == Fits::kAlways) first.insert(record.key);
  }
  const auto sent = view.sent.find(set.name);
  if (sent == view.sent.end()) return;
  for (const auto& [key, object] : sent->second) {
    if (first.contains(key)) continue;
    findings.add("I10", "{}: '{}' is not among the first {} records but was handed over", set.name,
                 key, limit);
    return;
  }
}

// Every key that came must be handed over, filtered or listed as rejected.
void check_nothing_lost(const View& view, const DataSet& set, const Values& keys,
                        Findings& findings) {
  if (!view.run.report) return;  // what it meant to say died with it
  static const std::map<std::string, SentObject> kNothing;
  const auto found = view.sent.find(set.name);
  const auto& sent = found == view.sent.end() ? kNothing : found->second;
  const bool all_listed = view.run.report->rejects.size() < run::kMaxListedRejects;
  std::size_t unaccounted = 0;
  std::string example;
  for (const std::string& key : keys) {
    if (sent.contains(key) || is_rejected(view, set.name, key)) continue;
    if (set.where && fits(set.where, view.versions(set.name, key)) != Fits::kAlways) continue;
    if (++unaccounted == 1) example = key;
  }
  // A record without a key is rejected without one.
  if (unaccounted == 0 || !all_listed || (example.empty() && rejected_of(view, set.name) > 0)) {
    return;
  }
  findings.add("I11",
               "{}: {} records that were read were neither handed over nor listed, for "
               "example '{}'",
               set.name, unaccounted, example);
}

void check_source_order(const View& view, const DataSet& set, const Reading& reading,
                        std::uint64_t limit, Findings& findings) {
  if (reading.faulted || limit != 0 || !reading.ended) return;
  const std::set<std::string> keys(reading.keys.begin(), reading.keys.end());
  const auto records = view.truths.empty() ? std::map<std::string, std::vector<Record>>()
                                           : view.truths[0]->data_sets;
  const auto found = records.find(set.name);
  if (found == records.end()) return;
  for (const Record& record : found->second) {
    if (keys.contains(record.key)) continue;
    if (fits(set.filter, view.versions(set.name, record.key)) != Fits::kAlways) continue;
    findings.add("I1", "{}: the source held '{}' all the time, but no page that was read shows it",
                 set.name, record.key);
    return;
  }
}

void check_relation(const View& view, const Relation& relation, Findings& findings) {
  const auto parents = view.sent.find(relation.parent);
  if (parents == view.sent.end()) return;
  if (relation.listing.path.find("{key}") == std::string::npos) {
    const Reading reading = view.read(relation.listing);
    const std::set<std::string> seen(reading.keys.begin(), reading.keys.end());
    for (const auto& [key, object] : parents->second) {
      if (seen.contains(key)) continue;
      // Whoever is on no page of a list that was read to its end was not there all the time.
      const bool may_be_gone =
          reading.faulted ||
          fits(std::nullopt, view.versions(relation.parent, key)) != Fits::kAlways;
      if (reading.ended && may_be_gone) continue;
      findings.add("I1", "completed although '{}' ({}) was not read as far as '{}'", relation.name,
                   relation.listing.path, key);
      return;
    }
    return;
  }
  for (const auto& [key, object] : parents->second) {
    const Reading reading = view.read(relation.listing, key);
    if ((reading.ended && !reading.pages.empty()) || reading.gone) continue;
    findings.add("I1", "completed although '{}' of '{}' was not read to its end", relation.name,
                 key);
    return;
  }
}

// As it is, or as its halves.
bool was_taken(const std::set<std::string>& taken, const std::string& chunk) {
  constexpr std::size_t kLongest = 200;
  if (taken.contains(chunk)) return true;
  if (chunk.size() > kLongest) return false;
  const auto is_half = [&](const std::string& id) { return id.starts_with(chunk + "."); };
  return std::ranges::any_of(taken, is_half) && was_taken(taken, chunk + ".1") &&
         was_taken(taken, chunk + ".2");
}

// Before the completing call Assets must have taken every chunk.
void check_chunks(const View& view, Findings& findings) {
  if (!view.took_effect) return;
  for (const Execution& execution : view.history.executions) {
    if (execution_of(*view.completes.back()) != execution.id) continue;
    std::set<std::string> taken;
    for (const auto& chunk : execution.chunks) taken.insert(chunk.client_generated_id);
    for (const Call* call : view.writes) {
      if (!call->submission || execution_of(*call) != execution.id) continue;
      if (call->submission->completes) continue;
      if (was_taken(taken, call->submission->client_generated_id)) continue;
      findings.add("I1", "completed although Assets never took the chunk '{}'",
                   call->submission->client_generated_id);
      return;
    }
  }
}

}  // namespace

void check_reading(const View& view, Findings& findings) {
  for (const DataSet& set : view.run.selection.data_sets) {
    const std::uint64_t limit = view.limit_of(set);
    const Reading reading = view.read(set.listing);
    if (limit != 0) check_limit(view, set, reading, limit, findings);
    if (view.completes.empty()) continue;
    Limited within(limit);
    const std::uint64_t rows = within.rows(reading.keys);
    const bool enough = within.is_reached();
    if (reading.pages.empty() || !(reading.ended || enough)) {
      findings.add("I1",
                   "completed although data set '{}' ({}) was not read to its end: {} pages, "
                   "{} records",
                   set.name, set.listing.path, reading.pages.size(), reading.keys.size());
      continue;
    }
    Values keys = reading.keys;
    keys.resize(rows);
    check_nothing_lost(view, set, keys, findings);
    check_source_order(view, set, reading, limit, findings);
  }
  if (view.completes.empty()) return;
  check_chunks(view, findings);
  for (const Relation& relation : view.run.selection.relations) {
    check_relation(view, relation, findings);
  }
}

}  // namespace muster::checker
