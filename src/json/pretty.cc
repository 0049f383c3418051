#include "json/writer.h"

namespace muster::json {
namespace {

void start_line(std::string& out, std::size_t depth) {
  out += '\n';
  out.append(depth * 2, ' ');
}

void append_pretty(std::string& out, const Value& value, std::size_t depth);

template <typename Children, typename AppendChild>
void append_children(std::string& out, std::string_view brackets, const Children& children,
                     std::size_t depth, AppendChild append_child) {
  out += brackets[0];
  for (const auto& child : children) {
    if (&child != &children.front()) out += ',';
    start_line(out, depth + 1);
    append_child(child);
  }
  if (!children.empty()) start_line(out, depth);
  out += brackets[1];
}

void append_pretty(std::string& out, const Value& value, std::size_t depth) {
  if (value.is_array()) {
    append_children(out, "[]", value.items(), depth,
                    [&](const Value& item) { append_pretty(out, item, depth + 1); });
  } else if (value.is_object()) {
    append_children(out, "{}", value.members(), depth, [&](const Member& member) {
      append_quoted(out, member.key);
      out += ": ";
      append_pretty(out, member.value, depth + 1);
    });
  } else {
    Writer(out).value(value);
  }
}

}  // namespace

std::string pretty(const Value& value) {
  std::string out;
  append_pretty(out, value, 0);
  return out;
}

}  // namespace muster::json
