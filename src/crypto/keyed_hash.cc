#include "crypto/keyed_hash.h"

#include <fmt/format.h>
#include <sodium.h>

namespace muster::crypto {
namespace {

// Big-endian, so that a printed hash reads like the bytes of the algorithm's test vectors.
std::uint64_t load(const unsigned char* bytes) {
  std::uint64_t value = 0;
  for (int at = 0; at < 8; ++at) value = value << 8 | bytes[at];
  return value;
}

}  // namespace

Hash128 keyed_hash(const HashKey& key, std::string_view bytes) {
  static_assert(std::tuple_size_v<HashKey> == crypto_shorthash_siphashx24_KEYBYTES);
  std::array<unsigned char, crypto_shorthash_siphashx24_BYTES> hash;
  crypto_shorthash_siphashx24(hash.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                              bytes.size(), key.data());
  return {load(hash.data()), load(hash.data() + 8)};
}

Hash128 public_hash(std::string_view bytes) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash;
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size());
  return {load(hash.data()), load(hash.data() + 8)};
}

std::string to_hex(const Hash128& hash) {
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

std::string checksum(std::string_view bytes) { return to_hex(keyed_hash(HashKey{}, bytes)); }

}  // namespace muster::crypto
