#include "crypto/sha256.h"

#include "crypto/libsodium.h"

namespace muster::crypto {

Sha256 sha256(std::string_view bytes) {
  static_assert(std::tuple_size_v<Sha256> == crypto_hash_sha256_BYTES);
  Sha256 hash;
  crypto_hash_sha256(hash.data(), raw(bytes), bytes.size());
  return hash;
}

struct Sha256Sum::State {
  crypto_hash_sha256_state state;
  State() { crypto_hash_sha256_init(&state); }
};

Sha256Sum::Sha256Sum() : state_(std::make_unique<State>()) {}
Sha256Sum::~Sha256Sum() = default;

void Sha256Sum::add(std::string_view bytes) {
  crypto_hash_sha256_update(&state_->state, raw(bytes), bytes.size());
}

Sha256 Sha256Sum::end() {
  Sha256 hash;
  crypto_hash_sha256_final(&state_->state, hash.data());
  *state_ = State();
  return hash;
}

}  // namespace muster::crypto
