#include "run/importer_file_selection.h"

#include "base/text.h"

namespace muster::run {
namespace {

using catalogue::Checker;
using catalogue::MappingReader;
using catalogue::Need;
using catalogue::YamlMember;
using catalogue::YamlNode;
using mapping::AddedAttribute;
using mapping::DataSetSelection;

std::optional<bool> as_switch(const YamlNode& node) {
  if (!node.is_scalar() || node.quoted) return std::nullopt;
  const std::string word = base::to_lower_ascii(node.scalar);
  if (word == "on" || word == "true" || word == "yes") return true;
  if (word == "off" || word == "false" || word == "no") return false;
  return std::nullopt;
}

// A list of attribute names; remembers where each stands.
std::vector<std::string> names(Checker& check, MappingReader& map, const std::string& key,
                               DataSetSelection& set) {
  const YamlNode* node = map.node(key);
  if (node == nullptr) return {};
  set.marks[key] = node->mark;
  if (node->is_scalar()) {
    check.error(node->mark, fmt::format("{0}: a list is needed: {0}: [{1}]", key,
                                        node->scalar.empty() ? "mail" : node->scalar));
    return {};
  }
  for (const YamlNode& item : node->items) set.marks[key + "/" + item.scalar] = item.mark;
  return map.texts(key);
}

// What stands without quotes and YAML would read as something else than text is a slip.
bool is_plain_word(const YamlNode& node) {
  return node.quoted || (!base::parse_double(node.scalar) && !as_switch(node));
}

// `filter` and `where`: given, they say something.
std::string condition(Checker& check, MappingReader& map, std::string_view key,
                      std::string_view example) {
  std::string text = map.text(key);
  const YamlNode* node = map.node(key);
  if (node == nullptr || !node->is_scalar()) return text;
  if (base::trim(text).empty()) {
    check.error(node->mark,
                fmt::format("{}: it is empty; remove the key, or write {}", key, example));
    return "";
  }
  if (is_plain_word(*node)) return text;
  check.error(node->mark, fmt::format("{}: text is needed, such as {}", key, example));
  return "";
}

// A status needs more than a value at a path.
std::vector<std::string> addable_types() {
  std::vector<std::string> types;
  for (int i = 0; i <= static_cast<int>(catalogue::AttributeType::kStatus); ++i) {
    const auto type = static_cast<catalogue::AttributeType>(i);
    if (type != catalogue::AttributeType::kStatus) types.emplace_back(catalogue::to_string(type));
  }
  return types;
}

void read_added_reference(Checker& check, MappingReader& map, AddedAttribute& added) {
  const bool is_reference = added.type == catalogue::AttributeType::kReference;
  added.target_source = map.text("target_source");
  added.target = map.text("target", is_reference ? Need::kRequired : Need::kOptional);
  added.target_attribute = map.text("target_attribute");
  added.many = map.boolean("many", true);
  for (const char* key : {"target_source", "target", "target_attribute", "many"}) {
    if (is_reference || !map.has(key)) continue;
    check.error(map.mark_of(key), fmt::format("{}: only used with type: reference", key));
  }
}

void read_added(Checker& check, const YamlNode& node, DataSetSelection& set) {
  static const std::vector<std::string> kTypes = addable_types();
  MappingReader map(check, node, "added attribute");
  if (!map.usable()) return;
  AddedAttribute added{.mark = node.mark};
  added.title = map.text("name", Need::kRequired);
  added.path = map.text("path");
  added.from = map.texts("from");
  const bool has_join = map.node("join") != nullptr;
  added.join = map.text("join", Need::kOptional, " ");
  const std::string type = map.choice("type", kTypes, "text");
  added.type = catalogue::attribute_type(type).value_or(catalogue::AttributeType::kText);
  read_added_reference(check, map, added);
  map.done();
  if (has_join && !map.has("from")) {
    check.error(map.mark_of("join"), "join: only used together with from");
  }
  // What has no usable name, path or from was told just now; the plan would only say it again.
  const YamlNode* name = node.find("name");
  const YamlNode* path = node.find("path");
  const YamlNode* from = node.find("from");
  const bool leads_nowhere =
      added.type == catalogue::AttributeType::kReference && added.target.empty();
  if (name == nullptr || leads_nowhere || !name->is_scalar() ||
      (path != nullptr && !path->is_scalar()) ||
      (from != nullptr && !from->is_scalar() && !from->is_sequence())) {
    return;
  }
  set.add.push_back(std::move(added));
}

void read_renames(Checker& check, const YamlNode& node, DataSetSelection& set) {
  MappingReader map(check, node, "rename");
  if (!map.usable()) return;
  map.each([&](const YamlMember& member) {
    set.marks["rename/" + member.key] = member.mark;
    if (!member.value.is_scalar() || member.value.scalar.empty()) {
      check.error(member.value.mark,
                  fmt::format("rename: {} needs its new name, like {{ {}: Name }}", member.key,
                              member.key));
      return;
    }
    set.rename[member.key] = member.value.scalar;
    set.marks["title/" + member.key] = member.value.mark;
  });
}

void read_settings(Checker& check, const YamlNode& node, DataSetSelection& set) {
  MappingReader map(check, node, fmt::format("data set {}", set.data_set));
  if (!map.usable()) return;
  for (const char* key : {"filter", "where", "limit"}) {
    if (const YamlNode* value = map.node(key)) set.marks[key] = value->mark;
  }
  set.filter = condition(check, map, "filter", "\"accountEnabled eq true\"");
  set.where = condition(check, map, "where", "'department == \"Sales\"'");
  set.limit = map.whole_number("limit", 0, 0, kMaxRecordLimit);
  if (const YamlNode* exact = map.node("attributes")) {
    set.attributes = names(check, map, "attributes", set);
    if (exact->is_sequence() && exact->items.empty()) {
      check.error(exact->mark, "attributes: name at least one");
    }
  }
  set.include = names(check, map, "include", set);
  set.exclude = names(check, map, "exclude", set);
  if (const YamlNode* add = map.node("add"); add != nullptr && !add->is_null()) {
    if (!add->is_sequence()) {
      check.error(add->mark,
                  "add: a list is needed: [{ name: Badge, path: employeeId, type: text }]");
    }
    for (const YamlNode& item : add->items) read_added(check, item, set);
  }
  if (const YamlNode* rename = map.node("rename"); rename != nullptr && !rename->is_null()) {
    read_renames(check, *rename, set);
  }
  map.done();
}

}  // namespace

void read_data_sets(Checker& check, const YamlNode* node, mapping::Selection& selection) {
  if (node == nullptr || node->is_null()) return;
  MappingReader map(check, *node, "data_sets");
  if (!map.usable()) return;
  selection.all_defaults = false;
  map.each([&](const YamlMember& member) {
    DataSetSelection set{.data_set = member.key, .mark = member.mark};
    if (const std::optional<bool> on = as_switch(member.value)) {
      set.on = *on;
    } else if (member.value.is_mapping()) {
      read_settings(check, member.value, set);
    } else if (!member.value.is_null()) {
      check.error(
          member.value.mark,
          fmt::format("data set {}: write on, off or its settings: {{ limit: 500 }}", member.key));
    }
    selection.data_sets.push_back(std::move(set));
  });
}

}  // namespace muster::run
