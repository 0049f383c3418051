// Signing in at an OpenID provider: authorization code with PKCE (S256), state and nonce.
//
//   Beginning begun = TRY(openid.begin("/runs"));           // its cookie and its URL to the
//   browser Finished done = TRY(openid.finish(callback, "10.0.0.7"));  // what came back
//
// Nothing of a sign-in under way is kept here, so that any node can finish it and nobody can fill
// the memory: the cookie holds a secret, and state, nonce and verifier are made of it. Whoever has
// no such cookie cannot use the callback's address, and a code is good for its own cookie alone.
//
// Nobody is made by signing in: an identity is known by issuer and subject, which an operator gave
// to an account, or which an account took from a verified e-mail address where that is allowed.
//
// Any thread. Errors: those of openid_provider.h and access.h; kDenied `sign_in_over` (no such
// sign-in, or it took longer than kSignInWithin), `openid_refused`, `unknown_identity`.
#pragma once

#include <string>
#include <string_view>

#include "service/access.h"
#include "service/openid_provider.h"

namespace muster::service {

inline constexpr std::chrono::minutes kSignInWithin(10);
inline constexpr std::string_view kOpenIdCallback = "/sign-in/oidc/callback";

class OpenId {
 public:
  struct Beginning {
    std::string url;      // at the provider
    base::Secret cookie;  // letters, digits and . _ -
  };
  struct Callback {
    std::string cookie;
    std::string state;
    std::string code;
    std::string error;   // of the provider, instead of a code
    std::string issuer;  // "": not told
  };
  struct Finished {
    SignedIn in;
    std::string back;  // where the sign-in began
  };

  OpenId(OpenIdSettings settings, Access& access, base::Scheduler& scheduler,
         net::HttpClient& client);

  // `back`: a path of our own; anything else becomes "/".
  base::Result<Beginning> begin(std::string_view back);
  base::Result<Finished> finish(const Callback& callback, const std::string& origin);

 private:
  std::string redirect_uri() const;

  const OpenIdSettings settings_;
  Access& access_;
  base::Scheduler& scheduler_;
  OpenIdProvider provider_;
};

// True for a path that cannot lead to another host, whatever a browser makes of it: "/runs?x=1".
bool is_own_path(std::string_view path);

}  // namespace muster::service
