// I7, I9 and the end of it all: what Assets holds must be what the source held.
#include <fmt/format.h>

#include <algorithm>

#include "tests/checker/view.h"

namespace muster::checker {
namespace {

using Objects = std::map<std::string, Object>;

const Objects& objects_of(const Holdings& holdings, const std::string& type) {
  static const Objects kNone;
  const auto found = holdings.types.find(type);
  return found == holdings.types.end() ? kNone : found->second;
}

std::string shown(const Values& values) { return fmt::format("[{}]", fmt::join(values, ", ")); }

// Does some version of the record have exactly this?
template <typename Matches>
bool any_version(const std::vector<const Record*>& versions, Matches matches) {
  return std::ranges::any_of(versions,
                             [&](const Record* record) { return record && matches(*record); });
}

class DataSetCheck {
 public:
  // `pending`: Assets may have been busy with an earlier run until this one began to write.
  DataSetCheck(const View& view, const DataSet& set, bool pending, Findings& findings)
      : view_(view),
        set_(set),
        pending_(pending),
        findings_(findings),
        reading_(view.read(set.listing)) {}

  void run() {
    const auto sent = view_.sent.find(set_.name);
    if (sent != view_.sent.end()) sent_ = &sent->second;
    check_present();
    check_absent();
  }

 private:
  void check_present() {
    const Objects& now = objects_of(*view_.after, set_.object_type);
    for (const auto& [key, object] : *sent_) {
      const auto versions = view_.versions(set_.name, key);
      const auto held = now.find(key);
      if (held == now.end()) {
        add("'{}' was handed over, but Assets does not have it", key);
        continue;
      }
      // A page that was tampered with on the way may name anything.
      if (reading_.faulted) continue;
      if (fits(std::nullopt, versions) == Fits::kNever) {
        add("Assets has '{}', which the source never held meanwhile", key);
      } else {
        check_content(key, held->second, versions);
      }
    }
  }

  void check_content(const std::string& key, const Object& held,
                     const std::vector<const Record*>& versions) {
    if (fits(set_.where, versions) == Fits::kNever || fits(set_.filter, versions) == Fits::kNever) {
      add("'{}' does not belong to the selection", key);
    }
    const auto is_called = [&](const Record& r) { return !r.label || *r.label == held.label; };
    if (!any_version(versions, is_called)) {
      add("'{}' is called '{}' in Assets", key, held.label);
    }
    std::set<std::string> titles;
    for (const Record* record : versions) {
      if (record == nullptr) continue;
      for (const auto& [title, values] : record->values) titles.insert(title);
    }
    for (const std::string& title : titles) {
      const auto found = held.values.find(title);
      const Values values = found == held.values.end() ? Values() : found->second;
      const auto has_it = [&](const Record& record) {
        const auto wanted = record.values.find(title);
        return wanted != record.values.end() && wanted->second == values;
      };
      if (!any_version(versions, has_it))
        add("'{}' has {} = {} in Assets", key, title, shown(values));
    }
    for (const Record* record : versions) {
      if (record == nullptr) continue;
      for (const auto& [title, references] : record->references) {
        check_references(key, held, title, references.target, versions);
      }
      return;
    }
  }

  void check_references(const std::string& key, const Object& held, const std::string& title,
                        const std::string& target, const std::vector<const Record*>& versions) {
    const DataSet* to = view_.run.selection.find(target);
    if (to == nullptr) return;
    const auto sent_targets = view_.sent.find(target);
    const Objects& targets = objects_of(*view_.after, to->object_type);
    const auto found = held.references.find(title);
    const std::set<std::string> has =
        found == held.references.end() ? std::set<std::string>() : found->second;
    const auto names = [&](const Record* record, const std::string& wanted) {
      if (record == nullptr) return false;
      const auto references = record->references.find(title);
      return references != record->references.end() && references->second.keys.contains(wanted);
    };
    for (const std::string& one : has) {
      if (!std::ranges::any_of(versions, [&](const Record* r) { return names(r, one); })) {
        add("'{}' refers to '{}' by {}, which the source does not say", key, one, title);
      }
    }
    if (versions.front() == nullptr || sent_targets == view_.sent.end()) return;
    if (relations_are_faulted()) return;
    const auto all = versions.front()->references.find(title);
    if (all == versions.front()->references.end()) return;
    for (const std::string& one : all->second.keys) {
      if (has.contains(one) || !targets.contains(one) || !sent_targets->second.contains(one)) {
        continue;
      }
      if (!std::ranges::all_of(versions, [&](const Record* r) { return names(r, one); })) continue;
      add("'{}' does not refer to '{}' by {}, although both are there", key, one, title);
    }
  }

