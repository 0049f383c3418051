// Signed statements that take the place of a client secret (private_key_jwt, RFC 7523 section 2.2)
// or are exchanged for a token themselves (section 2.1).
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/scheduler.h"
#include "base/secret.h"
#include "catalogue/model.h"

namespace muster::source {

inline constexpr std::string_view kAssertionType =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

// A private key, ready to sign with.
struct SigningKey {
  base::Secret pem;
  std::string id;  // `kid`; may be empty
};
// PEM, or a JSON Web Key, whose own `kid` counts when `id` is empty. kSettings when it is neither.
base::Result<SigningKey> read_signing_key(const base::Secret& text, std::string id);

struct AssertionParts {
  std::string_view issuer;
  std::string_view subject;
  std::string_view audience;
  std::string_view scope;               // a claim of its own; may be empty
  const base::Secret& certificate_pem;  // named by its SHA-256 thumbprint (RFC 7515 section 4.1.8);
                                        // may be empty
  const SigningKey& key;
  catalogue::SignIn::Algorithm algorithm = catalogue::SignIn::Algorithm::kPs256;
  base::Duration lifetime = std::chrono::minutes(10);
};

// Good for one use. kSettings when certificate or key cannot be read.
base::Result<base::Secret> make_assertion(const AssertionParts& parts, base::WallTime now,
                                          base::Random& random);

}  // namespace muster::source
