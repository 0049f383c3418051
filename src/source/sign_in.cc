#include "source/sign_in.h"

#include <algorithm>

#include "base/text.h"
#include "json/path.h"
#include "json/value.h"
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
Result<Secret> credential(const SignIn::Parts& parts, std::string_view field) {
  const auto secret = parts.values.secrets.find(std::string(field));
  if (secret != parts.values.secrets.end() && !secret->second.empty()) return secret->second;
  std::string value = field_value(parts.source, parts.values.values, field);
  if (value.empty()) return missing(field);
  return Secret(std::move(value));
}

bool has_credential(const SignIn::Parts& parts, std::string_view field) {
  return !field.empty() && credential(parts, field).ok();
}

// "field", or "field#path": the member of the JSON text that the field holds.
std::string_view field_of(std::string_view reference) {
  return reference.substr(0, reference.find('#'));
}

Result<Secret> referenced(const SignIn::Parts& parts, std::string_view reference) {
  const std::string_view field = field_of(reference);
  Secret whole = TRY(credential(parts, field));
  if (field.size() == reference.size()) return whole;
  const std::string_view member = reference.substr(field.size() + 1);
  const auto path = json::Path::parse(member);
  const auto document = json::Document::parse(std::string(whole.reveal()));
  const json::Value* value = path.ok() && document.ok() ? path->first(document->root()) : nullptr;
  if (value == nullptr || value->text().empty()) {
    return Error{ErrorKind::kSettings, "connection",
                 fmt::format("What {} holds is no JSON with \"{}\" in it.", field, member),
                 std::string(field)};
  }
  return Secret(std::string(value->text()));
}

// A connection field by its name, or a text with fields in braces: "SSWS {token}".
bool is_template(std::string_view text) { return text.find('{') != std::string_view::npos; }

Result<Secret> header_value(const SignIn::Parts& parts, const std::string& text) {
  if (!is_template(text)) return credential(parts, text);
  std::optional<Error> failure;
  auto filled = fill_placeholders(text, [&](std::string_view field) -> std::optional<std::string> {
    const auto value = credential(parts, field);
    if (!value.ok()) failure = value.error();
    return value.ok() ? std::optional(std::string(value->reveal())) : std::nullopt;
  });
  if (failure) return *failure;
  if (!filled.ok()) return std::move(filled).error();
  return Secret(std::move(filled).value());
}

// Audience and scope: {field}, {address:NAME}, {permissions}.
Result<std::string> filled_in(const SignIn::Parts& parts, std::string_view text) {
  return fill_placeholders(text, [&](std::string_view name) {
    constexpr std::string_view kAddress = "address:";
    if (name.starts_with(kAddress)) {
      return std::optional(parts.addresses.origin(name.substr(kAddress.size())));
    }
    if (name == "permissions") return std::optional(parts.permissions);
    const std::string value = field_value(parts.source, parts.values.values, name);
    return value.empty() ? std::nullopt : std::optional(value);
  });
}

bool is_filled_in(const SignIn::Parts& parts, const catalogue::SignIn& rules) {
  const auto has = [&](std::string_view field) { return has_credential(parts, field_of(field)); };
  if (!std::ranges::all_of(rules.needs, has)) return false;
  switch (rules.strategy) {
    case Strategy::kBearer: return has(rules.token);
    case Strategy::kHeaders:
      return std::ranges::all_of(rules.headers, [&](const auto& header) {
        return header_value(parts, header.second).ok();
      });
    case Strategy::kBasic:
      return has(rules.client_id) && (rules.client_secret.empty() || has(rules.client_secret));
    case Strategy::kBasicForToken: return has(rules.client_id) && has(rules.client_secret);
    case Strategy::kOauth2JwtBearer: return has(rules.issuer) && has(rules.private_key);
    case Strategy::kOauth2ClientCredentials: {
      const bool has_key =
          has(rules.private_key) && (rules.certificate.empty() || has(rules.certificate)) &&
          (rules.key_id.empty() || !rules.certificate.empty() || has(rules.key_id));
      return has(rules.client_id) && (has_key || has(rules.client_secret));
    }
  }
  return false;
}

// Where none is filled in, the first one says what is missing.
const catalogue::SignIn& choose(const SignIn::Parts& parts) {
  if (is_filled_in(parts, parts.source.sign_in)) return parts.source.sign_in;
  for (const catalogue::SignIn& other : parts.source.other_sign_ins) {
    if (is_filled_in(parts, other)) return other;
  }
  return parts.source.sign_in;
}

