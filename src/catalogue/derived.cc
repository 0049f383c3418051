#include "catalogue/derived.h"

#include <cstdint>
#include <string_view>

#include "base/text.h"

namespace muster::catalogue {
namespace {

using Combine = Attribute::Combine;
using json::Value;

std::optional<std::string> chosen(const Attribute& attribute, const Value& record) {
  for (const Choice& choice : attribute.choices) {
    if (choice.when.matches(record)) return choice.value;
  }
  return std::nullopt;
}

// A missing term counts as 0; nothing at all, or a sum beyond 64 bits, is no value.
std::optional<std::string> summed(const Attribute& attribute, const Value& record) {
  std::int64_t sum = 0;
  bool found = false;
  for (const Term& term : attribute.sum) {
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

std::string counted(const Attribute& attribute, const Value& record) {
  std::size_t count = 0;
  attribute.path.each(record, [&](const Value& value) { count += value.is_null() ? 0 : 1; });
  return std::to_string(count);
}

bool is_less(std::string_view a, std::string_view b) {
  const auto number_a = base::parse_double(a), number_b = base::parse_double(b);
  if (number_a && number_b) return *number_a < *number_b;
  const auto time_a = base::parse_utc(a), time_b = base::parse_utc(b);
  if (time_a && time_b) return *time_a < *time_b;
  return a < b;
}

std::optional<std::string> outermost(const Attribute& attribute, const Value& record) {
  std::optional<std::string_view> best;
  attribute.path.each(record, [&](const Value& value) {
    const std::string_view text = value.text();
    if (text.empty()) return;
    const bool replaces = !best || (attribute.combine == Combine::kLeast ? is_less(text, *best)
                                                                         : is_less(*best, text));
    if (replaces) best = text;
  });
  if (!best) return std::nullopt;
  return std::string(*best);
}

}  // namespace

bool is_derived(const Attribute& attribute) {
  return !attribute.choices.empty() || !attribute.sum.empty() ||
         attribute.combine != Combine::kJoin;
}

std::optional<std::string> derived_value(const Attribute& attribute, const json::Value& record) {
  if (!attribute.choices.empty()) return chosen(attribute, record);
  if (!attribute.sum.empty()) return summed(attribute, record);
  switch (attribute.combine) {
    case Combine::kCount:
      return counted(attribute, record);
    case Combine::kLeast:
    case Combine::kGreatest:
      return outermost(attribute, record);
    case Combine::kJoin:
      break;
  }
  return std::nullopt;
}

}  // namespace muster::catalogue
