// One kind of record.
#include <algorithm>

#include "base/text.h"
#include "catalogue/loading.h"
#include "catalogue/titles.h"

namespace muster::catalogue {
namespace {

// What Assets will see of an attribute or reference, with its place in the file.
struct Column {
  std::string name;
  std::string title;
  std::string locator;
  Mark mark;
};

bool is_locator(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

void check_columns(Loading& loading, const std::vector<Column>& columns) {
  std::map<std::string, std::string> names, titles, locators;  // text -> whose
  const auto claim = [&](auto& taken, const std::string& text, const Column& column,
                         std::string_view what) {
    const auto [before, is_new] = taken.emplace(text, column.name);
    if (is_new) return;
    loading.check.error(column.mark,
                        fmt::format("the {} \"{}\" of \"{}\" is already that of \"{}\"", what, text,
                                    column.name, before->second));
  };
  for (const Column& column : columns) {
    claim(names, column.name, column, "name");
    claim(titles, base::to_lower_ascii(column.title), column, "title");
    claim(locators, column.locator, column, "locator");
    if (const auto problem = title_problem(column.title))
      loading.check.error(column.mark, *problem);
    if (!is_locator(column.locator)) {
      loading.check.error(column.mark, fmt::format("the locator \"{}\" must be lower_case letters, "
                                                   "digits and _",
                                                   base::printable(column.locator, 60)));
    }
  }
}

void check_detail(Loading& loading, const DataSet& set, bool in_detail, const std::string& name,
                  Mark mark) {
  if (!in_detail) return;
  if (!set.has_detail()) {
    loading.check.error(
        mark, fmt::format("\"{}\" stands in the detail, but {} has no \"detail\"", name, set.name));
  } else if (name == set.key) {
    loading.check.error(mark, fmt::format("the key \"{}\" must stand in the listing", name));
  }
}

// Once all data sets are there, because rows may be what stands in the detail.
void check_detail_is_used(Loading& loading, const std::string& name, Mark mark) {
  const DataSet* set = loading.source.find_data_set(name);
  if (set == nullptr) return;
  const auto in_detail = [](const auto& column) { return column.detail; };
  const auto are_rows = [&](const DataSet& other) {
    return other.rows.of == name && other.rows.detail;
  };
  if (std::ranges::any_of(set->attributes, in_detail) ||
      std::ranges::any_of(set->references, in_detail) ||
      std::ranges::any_of(loading.source.data_sets, are_rows)) {
    return;
  }
  loading.check.error(
      mark,
      "no attribute, reference or rows say \"detail: true\", so that no detail would "
      "ever be read");
}

// What stands for {key} in the detail's path: the key of the record unless another path is given.
void set_key_path(Loading& loading, const MappingReader& map, DataSet& set) {
  const Attribute* key = set.find_attribute(set.key);
  if (key != nullptr && set.older.detail.key_path.text().empty()) {
    set.older.detail.key_path = key->path;
  }
  if (!set.has_detail()) return;
  loading.later([&loading, name = set.name, mark = map.mark_of("detail")] {
    check_detail_is_used(loading, name, mark);
  });
  if (key == nullptr || !set.detail.key_path.text().empty()) return;
  set.detail.key_path = key->path;
  if (key->path.text().empty()) {
    loading.check.error(map.mark_of("detail"),
                        fmt::format("\"detail\" needs \"key_path\", because the key \"{}\" is "
                                    "worked out",
                                    key->name));
  }
}

// Once all relations are there.
void check_record_is_used(Loading& loading, const std::string& name, Mark mark) {
  const bool is_named = std::ranges::any_of(loading.source.relations, [&](const auto& relation) {
    const std::vector<std::string> targets = target_data_sets(relation);
    return relation.parent == name || std::ranges::find(targets, name) != targets.end();
  });
  if (is_named) return;
  loading.check.error(mark, fmt::format("no relation names records of {}, so that none of them "
                                        "would ever be asked for alone",
                                        name));
}

// Nothing is wanted of the record but that it is there, so that its key is all to ask for.
void set_record_fields(Loading& loading, const MappingReader& map, DataSet& set) {
  if (!set.has_record()) return;
  loading.later([&loading, name = set.name, mark = map.mark_of("record")] {
    check_record_is_used(loading, name, mark);
  });
  const Attribute* key = set.find_attribute(set.key);
  if (key == nullptr) return;  // told elsewhere
  if (key->path.text().empty()) {
    loading.check.error(map.mark_of("record"),
                        fmt::format("a record cannot be asked for by the key \"{}\", because it is "
                                    "worked out",
                                    key->name));
  } else if (!key->request.empty()) {
    set.record.fields_always = {key->request};
  } else if (!set.record.only_named_fields) {
    set.record.fields_always = {std::string(key->path.first_key())};
  }
}

void load_columns(Loading& loading, MappingReader& map, DataSet& set) {
  std::vector<Column> columns;
  const auto load = [&](std::string_view key, Need need, auto&& add) {
    const YamlNode* node = map.node(key, need);
    if (node == nullptr) return;
    MappingReader reader(loading.check, *node, fmt::format("\"{}\"", key));
    reader.each([&](const YamlMember& member) {
      const auto& added = add(member);
      check_detail(loading, set, added.detail, added.name, member.mark);
      check_kept_out(loading, set.name, added.name, member.mark);
      columns.push_back({added.name, added.title, added.locator, member.mark});
    });
  };
  const auto attribute = [&](bool default_on) {
    return [&, default_on](const YamlMember& member) -> const Attribute& {
      return set.attributes.emplace_back(load_attribute(loading, member, default_on));
    };
  };
  const auto reference = [&](bool default_on) {
    return [&, default_on](const YamlMember& member) -> const Reference& {
      return set.references.emplace_back(load_reference(loading, member, default_on, set.name));
    };
  };
  load("attributes", Need::kRequired, attribute(true));
  load("optional_attributes", Need::kOptional, attribute(false));
  load("references", Need::kOptional, reference(true));
  load("optional_references", Need::kOptional, reference(false));
  check_columns(loading, columns);
}

const Attribute* known_attribute(Loading& loading, const DataSet& set, const std::string& name,
                                 Mark mark) {
  const Attribute* attribute = set.find_attribute(name);
  if (attribute == nullptr && !name.empty()) {
    std::vector<std::string> names;
    for (const Attribute& each : set.attributes) names.push_back(each.name);
    loading.check.unknown(mark, "attribute", name, names);
  }
  return attribute;
}

void check_key_and_label(Loading& loading, const MappingReader& map, const DataSet& set) {
  if (set.key.empty()) loading.check.error(map.mark(), "needs \"key\", here or in \"defaults\"");
  if (set.label.empty())
    loading.check.error(map.mark(), "needs \"label\", here or in \"defaults\"");
  const Attribute* key = known_attribute(loading, set, set.key, map.mark_of("key"));
  const Attribute* label = known_attribute(loading, set, set.label, map.mark_of("label"));
  const auto has_one_value = [](const Attribute& attribute) {
    if (!attribute.first_of.empty() || !attribute.compose.empty()) return true;
    return !attribute.path.is_plural() && !attribute.path.text().empty() &&
           attribute.lookup.empty();
  };
  if (key != nullptr && !has_one_value(*key)) {
    loading.check.error(map.mark_of("key"), fmt::format("the key \"{}\" must be one value as the "
                                                        "source has it",
                                                        key->name));
  }
  for (const Attribute* attribute : {key, label}) {
    if (attribute == nullptr || attribute->default_on) continue;
    loading.check.error(map.mark_of(attribute == key ? "key" : "label"),
                        fmt::format("\"{}\" must stand under \"attributes\", because it is the {}",
                                    attribute->name, attribute == key ? "key" : "label"));
  }
  for (const Attribute& attribute : set.attributes) {
    known_attribute(loading, set, attribute.lookup_else, map.mark_of("attributes"));
  }
}

// One value each, as the source has it: identities compare them between sources.
void load_identifiers(Loading& loading, MappingReader& map, DataSet& set) {
  const YamlNode* node = map.node("identifiers");
  if (node == nullptr) return;
  MappingReader reader(loading.check, *node, "\"identifiers\"");
  reader.each([&](const YamlMember& member) {
    const auto kind = identifier_kind(member.key);
    if (!kind) {
      return loading.check.unknown(member.mark, "identifier", member.key, identifier_kinds());
    }
    const Attribute* attribute =
        known_attribute(loading, set, member.value.scalar, member.value.mark);
    if (attribute == nullptr) return;
    if (attribute->path.is_plural() || !attribute->lookup.empty() || !attribute->choices.empty()) {
      loading.check.error(member.value.mark, fmt::format("\"{}\" must be one value as the source "
                                                         "has it",
                                                         attribute->name));
    }
    set.identifiers[*kind] = attribute->name;
  });
}

// Rows have none of them, as load_rows() says.
void load_parts(Loading& loading, MappingReader& map, DataSet& set) {
  const YamlNode* passes = map.node("passes");
  const YamlNode* detail = map.node("detail");
  const YamlNode* older = map.node("older");
  const YamlNode* expected = map.node("expected");
  const YamlNode* record = map.node("record");
  if (map.has("rows")) return;
  if (passes != nullptr) set.passes = load_passes(loading, *passes, set.filter);
  if (detail != nullptr) set.detail = load_detail(loading, *detail, set.request);
  if (older != nullptr) set.older = load_older(loading, *older, set.request);
  if (expected != nullptr) set.expected = load_expected(loading, *expected, set.request);
  if (record != nullptr) set.record = load_record(loading, *record, set.request);
}

DataSet load_data_set(Loading& loading, const YamlMember& member) {
  MappingReader map(loading.check, member.value, fmt::format("data set \"{}\"", member.key));
  DataSet set;
  set.name = member.key;
  set.title = map.text("title", Need::kRequired);
  set.description = map.text("description");
  set.default_on = map.boolean("default", true);
  set.slow = map.text("slow");
  set.warning = map.text("warning");
  set.absent = map.text("absent");
  set.request = loading.defaults.request;
  load_request(loading, map, set.request);
  set.filter = load_filter(loading, map.node("filter"), loading.defaults.filter);
  set.embedded_json = load_embedded_json(loading, map);
  set.null_is_unread = map.boolean("null_is_unread", false);
  if (const YamlNode* rows = map.node("rows")) {
    set.rows = load_rows(loading, *rows, map, set.name);
    set.request = {};
    set.filter = {};
  }
  set.key = map.text("key", Need::kOptional, loading.defaults.key);
  set.label = map.text("label", Need::kOptional, loading.defaults.label);
  set.permissions = set.request.permissions = permission_names(loading, map, "permissions");
  load_parts(loading, map, set);
  load_never(loading, map, set);
  load_columns(loading, map, set);
  load_identifiers(loading, map, set);
  map.done();
  if (!map.usable()) return set;
  set_key_path(loading, map, set);
  set_record_fields(loading, map, set);
  if (!map.has("rows")) check_request(loading, map, set.request, Placeholders::kNone);
  check_key_and_label(loading, map, set);
  if (!set.title.empty()) {
    if (const auto problem = title_problem(set.title)) {
      loading.check.error(map.mark_of("title"), *problem);
    }
  }
  return set;
}

}  // namespace

void load_data_sets(Loading& loading, const YamlNode& node) {
  MappingReader map(loading.check, node, "\"data_sets\"");
  std::map<std::string, std::string> titles;
  map.each([&](const YamlMember& member) {
    DataSet set = load_data_set(loading, member);
    const auto [before, is_new] = titles.emplace(base::to_lower_ascii(set.title), set.name);
    if (!is_new && !set.title.empty()) {
      loading.check.error(member.mark, fmt::format("the title \"{}\" is already that of \"{}\"",
                                                   set.title, before->second));
    }
    loading.source.data_sets.push_back(std::move(set));
  });
}

}  // namespace muster::catalogue