// RFC 7617.
Secret basic(std::string_view user, std::string_view password) {
  return Secret("Basic " + base::base64_encode(fmt::format("{}:{}", user, password)));
}

// Credentials that stay the same: a token the admin made, API keys.
class FixedHeaders final : public SignIn {
 public:
  FixedHeaders(const catalogue::SignIn& rules, Secret bearer,
               std::vector<std::pair<std::string, Secret>> headers)
      : rules_(rules), bearer_(std::move(bearer)), headers_(std::move(headers)) {}

  static Result<std::unique_ptr<SignIn>> make_bearer(const Parts& parts,
                                                     const catalogue::SignIn& rules) {
    Secret token = TRY(credential(parts, rules.token));
    parts.redactor.add(token);
    return std::unique_ptr<SignIn>(new FixedHeaders(rules, std::move(token), {}));
  }

  static Result<std::unique_ptr<SignIn>> make_headers(const Parts& parts,
                                                      const catalogue::SignIn& rules) {
    std::vector<std::pair<std::string, Secret>> headers;
    for (const auto& [name, text] : rules.headers) {
      headers.emplace_back(name, TRY(header_value(parts, text)));
      parts.redactor.add(headers.back().second);
    }
    return std::unique_ptr<SignIn>(new FixedHeaders(rules, Secret(), std::move(headers)));
  }

  static Result<std::unique_ptr<SignIn>> make_basic(const Parts& parts,
                                                    const catalogue::SignIn& rules) {
    const Secret user = TRY(credential(parts, rules.client_id));
    Secret password;  // some services take a key as the user and nothing beside it
    if (!rules.client_secret.empty()) password = TRY(credential(parts, rules.client_secret));
    if (user.reveal().find(':') != std::string_view::npos) {
      return Error{
          ErrorKind::kSettings, "connection",
          fmt::format("{} must not hold a colon, which ends the user name.", rules.client_id),
          rules.client_id};
    }
    Secret authorization = basic(user.reveal(), password.reveal());
    if (!password.empty()) parts.redactor.add(password);
    parts.redactor.add(authorization);
    parts.redactor.add(Secret(std::string(authorization.reveal().substr(6))));  // without "Basic "
    std::vector<std::pair<std::string, Secret>> headers;
    headers.emplace_back("Authorization", std::move(authorization));
    return std::unique_ptr<SignIn>(new FixedHeaders(rules, Secret(), std::move(headers)));
  }

  Result<Secret> token(const base::Stop&) override { return bearer_; }

  Result<net::Response> send(net::Lane& lane, net::Request request, const net::SendOptions& options,
                             const base::Stop& stop) override {
    request.bearer = bearer_;
    request.secret_headers = headers_;
    return lane.send(request, options, stop);
  }

  base::Status sign_out(const base::Stop&) override { return {}; }
  const catalogue::SignIn& rules() const override { return rules_; }

 private:
  const catalogue::SignIn& rules_;
  const Secret bearer_;
  const std::vector<std::pair<std::string, Secret>> headers_;
};

Result<std::string> url_of(const SignIn::Parts& parts, const catalogue::SignIn& rules,
                           std::string_view path) {
  std::string filled = TRY(fill_placeholders(path, [&](std::string_view field) {
    const std::string value = field_value(parts.source, parts.values.values, field);
    return value.empty() ? std::nullopt : std::optional(base::percent_encode(value));
  }));
  return parts.addresses.base(rules.address) + filled;
}

net::Request bare_request(const SignIn::Parts& parts, std::string_view method,
                          const std::string& url) {
  net::Request request;
  request.method = method;
  request.url = url;
  request.headers = parts.headers();
  request.trust = parts.values.trust;
  return request;
}

// Credentials that are exchanged for access tokens, again and again.
class ExchangedToken final : public SignIn {
 public:
  using Make = std::function<Result<TokenRequest>(const std::string& url)>;

  static Result<std::unique_ptr<SignIn>> make(const Parts& parts, const catalogue::SignIn& rules,
                                              Make make_request) {
    std::vector<std::string> urls;
    for (const std::string& path : rules.paths) urls.push_back(TRY(url_of(parts, rules, path)));
    std::string sign_out_url;
    if (!rules.sign_out_path.empty()) {
      sign_out_url = TRY(url_of(parts, rules, rules.sign_out_path));
    }
    return std::unique_ptr<SignIn>(new ExchangedToken(
        parts, rules, std::move(urls), std::move(sign_out_url), std::move(make_request)));
  }

