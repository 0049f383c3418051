#include "mapping/formatter.h"

#include <fmt/format.h>

#include <unordered_set>

#include "base/text.h"
#include "catalogue/derived.h"
#include "json/writer.h"
#include "mapping/coerce.h"

namespace muster::mapping {

using catalogue::AttributeType;
using json::scalar_text;
using json::Value;

namespace {

constexpr std::size_t kMaxKeyBytes =
    1024;  // no source has longer identifiers; larger ones are broken

// How one attribute's text is made, with everything looked up beforehand.
struct Rule {
  enum class Make { kPath, kJoin, kStatus, kLookup, kDerived, kReference, kComposed };
  Make make = Make::kPath;
  std::string prefix;  // ,"display_name":
  AttributeType type = AttributeType::kText;
  std::vector<json::Path> paths;
  std::string join;
  const std::vector<std::string>* nulls = nullptr;
  const std::vector<catalogue::StatusValue>* statuses = nullptr;
  const catalogue::LookupTable* table = nullptr;
  json::Path otherwise;
  std::optional<catalogue::Derivation> derivation;
  std::optional<catalogue::Composition> composition;
  std::string only_prefix, prepend;  // of the values of a reference
  catalogue::Where when;             // it has any
  std::string name;                  // for rejects

  bool is_reference() const { return make == Make::kReference || make == Make::kComposed; }
};

bool is_null_marker(const Rule& rule, std::string_view text) {
  if (rule.nulls == nullptr) return false;
  for (const std::string& marker : *rule.nulls) {
    if (text == marker) return true;
  }
  return false;
}

// Several values as one text, in source order; objects inside count as bad values.
Coerced append_joined(std::string& out, const Rule& rule, const Value& record,
                      std::string& scratch) {
  scratch.clear();
  bool bad = false;
  const auto add = [&](const Value& value) {
    if (value.is_object() || value.is_array()) {
      bad = true;
      return;
    }
    const std::string_view text = scalar_text(value);
    if (text.empty() || is_null_marker(rule, text)) return;
    if (!scratch.empty()) scratch += rule.join;
    scratch += text;
  };
  for (const json::Path& path : rule.paths) path.each_item(record, add);
  if (scratch.empty()) return bad ? Coerced::kBad : Coerced::kEmpty;
  json::append_quoted(out, scratch);
  return Coerced::kWritten;
}

Coerced append_path(std::string& out, const Rule& rule, const Value& record, std::string& scratch) {
  const Value* value = rule.paths[0].first(record);
  if (value == nullptr || value->is_null()) return Coerced::kEmpty;
  if (value->is_array()) return append_joined(out, rule, record, scratch);
  if (rule.nulls != nullptr && is_null_marker(rule, scalar_text(*value))) return Coerced::kEmpty;
  return append_coerced(out, *value, rule.type);
}

Coerced append_status(std::string& out, const Rule& rule, const Value& record) {
  const Value* value = rule.paths[0].first(record);
  if (value == nullptr || value->is_null()) return Coerced::kEmpty;
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

Coerced append_lookup(std::string& out, const Rule& rule, const Value& record) {
  const Value* value = rule.paths[0].first(record);
  if (value == nullptr || value->is_null()) return Coerced::kEmpty;
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

Coerced append_derived(std::string& out, const Rule& rule, const Value& record) {
  const std::optional<std::string> text = rule.derivation->value(record);
  if (!text || text->empty() || is_null_marker(rule, *text)) return Coerced::kEmpty;
  return append_coerced(out, *text, rule.type);
}

// One text of each element; computers list the same program twice.
Coerced append_composed(std::string& out, const Rule& rule, const Value& record,
                        std::string& scratch) {
  if (!rule.when.matches(record)) return Coerced::kEmpty;
  std::unordered_set<std::string> taken;
  const std::size_t begin = out.size();
  const auto add = [&](const Value& value) {
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
Coerced append_reference(std::string& out, const Rule& rule, const Value& record) {
  if (!rule.when.matches(record)) return Coerced::kEmpty;
  const std::size_t begin = out.size();
  out += '[';
  bool any = false;
  std::unordered_set<std::string_view> taken;  // with a prefix only: tags are told more than once
  const auto add = [&](const Value& value) {
    std::string_view text = scalar_text(value);
    if (!text.starts_with(rule.only_prefix)) return;
    text.remove_prefix(rule.only_prefix.size());
    if (text.empty() || is_null_marker(rule, text)) return;
    if (!rule.only_prefix.empty() && !taken.insert(text).second) return;
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

Coerced append_field(std::string& out, const Rule& rule, const Value& record,
                     std::string& scratch) {
  switch (rule.make) {
    case Rule::Make::kPath: return append_path(out, rule, record, scratch);
    case Rule::Make::kJoin: return append_joined(out, rule, record, scratch);
    case Rule::Make::kStatus: return append_status(out, rule, record);
    case Rule::Make::kLookup: return append_lookup(out, rule, record);
    case Rule::Make::kDerived: return append_derived(out, rule, record);
    case Rule::Make::kReference: return append_reference(out, rule, record);
    case Rule::Make::kComposed: return append_composed(out, rule, record, scratch);
  }
  return Coerced::kEmpty;
}

Rule make_rule(const Plan& plan, const DataSetPlan& data_set, const Field& field) {
  const catalogue::ObjectType& type = plan.schema.types[data_set.type];
  const catalogue::ObjectAttribute& target = type.attributes[field.object_attribute];
  Rule rule;
  rule.prefix = fmt::format(
      "{}\"{}\":", field.object_attribute == data_set.key_attribute ? '{' : ',', target.locator);
  rule.type = target.type;
  rule.join = field.join;
  rule.name = target.name;
  if (field.reference != nullptr) {
    rule.make = Rule::Make::kReference;
    rule.paths = {field.reference->path};
    rule.only_prefix = field.reference->prefix;
    rule.prepend = field.reference->prepend;
    rule.when = field.reference->when.clone();
    if (!field.reference->nulls.empty()) rule.nulls = &field.reference->nulls;
    if (!field.reference->compose.empty()) {
      rule.make = Rule::Make::kComposed;
      rule.composition.emplace(field.reference->compose, field.reference->nulls);
    }
  } else if (field.attribute == nullptr) {
    rule.paths = field.added;
    const bool joined = field.added.size() > 1 || field.added[0].is_plural();
    rule.make = target.type == AttributeType::kReference ? Rule::Make::kReference
                : joined                                 ? Rule::Make::kJoin
                                                         : Rule::Make::kPath;
  } else {
    const catalogue::Attribute& attribute = *field.attribute;
    rule.name = attribute.name;
    rule.paths = {attribute.path};
    if (!attribute.nulls.empty()) rule.nulls = &attribute.nulls;
    if (catalogue::is_derived(attribute)) {
      rule.make = Rule::Make::kDerived;
      rule.derivation.emplace(attribute);
    } else if (!attribute.lookup.empty()) {
      rule.make = Rule::Make::kLookup;
      rule.table = plan.source->find_table(attribute.lookup);
      const catalogue::Attribute* otherwise =
          data_set.data_set->find_attribute(attribute.lookup_else);
      if (otherwise != nullptr) rule.otherwise = otherwise->path;
    } else if (attribute.type == AttributeType::kStatus) {
      rule.make = Rule::Make::kStatus;
      rule.statuses = &attribute.statuses;
    } else if (attribute.path.is_plural()) {
      rule.make = Rule::Make::kJoin;
    }
  }
  return rule;
}

}  // namespace

struct Formatter::State {
  const DataSetPlan& data_set;
  catalogue::Where where;
  bool send_empty = true;
  json::Path key_path;
  std::optional<catalogue::Derivation> key_derivation;
  std::string key_name;
  std::string key_prefix;
  std::size_t key_attribute = 0;
  std::size_t label_attribute = 0;
  std::vector<std::pair<std::size_t, Rule>>
      rules;  // without the key; index of the object attribute
  std::string key;
  std::vector<std::uint64_t> present;
  std::vector<NamePlace> places;
  std::vector<std::uint64_t> dropped;
  Reject reject;
  std::string scratch;

  State(const Plan& plan, const DataSetPlan& of)
      : data_set(of),
        where(of.where.clone()),
        send_empty(of.send_empty),
        key_attribute(of.key_attribute),
        label_attribute(of.label_attribute) {
    const std::size_t attributes = plan.schema.types[of.type].attributes.size();
    present.resize((attributes + 63) / 64);
    dropped.resize(attributes);
    for (const Field& field : of.field_rules) {
      Rule rule = make_rule(plan, of, field);
      if (field.object_attribute == of.key_attribute) {
        key_path = rule.paths[0];
        key_derivation = std::move(rule.derivation);
        key_name = rule.name;
        key_prefix = rule.prefix;
      } else {
        rules.emplace_back(field.object_attribute, std::move(rule));
      }
    }
  }

  void mark(std::size_t attribute) {
    present[attribute / 64] |= std::uint64_t{1} << (attribute % 64);
  }

  Verdict refuse(std::string_view reason, std::string detail) {
    reject = {base::printable(key, 100), std::string(reason), std::move(detail)};
    return Verdict::kRejected;
  }

  Verdict take_key(const Value& record);
  Verdict check_key_size(std::string_view name);
};

Formatter::Verdict Formatter::State::take_key(const Value& record) {
  key.clear();
  if (key_derivation) {
    key = key_derivation->value(record).value_or("");
    if (key.empty()) return refuse("empty_key", key_name + " is empty");
    return check_key_size(key_name);
  }
  const Value* value = key_path.first(record);
  if (value != nullptr && (value->is_object() || value->is_array())) {
    return refuse("bad_value", key_path.text() + " is the key and no single value");
  }
  if (value == nullptr || value->is_null() || scalar_text(*value).empty()) {
    return refuse("empty_key", key_path.text() + " is empty");
  }
  key = scalar_text(*value);
  return check_key_size(key_path.text());
}

Formatter::Verdict Formatter::State::check_key_size(std::string_view name) {
  if (key.size() <= kMaxKeyBytes) return Verdict::kFormatted;
  const Verdict refused =
      refuse("too_large", fmt::format("{} is longer than {} bytes", name, kMaxKeyBytes));
  key.clear();
  return refused;
}

Formatter::Formatter(const Plan& plan, std::size_t data_set)
    : state_(std::make_unique<State>(plan, plan.data_sets[data_set])) {}
Formatter::~Formatter() = default;

Formatter::Verdict Formatter::look(const Value& record) {
  State& state = *state_;
  if (!record.is_object()) {
    state.key.clear();
    return state.refuse("not_an_object", "the source sent something that is no object");
  }
  const Verdict key = state.take_key(record);
  if (!state.where.matches(record)) return Verdict::kFiltered;
  return key;
}

Formatter::Verdict Formatter::format(const Value& record, std::string& out) {
  State& state = *state_;
  if (const Verdict seen = look(record); seen != Verdict::kFormatted) return seen;
  const std::size_t begin = out.size();
  std::fill(state.present.begin(), state.present.end(), 0);
  state.places.assign(1, {0, 0});
  out += state.key_prefix;
  json::append_quoted(out, state.key);
  state.mark(state.key_attribute);
  std::uint32_t name = 0;
  for (const auto& [attribute, rule] : state.rules) {
    const std::size_t before = out.size();
    state.places.push_back({static_cast<std::uint32_t>(before - begin), ++name});
    out += rule.prefix;
    switch (append_field(out, rule, record, state.scratch)) {
      case Coerced::kWritten: state.mark(attribute); continue;
      case Coerced::kBad: ++state.dropped[attribute]; [[fallthrough]];
      case Coerced::kEmpty: break;
    }
    if (attribute == state.label_attribute) {
      // Assets drops entries without a label and says so only in a counter: the key stands in.
      json::append_quoted(out, state.key);
    } else if (state.send_empty) {
      out += rule.is_reference() ? "[]" : "\"\"";
    } else {
      out.resize(before);
      state.places.pop_back();
    }
  }
  if (out.size() - begin > kMaxObjectBytes) {
    const std::size_t size = out.size() - begin;
    out.resize(begin);
    return state.refuse("too_large",
                        fmt::format("the object has {}; at most {} fit into a chunk",
                                    base::format_bytes(size), base::format_bytes(kMaxObjectBytes)));
  }
  return Verdict::kFormatted;
}

std::string_view Formatter::key() const { return state_->key; }
const std::vector<std::uint64_t>& Formatter::present() const { return state_->present; }
const std::vector<Formatter::NamePlace>& Formatter::name_places() const { return state_->places; }
std::vector<std::string> Formatter::names() const {
  std::vector<std::string> all{state_->key_prefix};
  for (const auto& [attribute, rule] : state_->rules) all.push_back(rule.prefix);
  return all;
}
const Reject& Formatter::reject() const { return state_->reject; }
const std::vector<std::uint64_t>& Formatter::dropped_values() const { return state_->dropped; }
void Formatter::forget_counts() { std::fill(state_->dropped.begin(), state_->dropped.end(), 0); }

}  // namespace muster::mapping