  // Somebody tampered with a page of who refers to whom: then nobody knows what should be there.
  bool relations_are_faulted() const {
    return std::ranges::any_of(view_.run.selection.relations, [&](const Relation& relation) {
      return view_.read(relation.listing).faulted;
    });
  }

  // What was not handed over this time.
  void check_absent() {
    const Objects& now = objects_of(*view_.after, set_.object_type);
    const Objects& old = objects_of(*view_.before, set_.object_type);
    for (const auto& [key, object] : now) {
      if (sent_->contains(key)) continue;
      const auto before = old.find(key);
      if (pending_ && view_.importer.missing != Missing::kRemove) continue;
      if (before == old.end()) {
        add("'{}' appeared in Assets without having been handed over", key);
      } else if (view_.importer.missing == Missing::kRemove) {
        add("'{}' should have been removed", key);
      } else {
        check_left_alone(key, object, before->second);
      }
    }
    if (view_.importer.missing == Missing::kRemove) return;
    for (const auto& [key, object] : old) {
      if (!now.contains(key)) add("'{}' was removed, which the import source does not do", key);
    }
  }

  void check_left_alone(const std::string& key, const Object& now, const Object& before) {
    std::map<std::string, Values> wanted = before.values;
    const auto marked = wanted.find(view_.importer.missing_attribute);
    if (view_.importer.missing == Missing::kUpdate && marked != wanted.end()) {
      marked->second = {view_.importer.missing_value};
    }
    if (now.values != wanted) add("'{}' was changed without having been handed over", key);
  }

  template <typename... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    findings_.add("whole", "{}: {}", set_.name, fmt::format(format, std::forward<Args>(args)...));
  }

  const View& view_;
  const DataSet& set_;
  const bool pending_;
  Findings& findings_;
  const Reading reading_;
  static const inline std::map<std::string, SentObject> kNothing;
  const std::map<std::string, SentObject>* sent_ = &kNothing;
};

// Does Assets perhaps still process what an earlier run handed over and did not wait for?
bool is_something_pending(const std::vector<View>& views, const View& view) {
  bool pending = false;
  for (const View& other : views) {
    if (other.run.importer != view.run.importer) continue;
    if (other.run.label == view.run.label) break;
    if (other.took_effect)
      pending = !other.is_completed() || other.run.report->reason == "not_confirmed";
  }
  return pending;
}

void check_unchanged(const std::vector<View>& views, const View& view, Findings& findings) {
  if (view.took_effect || is_something_pending(views, view)) return;
  for (const Holdings* moment : {view.after, view.later}) {
    const std::string difference = first_difference(*view.before, *moment);
    if (difference.empty()) continue;
    findings.add("I7", "Assets took no completing call of it, but changed: {}", difference);
    return;
  }
}

bool has_type(const Run& run, const std::string& type) {
  return std::ranges::any_of(run.selection.data_sets,
                             [&](const DataSet& set) { return set.object_type == type; });
}

// Objects of a data set that is off now may go when somebody approved that, or when no run that is
// remembered brought them: the gate knows of those only.
bool may_go(const std::vector<View>& views, const View& view, const std::string& type) {
  const auto& findings = view.run.report->gate.findings;
  if (std::ranges::any_of(findings, [&](const run::Finding& finding) {
        return finding.reason == "gate_dropped" && finding.text.starts_with(type + ":");
      })) {
    return true;
  }
  return std::ranges::none_of(views, [&](const View& other) {
    if (&other >= &view || other.run.importer != view.run.importer) return false;  // earlier ones
    const bool is_remembered = other.is_completed() && other.run.limit == 0 &&
                               other.run.report->reason != "not_confirmed" &&
                               other.run.report->reason != "destination_rejected";
    return is_remembered && has_type(other.run, type);
  });
}

}  // namespace

std::string first_difference(const Holdings& a, const Holdings& b) {
  for (const auto& [type, objects] : b.types) {
    const Objects& old = objects_of(a, type);
    for (const auto& [key, object] : objects) {
      const auto before = old.find(key);
      if (before == old.end()) return fmt::format("{} '{}' is new", type, key);
      if (before->second != object) return fmt::format("{} '{}' is another", type, key);
    }
  }
  for (const auto& [type, objects] : a.types) {
    const Objects& now = objects_of(b, type);
    for (const auto& [key, object] : objects) {
      if (!now.contains(key)) return fmt::format("{} '{}' is gone", type, key);
    }
  }
  return "";
}

