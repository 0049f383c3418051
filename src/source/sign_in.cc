#include "source/sign_in.h"

#include "base/text.h"
#include "net/token.h"
#include "net/url.h"
#include "source/client_assertion.h"
#include "source/token_endpoint.h"

namespace muster::source {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Secret;
using Strategy = catalogue::SignIn::Strategy;

Error missing(std::string_view field) {
  return Error{ErrorKind::kSettings, "connection", fmt::format("The connection needs {}.", field),
               std::string(field)};
}

// A credential may be declared as a secret or as plain text (a user name, a client id).
Result<Secret> credential(const SignIn::Parts& parts, const std::string& field) {
  const auto secret = parts.values.secrets.find(field);
  if (secret != parts.values.secrets.end() && !secret->second.empty()) return secret->second;
  std::string value = field_value(parts.source, parts.values.values, field);
  if (value.empty()) return missing(field);
  return Secret(std::move(value));
}

bool has_credential(const SignIn::Parts& parts, const std::string& field) {
  return !field.empty() && credential(parts, field).ok();
}

// Credentials that stay the same: a token the admin made, API keys.
class FixedHeaders final : public SignIn {
 public:
  FixedHeaders(Secret bearer, std::vector<std::pair<std::string, Secret>> headers)
      : bearer_(std::move(bearer)), headers_(std::move(headers)) {}

  static Result<std::unique_ptr<SignIn>> make_bearer(const Parts& parts) {
    Secret token = TRY(credential(parts, parts.source.sign_in.token));
    return std::unique_ptr<SignIn>(new FixedHeaders(std::move(token), {}));
  }

  static Result<std::unique_ptr<SignIn>> make_headers(const Parts& parts) {
    std::vector<std::pair<std::string, Secret>> headers;
    for (const auto& [name, field] : parts.source.sign_in.headers) {
      headers.emplace_back(name, TRY(credential(parts, field)));
    }
    return std::unique_ptr<SignIn>(new FixedHeaders(Secret(), std::move(headers)));
  }

  Result<Secret> token(const base::Stop&) override { return bearer_; }

  Result<net::Response> send(net::Lane& lane, net::Request request, const net::SendOptions& options,
                             const base::Stop& stop) override {
    request.bearer = bearer_;
    request.secret_headers = headers_;
    return lane.send(request, options, stop);
  }

 private:
  const Secret bearer_;
  const std::vector<std::pair<std::string, Secret>> headers_;
};

// Credentials that are exchanged for access tokens, again and again.
class ExchangedToken final : public SignIn {
 public:
  using Make = std::function<Result<TokenRequest>()>;

  ExchangedToken(const Parts& parts, Make make)
      : endpoint_(parts.source.sign_in, parts.lane, parts.retry, parts.scheduler),
        tokens_(parts.scheduler, [this, make = std::move(make)](const base::Stop& stop) {
          return endpoint_.ask(make, stop);
        }) {}

  Result<Secret> token(const base::Stop& stop) override { return tokens_.get(stop); }

  Result<net::Response> send(net::Lane& lane, net::Request request, const net::SendOptions& options,
                             const base::Stop& stop) override {
    return net::send_authorised(lane, tokens_, std::move(request), options, stop);
  }

 private:
  TokenEndpoint endpoint_;
  net::TokenCache tokens_;
};

Result<std::string> token_url(const SignIn::Parts& parts) {
  const catalogue::SignIn& rules = parts.source.sign_in;
  std::string path = TRY(fill_placeholders(rules.path, [&](std::string_view field) {
    const std::string value = field_value(parts.source, parts.values.values, field);
    return value.empty() ? std::nullopt : std::optional(net::percent_encode(value));
  }));
  return parts.addresses.base(rules.address) + path;
}

net::Request token_post(const SignIn::Parts& parts, const std::string& url) {
  net::Request request;
  request.method = "POST";
  request.url = url;
  request.headers = parts.headers();
  request.trust = parts.values.trust;
  return request;
}

// RFC 6749 section 4.4.
struct ClientCredentials {
  std::string client_id;
  std::string scope;
  Secret secret;  // or
  Secret certificate, private_key;
};

std::string form(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  std::string body;
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    body += fmt::format("{}{}={}", body.empty() ? "" : "&", name, net::form_encode(value));
  }
  return body;
}

