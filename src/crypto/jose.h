// Signed tokens for signing in (RFC 7515, 7518): the algorithm is fixed by the caller, never taken
// from a token.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace muster::crypto {

enum class Algorithm { kPs256, kRs256, kEs256 };

// header.payload.signature from two JSON texts. `private_key_pem`: PKCS#8 or PKCS#1 PEM.
// Errors: kSettings when the key cannot be read or does not fit the algorithm.
base::Result<std::string> sign_jwt(Algorithm algorithm, std::string_view header_json,
                                   std::string_view payload_json,
                                   const base::Secret& private_key_pem);

// The numbers of a private RSA key as a JSON Web Key has them, base64url (RFC 7518 section 6.3).
struct RsaNumbers {
  std::string_view n, e, d, p, q, dp, dq, qi;
};
// The same key as PEM text. kSettings when the numbers make no key.
base::Result<base::Secret> rsa_key_pem(const RsaNumbers& numbers);

// The public key of a JSON Web Key as PEM text: its numbers, base64url. kSettings when they make no
// key, or one that no algorithm above takes.
base::Result<std::string> rsa_public_key_pem(std::string_view n, std::string_view e);
base::Result<std::string> p256_public_key_pem(std::string_view x, std::string_view y);

// True when the signature fits. `public_key_pem` may be a certificate or a public key. Nothing else
// of the token is looked at.
base::Result<bool> verify_jwt(Algorithm algorithm, std::string_view token,
                              std::string_view public_key_pem);

// base64url(SHA-256(DER)) of a PEM certificate: the `x5t#S256` header. Also tells its end date.
struct CertificateInfo {
  std::string thumbprint_sha256;
  std::string not_after;  // ISO 8601 UTC
  std::string subject;
};
base::Result<CertificateInfo> read_certificate(std::string_view pem);

}  // namespace muster::crypto
