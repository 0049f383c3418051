// 128-bit keyed hashes (SipHash-2-4-128): what muster remembers of a record instead of its data.
// Without the site's key nobody can test a guess against a stored hash.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace muster::crypto {

struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Hash128&) const = default;
};

using HashKey = std::array<unsigned char, 16>;

Hash128 keyed_hash(const HashKey& key, std::string_view bytes);
// The first half of SHA-256: the same everywhere, for names that are made of a text. Anybody can
// test a guess against it.
Hash128 public_hash(std::string_view bytes);
// 32 hexadecimal digits.
std::string to_hex(const Hash128& hash);
// Tells whether bytes are still the same, as 32 digits; hides nothing, because its key is known.
std::string checksum(std::string_view bytes);

}  // namespace muster::crypto
