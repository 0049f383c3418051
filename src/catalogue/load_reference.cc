// An attribute whose values are keys of another data set's records.
#include <algorithm>

#include "base/text.h"
#include "catalogue/loading.h"
#include "catalogue/titles.h"

namespace muster::catalogue {
namespace {

using Side = Reference::Side;

// The relation must really lead from this data set to the target.
void check_relation(Loading& loading, const Reference& reference, const std::string& data_set,
                    Mark mark) {
  const Relation* relation = loading.source.find_relation(reference.relation);
  if (relation == nullptr) return;
  const std::vector<std::string> members = target_data_sets(*relation);
  const auto is_unknown = [&](const std::string& name) {
    return loading.source.find_data_set(name) == nullptr;  // told already
  };
  if (is_unknown(reference.target) || is_unknown(relation->parent) ||
      std::ranges::any_of(members, is_unknown)) {
    return;
  }
  const bool is_parent = reference.side == Side::kParent;
  const std::string& parent = is_parent ? data_set : reference.target;
  const std::string& member = is_parent ? reference.target : data_set;
  if (parent != relation->parent) {
    loading.check.error(mark, fmt::format("the parents of relation \"{}\" are {}, not {}",
                                          relation->name, relation->parent, parent));
  } else if (std::ranges::find(members, member) == members.end()) {
    loading.check.error(mark, fmt::format("relation \"{}\" has no members of the data set {}",
                                          relation->name, member));
  }
}

void check_target(Loading& loading, const Reference& reference, Mark mark) {
  const DataSet* target = loading.source.find_data_set(reference.target);
  if (target == nullptr || reference.target_attribute.empty()) return;
  const Attribute* attribute = target->find_attribute(reference.target_attribute);
  if (attribute == nullptr) {
    std::vector<std::string> names;
    for (const Attribute& each : target->attributes) names.push_back(each.name);
    loading.check.unknown(mark, fmt::format("attribute of {}", target->name),
                          reference.target_attribute, names);
  } else if (!attribute->default_on || attribute->path.is_plural()) {
    loading.check.error(mark,
                        fmt::format("\"{}\" of {} must be one value and on by default, because "
                                    "a reference is found by it",
                                    attribute->name, target->name));
  }
}

// What the other source has is looked up when an importer links the two.
void check_foreign(Loading& loading, const MappingReader& map, const Reference& reference) {
  if (!reference.relation.empty()) {
    loading.check.error(map.mark_of("relation"),
                        "records of another source are found by a value: \"path\" or \"compose\"");
  }
  loading.later([&loading, name = reference.target_source, mark = map.mark_of("target_source")] {
    if (name != loading.source.name) return;
    loading.check.error(mark, "\"target_source\" is for other sources; leave it out");
  });
}

void load_way(Loading& loading, MappingReader& map, Reference& reference) {
  reference.relation = map.text("relation");
  reference.path = loading.path(map, "path");
  reference.request = map.text("request");
  reference.detail = map.boolean("detail", false);
  reference.compose = load_compose(loading, map);
  if (reference.path.text().empty()) {
    for (const Piece& piece : reference.compose) note_use(reference.uses, piece.path.first_key());
  }
  reference.prefix = map.text("prefix");
  reference.prepend = map.text("prepend");
  for (const std::string_view key : {"prefix", "prepend"}) {
    if (map.text(key).empty()) continue;
    if (reference.path.text().empty() || !reference.compose.empty()) {
      loading.check.error(map.mark_of(key),
                          fmt::format("\"{}\" needs a \"path\", and no \"compose\"", key));
    }
  }
  const bool by_relation = !reference.relation.empty();
  if (by_relation && reference.detail) {
    loading.check.error(map.mark_of("detail"), "\"detail\" belongs to references with \"path\"");
  }
  reference.when = loading.where(map, "when");
  for (const std::string& key : reference.when.first_keys()) note_use(reference.uses, key);
  if (by_relation && !reference.when.always()) {
    loading.check.error(map.mark_of("when"), "\"when\" belongs to references with \"path\"");
  }
  const bool by_value = !reference.path.text().empty() || !reference.compose.empty();
  const bool one_way = by_relation != by_value;
  if (map.usable() && !one_way) {
    loading.check.error(map.mark(),
                        "a reference needs either \"path\" or \"relation\" with \"side\"");
    reference.relation.clear();
  }
  const Need side_need = by_relation && one_way ? Need::kRequired : Need::kOptional;
  const std::string side = map.choice("side", {"parent", "member"}, "parent", side_need);
  if (by_relation) reference.side = side == "member" ? Side::kMember : Side::kParent;
  reference.many = map.boolean("many", by_relation || reference.path.is_plural());
}

}  // namespace

Reference load_reference(Loading& loading, const YamlMember& member, bool default_on,
                         const std::string& data_set) {
  MappingReader map(loading.check, member.value, fmt::format("reference \"{}\"", member.key));
  Reference reference;
  reference.name = member.key;
  reference.default_on = default_on;
  reference.title = map.text("title", Need::kOptional, title_from_name(member.key));
  reference.locator = map.text("locator", Need::kOptional, base::snake_case(member.key));
  reference.description = map.text("help");
  reference.target_source = map.text("target_source");
  reference.target = map.text("target", Need::kRequired);
  reference.target_attribute = map.text("target_attribute");
  load_way(loading, map, reference);
  reference.nulls = map.texts("nulls");
  map.done();

  if (!reference.target_source.empty()) {
    check_foreign(loading, map, reference);
    return reference;
  }
  loading.refer("data set", reference.target, map.mark_of("target"), &Source::data_sets);
  loading.refer("relation", reference.relation, map.mark_of("relation"), &Source::relations);
  loading.later([&loading, data_set, name = reference.name, relation_mark = map.mark_of("relation"),
                 target_mark = map.mark_of("target_attribute")] {
    const DataSet* set = loading.source.find_data_set(data_set);
    const Reference* loaded = set == nullptr ? nullptr : set->find_reference(name);
    if (loaded == nullptr) return;
    check_relation(loading, *loaded, data_set, relation_mark);
    check_target(loading, *loaded, target_mark);
  });
  return reference;
}

}  // namespace muster::catalogue
