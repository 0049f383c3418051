// Ed25519 signatures over texts. A signing key is 32 random bytes, as a key file holds them
// (key_source.h); a public key and a signature are base64url, as people pass them on.
//
//   const SigningKey key = TRY(SigningKey::from(TRY(read_key_file(path)).bytes()));
//   const std::string signature = key.sign(text);
//   if (TRY(is_signed(text, signature, key.public_key()))) ...
//
// Any thread. Errors: kSettings `signing_key`; they never repeat what was read.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace muster::crypto {

class SigningKey {
 public:
  static base::Result<SigningKey> from(const base::Secret& bytes);

  std::string public_key() const;
  std::string sign(std::string_view text) const;

 private:
  explicit SigningKey(base::Secret seed) : seed_(std::move(seed)) {}
  base::Secret seed_;
};

// kSettings when it is none.
base::Status check_public_key(std::string_view public_key);
// False also for what is no signature at all.
base::Result<bool> is_signed(std::string_view text, std::string_view signature,
                             std::string_view public_key);

}  // namespace muster::crypto
