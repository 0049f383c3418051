#include "service/s3_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

// Answers of S3 have four.
constexpr std::size_t kDeepest = 16;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_of_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || c == ':';
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) return byte(0xC0 | code >> 6), byte(0x80 | (code & 0x3F));
  if (code < 0x10000) byte(0xE0 | code >> 12);
  if (code >= 0x10000) byte(0xF0 | code >> 18), byte(0x80 | (code >> 12 & 0x3F));
  byte(0x80 | (code >> 6 & 0x3F));
  byte(0x80 | (code & 0x3F));
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<XmlElement> parse() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    TRY(pass_over());
    XmlElement root;
    TRY(element(root, 0));
    TRY(pass_over());
    if (at_ != text_.size()) return wrong("something follows its end");
    return root;
  }

 private:
  Error wrong(std::string_view what) const {
    return {
        ErrorKind::kMalformed, "backup",
        fmt::format("The store of backups sent XML that cannot be read: {} (byte {}).", what, at_)};
  }
  bool begins(std::string_view with) const { return text_.substr(at_).starts_with(with); }
  void blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  Status pass(std::string_view end) {
    const std::size_t found = text_.find(end, at_);
    if (found == std::string_view::npos) return wrong("it was cut off");
    at_ = found + end.size();
    return {};
  }
  // Blanks, the declaration and comments.
  Status pass_over() {
    for (;;) {
      blanks();
      if (begins("<?xml")) {
        TRY(pass("?>"));
      } else if (begins("<!--")) {
        TRY(pass("-->"));
      } else {
        return {};
      }
    }
  }
  Result<std::string> name() {
    const std::size_t from = at_;
    while (at_ < text_.size() && is_of_name(text_[at_])) ++at_;
    if (at_ == from) return wrong("a name is missing");
    return std::string(text_.substr(from, at_ - from));
  }
  // Those of S3 say nothing that is needed.
  Status attributes() {
    for (blanks(); at_ < text_.size() && is_of_name(text_[at_]); blanks()) {
      TRY(name());
      blanks();
      if (!begins("=")) return wrong("an attribute has no value");
      ++at_;
      blanks();
      if (!begins("\"") && !begins("'")) return wrong("an attribute has no value");
      const char quote = text_[at_++];
      TRY(pass(std::string_view(&quote, 1)));
    }
    return {};
  }

  Status element(XmlElement& out, std::size_t depth) {
    if (depth > kDeepest) return wrong("it is nested too deeply");
    if (!begins("<")) return wrong("an element is missing");
    ++at_;
    const std::string full = TRY(name());
    const std::size_t colon = full.find(':');
    out.name = colon == std::string::npos ? full : full.substr(colon + 1);
    TRY(attributes());
    if (begins("/>")) return at_ += 2, Status();
    if (!begins(">")) return wrong("an element does not end");
    ++at_;
    for (;;) {
      if (begins("</")) break;
      if (begins("<!--")) {
        TRY(pass("-->"));
      } else if (begins("<")) {
        TRY(element(out.children.emplace_back(), depth + 1));
      } else {
        TRY(characters(out.text));
      }
    }
    at_ += 2;
    if (TRY(name()) != full) return wrong("elements overlap");
    blanks();
    if (!begins(">")) return wrong("an element does not end");
    ++at_;
    return {};
  }

  Status characters(std::string& out) {
    if (at_ == text_.size()) return wrong("it was cut off");
    while (at_ < text_.size() && text_[at_] != '<') {
      if (text_[at_] == '&') {
        TRY(reference(out));
      } else {
        out += text_[at_++];
      }
    }
    return {};
  }

  Status reference(std::string& out) {
    const std::size_t end = text_.find(';', at_);
    if (end == std::string_view::npos || end - at_ > 10) return wrong("a character has no end");
    const std::string_view named = text_.substr(at_ + 1, end - at_ - 1);
    constexpr std::pair<std::string_view, char> kNames[] = {
        {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    const auto found = std::ranges::find(kNames, named, &std::pair<std::string_view, char>::first);
    if (found != std::end(kNames)) {
      out += found->second;
    } else {
      const std::optional<std::uint32_t> code = number(named);
      if (!code) return wrong("a character is unknown");
      append_utf8(out, *code);
    }
    at_ = end + 1;
    return {};
  }

  static std::optional<std::uint32_t> number(std::string_view named) {
    if (!named.starts_with('#')) return std::nullopt;
    named.remove_prefix(1);
    const int base = named.starts_with('x') ? 16 : 10;
    if (base == 16) named.remove_prefix(1);
    std::uint32_t code = 0;
    const auto [end, problem] =
        std::from_chars(named.data(), named.data() + named.size(), code, base);
    const bool is_whole = problem == std::errc() && end == named.data() + named.size();
    const bool is_character = code != 0 && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
    return is_whole && is_character ? std::optional(code) : std::nullopt;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

const XmlElement* XmlElement::find(std::string_view child) const {
  const auto found = std::ranges::find(children, child, &XmlElement::name);
  return found == children.end() ? nullptr : &*found;
}

std::string_view XmlElement::text_of(std::string_view child) const {
  const XmlElement* const found = find(child);
  return found == nullptr ? std::string_view() : std::string_view(found->text);
}

std::vector<const XmlElement*> XmlElement::all(std::string_view child) const {
  std::vector<const XmlElement*> found;
  for (const XmlElement& one : children) {
    if (one.name == child) found.push_back(&one);
  }
  return found;
}

Result<XmlElement> parse_xml(std::string_view text) { return Parser(text).parse(); }

std::string xml_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace muster::service