Result<TokenRequest> client_credentials_request(const SignIn::Parts& parts, const std::string& url,
                                                const ClientCredentials& own) {
  TokenRequest made{token_post(parts, url), {}};
  made.request.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
  if (own.private_key.empty()) {
    made.sensitive = {own.secret};
    made.request.body = form({{"client_id", own.client_id},
                              {"scope", own.scope},
                              {"client_secret", own.secret.reveal()},
                              {"grant_type", "client_credentials"}});
    return made;
  }
  const Secret assertion =
      TRY(make_client_assertion({own.client_id, url, own.certificate, own.private_key},
                                parts.scheduler.wall_now(), parts.random));
  made.sensitive = {assertion};
  made.request.body = form({{"client_id", own.client_id},
                            {"scope", own.scope},
                            {"client_assertion_type", kAssertionType},
                            {"client_assertion", assertion.reveal()},
                            {"grant_type", "client_credentials"}});
  return made;
}

Result<std::unique_ptr<SignIn>> make_client_credentials(const SignIn::Parts& parts) {
  const catalogue::SignIn& rules = parts.source.sign_in;
  ClientCredentials own;
  own.client_id = field_value(parts.source, parts.values.values, rules.client_id);
  if (own.client_id.empty()) return missing(rules.client_id);
  own.scope = TRY(fill_placeholders(rules.scope, [&](std::string_view name) {
    constexpr std::string_view kAddress = "address:";
    if (name.starts_with(kAddress)) {
      return std::optional(parts.addresses.origin(name.substr(kAddress.size())));
    }
    const std::string value = field_value(parts.source, parts.values.values, name);
    return value.empty() ? std::nullopt : std::optional(value);
  }));
  if (has_credential(parts, rules.certificate) || has_credential(parts, rules.private_key)) {
    own.certificate = TRY(credential(parts, rules.certificate));
    own.private_key = TRY(credential(parts, rules.private_key));
  } else {
    own.secret = TRY(credential(parts, rules.client_secret));
  }
  std::string url = TRY(token_url(parts));
  return std::unique_ptr<SignIn>(
      new ExchangedToken(parts, [parts, url = std::move(url), own = std::move(own)] {
        return client_credentials_request(parts, url, own);
      }));
}

// User name and password (RFC 7617) for a token.
Result<std::unique_ptr<SignIn>> make_basic_for_token(const SignIn::Parts& parts) {
  const catalogue::SignIn& rules = parts.source.sign_in;
  const Secret user = TRY(credential(parts, rules.client_id));
  const Secret password = TRY(credential(parts, rules.client_secret));
  const Secret basic("Basic " +
                     base::base64_encode(fmt::format("{}:{}", user.reveal(), password.reveal())));
  std::string url = TRY(token_url(parts));
  return std::unique_ptr<SignIn>(
      new ExchangedToken(parts, [parts, url = std::move(url), basic, password] {
        TokenRequest made{token_post(parts, url), {password, basic}};
        made.request.secret_headers.emplace_back("Authorization", basic);
        return Result<TokenRequest>(std::move(made));
      }));
}

}  // namespace

Result<std::unique_ptr<SignIn>> SignIn::make(Parts parts) {
  switch (parts.source.sign_in.strategy) {
    case Strategy::kOauth2ClientCredentials: return make_client_credentials(parts);
    case Strategy::kBearer: return FixedHeaders::make_bearer(parts);
    case Strategy::kHeaders: return FixedHeaders::make_headers(parts);
    case Strategy::kBasicForToken: return make_basic_for_token(parts);
  }
  return Error{ErrorKind::kBug, "internal", "A sign-in strategy without code."};
}

}  // namespace muster::source
