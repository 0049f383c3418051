#include "crypto/sha256.h"

#include "crypto/libsodium.h"

namespace muster::crypto {

Sha256 sha256(std::string_view bytes) {
  static_assert(std::tuple_size_v<Sha256> == crypto_hash_sha256_BYTES);
  Sha256 hash;
  crypto_hash_sha256(hash.data(), raw(bytes), bytes.size());
  return hash;
}

}  // namespace muster::crypto