  Result<Secret> token(const base::Stop& stop) override { return tokens_.get(stop); }

  Result<net::Response> send(net::Lane& lane, net::Request request, const net::SendOptions& options,
                             const base::Stop& stop) override {
    return net::send_authorised(lane, tokens_, std::move(request), options, stop);
  }

  base::Status sign_out(const base::Stop& stop) override {
    const Secret token = tokens_.held();
    if (sign_out_url_.empty() || token.empty()) return {};
    net::Request request = bare_request(parts_, rules_.sign_out_method, sign_out_url_);
    request.bearer = token;
    tokens_.refuse(token);
    const net::Response answer = TRY(parts_.lane.send(request, {.units = 1}, stop));
    if (answer.status < 200 || answer.status >= 300) {
      return Error{ErrorKind::kDenied, "source_sign_in",
                   fmt::format("The answer to signing out was {}.", answer.status)};
    }
    return {};
  }

  const catalogue::SignIn& rules() const override { return rules_; }

 private:
  ExchangedToken(const Parts& parts, const catalogue::SignIn& rules, std::vector<std::string> urls,
                 std::string sign_out_url, Make make_request)
      : parts_(parts),
        rules_(rules),
        sign_out_url_(std::move(sign_out_url)),
        endpoint_(rules, parts.lane, parts.retry, parts.scheduler, parts.redactor),
        tokens_(parts.scheduler, [this, urls = std::move(urls),
                                  make_request = std::move(make_request)](const base::Stop& stop) {
          return endpoint_.ask([&](std::size_t path) { return make_request(urls.at(path)); }, stop);
        }) {}

  const Parts parts_;
  const catalogue::SignIn& rules_;
  const std::string sign_out_url_;
  TokenEndpoint endpoint_;
  net::TokenCache tokens_;
};

std::string form(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  std::string body;
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    body += fmt::format("{}{}={}", body.empty() ? "" : "&", name, base::form_encode(value));
  }
  return body;
}

TokenRequest form_post(const SignIn::Parts& parts, const std::string& url) {
  TokenRequest made{bare_request(parts, "POST", url), {}};
  made.request.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
  return made;
}

// RFC 6749 section 4.4.
struct ClientCredentials {
  const catalogue::SignIn& rules;
  std::string client_id;
  std::string scope;
  std::string audience;  // empty: the URL
  Secret secret;         // or
  Secret certificate{};
  SigningKey key{};
};

Result<TokenRequest> client_credentials_request(const SignIn::Parts& parts, const std::string& url,
                                                const ClientCredentials& own) {
  TokenRequest made = form_post(parts, url);
  if (own.key.pem.empty() && own.rules.client_in_basic) {
    // Both are form-encoded first: RFC 6749 section 2.3.1.
    const Secret authorization =
        basic(base::form_encode(own.client_id), base::form_encode(own.secret.reveal()));
    made.sensitive = {own.secret, authorization};
    made.request.secret_headers.emplace_back("Authorization", authorization);
    made.request.body = form({{"scope", own.scope}, {"grant_type", "client_credentials"}});
    return made;
  }
  if (own.key.pem.empty()) {
    made.sensitive = {own.secret};
    made.request.body = form({{"client_id", own.client_id},
                              {"scope", own.scope},
                              {"client_secret", own.secret.reveal()},
                              {"grant_type", "client_credentials"}});
    return made;
  }
  const Secret assertion =
      TRY(make_assertion({.issuer = own.client_id,
                          .subject = own.client_id,
                          .audience = own.audience.empty() ? url : own.audience,
                          .scope = {},
                          .certificate_pem = own.certificate,
                          .key = own.key,
                          .algorithm = own.rules.algorithm,
                          .lifetime = own.rules.lifetime},
                         parts.scheduler.wall_now(), parts.random));
  made.sensitive = {assertion};
  made.request.body = form({{"client_id", own.client_id},
                            {"scope", own.scope},
                            {"client_assertion_type", kAssertionType},
                            {"client_assertion", assertion.reveal()},
                            {"grant_type", "client_credentials"}});
  return made;
}

