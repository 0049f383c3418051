// Skipping over bytes that need no attention, eight at a time.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace muster::json {

namespace scan {

static_assert(std::endian::native == std::endian::little, "the first byte must be the lowest");

inline constexpr std::uint64_t kOnes = 0x0101010101010101;
inline constexpr std::uint64_t kHighs = 0x8080808080808080;

inline std::uint64_t load(const char* from) {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// The high bit of every byte that is below `limit` (at most 0x80); exact up to the first such byte.
inline std::uint64_t below(std::uint64_t word, unsigned char limit) {
  return (word - kOnes * limit) & ~word & kHighs;
}

inline std::uint64_t equal(std::uint64_t word, char byte) {
  return below(word ^ (kOnes * static_cast<unsigned char>(byte)), 1);
}

}  // namespace scan

// How many bytes at the start are ASCII and not `special`.
inline std::size_t plain_prefix(std::string_view text, char special) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    const std::uint64_t word = scan::load(text.data() + at);
    const std::uint64_t found = (word & scan::kHighs) | scan::equal(word, special);
    if (found != 0) return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80 && text[at] != special) {
    ++at;
  }
  return at;
}

}  // namespace muster::json
