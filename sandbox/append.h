// Appending JSON values to a page in the making: the inner loop of every list.
//
// put_text() is for text known to need no escapes (the built-in lists, ids, digits); anything else
// goes through put_escaped().
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "json/writer.h"

namespace muster::sandbox {

inline void put_text(std::string& out, std::string_view text) {
  out += '"';
  out += text;
  out += '"';
}
inline void put_escaped(std::string& out, std::string_view text) { json::append_quoted(out, text); }
inline void put_null(std::string& out) { out += "null"; }
inline void put_text_or_null(std::string& out, std::string_view text) {
  text.empty() ? put_null(out) : put_text(out, text);
}
inline void put_bool(std::string& out, bool value) { out += value ? "true" : "false"; }

inline void append_number(std::string& out, std::uint64_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

// "2025-03-14T08:21:07Z" for Unix seconds, without quotes.
void append_timestamp(std::string& out, std::int64_t seconds);

// Quoted, or null for zero.
inline void put_time(std::string& out, std::int64_t seconds) {
  if (seconds == 0) return put_null(out);
  out += '"';
  append_timestamp(out, seconds);
  out += '"';
}

}  // namespace muster::sandbox
