#include "mapping/coerce.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "json/writer.h"
#include "mapping/text_form.h"

namespace muster::mapping {

using catalogue::AttributeType;
using json::scalar_text;

namespace {

Coerced append_integer(std::string& out, std::string_view text) {
  if (const auto whole = base::parse_int(text)) {
    out += fmt::format_int(*whole).c_str();
    return Coerced::kWritten;
  }
  const auto real = base::parse_double(text);
  constexpr double kExactLimit = 9007199254740992.0;  // 2^53: beyond it a double skips integers
  if (!real || *real != std::floor(*real) || std::abs(*real) > kExactLimit) return Coerced::kBad;
  out += fmt::format_int(static_cast<std::int64_t>(*real)).c_str();
  return Coerced::kWritten;
}

Coerced append_double(std::string& out, std::string_view text) {
  const auto real = base::parse_double(text);
  if (!real) return Coerced::kBad;
  out += fmt::format("{}", *real);  // the shortest text that reads back as the same number
  return Coerced::kWritten;
}

Coerced append_boolean(std::string& out, std::string_view text) {
  for (std::string_view word : {"true", "yes", "1", "on"}) {
    if (base::equals_ignoring_case(text, word)) return out += "true", Coerced::kWritten;
  }
  for (std::string_view word : {"false", "no", "0", "off"}) {
    if (base::equals_ignoring_case(text, word)) return out += "false", Coerced::kWritten;
  }
  return Coerced::kBad;
}

bool is_plain_date(std::string_view text) {
  return text.size() == 10 && text[4] == '-' && text[7] == '-';
}

// What may stand between the seconds and the Z.
bool is_fraction(std::string_view text) {
  if (text.empty()) return true;
  constexpr std::size_t kMostDigits = 9;
  const std::string_view digits = text.substr(1);
  return text[0] == '.' && !digits.empty() && digits.size() <= kMostDigits &&
         std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The usual form "2026-11-23T03:00:00[.fff]Z" only loses its fraction; checked digit by digit
// because taking every date apart and writing it anew would cost more than the rest of the record.
bool is_utc_time(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() < kShape.size() + 1 || text.back() != 'Z') return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == 'd' ? !digit : text[i] != kShape[i]) return false;
  }
  const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  const int month = two(5), day = two(8);
  const std::string_view fraction = text.substr(kShape.size(), text.size() - kShape.size() - 1);
  return month >= 1 && month <= 12 && day >= 1 && day <= 28 && two(11) < 24 && two(14) < 60 &&
         two(17) < 60 && is_fraction(fraction) && !text.starts_with("0000");
}

// "+0100", as ISO 8601 has it, for "+01:00", as RFC 3339 does.
std::string with_colon(std::string_view text) {
  constexpr std::size_t kOffset = 5;
  std::string whole(text);
  if (text.size() <= kOffset || text.find('T') == std::string_view::npos) return whole;
  const std::string_view offset = text.substr(text.size() - kOffset);
  const bool is_one =
      (offset[0] == '+' || offset[0] == '-') &&
      std::all_of(offset.begin() + 1, offset.end(), [](char c) { return c >= '0' && c <= '9'; });
  return is_one ? whole.insert(text.size() - 2, ":") : whole;
}

Coerced append_time(std::string& out, std::string_view text, AttributeType type) {
  const std::size_t length = type == AttributeType::kDate ? 10 : 19;
  if (is_utc_time(text)) {
    out += '"';
    out += text.substr(0, length);
    out += type == AttributeType::kDate ? "\"" : "Z\"";
    return Coerced::kWritten;
  }
  const std::string whole =
      is_plain_date(text) ? std::string(text) + "T00:00:00Z" : with_colon(text);
  const auto time = base::parse_utc(whole);
  if (!time) return Coerced::kBad;
  const std::string formatted = base::format_utc(*time);
  out += '"';
  out += std::string_view(formatted).substr(0, length);
  out += type == AttributeType::kDate ? "\"" : "Z\"";
  return Coerced::kWritten;
}

// Blanks around such a value mean nothing, and Assets refuses them.
Coerced append_of_form(std::string& out, std::string_view text,
                       bool (*has_form)(std::string_view)) {
  const std::string_view value = base::trim(text);
  if (value.empty()) return Coerced::kEmpty;
  if (!has_form(value)) return Coerced::kBad;
  json::append_quoted(out, value);
  return Coerced::kWritten;
}

}  // namespace

Coerced append_coerced(std::string& out, std::string_view text, AttributeType type) {
  if (text.empty()) return Coerced::kEmpty;
  switch (type) {
    case AttributeType::kInteger: return append_integer(out, text);
    case AttributeType::kDouble: return append_double(out, text);
    case AttributeType::kBoolean: return append_boolean(out, text);
    case AttributeType::kDate:
    case AttributeType::kDateTime: return append_time(out, text, type);
    case AttributeType::kUrl: return append_of_form(out, text, is_url);
    case AttributeType::kEmail: return append_of_form(out, text, is_email);
    case AttributeType::kIpAddress: return append_of_form(out, text, is_ip_address);
    case AttributeType::kTime: return append_of_form(out, text, is_time_of_day);
    default: json::append_quoted(out, text); return Coerced::kWritten;
  }
}

Coerced append_coerced(std::string& out, const json::Value& value, AttributeType type) {
  if (value.is_object() || value.is_array()) return Coerced::kBad;
  return append_coerced(out, scalar_text(value), type);
}

}  // namespace muster::mapping
