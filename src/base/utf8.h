// Walking through UTF-8 (RFC 3629): text.cc and the JSON reader share it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace muster::base {

// Length of the valid sequence at the start of `text` (1 to 4), or 0 when its first byte does not
// begin one. `text` is not empty.
std::size_t utf8_length(std::string_view text);

// The code point of a sequence that utf8_length() accepted with `length`.
char32_t utf8_decode(std::string_view text, std::size_t length);

// How many bytes at the start of `text` are ASCII; fast.
std::size_t ascii_prefix(std::string_view text);

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";  // U+FFFD

}  // namespace muster::base
