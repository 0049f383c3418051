#include "mapping/formatter.h"

#include <fmt/format.h>

#include "base/text.h"
#include "json/writer.h"
#include "mapping/field_rule.h"

namespace muster::mapping {

using json::scalar_text;
using json::Value;

namespace {

constexpr std::size_t kMaxKeyBytes =
    1024;  // no source has longer identifiers; larger ones are broken

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
  std::vector<std::pair<std::size_t, FieldRule>>
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
      FieldRule rule = make_rule(plan, of, field);
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
    if (append_field(out, rule, record, state.scratch, state.dropped[attribute]) ==
        Coerced::kWritten) {
      state.mark(attribute);
      continue;
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
