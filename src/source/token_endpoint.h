// Asking a token endpoint for an access token, and what its refusals mean.
//
// RFC 6749 section 5; what services add to it (error codes, trace ids) is read where present.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/redactor.h"
#include "base/result.h"
#include "base/secret.h"
#include "catalogue/model.h"
#include "net/lane.h"
#include "net/token.h"
#include "source/session.h"

namespace muster::source {

// One request with what was made for it that must never be shown, even if the peer sends it back.
struct TokenRequest {
  net::Request request;
  std::vector<base::Secret> sensitive;
};

class TokenEndpoint {
 public:
  // `lane` sends each attempt once: an assertion may be used only once, so that every attempt needs
  // a request of its own. `redactor` is told what each request and each token must not show.
  TokenEndpoint(const catalogue::SignIn& rules, net::Lane& lane, RetrySettings retry,
                base::Scheduler& scheduler, base::Redactor& redactor)
      : rules_(rules), lane_(lane), retry_(retry), scheduler_(scheduler), redactor_(redactor) {}

  // `make` gets the index of the path to ask at: the first of the catalogue's paths that the
  // service has, found out once.
  // Waits as the endpoint asks (Retry-After) or with back-off while it is throttled or unavailable.
  // kDenied `source_sign_in` with the catalogue's advice, the peer's code and its trace ids;
  // kMalformed `source_protocol` for an answer that is no token.
  using Make = std::function<base::Result<TokenRequest>(std::size_t path)>;
  base::Result<net::Token> ask(const Make& make, const base::Stop& stop);

 private:
  base::Result<net::Token> ask_once(const Make& make, const base::Stop& stop);
  base::Error explain(const net::Response& response) const;

  const catalogue::SignIn& rules_;
  net::Lane& lane_;
  const RetrySettings retry_;
  base::Scheduler& scheduler_;
  base::Redactor& redactor_;
  std::size_t path_ = 0;  // callers ask one after the other (net::TokenCache)
};

// The permissions that a JSON Web Token lists in `claim`; nullopt when the token is opaque to us or
// has no such claim. The signature is not looked at: the token is not ours to judge.
std::optional<std::vector<std::string>> read_claim(const base::Secret& token,
                                                   std::string_view claim);

}  // namespace muster::source
