#include "crypto/signature.h"

#include "base/text.h"
#include "crypto/libsodium.h"

namespace muster::crypto {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Secret;

Error no_key(std::string_view which) {
  return {ErrorKind::kSettings, "signing_key",
          "This is no " + std::string(which) +
              " key: 32 bytes of Ed25519 in base64url, as `muster licence generate-key` makes it."};
}

struct Pair {
  std::string public_part = std::string(crypto_sign_PUBLICKEYBYTES, '\0');
  std::string secret = secret_buffer(crypto_sign_SECRETKEYBYTES);
  ~Pair() { sodium_memzero(secret.data(), secret.size()); }
};

void derive(Pair& pair, const Secret& seed) {
  start_libsodium();
  crypto_sign_seed_keypair(raw(pair.public_part), raw(pair.secret), raw(seed.reveal()));
}

}  // namespace

Result<SigningKey> SigningKey::from(const Secret& bytes) {
  if (bytes.reveal().size() != crypto_sign_SEEDBYTES) return no_key("signing");
  return SigningKey(bytes);
}

std::string SigningKey::public_key() const {
  Pair pair;
  derive(pair, seed_);
  return base::base64url_encode(pair.public_part);
}

std::string SigningKey::sign(std::string_view text) const {
  Pair pair;
  derive(pair, seed_);
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(raw(signature), nullptr, raw(text), text.size(), raw(pair.secret));
  return base::base64url_encode(signature);
}

base::Status check_public_key(std::string_view public_key) {
  const std::optional<std::string> key = base::base64url_decode(public_key);
  if (key && key->size() == crypto_sign_PUBLICKEYBYTES) return {};
  return no_key("public");
}

Result<bool> is_signed(std::string_view text, std::string_view signature,
                       std::string_view public_key) {
  TRY(check_public_key(public_key));
  start_libsodium();
  const std::string key = *base::base64url_decode(public_key);
  const std::optional<std::string> bytes = base::base64url_decode(signature);
  return bytes && bytes->size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(raw(*bytes), raw(text), text.size(), raw(key)) == 0;
}

}  // namespace muster::crypto
