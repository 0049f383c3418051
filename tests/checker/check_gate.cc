// I6: what the gate must have stopped, worked out again from what was handed over.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "tests/checker/view.h"

namespace muster::checker {
namespace {

using Sent = std::map<std::string, SentObject>;

// A handful of objects losing a rare value is no finding.
constexpr double kEverydayLosses = 10;

struct Remembered {
  Sent objects;
  bool had_nameless = false;  // records without a key stood beside them
  const DataSet* selected = nullptr;
};

double percent(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

// Not read to its end, because there was more than the limit.
bool is_cut(const View& view, const DataSet& set) {
  const std::uint64_t limit = view.limit_of(set);
  if (limit == 0) return false;
  const Reading reading = view.read(set.listing);
  return !reading.ended || Limited(limit).rows(reading.keys) != reading.keys.size();
}

bool means_the_same(const Remembered& before, const DataSet& set) {
  return before.selected->filter == set.filter && before.selected->where == set.where;
}

// What goes beyond a limit, worked out from what was handed over.
struct Excess {
  std::string data_set, reason;
  std::size_t affected = 0;
  std::string text;
  std::vector<std::string> gone;  // keys, where objects would go
};

// Records that were read, with these keys or with none, and could not become objects.
struct Parked {
  std::set<std::string> keys;
  bool has_nameless = false;
};

Parked parked_of(const View& view, const DataSet& set, const Sent& now) {
  Parked parked;
  if (is_cut(view, set)) return parked;  // which of them it looked at is another question
  for (const std::string& key : view.read(set.listing).keys) {
    if (key.empty()) {
      parked.has_nameless = parked.has_nameless || !set.where;
    } else if (!now.contains(key) &&
               fits(set.where, view.versions(set.name, key)) == Fits::kAlways) {
      parked.keys.insert(key);
    }
  }
  return parked;
}

// The record of an object that goes is there, or may be: one without a key may be anybody's.
std::optional<Excess> lost_by_parking(const Importer& importer, const DataSet& set,
                                      const Remembered& before, const Sent& now,
                                      const Parked& parked) {
  if (importer.accepts_parked || importer.says_ignore) return std::nullopt;
  std::size_t lost = 0, gone = 0;
  for (const auto& [key, object] : before.objects) {
    if (now.contains(key)) continue;
    ++gone;
    lost += parked.keys.contains(key);
  }
  const bool may_be_nameless = parked.has_nameless && !before.had_nameless;
  if (may_be_nameless && gone > lost) ++lost;  // at least
  if (lost == 0) return std::nullopt;
  return Excess{set.name,
                "gate_parked",
                lost,
                fmt::format("{}: {} of {} go although their records are there", set.name, lost,
                            before.objects.size()),
                {}};
}

std::vector<Excess> excesses(const View& view, const DataSet& set, const Remembered& before,
                             const Sent& now, bool comparable) {
  const Importer& importer = view.importer;
  const Limits& limits = importer.limits_of(set.name);
  const Parked parked = parked_of(view, set, now);
  std::vector<Excess> found;
  if (!before.objects.empty() && now.empty()) {
    found.push_back({set.name,
                     "gate_empty",
                     before.objects.size(),
                     fmt::format("{}: none instead of {}", set.name, before.objects.size()),
                     {}});
    return found;
  }
  if (auto lost = lost_by_parking(importer, set, before, now, parked)) {
    found.push_back(*std::move(lost));
  }
  if (!comparable) return found;
  std::vector<std::string> missing;
  std::map<std::string, std::pair<std::size_t, std::size_t>> blanked;  // field -> had, lost
  for (const auto& [key, object] : before.objects) {
    const auto still = now.find(key);
    if (still == now.end()) {
      // Where Assets keeps what is absent, or somebody was asked, a parked record is none of them.
      if (importer.accepts_parked || !parked.keys.contains(key)) missing.push_back(key);
      continue;
    }
    for (const std::string& field : object.filled) {
      auto& [had, lost] = blanked[field];
      ++had;
      lost += still->second.emptied.contains(field);
    }
  }
  const std::size_t count = missing.size();
  if (percent(count, before.objects.size()) > limits.max_missing_percent &&
      count > limits.max_missing_objects) {
    found.push_back(
        {set.name, "gate_missing", count,
         fmt::format("{}: {} of {} are missing", set.name, count, before.objects.size()),
         std::move(missing)});
  }
  const double enough =
      std::min(kEverydayLosses,
               limits.max_blanked_percent * static_cast<double>(before.objects.size()) / 100.0);
  for (const auto& [field, counts] : blanked) {
    const auto [had, lost] = counts;
    if (percent(lost, had) > limits.max_blanked_percent && static_cast<double>(lost) > enough) {
      found.push_back({set.name,
                       "gate_blanked",
                       lost,
                       fmt::format("{}: '{}' became empty on {} of {}", set.name, field, lost, had),
                       {}});
    }
  }
  return found;
}

const View* view_of(const std::vector<View>& views, const std::string& run_id) {
  for (const View& view : views) {
    if (view.run.report && view.run.report->run_id == run_id) return &view;
  }
  return nullptr;
}

// Objects that go now and that the held run would have kept: it read their records, meant them and
// rejected none. Nobody who looked at that run was shown them.
std::vector<std::string> not_shown(const View& held, const Excess& excess) {
  const DataSet* set = held.run.selection.find(excess.data_set);
  if (set == nullptr || held.limit_of(*set) != 0 || !held.run.report->rejects.empty()) return {};
  const Reading reading = held.read(set->listing);
  const std::set<std::string> read(reading.keys.begin(), reading.keys.end());
  std::vector<std::string> kept;
  for (const std::string& key : excess.gone) {
    const bool was_meant = fits(set->where, held.versions(set->name, key)) == Fits::kAlways;
    if (read.contains(key) && was_meant) kept.push_back(key);
  }
  return kept;
}

// How much of this the person who approved was shown. A record that was parked is missing too.
// Which title a field has in Assets is not known here, so the n-th largest loss of values is held
// against the n-th largest that was shown.
std::uint64_t shown(const run::Report& held, const std::vector<Excess>& beyond,
                    const Excess& excess) {
  if (excess.reason == "gate_blanked") {
    std::vector<std::uint64_t> losses;
    for (const run::Finding& finding : held.gate.findings) {
      if (finding.data_set == excess.data_set && finding.reason == excess.reason) {
        losses.push_back(finding.affected);
      }
    }
    std::ranges::sort(losses, std::greater());
    const auto rank = std::ranges::count_if(beyond, [&](const Excess& other) {
      const bool is_before =
          other.affected == excess.affected ? &other < &excess : other.affected > excess.affected;
      return other.data_set == excess.data_set && other.reason == excess.reason && is_before;
    });
    return static_cast<std::size_t>(rank) < losses.size() ? losses[static_cast<std::size_t>(rank)]
                                                          : 0;
  }
  std::uint64_t affected = 0;
  for (const run::Finding& finding : held.gate.findings) {
    if (finding.data_set != excess.data_set) continue;
    const bool is_parked = finding.reason == "gate_parked" && excess.reason == "gate_missing";
    if (finding.reason != excess.reason && !is_parked) continue;
    affected += finding.affected;
  }
  return affected;
}

bool is_damaged(const View& view) {
  return std::ranges::any_of(view.history.damages, [&](const Damage& damage) {
    return damage.importer == view.run.importer && damage.at < view.run.begun;
  });
}

bool says_unreadable(const run::Report& report, const std::string& data_set) {
  return std::ranges::any_of(report.gate.findings, [&](const run::Finding& finding) {
    return finding.reason == "gate_unreadable" && finding.data_set == data_set;
  });
}

void check_approval(const std::vector<View>& views, const View& view,
                    const std::vector<Excess>& beyond, Findings& findings) {
  const View* held_view = view_of(views, view.run.approval_of);
  const run::Report* held = held_view == nullptr ? nullptr : &*held_view->run.report;
  if (held == nullptr || held->state != run::State::kHeld) {
    findings.add("I6", "it passed with the approval of run '{}', which was not held",
                 view.run.approval_of);
    return;
  }
  if (held->importer != view.run.importer) {
    findings.add("I6", "it passed with an approval of the importer '{}'", held->importer);
  }
  for (const Excess& excess : beyond) {
    const std::uint64_t approved = shown(*held, beyond, excess);
    const bool is_unknown = is_damaged(view) && says_unreadable(*held, excess.data_set);
    if (is_unknown) continue;
    if (approved < excess.affected) {
      findings.add("I6", "it passed with {}, but the person who approved was shown {}", excess.text,
                   approved);
    } else if (const auto kept = not_shown(*held_view, excess); !kept.empty()) {
      findings.add("I6", "it passed with {}, but run {} that was approved would have kept {}",
                   excess.text, held->run_id, fmt::join(kept, ", "));
    }
  }
  if (!view.run.report) return;
  for (const run::Finding& finding : view.run.report->gate.findings) {
    const bool covered = std::ranges::any_of(held->gate.findings, [&](const run::Finding& old) {
      return old.data_set == finding.data_set && old.reason == finding.reason &&
             old.attribute == finding.attribute && old.affected >= finding.affected &&
             old.keys_hash == finding.keys_hash;
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

const Sent& sent_of(const View& view, const DataSet& set) {
  static const Sent kNothing;
  const auto found = view.sent.find(set.name);
  return found == view.sent.end() ? kNothing : found->second;
}

// One run after the other: what each is compared with, and which approvals are used up.
class Gates {
 public:
  explicit Gates(const std::vector<View>& views) : views_(views) {}

  void judge(const View& view, Findings& findings) {
    if (!view.starts.empty()) judge_start(view, findings);
    remember(view);
  }

 private:
  void judge_start(const View& view, Findings& findings) {
    const std::vector<Excess> beyond = beyond_limits(view);
    const bool needed = view.run.report && !view.run.report->gate.findings.empty();
    if (view.run.approval_of.empty()) {
      for (const Excess& one : beyond) {
        findings.add("I6", "nobody approved it, but it passed the gate with {}", one.text);
      }
      if (needed) findings.add("I6", "the gate had findings, nobody approved them, but it started");
      return;
    }
    if (!needed && beyond.empty()) return;  // it would have passed without
    check_approval(views_, view, beyond, findings);
    const auto [first, fresh] = used_.emplace(view.run.approval_of, view.run.label);
    if (fresh) return;
    findings.add("I6", "the approval of run {} was used by run {} already", view.run.approval_of,
                 first->second);
  }

  std::vector<Excess> beyond_limits(const View& view) {
    std::vector<Excess> beyond;
    // One that was cancelled before its end may have been handed a part only.
    if (view.completes.empty()) return beyond;
    const auto& before = remembered_[view.run.importer];
    for (const DataSet& set : view.run.selection.data_sets) {
      const auto known = before.find(set.name);
      if (known == before.end()) continue;
      const auto found = excesses(view, set, known->second, sent_of(view, set),
                                  means_the_same(known->second, set) && !is_cut(view, set));
      beyond.insert(beyond.end(), found.begin(), found.end());
    }
    return beyond;
  }

  // What Assets took is what it holds, whatever the run then said of itself. When it may not have
  // taken all, what it held before may still be there.
  void remember(const View& view) {
    const bool took_nothing = view.run.report && view.run.report->state == run::State::kFailed &&
                              view.run.report->reason == "destination_rejected";
    if (!view.took_effect || took_nothing) return;
    const bool is_exact = view.is_completed() &&
                          view.run.report->reason != "destination_rejected" &&
                          view.run.report->reason != "not_confirmed";
    if (is_exact) forget_what_was_let_go(view);
    for (const DataSet& set : view.run.selection.data_sets) {
      Remembered& known = remembered_[view.run.importer][set.name];
      Sent now = sent_of(view, set);
      keep_what_is_not_selected(known.objects, now);
      // What was forgotten cannot be kept: that is what was approved then.
      const bool is_forgotten =
          is_damaged(view) && view.run.report && says_unreadable(*view.run.report, set.name);
      // The first few stand beside what was there before.
      const bool may_be_left = !is_exact || is_cut(view, set);
      if (may_be_left && !is_forgotten) add_what_may_be_left(known.objects, now);
      const Values keys = view.read(set.listing).keys;
      const bool has_nameless = std::ranges::count(keys, "") != 0;
      known = {std::move(now), has_nameless, &set};
    }
  }

  // A data set that was switched off, which was approved: should it come back, it is a new one.
  void forget_what_was_let_go(const View& view) {
    for (const run::Finding& finding : view.run.report->gate.findings) {
      if (finding.reason == "gate_dropped") {
        remembered_[view.run.importer].erase(finding.data_set);
      }
    }
  }

  // What was neither sent nor emptied has the value it had.
  static void keep_what_is_not_selected(const Sent& before, Sent& now) {
    for (auto& [key, object] : now) {
      const auto known = before.find(key);
      if (known == before.end()) continue;
      for (const std::string& field : known->second.filled) {
        if (!object.emptied.contains(field)) object.filled.insert(field);
      }
    }
  }

  // Objects, and values of those that were handed over since.
  static void add_what_may_be_left(const Sent& before, Sent& now) {
    for (const auto& [key, object] : before) {
      const auto [found, fresh] = now.emplace(key, object);
      if (!fresh) found->second.filled.insert(object.filled.begin(), object.filled.end());
    }
  }

  const std::vector<View>& views_;
  std::map<std::string, std::map<std::string, Remembered>> remembered_;  // importer -> data set
  std::map<std::string, std::string> used_;                              // held run -> by whom
};

}  // namespace

void check_gate(const std::vector<View>& views, std::vector<Violation>& into) {
  Gates gates(views);
  for (const View& view : views) {
    Findings findings(view, into);
    if (!view.run.plan_only) gates.judge(view, findings);
  }
}

}  // namespace muster::checker
