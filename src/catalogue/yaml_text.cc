// A tree as YAML text.
#include <fmt/format.h>

#include <algorithm>

#include "catalogue/yaml.h"
#include "json/writer.h"

namespace muster::catalogue {
namespace {

constexpr std::string_view kPlain =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./ ";

// Words that are not text when they stand without quotes.
bool is_special(std::string_view text) {
  constexpr std::string_view kWords[] = {"~", "null", "Null", "NULL"};
  return std::ranges::find(kWords, text) != std::end(kWords);
}

bool can_stand_plain(std::string_view text) {
  return !text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos &&
         text.front() != ' ' && text.back() != ' ' && text.front() != '-' && text != "..." &&
         !is_special(text);
}

// A JSON text is a YAML text in double quotes, but for these: YAML takes them for the end of a line
// or refuses them. https://yaml.org/spec/1.1/#id868524
void append_quoted(std::string& out, std::string_view text) {
  std::string quoted;
  json::append_quoted(quoted, text);
  for (std::size_t at = 0; at < quoted.size(); ++at) {
    const std::string_view rest = std::string_view(quoted).substr(at);
    const auto second = static_cast<unsigned char>(rest.size() > 1 ? rest[1] : 0);
    if (rest[0] == '\x7F') {
      out += "\\x7f";
    } else if (rest[0] == '\xC2' && second < 0xA0) {
      out += fmt::format("\\x{:02x}", second);
      at += 1;
    } else if (rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9")) {
      out += rest[2] == '\xA8' ? "\\u2028" : "\\u2029";
      at += 2;
    } else if (rest.starts_with("\xEF\xBB\xBF")) {
      out += "\\ufeff";
      at += 2;
    } else {
      out += rest[0];
    }
  }
}

void append_text(std::string& out, std::string_view text, bool quoted) {
  if (!quoted && can_stand_plain(text)) {
    out += text;
  } else {
    append_quoted(out, text);
  }
}

bool is_empty(const YamlNode& node) { return node.items.empty() && node.members.empty(); }

bool is_block(const YamlNode& node) {
  return (node.is_mapping() || node.is_sequence()) && !is_empty(node);
}

void append_flat(std::string& out, const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull: out += "null"; break;
    case YamlNode::Kind::kScalar: append_text(out, node.scalar, node.quoted); break;
    case YamlNode::Kind::kSequence: out += "[]"; break;
    case YamlNode::Kind::kMapping: out += "{}"; break;
  }
}

// `out` ends where the first line of the block begins, indented already.
void append_block(std::string& out, const YamlNode& node, std::size_t indent) {
  bool is_first = true;
  const auto begin_line = [&] {
    if (!is_first) out.append(indent, ' ');
    is_first = false;
  };
  for (const YamlNode& item : node.items) {
    begin_line();
    out += "- ";
    if (is_block(item)) {
      append_block(out, item, indent + 2);
    } else {
      append_flat(out, item);
      out += '\n';
    }
  }
  for (const YamlMember& member : node.members) {
    begin_line();
    append_text(out, member.key, false);
    out += ':';
    if (is_block(member.value)) {
      out += '\n';
      out.append(indent + 2, ' ');
      append_block(out, member.value, indent + 2);
    } else {
      out += ' ';
      append_flat(out, member.value);
      out += '\n';
    }
  }
}

}  // namespace

std::string to_yaml(const YamlNode& node) {
  std::string text;
  if (is_block(node)) {
    append_block(text, node, 0);
  } else {
    append_flat(text, node);
    text += '\n';
  }
  return text;
}

}  // namespace muster::catalogue
