// Append writer: JSON text straight into a string, no tree in between.
//
// It puts the commas; the caller keeps the nesting right (checked unless NDEBUG is set).
//
//   std::string out;
//   Writer writer(out);
//   writer.begin_object().key("id").string(id).key("tags").begin_array().string("a").end_array().end_object();
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "json/value.h"

namespace muster::json {

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view name);
  Writer& string(std::string_view text);  // UTF-8 in, escaped out; other bytes become U+FFFD
  Writer& number(std::int64_t value);
  Writer& number(std::uint64_t value);
  Writer& real(double value, int decimals);  // null when there is no such number in JSON
  Writer& boolean(bool value);
  Writer& null();
  Writer& raw(std::string_view json);  // already JSON: a number's text, a prepared fragment
  Writer& value(const Value& value);   // copies a parsed value

 private:
  void separate();
  Writer& open(char bracket);
  Writer& close(char bracket);
  template <typename Number>
  Writer& digits(Number value);

  std::string& out_;
  bool need_comma_ = false;
#ifndef NDEBUG
  std::string open_;  // the brackets that wait for their other half
#endif
};

// Appends `text` with JSON escapes, without quotes. The hot path of the mapping uses it directly.
void append_escaped(std::string& out, std::string_view text);
void append_quoted(std::string& out, std::string_view text);

// Compact text -> the same with two-space indents, for people.
std::string pretty(const Value& value);

}  // namespace muster::json
