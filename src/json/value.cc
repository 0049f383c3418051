#include "json/value.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

namespace muster::json {

std::optional<std::int64_t> Value::integer() const {
  if (!is_number()) return std::nullopt;
  std::int64_t number = 0;
  const char* const end = text().data() + text().size();
  const auto [stopped, failure] = std::from_chars(text().data(), end, number);
  if (failure != std::errc() || stopped != end) return std::nullopt;
  return number;
}

std::optional<double> Value::real() const {
  if (!is_number()) return std::nullopt;
  double number = 0;
  const char* const end = text().data() + text().size();
  const auto [stopped, failure] = std::from_chars(text().data(), end, number);
  if (failure != std::errc::result_out_of_range) return number;
  // from_chars does not say whether it was too large or too small; the latter is a zero.
  number = std::strtod(std::string(text()).c_str(), nullptr);
  if (!std::isfinite(number)) return std::nullopt;
  return number;
}

const Value* Value::find(std::string_view key) const {
  std::uint32_t hint = 0;
  return find(key, hint);
}

const Value* Value::search(std::string_view key, std::uint32_t& hint) const {
  const std::span<const Member> all = members();
  // From the hint on, because a member that stands elsewhere was mostly moved by one or two that
  // came or went.
  const std::uint32_t start = hint < all.size() ? hint : 0;
  std::uint32_t at = start;
  for (std::size_t left = all.size(); left > 0; --left) {
    if (all[at].key == key) {
      hint = at;
      return &all[at].value;
    }
    if (++at == all.size()) at = 0;
  }
  return nullptr;
}

}  // namespace muster::json
