#include "sandbox/world/guid.h"

#include <cstring>

#include "base/text.h"

namespace muster::sandbox::world {
namespace {

constexpr std::uint32_t kFirstFactor = 0x7FEB352D;
constexpr std::uint32_t kSecondFactor = 0x846CA68B;

// The inverse of an odd number modulo 2^32; each round of Newton's method doubles the right bits.
constexpr std::uint32_t inverse(std::uint32_t odd) {
  std::uint32_t result = odd;
  for (int round = 0; round < 5; ++round) result *= 2 - odd * result;
  return result;
}

constexpr std::uint32_t scramble(std::uint32_t value, std::uint32_t key) {
  value ^= key;
  value = (value ^ (value >> 16)) * kFirstFactor;
  return (value ^ (value >> 16)) * kSecondFactor;
}

constexpr std::uint32_t unscramble(std::uint32_t value, std::uint32_t key) {
  value *= inverse(kSecondFactor);
  value ^= value >> 16;
  value *= inverse(kFirstFactor);
  value ^= value >> 16;
  return value ^ key;
}
static_assert(unscramble(scramble(123456, 7), 7) == 123456);

struct HexPairs {
  std::array<char, 512> text{};
  constexpr HexPairs() {
    constexpr const char* kDigits = "0123456789abcdef";
    for (std::size_t byte = 0; byte < 256; ++byte) {
      text[2 * byte] = kDigits[byte >> 4];
      text[2 * byte + 1] = kDigits[byte & 15];
    }
  }
};
constexpr HexPairs kHexPairs;

void put_byte(char* at, std::uint64_t byte) {
  std::memcpy(at, &kHexPairs.text[2 * (byte & 255)], 2);
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::array<std::size_t, 4> kDashes = {8, 13, 18, 23};

}  // namespace

Guid GuidScheme::make(Kind kind, std::uint32_t index) const {
  const std::uint64_t kind_bits = static_cast<std::uint64_t>(kind);
  const std::uint32_t head =
      scramble(index, static_cast<std::uint32_t>(seed_ + kind_bits * 0x9E37));
  const std::uint64_t tail = mix(seed_ ^ (kind_bits << 56) ^ index);
  Guid guid;
  char* out = guid.text.data();
  for (const std::size_t dash : kDashes) out[dash] = '-';
  for (int byte = 0; byte < 4; ++byte) put_byte(out + 2 * byte, head >> (24 - 8 * byte));
  put_byte(out + 9, tail);
  put_byte(out + 11, tail >> 8);
  put_byte(out + 14, 0x40 | (kind_bits >> 4));
  put_byte(out + 16, (kind_bits << 4) | ((tail >> 48) & 15));
  put_byte(out + 19, 0x80 | ((tail >> 52) & 0x3F));
  put_byte(out + 21, tail >> 16);
  for (int byte = 0; byte < 4; ++byte) put_byte(out + 24 + 2 * byte, tail >> (16 + 8 * byte));
  put_byte(out + 32, head ^ (tail >> 3));
  put_byte(out + 34, tail >> 56);
  return guid;
}

std::optional<Reference> GuidScheme::read(std::string_view text) const {
  if (!looks_like_guid(text)) return std::nullopt;
  std::uint32_t head = 0;
  for (std::size_t at = 0; at < 8; ++at)
    head = head << 4 | static_cast<std::uint32_t>(digit(text[at]));
  const int kind_bits = digit(text[15]) << 4 | digit(text[16]);
  const Kind kind = static_cast<Kind>(kind_bits);
  const auto key =
      static_cast<std::uint32_t>(seed_ + static_cast<std::uint64_t>(kind_bits) * 0x9E37);
  const std::uint32_t index = unscramble(head, key);
  if (!base::equals_ignoring_case(make(kind, index).view(), text)) return std::nullopt;
  return Reference{kind, index};
}

bool looks_like_guid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
    if (dash ? text[at] != '-' : digit(text[at]) < 0) return false;
  }
  return true;
}

}  // namespace muster::sandbox::world
