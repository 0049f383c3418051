// A signed statement that takes the place of a client secret (private_key_jwt, RFC 7523), with the
// certificate named by its SHA-256 thumbprint (RFC 7515 section 4.1.8).
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/scheduler.h"
#include "base/secret.h"

namespace muster::source {

inline constexpr std::string_view kAssertionType =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

struct AssertionParts {
  std::string_view client_id;
  std::string_view token_url;  // the audience
  const base::Secret& certificate_pem;
  const base::Secret& private_key_pem;
};

// Good for ten minutes and one use. kSettings when certificate or key cannot be read.
base::Result<base::Secret> make_client_assertion(const AssertionParts& parts, base::WallTime now,
                                                 base::Random& random);

}  // namespace muster::source