// The name of the key: what the admin wrote, else the JSON Web Key's own.
Result<SigningKey> signing_key(const SignIn::Parts& parts, const catalogue::SignIn& rules) {
  std::string id;
  if (!rules.key_id.empty() && has_credential(parts, field_of(rules.key_id))) {
    const Secret value = TRY(referenced(parts, rules.key_id));
    id = value.reveal();
  }
  return read_signing_key(TRY(referenced(parts, rules.private_key)), std::move(id));
}

Result<std::unique_ptr<SignIn>> make_client_credentials(const SignIn::Parts& parts,
                                                        const catalogue::SignIn& rules) {
  ClientCredentials own{.rules = rules, .client_id = {}, .scope = {}, .audience = {}, .secret = {}};
  own.client_id = field_value(parts.source, parts.values.values, rules.client_id);
  if (own.client_id.empty()) return missing(rules.client_id);
  own.scope = TRY(filled_in(parts, rules.scope));
  own.audience = TRY(filled_in(parts, rules.audience));
  if (has_credential(parts, rules.certificate) || has_credential(parts, rules.private_key)) {
    if (!rules.certificate.empty()) own.certificate = TRY(credential(parts, rules.certificate));
    own.key = TRY(signing_key(parts, rules));
  } else {
    own.secret = TRY(
        credential(parts, rules.client_secret.empty() ? rules.private_key : rules.client_secret));
  }
  return ExchangedToken::make(parts, rules, [parts, own = std::move(own)](const std::string& url) {
    return client_credentials_request(parts, url, own);
  });
}

// The grant of RFC 7523 section 2.1: the assertion itself is exchanged.
Result<std::unique_ptr<SignIn>> make_jwt_bearer(const SignIn::Parts& parts,
                                                const catalogue::SignIn& rules) {
  const Secret issuer = TRY(referenced(parts, rules.issuer));
  Secret subject = issuer;
  if (!rules.subject.empty()) subject = TRY(referenced(parts, rules.subject));
  const SigningKey key = TRY(signing_key(parts, rules));
  const std::string scope = TRY(filled_in(parts, rules.scope));
  const std::string audience = TRY(filled_in(parts, rules.audience));
  return ExchangedToken::make(
      parts, rules,
      [parts, &rules, issuer, subject, key, scope,
       audience](const std::string& url) -> Result<TokenRequest> {
        const Secret assertion = TRY(make_assertion({.issuer = issuer.reveal(),
                                                     .subject = subject.reveal(),
                                                     .audience = audience.empty() ? url : audience,
                                                     .scope = scope,
                                                     .certificate_pem = Secret(),
                                                     .key = key,
                                                     .algorithm = rules.algorithm,
                                                     .lifetime = rules.lifetime},
                                                    parts.scheduler.wall_now(), parts.random));
        TokenRequest made = form_post(parts, url);
        made.sensitive = {assertion};
        made.request.body = form({{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                                  {"assertion", assertion.reveal()}});
        return made;
      });
}

// User name and password (RFC 7617) for a token.
Result<std::unique_ptr<SignIn>> make_basic_for_token(const SignIn::Parts& parts,
                                                     const catalogue::SignIn& rules) {
  const Secret user = TRY(credential(parts, rules.client_id));
  const Secret password = TRY(credential(parts, rules.client_secret));
  const Secret authorization = basic(user.reveal(), password.reveal());
  return ExchangedToken::make(
      parts, rules, [parts, authorization, password](const std::string& url) {
        TokenRequest made{bare_request(parts, "POST", url), {password, authorization}};
        made.request.secret_headers.emplace_back("Authorization", authorization);
        return Result<TokenRequest>(std::move(made));
      });
}

}  // namespace

Result<std::unique_ptr<SignIn>> SignIn::make(Parts parts) {
  const catalogue::SignIn& rules = choose(parts);
  switch (rules.strategy) {
    case Strategy::kOauth2ClientCredentials: return make_client_credentials(parts, rules);
    case Strategy::kOauth2JwtBearer: return make_jwt_bearer(parts, rules);
    case Strategy::kBearer: return FixedHeaders::make_bearer(parts, rules);
    case Strategy::kHeaders: return FixedHeaders::make_headers(parts, rules);
    case Strategy::kBasic: return FixedHeaders::make_basic(parts, rules);
    case Strategy::kBasicForToken: return make_basic_for_token(parts, rules);
  }
  return Error{ErrorKind::kBug, "internal", "A sign-in strategy without code."};
}

}  // namespace muster::source
