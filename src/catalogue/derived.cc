#include "catalogue/derived.h"

#include <cstdint>
#include <string_view>

#include "base/text.h"
#include "json/writer.h"

namespace muster::catalogue {

using Combine = Attribute::Combine;
using json::Value;

namespace {

bool is_less(std::string_view a, std::string_view b) {
  const auto number_a = base::parse_double(a), number_b = base::parse_double(b);
  if (number_a && number_b) return *number_a < *number_b;
  const auto time_a = base::parse_utc(a), time_b = base::parse_utc(b);
  if (time_a && time_b) return *time_a < *time_b;
  return a < b;
}

}  // namespace

bool is_derived(const Attribute& attribute) {
  return !attribute.choices.empty() || !attribute.sum.empty() ||
         attribute.combine != Combine::kJoin;
}

Derivation::Derivation(const Attribute& attribute)
    : path_(attribute.path), combine_(attribute.combine), sum_(attribute.sum) {
  for (const Choice& choice : attribute.choices) {
    choices_.push_back({choice.when.clone(), choice.value});
  }
}

std::optional<std::string> Derivation::value(const Value& record) const {
  if (!choices_.empty()) return chosen(record);
  if (!sum_.empty()) return summed(record);
  switch (combine_) {
    case Combine::kCount: return counted(record);
    case Combine::kLeast:
    case Combine::kGreatest: return outermost(record);
    case Combine::kJson: return as_json(record);
    case Combine::kJoin: break;
  }
  return std::nullopt;
}

std::optional<std::string> Derivation::chosen(const Value& record) const {
  for (const Choice& choice : choices_) {
    if (choice.when.matches(record)) return choice.value;
  }
  return std::nullopt;
}

// A missing term counts as 0; nothing at all, or a sum beyond 64 bits, is no value.
std::optional<std::string> Derivation::summed(const Value& record) const {
  std::int64_t sum = 0;
  bool found = false;
  for (const Term& term : sum_) {
    const Value* value = term.path.first(record);
    const auto number = value == nullptr ? std::nullopt : value->integer();
    if (!number) continue;
    found = true;
    const bool overflow = term.subtract ? __builtin_sub_overflow(sum, *number, &sum)
                                        : __builtin_add_overflow(sum, *number, &sum);
    if (overflow) return std::nullopt;
  }
  if (!found) return std::nullopt;
  return std::to_string(sum);
}

std::string Derivation::counted(const Value& record) const {
  std::size_t count = 0;
  path_.each(record, [&](const Value& value) { count += value.is_null() ? 0 : 1; });
  return std::to_string(count);
}

std::optional<std::string> Derivation::outermost(const Value& record) const {
  std::string_view best;
  path_.each(record, [&](const Value& value) {
    const std::string_view text = value.text();
    if (text.empty()) return;
    const bool replaces =
        best.empty() || (combine_ == Combine::kLeast ? is_less(text, best) : is_less(best, text));
    if (replaces) best = text;
  });
  if (best.empty()) return std::nullopt;
  return std::string(best);
}

std::optional<std::string> Derivation::as_json(const Value& record) const {
  const Value* value = path_.first(record);
  if (value == nullptr || value->is_null()) return std::nullopt;
  std::string text;
  json::Writer(text).value(*value);
  return text;
}

}  // namespace muster::catalogue
