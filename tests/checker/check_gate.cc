// I6: what the gate must have stopped, worked out again from what was handed over.
#include <fmt/format.h>

#include <algorithm>

#include "tests/checker/view.h"

namespace muster::checker {
namespace {

using Sent = std::map<std::string, SentObject>;

// A handful of objects losing a rare value is no finding.
constexpr double kEverydayLosses = 10;

struct Remembered {
  Sent objects;
  const DataSet* selected = nullptr;
  std::uint64_t limit = 0;
};

double percent(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

bool means_the_same(const Remembered& before, const DataSet& set, std::uint64_t limit) {
  return before.selected->filter == set.filter && before.selected->where == set.where &&
         before.limit == limit;
}

// What goes beyond the limits, as sentences.
std::vector<std::string> excesses(const Importer& importer, const DataSet& set,
                                  const Remembered& before, const Sent& now, bool comparable) {
  std::vector<std::string> found;
  if (!before.objects.empty() && now.empty()) {
    found.push_back(fmt::format("{}: none instead of {}", set.name, before.objects.size()));
    return found;
  }
  if (!comparable) return found;
  std::size_t missing = 0;
  std::map<std::string, std::pair<std::size_t, std::size_t>> blanked;  // field -> had, lost
  for (const auto& [key, object] : before.objects) {
    const auto still = now.find(key);
    if (still == now.end()) {
      ++missing;
      continue;
    }
    for (const std::string& field : object.filled) {
      auto& [had, lost] = blanked[field];
      ++had;
      lost += still->second.emptied.contains(field);
    }
  }
  if (percent(missing, before.objects.size()) > importer.max_missing_percent &&
      missing > importer.max_missing_objects) {
    found.push_back(
        fmt::format("{}: {} of {} are missing", set.name, missing, before.objects.size()));
  }
  const double enough =
      std::min(kEverydayLosses,
               importer.max_blanked_percent * static_cast<double>(before.objects.size()) / 100.0);
  for (const auto& [field, counts] : blanked) {
    const auto [had, lost] = counts;
    if (percent(lost, had) > importer.max_blanked_percent && static_cast<double>(lost) > enough) {
      found.push_back(fmt::format("{}: '{}' became empty on {} of {}", set.name, field, lost, had));
    }
  }
  return found;
}

const run::Report* report_of(const std::vector<View>& views, const std::string& run_id) {
  for (const View& view : views) {
    if (view.run.report && view.run.report->run_id == run_id) return &*view.run.report;
  }
  return nullptr;
}

void check_approval(const std::vector<View>& views, const View& view, Findings& findings) {
  const run::Report* held = report_of(views, view.run.approval_of);
  if (held == nullptr || held->state != run::State::kHeld) {
    findings.add("I6", "it passed with the approval of run '{}', which was not held",
                 view.run.approval_of);
    return;
  }
  if (held->importer != view.run.importer) {
    findings.add("I6", "it passed with an approval of the importer '{}'", held->importer);
  }
  for (const run::Finding& finding : view.run.report->gate.findings) {
    const bool covered = std::ranges::any_of(held->gate.findings, [&](const run::Finding& old) {
      return old.data_set == finding.data_set && old.reason == finding.reason &&
             old.attribute == finding.attribute && old.affected >= finding.affected;
    });
    if (!covered) {
      findings.add("I6", "it passed although nobody approved {} of {} in {}", finding.reason,
                   finding.affected, finding.data_set);
    }
  }
  if (view.run.report->gate.approved_by.empty()) {
    findings.add("I6", "its report does not say who approved it");
  }
}

}  // namespace

void check_gate(const std::vector<View>& views, std::vector<Violation>& into) {
  std::map<std::string, std::map<std::string, Remembered>> remembered;  // importer -> data set
  std::map<std::string, std::string> used;                              // held run -> by whom
  for (const View& view : views) {
    Findings findings(view, into);
    if (view.run.plan_only) continue;
    const bool needed = view.run.report && !view.run.report->gate.findings.empty();
    if (!view.starts.empty()) {
      std::vector<std::string> beyond;
      for (const DataSet& set : view.run.selection.data_sets) {
        const auto before = remembered[view.run.importer].find(set.name);
        if (before == remembered[view.run.importer].end()) continue;
        const auto sent = view.sent.find(set.name);
        // An execution that was started and then cancelled may have been handed a part only.
        const bool all_sent = !view.completes.empty();
        if (!all_sent) continue;
        const auto found = excesses(view.importer, set, before->second,
                                    sent == view.sent.end() ? Sent() : sent->second,
                                    means_the_same(before->second, set, view.limit_of(set)));
        beyond.insert(beyond.end(), found.begin(), found.end());
      }
      if (view.run.approval_of.empty()) {
        for (const std::string& one : beyond) {
          findings.add("I6", "nobody approved it, but it passed the gate with {}", one);
        }
        if (needed)
          findings.add("I6", "the gate had findings, nobody approved them, but it started");
      } else if (needed) {
        check_approval(views, view, findings);
        const auto [first, fresh] = used.emplace(view.run.approval_of, view.run.label);
        if (!fresh) {
          findings.add("I6", "the approval of run {} was used by run {} already",
                       view.run.approval_of, first->second);
        }
      } else if (!view.run.report && !beyond.empty()) {
        const auto [first, fresh] = used.emplace(view.run.approval_of, view.run.label);
        if (!fresh) {
          findings.add("I6", "the approval of run {} was used by run {} already",
                       view.run.approval_of, first->second);
        }
      }
    }
    const bool counts = view.is_completed() && view.run.limit == 0 &&
                        view.run.report->reason != "destination_rejected" &&
                        view.run.report->reason != "not_confirmed" && view.took_effect;
    if (!counts) continue;
    for (const DataSet& set : view.run.selection.data_sets) {
      const auto sent = view.sent.find(set.name);
      remembered[view.run.importer][set.name] = {sent == view.sent.end() ? Sent() : sent->second,
                                                 &set, view.limit_of(set)};
    }
  }
}

}  // namespace muster::checker
