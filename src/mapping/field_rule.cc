#include "mapping/field_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "json/writer.h"

namespace muster::mapping {

using catalogue::AttributeType;
using json::scalar_text;
using json::Value;

namespace {

bool is_null_marker(const FieldRule& rule, std::string_view text) {
  if (rule.nulls == nullptr) return false;
  for (const std::string& marker : *rule.nulls) {
    if (text == marker) return true;
  }
  return false;
}

// What a field is made in, and how many of its values could not be used.
struct Making {
  std::string& scratch;
  std::uint64_t bad = 0;
};

bool is_whole(const Value& value) { return value.is_object() || value.is_array(); }

// Several values as one text, in source order; objects inside count as bad values.
Coerced append_joined(std::string& out, const FieldRule& rule, const Value& record,
                      Making& making) {
  std::string& scratch = making.scratch;
  scratch.clear();
  const auto add = [&](const Value& value) {
    if (is_whole(value)) {
      ++making.bad;
      return;
    }
    const std::string_view text = scalar_text(value);
    if (text.empty() || is_null_marker(rule, text)) return;
    if (!scratch.empty()) scratch += rule.join;
    scratch += text;
  };
  for (const json::Path& path : rule.paths) path.each_item(record, add);
  return append_coerced(out, scratch, rule.type);
}

Coerced append_path(std::string& out, const FieldRule& rule, const Value& record, Making& making) {
  const Value* value = rule.paths[0].first(record);
  if (value == nullptr || value->is_null()) return Coerced::kEmpty;
  if (value->is_array()) return append_joined(out, rule, record, making);
  if (rule.nulls != nullptr && is_null_marker(rule, scalar_text(*value))) return Coerced::kEmpty;
  return append_coerced(out, *value, rule.type);
}

Coerced append_status(std::string& out, const FieldRule& rule, const Value& record) {
  const Value* value = rule.paths[0].first(record);
  if (value == nullptr || value->is_null()) return Coerced::kEmpty;
  if (is_whole(*value)) return Coerced::kBad;
  const std::string_view text = scalar_text(*value);
  if (text.empty() || is_null_marker(rule, text)) return Coerced::kEmpty;
  for (const catalogue::StatusValue& known : *rule.statuses) {
    if (known.value == text) {
      json::append_quoted(out, known.status);
      return Coerced::kWritten;
    }
  }
  return Coerced::kBad;  // the destination knows no such status
}

Coerced append_lookup(std::string& out, const FieldRule& rule, const Value& record) {
  const Value* value = rule.paths[0].first(record);
  if (value == nullptr || value->is_null()) return Coerced::kEmpty;
  if (is_whole(*value)) return Coerced::kBad;
  const std::string_view text = scalar_text(*value);
  const auto row = rule.table->rows.find(text);
  if (row != rule.table->rows.end()) {
    json::append_quoted(out, row->second);
    return Coerced::kWritten;
  }
  const Value* fallback = rule.otherwise.text().empty() ? value : rule.otherwise.first(record);
  if (fallback == nullptr || scalar_text(*fallback).empty()) return Coerced::kEmpty;
  json::append_quoted(out, scalar_text(*fallback));
  return Coerced::kWritten;
}

Coerced append_derived(std::string& out, const FieldRule& rule, const Value& record) {
  const std::optional<std::string> text = rule.derivation->value(record);
  if (!text || text->empty() || is_null_marker(rule, *text)) return Coerced::kEmpty;
  return append_coerced(out, *text, rule.type);
}

// One text of each element; computers list the same program twice.
Coerced append_composed(std::string& out, const FieldRule& rule, const Value& record,
                        Making& making) {
  std::string& scratch = making.scratch;
  if (!rule.when.matches(record)) return Coerced::kEmpty;
  std::unordered_set<std::string> taken;
  const std::size_t begin = out.size();
  const auto add = [&](const Value& value) {
    if (!value.is_object() && !scalar_text(value).empty()) ++making.bad;
    if (!rule.composition->compose(value, scratch) || !taken.insert(scratch).second) return;
    out += out.size() == begin ? '[' : ',';
    json::append_quoted(out, scratch);
  };
  rule.paths[0].each_item(record, add);
  if (out.size() == begin) return Coerced::kEmpty;
  out += ']';
  return Coerced::kWritten;
}

// Always an array of key values; see the destination's objectMappingIQL.
Coerced append_reference(std::string& out, const FieldRule& rule, const Value& record,
                         Making& making) {
  if (!rule.when.matches(record)) return Coerced::kEmpty;
  const std::size_t begin = out.size();
  out += '[';
  bool any = false;
  std::unordered_set<std::string_view> taken;  // tags and policies are told more than once
  const auto add = [&](const Value& value) {
    if (is_whole(value)) ++making.bad;
    std::string_view text = scalar_text(value);
    if (!text.starts_with(rule.only_prefix)) return;
    text.remove_prefix(rule.only_prefix.size());
    if (text.empty() || is_null_marker(rule, text)) return;
    if (!taken.insert(text).second) return;
    if (any) out += ',';
    if (rule.prepend.empty()) {
      json::append_quoted(out, text);
    } else {
      json::append_quoted(out, rule.prepend + std::string(text));
    }
    any = true;
  };
  for (const json::Path& path : rule.paths) path.each_item(record, add);
  if (!any) {
    out.resize(begin);
    return Coerced::kEmpty;
  }
  out += ']';
  return Coerced::kWritten;
}

Coerced append_value(std::string& out, const FieldRule& rule, const Value& record, Making& making) {
  switch (rule.make) {
    case FieldRule::Make::kPath: return append_path(out, rule, record, making);
    case FieldRule::Make::kJoin: return append_joined(out, rule, record, making);
    case FieldRule::Make::kStatus: return append_status(out, rule, record);
    case FieldRule::Make::kLookup: return append_lookup(out, rule, record);
    case FieldRule::Make::kDerived: return append_derived(out, rule, record);
    case FieldRule::Make::kReference: return append_reference(out, rule, record, making);
    case FieldRule::Make::kComposed: return append_composed(out, rule, record, making);
  }
  return Coerced::kEmpty;
}

// Every path but a single key, which always finds the record that it looks into; of a derived
// value also that, because a derivation does not tell why it found nothing.
void find_winding(FieldRule& rule, const catalogue::Attribute* attribute) {
  std::vector<json::Path> paths = rule.paths;
  if (rule.make == FieldRule::Make::kDerived) {
    const bool is_text = attribute->combine == catalogue::Attribute::Combine::kJoin;
    rule.end = is_text ? json::Path::End::kText : json::Path::End::kAny;
    rule.any_will_do = !attribute->first_of.empty();
    if (rule.any_will_do) paths = attribute->first_of;
    if (!attribute->choices.empty()) paths.clear();
  }
  for (json::Path& path : paths) {
    // Values made of several others have no path of their own.
    if (path.text().empty()) continue;
    rule.is_plural = rule.is_plural || path.is_plural();
    if (path.is_one_key() && rule.end == json::Path::End::kAny) continue;
    rule.winding.push_back(std::move(path));
  }
}

// Of alternatives one is enough: they are there because the source writes the value in several
// ways.
std::size_t misfits(const FieldRule& rule, const Value& record) {
  std::size_t sum = 0, least = 0;
  for (const json::Path& path : rule.winding) {
    const std::size_t count = path.misfits(record, rule.end);
    least = &path == &rule.winding.front() ? count : std::min(least, count);
    sum += count;
  }
  return rule.any_will_do ? least : sum;
}

}  // namespace

Coerced append_field(std::string& out, const FieldRule& rule, const Value& record,
                     std::string& scratch, std::uint64_t& bad) {
  Making making{scratch};
  const Coerced made = append_value(out, rule, record, making);
  if (made == Coerced::kEmpty || (rule.is_plural && !rule.any_will_do)) {
    making.bad += misfits(rule, record);
  }
  bad += making.bad + (made == Coerced::kBad ? 1 : 0);
  return made;
}

FieldRule make_rule(const Plan& plan, const DataSetPlan& data_set, const Field& field) {
  const catalogue::ObjectType& type = plan.schema.types[data_set.type];
  const catalogue::ObjectAttribute& target = type.attributes[field.object_attribute];
  FieldRule rule;
  rule.prefix = fmt::format(
      "{}\"{}\":", field.object_attribute == data_set.key_attribute ? '{' : ',', target.locator);
  rule.type = target.type;
  rule.join = field.join;
  rule.name = target.name;
  if (field.reference != nullptr) {
    rule.make = FieldRule::Make::kReference;
    rule.paths = {field.reference->path};
    rule.only_prefix = field.reference->prefix;
    rule.prepend = field.reference->prepend;
    rule.when = field.reference->when.clone();
    if (!field.reference->nulls.empty()) rule.nulls = &field.reference->nulls;
    if (!field.reference->compose.empty()) {
      rule.make = FieldRule::Make::kComposed;
      rule.composition.emplace(field.reference->compose, field.reference->nulls);
    }
  } else if (field.attribute == nullptr) {
    rule.paths = field.added;
    const bool joined = field.added.size() > 1 || field.added[0].is_plural();
    rule.make = target.type == AttributeType::kReference ? FieldRule::Make::kReference
                : joined                                 ? FieldRule::Make::kJoin
                                                         : FieldRule::Make::kPath;
  } else {
    const catalogue::Attribute& attribute = *field.attribute;
    rule.name = attribute.name;
    rule.paths = {attribute.path};
    if (!attribute.nulls.empty()) rule.nulls = &attribute.nulls;
    if (catalogue::is_derived(attribute)) {
      rule.make = FieldRule::Make::kDerived;
      rule.derivation.emplace(attribute);
    } else if (!attribute.lookup.empty()) {
      rule.make = FieldRule::Make::kLookup;
      rule.table = plan.source->find_table(attribute.lookup);
      const catalogue::Attribute* otherwise =
          data_set.data_set->find_attribute(attribute.lookup_else);
      if (otherwise != nullptr) rule.otherwise = otherwise->path;
    } else if (attribute.type == AttributeType::kStatus) {
      rule.make = FieldRule::Make::kStatus;
      rule.statuses = &attribute.statuses;
    } else if (attribute.path.is_plural()) {
      rule.make = FieldRule::Make::kJoin;
    }
  }
  find_winding(rule, field.attribute);
  return rule;
}

}  // namespace muster::mapping
