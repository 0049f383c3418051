#include <array>
#include <bit>

#include "base/utf8.h"
#include "json/scan.h"
#include "json/writer.h"

namespace muster::json {
namespace {

// How many bytes at the start can be copied as they are, judged by themselves: ASCII without
// controls, quote and backslash.
std::size_t copyable_prefix(std::string_view text) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    const std::uint64_t word = scan::load(text.data() + at);
    const std::uint64_t found = (word & scan::kHighs) | scan::below(word, 0x20) |
                                scan::equal(word, '"') | scan::equal(word, '\\');
    if (found != 0) return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
  }
  for (; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\') break;
  }
  return at;
}

void append_control(std::string& out, char control) {
  switch (control) {
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto code = static_cast<unsigned char>(control);
  out += "\\u00";
  out += kHex[code >> 4];
  out += kHex[code & 0xF];
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  std::size_t start = 0;  // of the run that will be copied in one piece
  std::size_t at = 0;
  while ((at += copyable_prefix(text.substr(at))) < text.size()) {
    const char here = text[at];
    const std::size_t length = base::utf8_length(text.substr(at));
    if (length > 1) {
      at += length;
      continue;
    }
    out.append(text, start, at - start);
    if (length == 0) {
      out += base::kReplacementCharacter;
    } else if (here == '"' || here == '\\') {
      out += '\\';
      out += here;
    } else {
      append_control(out, here);
    }
    start = ++at;
  }
  out.append(text, start, at - start);
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

}  // namespace muster::json
