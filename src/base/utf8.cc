#include "base/utf8.h"

#include <bit>
#include <cstring>
#include <string>

#include "base/text.h"

namespace muster::base {
namespace {

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

std::size_t ascii_prefix(std::string_view text) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & 0x8080808080808080) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

// The table of well-formed byte sequences: https://www.rfc-editor.org/rfc/rfc3629#section-4
std::size_t utf8_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  const std::size_t length = lead < 0xC2   ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t at = 1; at < length; ++at) {
    if (!is_continuation(text[at])) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  if (lead == 0xE0 && second < 0xA0) return 0;  // could be shorter
  if (lead == 0xED && second > 0x9F) return 0;  // a surrogate
  if (lead == 0xF0 && second < 0x90) return 0;  // could be shorter
  if (lead == 0xF4 && second > 0x8F) return 0;  // above U+10FFFF
  return length;
}

char32_t utf8_decode(std::string_view text, std::size_t length) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (length == 1) return lead;
  char32_t code = lead & (0x7F >> length);
  for (std::size_t at = 1; at < length; ++at) {
    code = (code << 6) | (static_cast<unsigned char>(text[at]) & 0x3F);
  }
  return code;
}

bool is_valid_utf8(std::string_view text) {
  while (true) {
    text.remove_prefix(ascii_prefix(text));
    if (text.empty()) return true;
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
}

std::size_t repair_utf8(std::string& text) {
  if (is_valid_utf8(text)) return 0;
  std::string repaired;
  repaired.reserve(text.size() + 16);
  std::size_t replaced = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    std::size_t length = ascii_prefix(rest);
    if (length == 0) length = utf8_length(rest);
    if (length == 0) {
      repaired += kReplacementCharacter;
      ++replaced;
      length = 1;
    } else {
      repaired += rest.substr(0, length);
    }
    rest.remove_prefix(length);
  }
  text = std::move(repaired);
  return replaced;
}

}  // namespace muster::base
