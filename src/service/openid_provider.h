// An OpenID provider over HTTP: its discovery document and keys, which are kept, and the exchange
// of a code for an ID token.
//
// Any thread; at most kAskingAtOnce wait for the provider, because each holds a thread that others
// need. Errors: kLimit `busy`; kUnavailable, kMalformed `openid_provider` (it cannot be reached, or
// says what nobody can use), kDenied `openid_refused` (the code or the client), and those of
// id_token.h. None holds what the provider answered beyond its error code.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/scheduler.h"
#include "base/secret.h"
#include "json/value.h"
#include "net/http.h"
#include "service/id_token.h"

namespace muster::service {

struct OpenIdSettings {
  std::string issuer;  // "https://login.example/realm", exactly as it says itself
  std::string client_id;
  base::Secret client_secret;  // empty: a public client, which PKCE alone protects
  std::string public_url;      // of muster, without a path: "https://muster.example"
  std::vector<std::string> scopes = {"openid", "email"};
  std::vector<crypto::Algorithm> algorithms = {crypto::Algorithm::kRs256, crypto::Algorithm::kPs256,
                                               crypto::Algorithm::kEs256};
  net::Trust trust;
  // Whoever signs in with a verified e-mail address that is the name of an account without an
  // identity gets that account, for good.
  bool link_by_email = false;
  std::string groups_claim = "groups";
  std::string required_group;  // "": none
};

// kSettings: not where browsers find something, or with a path.
base::Status check_public_url(const std::string& url);
// kSettings, naming the option: a URL that cannot be used, an empty client id, no scope openid.
base::Status check_settings(const OpenIdSettings& settings);

inline constexpr unsigned kAskingAtOnce = 4;
inline constexpr base::Duration kProviderKept = std::chrono::hours(1);
// Keys are asked for again when a token names one that is not known, and no more often than this.
inline constexpr base::Duration kKeysAtMostEvery = std::chrono::minutes(1);

// A code that came back through a browser, with what belongs to the sign-in it was asked for.
struct Redemption {
  std::string code;
  std::string issuer;  // who gave it, as far as that was told (RFC 9207)
  std::string redirect_uri;
  std::string verifier;
  std::string nonce;
};

class OpenIdProvider {
 public:
  OpenIdProvider(const OpenIdSettings& settings, base::Scheduler& scheduler,
                 net::HttpClient& client);

  // Where browsers go to sign in.
  base::Result<std::string> authorization_endpoint();
  // One use of the code.
  base::Result<Identity> redeem(const Redemption& redemption);

 private:
  struct Document {
    std::string authorization_endpoint;
    std::string token_endpoint;
    std::string keys_url;
    bool takes_basic = true;  // otherwise the secret goes into the body
    bool names_itself = false;
    base::Instant until;
  };
  class Turn;

  base::Result<Document> document();
  base::Result<Document> fetch_document();
  base::Result<Document> read_document(std::string text) const;
  base::Result<std::string> usable_url(const json::Value& document, std::string_view name) const;
  base::Result<KeySet> keys(const Document& document, bool again);
  base::Result<std::string> get(const std::string& url);
  base::Result<std::string> exchange(const Document& document, const Redemption& redemption);

  const OpenIdSettings& settings_;
  const std::shared_ptr<const net::Trust> trust_;
  const IdTokenRules rules_;
  base::Scheduler& scheduler_;
  net::HttpClient& client_;
  base::Monitor monitor_;  // guards everything below
  unsigned asking_ = 0;
  std::optional<Document> document_;
  std::optional<base::Error> failed_;  // not asked again at once
  base::Instant failed_until_;
  KeySet keys_;
  base::Instant keys_until_;     // then they are too old
  base::Instant keys_again_at_;  // not asked for before
};

}  // namespace muster::service
