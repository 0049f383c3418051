#include "mapping/choosing.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace muster::mapping {

using catalogue::Checker;
using catalogue::DataSet;
using catalogue::Mark;

namespace {

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const auto near = base::closest(word, candidates);
  return near ? fmt::format("; did you mean \"{}\"?", *near) : std::string();
}

std::vector<std::string> names_of(const DataSet& data_set) {
  std::vector<std::string> names;
  for (const auto& attribute : data_set.attributes) names.push_back(attribute.name);
  for (const auto& reference : data_set.references) names.push_back(reference.name);
  return names;
}

void choose(Checker& check, Choosing& choosing) {
  const DataSet& set = *choosing.data_set;
  const DataSetSelection* selection = choosing.selection;
  if (selection != nullptr && selection->attributes) {
    for (const std::string& name : *selection->attributes) {
      check_name(check, choosing, "attributes", name);
      choosing.chosen.insert(name);
    }
    if (!selection->include.empty() || !selection->exclude.empty()) {
      check.error(
          mark_of(*selection, "attributes"),
          "`attributes` is the exact list; remove `include` and `exclude`, or use only those");
    }
  } else {
    for (const auto& attribute : set.attributes) {
      if (attribute.default_on) choosing.chosen.insert(attribute.name);
    }
    for (const auto& reference : set.references) {
      if (reference.default_on) choosing.chosen.insert(reference.name);
    }
  }
  if (selection != nullptr) {
    for (const std::string& name : selection->include) {
      check_name(check, choosing, "include", name);
      choosing.chosen.insert(name);
    }
    for (const std::string& name : selection->exclude) {
      check_name(check, choosing, "exclude", name);
      if (name == set.key) {
        check.error(
            mark_of(*selection, "exclude/" + name),
            fmt::format("\"{}\" is the key of {} and is always sent; remove it from `exclude`",
                        name, set.name));
      }
      choosing.chosen.erase(name);
    }
  }
  choosing.chosen.insert(set.key);
}

}  // namespace

bool Choosing::asks_for(const std::string& name) const {
  if (selection == nullptr) return false;
  const auto holds = [&](const std::vector<std::string>& names) {
    return std::ranges::find(names, name) != names.end();
  };
  return holds(selection->include) || (selection->attributes && holds(*selection->attributes));
}

Mark mark_of(const DataSetSelection& selection, const std::string& what) {
  const auto found = selection.marks.find(what);
  return found == selection.marks.end() ? selection.mark : found->second;
}

void check_name(Checker& check, const Choosing& choosing, const std::string& list,
                const std::string& name) {
  const DataSet& set = *choosing.data_set;
  if (set.find_attribute(name) != nullptr || set.find_reference(name) != nullptr) return;
  check.error(
      mark_of(*choosing.selection, list + "/" + name),
      fmt::format(
          "{} has no attribute \"{}\"{} (`muster sources` lists them; use `add` for others)",
          set.name, name, did_you_mean(name, names_of(set))));
}

std::vector<Choosing> choose_data_sets(const catalogue::Source& source, const Selection& selection,
                                       Checker& check) {
  std::vector<std::string> names;
  for (const DataSet& set : source.data_sets) names.push_back(set.name);
  for (const DataSetSelection& chosen : selection.data_sets) {
    if (source.find_data_set(chosen.data_set) == nullptr) {
      const std::string near = did_you_mean(chosen.data_set, names);
      check.error(
          chosen.mark,
          fmt::format("{} has no data set \"{}\"{}", source.name, chosen.data_set,
                      near.empty() ? fmt::format("; it has: {}", fmt::join(names, ", ")) : near));
    }
  }
  std::vector<Choosing> all;
  for (const DataSet& set : source.data_sets) {
    Choosing choosing;
    choosing.data_set = &set;
    bool on = set.default_on;
    for (const DataSetSelection& chosen : selection.data_sets) {
      if (chosen.data_set != set.name) continue;
      on = chosen.on;
      choosing.selection = &chosen;
    }
    if (!on) continue;
    choose(check, choosing);
    all.push_back(std::move(choosing));
  }
  if (all.empty()) check.error({1, 1}, "no data set is on: nothing would be imported");
  return all;
}

}  // namespace muster::mapping
