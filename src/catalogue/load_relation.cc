// Who belongs to whom, read beside the data sets.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "catalogue/loading.h"

namespace muster::catalogue {
namespace {

using Strategy = Relation::Strategy;

constexpr std::array kStrategies = {
    std::pair{std::string_view("per_parent"), Strategy::kPerParent},
    std::pair{std::string_view("batch"), Strategy::kBatch},
    std::pair{std::string_view("expand"), Strategy::kExpand},
    std::pair{std::string_view("list"), Strategy::kList},
};

Strategy load_strategy(MappingReader& map) {
  std::vector<std::string> names;
  for (const auto& [name, strategy] : kStrategies) names.emplace_back(name);
  const std::string chosen = map.choice("strategy", names, "per_parent", Need::kRequired);
  for (const auto& [name, strategy] : kStrategies) {
    if (name == chosen) return strategy;
  }
  return Strategy::kPerParent;
}

void check_parent(Loading& loading, const std::string& name, Mark mark) {
  const DataSet* parent = loading.source.find_data_set(name);
  if (parent == nullptr || !parent->is_rows()) return;
  loading.check.error(mark,
                      fmt::format("the records of {} are inside those of {}; a relation needs "
                                  "parents with a path of their own",
                                  parent->name, parent->rows.of));
}

// `target: users` when all members are of one data set, else `targets` by member type.
void load_targets(Loading& loading, MappingReader& map, Relation& relation) {
  relation.targets = loading.text_map(map, "targets");
  if (const std::string only = map.text("target"); !only.empty()) {
    relation.member_type = {};
    relation.targets[""] = only;
    loading.refer("data set", only, map.mark_of("target"), &Source::data_sets);
  }
  for (const auto& [type, targets] : relation.targets) {
    if (type.empty()) continue;
    for (const std::string_view target : base::split(targets, '|')) {
      loading.refer("data set", std::string(target), map.mark_of("targets"), &Source::data_sets);
    }
  }
  if (!map.usable()) return;
  const bool by_type = !relation.member_type.text().empty();
  const bool has_only = relation.targets.contains("");
  if (relation.targets.empty()) {
    loading.check.error(map.mark(), "a relation needs \"target\" or \"targets\"");
  } else if (by_type == has_only || (has_only && relation.targets.size() > 1)) {
    loading.check.error(
        map.mark_of("targets"),
        "write \"target\" for members of one data set, or \"targets\" together with "
        "\"member_type\"");
  }
}

// A path, or a text with paths in braces.
void load_pair_key(Loading& loading, MappingReader& map, std::string_view key, json::Path& path,
                   std::vector<Piece>& compose, const json::Path& fallback = {}) {
  if (map.text(key).find('{') == std::string::npos) {
    path = loading.path(map, key, Need::kOptional, fallback);
  } else {
    path = {};
    compose = load_compose(loading, map, key);
  }
}

void load_hidden(Loading& loading, MappingReader& map, Relation& relation) {
  relation.hidden_when = loading.where(map, "hidden_when");
  relation.hidden_fields = relation.hidden_when.first_keys();
  relation.hidden_permission = map.text("hidden_permission");
  loading.refer("permission", relation.hidden_permission, map.mark_of("hidden_permission"),
                &Source::permissions);
}

// Only where members are asked for parent by parent there is something to leave out.
void load_skip(Loading& loading, MappingReader& map, Relation& relation) {
  relation.skip_when = loading.where(map, "skip_when");
  relation.skip_fields = relation.skip_when.first_keys();
  if (!map.has("skip_when") || relation.strategy == Strategy::kPerParent ||
      relation.strategy == Strategy::kBatch)
    return;
  loading.check.error(map.mark_of("skip_when"),
                      "\"skip_when\" needs the strategy per_parent or batch");
}

void check_expand(Loading& loading, const MappingReader& map, const Relation& relation) {
  if (relation.members.text().empty()) {
    loading.check.error(map.mark(), "this strategy needs \"members\", where a record holds them");
  }
  if ((relation.expand_cap > 0) == relation.reread.empty()) {
    loading.check.error(map.mark(), "\"expand_cap\" and \"reread\" belong together");
  }
  if (!relation.reread.empty()) {
    check_path(loading, relation.reread, map.mark_of("reread"), Placeholders::kParentKey);
  }
}

struct KeyOfStrategies {
  std::string_view key;
  std::initializer_list<Strategy> strategies;  // that have a use for it
};
const KeyOfStrategies kKeys[] = {
    {"members", {Strategy::kExpand}},   {"expand_cap", {Strategy::kExpand}},
    {"reread", {Strategy::kExpand}},    {"parent_key", {Strategy::kExpand, Strategy::kList}},
    {"batch_path", {Strategy::kBatch}}, {"batch_size", {Strategy::kBatch}},
};

void check_keys(Loading& loading, const MappingReader& map, Strategy strategy) {
  for (const auto& [key, strategies] : kKeys) {
    if (!map.has(key) || std::ranges::find(strategies, strategy) != strategies.end()) continue;
    loading.check.error(map.mark_of(key),
                        fmt::format("\"{}\" has no effect with this relation's strategy", key));
  }
}

void check_strategy(Loading& loading, const MappingReader& map, const Relation& relation) {
  if (!map.usable()) return;
  check_keys(loading, map, relation.strategy);
  const bool fans_out =
      relation.strategy == Strategy::kPerParent || relation.strategy == Strategy::kBatch;
  check_request(loading, map, relation.request,
                fans_out ? Placeholders::kParentKey : Placeholders::kNone);
  if (relation.strategy == Strategy::kExpand) check_expand(loading, map, relation);
  const bool composes = !relation.parent_compose.empty() || !relation.member_compose.empty();
  if (composes && relation.strategy != Strategy::kList) {
    loading.check.error(map.mark(), "only the strategy list takes keys made of several values");
  }
  if (relation.strategy == Strategy::kList && relation.parent_key.text().empty() &&
      relation.parent_compose.empty()) {
    loading.check.error(map.mark(), "this strategy needs \"parent_key\", the parent of a pair");
  }
  if (relation.strategy == Strategy::kBatch && !relation.request.older_paths.empty()) {
    loading.check.error(map.mark_of("path"), "this strategy takes one path only");
  }
  if (relation.strategy == Strategy::kBatch && relation.batch_path.empty()) {
    loading.check.error(map.mark(), "this strategy needs \"batch_path\", here or in \"defaults\"");
  }
  if (relation.member_key.text().empty() && relation.member_compose.empty()) {
    loading.check.error(map.mark(), "needs \"member_key\", here or in \"defaults\"");
  }
}

// What is read instead must tell the same pairs.
void check_otherwise(Loading& loading, const MappingReader& map, const Relation& relation) {
  if (relation.otherwise.empty()) return;
  if (relation.permissions.empty()) {
    loading.check.error(map.mark_of("otherwise"),
                        "\"otherwise\" needs \"permissions\": it is read when one of them lacks");
  }
  loading.refer("relation", relation.otherwise, map.mark_of("otherwise"), &Source::relations);
  loading.later([&loading, name = relation.name, other = relation.otherwise,
                 mark = map.mark_of("otherwise")] {
    const Relation* mine = loading.source.find_relation(name);
    const Relation* theirs = loading.source.find_relation(other);
    if (mine == nullptr || theirs == nullptr) return;
    if (mine->parent != theirs->parent || mine->targets != theirs->targets ||
        !theirs->otherwise.empty()) {
      loading.check.error(mark, fmt::format("\"{}\" must have the same parent and targets, and no "
                                            "\"otherwise\" of its own",
                                            other));
    }
  });
}

Relation load_relation(Loading& loading, const YamlMember& member) {
  MappingReader map(loading.check, member.value, fmt::format("relation \"{}\"", member.key));
  Relation relation;
  relation.name = member.key;
  relation.description = map.text("description");
  relation.parent = map.text("parent", Need::kRequired);
  relation.strategy = load_strategy(map);
  relation.request = loading.defaults.request;
  load_request(loading, map, relation.request);
  load_pair_key(loading, map, "parent_key", relation.parent_key, relation.parent_compose);
  relation.members = loading.path(map, "members");
  load_pair_key(loading, map, "member_key", relation.member_key, relation.member_compose,
                loading.defaults.member_key);
  relation.member_type =
      loading.path(map, "member_type", Need::kOptional, loading.defaults.member_type);
  load_targets(loading, map, relation);
  relation.expand_cap =
      static_cast<std::uint32_t>(map.whole_number("expand_cap", 0, 1, kMaxPageSize));
  relation.reread = map.text("reread");
  relation.batch_path = map.text("batch_path", Need::kOptional, loading.defaults.batch_path);
  relation.batch_size = static_cast<std::uint32_t>(
      map.whole_number("batch_size", loading.defaults.batch_size, 1, 1000));
  load_hidden(loading, map, relation);
  load_skip(loading, map, relation);
  relation.permissions = relation.request.permissions =
      permission_names(loading, map, "permissions");
  relation.otherwise = map.text("otherwise");
  map.done();

  check_otherwise(loading, map, relation);
  loading.refer("data set", relation.parent, map.mark_of("parent"), &Source::data_sets);
  loading.later([&loading, parent = relation.parent, mark = map.mark_of("parent")] {
    check_parent(loading, parent, mark);
  });
  check_strategy(loading, map, relation);
  check_kept_out_of_parent(loading, relation.name, map.mark());
  return relation;
}

// An expanded record names its parent the way the parent's own listing does.
void complete_parent_key(Loading& loading, Relation& relation) {
  if (relation.strategy != Strategy::kExpand || !relation.parent_key.text().empty()) return;
  const DataSet* parent = loading.source.find_data_set(relation.parent);
  const Attribute* key = parent == nullptr ? nullptr : parent->find_attribute(parent->key);
  if (key != nullptr) relation.parent_key = key->path;
}

}  // namespace

void load_relations(Loading& loading, const YamlNode& node) {
  MappingReader map(loading.check, node, "\"relations\"");
  map.each([&](const YamlMember& member) {
    loading.source.relations.push_back(load_relation(loading, member));
  });
  loading.later([&loading] {
    for (Relation& relation : loading.source.relations) complete_parent_key(loading, relation);
  });
}

std::vector<std::string> target_data_sets(const Relation& relation) {
  std::vector<std::string> names;
  for (const auto& [type, targets] : relation.targets) {
    for (const std::string_view target : base::split(targets, '|')) names.emplace_back(target);
  }
  return names;
}

}  // namespace muster::catalogue
