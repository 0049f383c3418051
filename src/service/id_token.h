// What an OpenID provider says about who signed in: an ID token, believed only when every rule of
// https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation holds.
//
//   const KeySet keys = TRY(read_key_set(answer));
//   const Identity identity = TRY(check_id_token(token, keys, rules, nonce, now));
//
// Pure functions. Errors: kDenied `id_token`, saying which rule is broken and never what the token
// holds; `unknown_key` where another key set may help; kMalformed `openid_provider`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "crypto/jose.h"

namespace muster::service {

// Of a JSON Web Key Set (RFC 7517), as far as it can check signatures.
struct SigningKey {
  std::string id;  // "": it has none
  bool is_elliptic = false;
  std::string algorithm;  // "": any that fits
  std::string pem;
};
using KeySet = std::vector<SigningKey>;

inline constexpr std::size_t kMostKeys = 64;
inline constexpr std::size_t kLargestIdToken = std::size_t{16} << 10;
inline constexpr std::chrono::seconds kClockLeeway(60);

// Keys that are not understood are left out. kMalformed: no key set, or none that can be used.
base::Result<KeySet> read_key_set(std::string text);

struct IdTokenRules {
  std::string issuer;
  std::string client_id;
  std::vector<crypto::Algorithm> algorithms;  // never taken from the token
  std::string groups_claim;                   // "": groups are not looked at
};

struct Identity {
  std::string issuer;
  std::string subject;
  std::string email;  // lower case; "": none that the provider has verified
  std::vector<std::string> groups;
};

base::Result<Identity> check_id_token(std::string_view token, const KeySet& keys,
                                      const IdTokenRules& rules, std::string_view nonce,
                                      base::WallTime now);

// "RS256"; nullopt: not one that muster knows (RFC 7518 section 3.1).
std::optional<crypto::Algorithm> algorithm_named(std::string_view name);

}  // namespace muster::service
