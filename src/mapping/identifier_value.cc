#include "mapping/identifier_value.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace muster::mapping {

using catalogue::IdentifierKind;

namespace {

// Fewer characters do not tell machines apart.
constexpr std::size_t kShortestSerialNumber = 4;

// What firmware holds where nobody wrote a number. Others meet the same: the names that systemd's
// hwdb calls rubbish (https://github.com/systemd/systemd/tree/main/hwdb.d), and the serial numbers
// that ServiceNow takes for invalid, those of one repeated character among them
// (https://support.servicenow.com/kb?id=kb_article_view&sysparm_article=KB0744965).
constexpr std::array<std::string_view, 42> kPlaceholders = {
    "none", "null", "n/a", "na", "unknown", "undefined", "unspecified", "unavailable",
    "not specified", "not applicable", "not available", "not provided", "not defined", "not set",
    "no serial number", "no asset tag", "invalid", "empty", "blank", "default", "default string",
    "default_string", "system serial number", "systemserialnumber", "system serial#",
    "system manufacturer", "chassis serial number", "base board serial number", "serial number",
    "serial", "to be filled", "to be filled by o.e.m.", "to be filled by o.e.m",
    "tobefilledbyo.e.m.", "to be determined", "o.e.m.", "oem", "test", "to be filled by oem",
    "asset-1234567890",
    // UUIDs that boards are delivered with
    "03000200-0400-0500-0006-000700080009", "00010203-0405-0607-0809-0a0b0c0d0e0f"};

// 123456789, 0123456789, 1234567890
bool is_counting(std::string_view value) {
  constexpr std::string_view kDigits = "01234567890";
  return value.size() >= kShortestSerialNumber && kDigits.find(value) != std::string_view::npos;
}

// 0, 00000000, xxxxxx, ........, and a GUID of zeros: one character again and again.
bool is_one_character(std::string_view value) {
  char only = 0;
  for (const char c : value) {
    if (c == '-' || c == ' ' || c == ':' || c == '{' || c == '}') continue;
    if (only != 0 && c != only) return false;
    only = c;
  }
  return true;
}

bool is_address(std::string_view value) {
  const std::size_t at = value.find('@');
  return at != std::string_view::npos && at != 0 && at + 1 < value.size() &&
         value.find('@', at + 1) == std::string_view::npos &&
         value.find(' ') == std::string_view::npos;
}

}  // namespace

std::string normalised(std::string_view value) { return base::to_lower_ascii(base::trim(value)); }

bool is_placeholder(IdentifierKind kind, std::string_view value,
                    const std::set<std::string, std::less<>>& more) {
  if (more.contains(value)) return true;
  if (kind == IdentifierKind::kEmail) return !is_address(value);
  if (std::ranges::find(kPlaceholders, value) != kPlaceholders.end()) return true;
  return is_one_character(value) || is_counting(value) || value.size() < kShortestSerialNumber;
}

}  // namespace muster::mapping
