#include "crypto/hmac.h"

#include "crypto/libsodium.h"

namespace muster::crypto {

std::string hmac_sha256(const base::Secret& secret, std::string_view text) {
  start_libsodium();
  std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, raw(secret.reveal()), secret.reveal().size());
  crypto_auth_hmacsha256_update(&state, raw(text), text.size());
  crypto_auth_hmacsha256_final(&state, raw(mac));
  sodium_memzero(&state, sizeof state);
  return mac;
}

}  // namespace muster::crypto
