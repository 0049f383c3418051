#include "mapping/identifiers.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "catalogue/derived.h"
#include "mapping/identifier_value.h"

namespace muster::mapping {
namespace {

// The text of an attribute's value.
class Reader {
 public:
  explicit Reader(const catalogue::Attribute& attribute)
      : path_(attribute.path), nulls_(attribute.nulls) {
    if (catalogue::is_derived(attribute)) derivation_.emplace(attribute);
  }

  // False: the record has none. `is_null`: it has one that means none.
  bool read(const json::Value& record, std::string& text, bool& is_null) const {
    if (derivation_) {
      text = derivation_->value(record).value_or("");
    } else {
      const json::Value* value = path_.first(record);
      if (value == nullptr || value->is_null() || value->is_object() || value->is_array()) {
        return false;
      }
      text = json::scalar_text(*value);
    }
    is_null = std::ranges::find(nulls_, text) != nulls_.end();
    return !text.empty();
  }

 private:
  json::Path path_;
  std::vector<std::string> nulls_;
  std::optional<catalogue::Derivation> derivation_;
};

std::int64_t as_number(const std::string& text) {
  if (const auto time = base::parse_utc(text)) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time->time_since_epoch()).count();
  }
  return base::parse_int(text).value_or(0);
}

}  // namespace

struct Identifiers::State {
  const Identity& identity;
  std::vector<std::optional<Reader>> readers;  // by Identity::match
  std::optional<Reader> newest_reader;
  std::vector<std::optional<crypto::Hash128>> values;
  std::uint32_t placeholders = 0;
  std::int64_t newest = 0;
  std::string text;
};

Identifiers::Identifiers(const Plan& plan, std::size_t data_set)
    : state_(std::make_unique<State>(*plan.data_sets[data_set].identity->identity)) {
  const IdentityPlan& of = *plan.data_sets[data_set].identity;
  for (const catalogue::Attribute* attribute : of.identifiers) {
    state_->readers.emplace_back();
    if (attribute != nullptr) state_->readers.back().emplace(*attribute);
  }
  if (of.newest != nullptr) state_->newest_reader.emplace(*of.newest);
  state_->values.resize(state_->readers.size());
}
Identifiers::~Identifiers() = default;

void Identifiers::read(const json::Value& record) {
  State& state = *state_;
  state.placeholders = 0;
  bool is_null = false;
  for (std::size_t i = 0; i < state.readers.size(); ++i) {
    state.values[i].reset();
    if (!state.readers[i] || !state.readers[i]->read(record, state.text, is_null)) continue;
    const catalogue::IdentifierKind kind = state.identity.match[i];
    const std::string value = normalised(state.text);
    if (value.empty()) continue;
    if (is_null || is_placeholder(kind, value, state.identity.placeholders)) {
      ++state.placeholders;
      continue;
    }
    state.values[i] =
        crypto::public_hash(fmt::format("muster identifier\n{}\n{}", to_string(kind), value));
  }
  state.newest = 0;
  if (state.newest_reader && state.newest_reader->read(record, state.text, is_null) && !is_null) {
    state.newest = as_number(state.text);
  }
}

const std::vector<std::optional<crypto::Hash128>>& Identifiers::values() const {
  return state_->values;
}
std::uint32_t Identifiers::placeholders() const { return state_->placeholders; }
std::int64_t Identifiers::newest() const { return state_->newest; }

}  // namespace muster::mapping