void check_holdings(const std::vector<View>& views, const View& view, Findings& findings) {
  if (view.before == nullptr || view.after == nullptr) return;
  for (const Duplicate& twice : view.after->duplicates) {
    findings.add("I9", "Assets has a second {} with the key '{}'", twice.object_type, twice.key);
  }
  check_unchanged(views, view, findings);
  if (!view.is_completed()) return;
  const std::string& reason = view.run.report->reason;
  if (reason == "not_confirmed") return;  // says so itself
  if (!view.took_effect) {
    findings.add("I1", "it calls itself {}, but Assets took no completing call of it",
                 run::to_string(view.run.report->state));
    return;
  }
  if (reason == "destination_rejected") return;
  for (const DataSet& set : view.run.selection.data_sets) {
    DataSetCheck(view, set, is_something_pending(views, view), findings).run();
  }
  for (const auto& [type, objects] : view.before->types) {
    if (has_type(view.run, type) || may_go(views, view, type)) continue;
    if (objects_of(*view.after, type).size() != objects.size()) {
      findings.add("I6",
                   "{} is switched off, and nobody approved that {} of its {} objects are left",
                   type, objects_of(*view.after, type).size(), objects.size());
    }
  }
}

namespace {

void check_ids(const View& view, Findings& findings) {
  if (!view.before || !view.after) return;
  for (const auto& [type, objects] : view.after->types) {
    const Objects& old = objects_of(*view.before, type);
    for (const auto& [key, object] : objects) {
      const auto before = old.find(key);
      if (before == old.end() || before->second.id == object.id) continue;
      findings.add("I9", "{} '{}' was object {} and is now {}", type, key, before->second.id,
                   object.id);
    }
  }
}

void check_chunk_names(const View& view, Findings& findings) {
  std::map<std::string, std::set<std::string>> names;  // execution and content -> ids
  for (const Call* call : view.writes) {
    if (!call->submission || call->submission->objects.empty()) continue;
    auto& ids = names[fmt::format("{} {}", call->target, call->submission->content)];
    ids.insert(call->submission->client_generated_id);
    if (ids.size() > 1) {
      findings.add("I9", "the same chunk went out under the names {}", fmt::join(ids, " and "));
    }
  }
}

bool handed_over_the_same(const View& a, const View& b) {
  const auto same_object = [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.content == y.second.content;
  };
  return std::ranges::equal(a.sent, b.sent, [&](const auto& x, const auto& y) {
    return x.first == y.first && std::ranges::equal(x.second, y.second, same_object);
  });
}

bool is_wholly_completed(const View& view) {
  return view.is_completed() && view.run.report->state == run::State::kCompleted && view.before &&
         view.after;
}

void check_same_again(const View& previous, const View& view, Findings& findings) {
  if (!is_wholly_completed(previous) || !is_wholly_completed(view)) return;
  if (!handed_over_the_same(previous, view)) return;
  const std::string difference = first_difference(*view.before, *view.after);
  if (!difference.empty()) {
    findings.add("I9", "it handed over what run {} had, but Assets changed: {}", previous.run.label,
                 difference);
  }
  for (const auto& set : view.run.report->data_sets) {
    if (set.created + set.updated == 0) continue;
    findings.add("I9", "{}: it handed over what run {} had, but {} were created and {} updated",
                 set.name, previous.run.label, set.created, set.updated);
  }
}

}  // namespace

void check_repeats(const std::vector<View>& views, std::vector<Violation>& into) {
  std::map<std::string, const View*> last, longest;  // of each importer
  for (const View& view : views) {
    if (view.run.plan_only) continue;
    Findings findings(view, into);
    check_ids(view, findings);
    check_chunk_names(view, findings);
    const View*& previous = last[view.run.importer];
    if (previous != nullptr) {
      check_same_again(*previous, view, findings);
    }
    previous = &view;
    const View*& other = longest[view.run.importer];  // of those that began earlier
    if (other != nullptr && other->run.ended > view.run.begun) {
      findings.add("I4", "it ran at the same time as run {} of the same importer",
                   other->run.label);
    }
    if (other == nullptr || other->run.ended < view.run.ended) other = &view;
  }
}

}  // namespace muster::checker
