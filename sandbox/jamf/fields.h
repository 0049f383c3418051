// JSON as Jamf Pro writes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "json/writer.h"
#include "sandbox/append.h"

namespace muster::sandbox::jamf {

// What `append` writes, as a text of its own.
template <typename Append>
std::string text_of(Append append) {
  std::string out;
  append(out);
  return out;
}

// Writes the members of a JSON object, one call each.
class Fields {
 public:
  explicit Fields(json::Writer& writer) : out(writer) {}

  Fields& text(std::string_view key, std::string_view value) {
    out.key(key).string(value);
    return *this;
  }
  Fields& text_or_null(std::string_view key, std::string_view value) {
    return value.empty() ? null(key) : text(key, value);
  }
  Fields& text_if_any(std::string_view key, std::string_view value) {
    return value.empty() ? *this : text(key, value);
  }
  // Ids are text in the Jamf Pro API ...
  Fields& id(std::string_view key, std::int64_t value) { return text(key, std::to_string(value)); }
  // ... and numbers in the Classic API.
  Fields& number(std::string_view key, std::int64_t value) {
    out.key(key).number(value);
    return *this;
  }
  Fields& flag(std::string_view key, bool value) {
    out.key(key).boolean(value);
    return *this;
  }
  Fields& null(std::string_view key) {
    out.key(key).null();
    return *this;
  }
  Fields& raw(std::string_view key, std::string_view json) {
    out.key(key).raw(json);
    return *this;
  }
  Fields& empty_list(std::string_view key) { return raw(key, "[]"); }
  // Null for 0. With and without milliseconds: both were seen.
  Fields& time(std::string_view key, std::int64_t seconds) {
    if (seconds == 0) return null(key);
    std::string value;
    append_timestamp(value, seconds);
    if (seconds % 2 == 1) value.replace(value.size() - 1, 1, ".412Z");
    return text(key, value);
  }
  Fields& date(std::string_view key, std::int64_t seconds) {
    if (seconds == 0) return null(key);
    std::string value;
    append_timestamp(value, seconds);
    return text(key, value.substr(0, 10));
  }
  template <typename Members>  // void(Fields&)
  Fields& object(std::string_view key, Members members) {
    out.key(key).begin_object();
    members(*this);
    out.end_object();
    return *this;
  }
  template <typename Items>  // void(Fields&): begin() and end() around the members of each
  Fields& list(std::string_view key, Items items) {
    out.key(key).begin_array();
    items(*this);
    out.end_array();
    return *this;
  }
  Fields& begin() {
    out.begin_object();
    return *this;
  }
  Fields& end() {
    out.end_object();
    return *this;
  }

  json::Writer& out;
};

}  // namespace muster::sandbox::jamf
