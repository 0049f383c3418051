#include "catalogue/derived.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "json/writer.h"

namespace muster::catalogue {

using Combine = Attribute::Combine;
using json::scalar_text;
using json::Value;

namespace {

bool is_less(std::string_view a, std::string_view b) {
  const auto number_a = base::parse_double(a), number_b = base::parse_double(b);
  if (number_a && number_b) return *number_a < *number_b;
  const auto time_a = base::parse_utc(a), time_b = base::parse_utc(b);
  if (time_a && time_b) return *time_a < *time_b;
  return a < b;
}

// What a program that builds web pages writes for the five letters that mean something there.
std::string unescaped(std::string_view text) {
  constexpr std::pair<std::string_view, char> kLetters[] = {{"&amp;", '&'},   {"&lt;", '<'},
                                                            {"&gt;", '>'},    {"&quot;", '"'},
                                                            {"&#039;", '\''}, {"&#39;", '\''}};
  std::string plain;
  while (!text.empty()) {
    const auto found = std::ranges::find_if(
        kLetters, [&](const auto& letter) { return text.starts_with(letter.first); });
    plain += found == std::end(kLetters) ? text.front() : found->second;
    text.remove_prefix(found == std::end(kLetters) ? 1 : found->first.size());
  }
  return plain;
}

// What cannot be read that way stays as it is, for the type to refuse.
std::string reformatted(std::string text, Attribute::Format format) {
  switch (format) {
    case Attribute::Format::kPlain: return text;
    case Attribute::Format::kHtml: return unescaped(text);
    case Attribute::Format::kLeadingNumber: {
      const std::size_t digits = text.find_first_not_of("0123456789.-");
      return digits == std::string::npos || digits == 0 ? text : text.substr(0, digits);
    }
    case Attribute::Format::kUnixSeconds:
    case Attribute::Format::kUnixMilliseconds: {
      // A fraction is below what Assets keeps.
      const auto number = base::parse_double(text);
      constexpr double kMost = 253'402'300'799;  // the year 9999
      const double seconds =
          number ? *number / (format == Attribute::Format::kUnixMilliseconds ? 1000 : 1) : -1;
      if (seconds < 0 || seconds > kMost) return text;
      return base::format_utc(
          base::WallTime(std::chrono::seconds(static_cast<std::int64_t>(seconds))));
    }
  }
  return text;
}

std::string divided(std::string text, std::int64_t by) {
  if (by == 1) return text;
  if (const auto whole = base::parse_int(text)) return std::to_string(*whole / by);
  const auto number = base::parse_double(text);
  return number ? fmt::format("{}", *number / static_cast<double>(by)) : text;
}

}  // namespace

// Separators alone name nothing.
bool Composition::compose(const Value& of, std::string& text) const {
  text.clear();
  bool any = false;
  const auto add = [&](std::string_view part) {
    for (const char letter : part) {
      if (letter != ' ' || (!text.empty() && text.back() != ' ')) text += letter;
    }
  };
  for (const Piece& piece : pieces_) {
    add(piece.text);
    if (piece.path.text().empty()) continue;
    const Value* value = piece.path.first(of);
    const std::string_view part = value == nullptr ? std::string_view() : scalar_text(*value);
    if (part.empty() || std::find(nulls_.begin(), nulls_.end(), part) != nulls_.end()) continue;
    any = true;
    add(part);
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return any && !text.empty();
}

bool is_derived(const Attribute& attribute) {
  return !attribute.choices.empty() || !attribute.sum.empty() ||
         attribute.combine != Combine::kJoin || !attribute.first_of.empty() ||
         !attribute.compose.empty() || attribute.format != Attribute::Format::kPlain ||
         attribute.divide_by != 1 || !attribute.prefix.empty();
}

Derivation::Derivation(const Attribute& attribute)
    : first_of_(attribute.first_of),
      format_(attribute.format),
      divide_by_(attribute.divide_by),
      prefix_(attribute.prefix),
      join_(attribute.join),
      nulls_(attribute.nulls),
      path_(attribute.path),
      combine_(attribute.combine),
      sum_(attribute.sum) {
  if (first_of_.empty()) first_of_ = {path_};
  if (!attribute.compose.empty()) composition_.emplace(attribute.compose, attribute.nulls);
  for (const Choice& choice : attribute.choices) {
    choices_.push_back({choice.when.clone(), choice.value});
  }
}

std::optional<std::string> Derivation::value(const Value& record) const {
  if (!choices_.empty()) return chosen(record);
  if (!sum_.empty()) return summed(record);
  if (composition_) {
    std::string text;
    return composition_->compose(record, text) ? std::optional(std::move(text)) : std::nullopt;
  }
  if (!prefix_.empty()) return prefixed(record);
  switch (combine_) {
    case Combine::kCount: return counted(record);
    case Combine::kLeast:
    case Combine::kGreatest: return outermost(record);
    case Combine::kJson: return as_json(record);
    case Combine::kJoin: break;
  }
  std::optional<std::string> text = first_found(record);
  if (!text) return std::nullopt;
  return divided(reformatted(std::move(*text), format_), divide_by_);
}

bool Derivation::is_null(std::string_view text) const {
  return std::find(nulls_.begin(), nulls_.end(), text) != nulls_.end();
}

std::optional<std::string> Derivation::first_found(const Value& record) const {
  for (const json::Path& path : first_of_) {
    const Value* value = path.first(record);
    const std::string_view text = value == nullptr ? std::string_view() : scalar_text(*value);
    if (!text.empty() && !is_null(text)) return std::string(text);
  }
  return std::nullopt;
}

std::optional<std::string> Derivation::prefixed(const Value& record) const {
  std::string text;
  std::vector<std::string_view> taken;
  const auto add = [&](const Value& value) {
    std::string_view one = value.text();
    if (!one.starts_with(prefix_)) return;
    one.remove_prefix(prefix_.size());
    if (one.empty() || std::find(taken.begin(), taken.end(), one) != taken.end()) return;
    taken.push_back(one);
    if (!text.empty()) text += join_;
    text += one;
  };
  path_.each_item(record, add);
  if (text.empty()) return std::nullopt;
  return text;
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
