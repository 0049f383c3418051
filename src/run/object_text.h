// The members of an object's text as the formatter writes it: `{"id":"u-1","tags":["a","b"]`, flat,
// without blanks, its end still missing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace muster::run {

struct ObjectMember {
  std::string_view name;   // without its quotes; locators need no escapes
  std::string_view value;  // as it is written
  std::string_view text;   // both
};

// How many bytes the value at the beginning of `text` takes.
inline std::size_t value_length(std::string_view text) {
  bool in_text = false;
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text) {
      if (c == '\\') ++i;
      if (c == '"') in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == ',' && depth == 0) {
      return i;
    }
  }
  return text.size();
}

template <typename Visit>
void each_member(std::string_view object, Visit&& visit) {
  object.remove_prefix(1);
  while (!object.empty()) {
    const std::size_t name_end = object.find('"', 1);
    const std::string_view name = object.substr(1, name_end - 1);
    const std::size_t begin = name_end + 2;  // behind the colon
    const std::size_t length = value_length(object.substr(begin));
    visit(ObjectMember{name, object.substr(begin, length), object.substr(0, begin + length)});
    object.remove_prefix(std::min(object.size(), begin + length + 1));
  }
}

}  // namespace muster::run
