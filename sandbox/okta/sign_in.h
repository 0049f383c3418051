// Who may ask: an API token (SSWS), or an app that signs in with private_key_jwt for an hour.
//
// https://developer.okta.com/docs/guides/implement-oauth-for-okta-serviceapp/main/
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/certificates.h"
#include "sandbox/login/tokens.h"
#include "sandbox/service.h"

namespace muster::sandbox::okta {

class SignIn {
 public:
  // `lifetime` of access tokens; 0: an hour.
  SignIn(base::Scheduler& scheduler, std::uint64_t seed, base::Duration lifetime);

  // What an admin would fill in.
  const std::string& api_token() const { return api_token_; }
  const std::string& client_id() const { return client_id_; }
  std::string_view key_id() const { return "sandbox-key-1"; }
  const std::string& private_key() const { return key_.private_key_pem; }

  // POST /oauth2/v1/token
  net::ServerResponse token(const Call& call);

  struct Caller {
    std::string name;                           // of the token, for buckets and journal
    std::shared_ptr<const login::Grant> grant;  // nullptr: an API token, which may see everything
    bool allows(std::string_view scope) const { return grant == nullptr || grant->allows(scope); }
  };
  // Nullopt: no token of ours, or it has ended.
  std::optional<Caller> caller(const Call& call);

  // Forgets used assertions and every access token.
  void reset();

 private:
  struct Refusal;
  std::optional<Refusal> check_assertion(const Call& call, std::string_view assertion);

  base::Scheduler& scheduler_;
  base::Duration lifetime_;
  std::string api_token_, client_id_;
  const KeyPair& key_;
  login::Tokens tokens_;
  base::Monitor monitor_;  // guards what follows
  std::set<std::string> used_assertions_;
  base::Instant api_token_used_{};
};

}  // namespace muster::sandbox::okta
