#include "sandbox/jamf/sign_in.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sandbox/decode.h"

namespace muster::sandbox::jamf {
namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr std::string_view kBasic = "Basic ";
constexpr Version kFirstApiClients{10, 49};
constexpr Version kFirstNewPath{11, 0};

net::ServerResponse oauth_error(std::string_view error, std::string_view description = {}) {
  std::string body;
  json::Writer writer(body);
  Fields fields(writer);
  fields.begin().text("error", error);
  if (!description.empty()) {
    fields.text("error_description", description);
    fields.text("error_uri", "https://datatracker.ietf.org/doc/html/rfc6749#section-5.2");
  }
  fields.end();
  return json_response(400, std::move(body));
}

std::string_view bearer_of(const Call& call) {
  const std::string* header = call.header("Authorization");
  if (header == nullptr || !header->starts_with(kBearer)) return {};
  return std::string_view(*header).substr(kBearer.size());
}

}  // namespace

SignIn::SignIn(base::Scheduler& scheduler, std::uint64_t seed, Version server,
               std::vector<Account> accounts)
    : scheduler_(scheduler),
      server_(server),
      accounts_(std::move(accounts)),
      tokens_(scheduler, world::mix(seed ^ 0x6a616d66)) {}

std::optional<net::ServerResponse> SignIn::handle(const Call& call) {
  // The old path stays where it was until the server moved it.
  const std::string_view oauth =
      server_ < kFirstNewPath ? "/api/oauth/token" : "/api/v1/oauth/token";
  const bool known = (call.path == oauth && server_ >= kFirstApiClients) ||
                     call.path == "/api/v1/auth/token" || call.path == "/api/v1/auth/keep-alive" ||
                     call.path == "/api/v1/auth/invalidate-token";
  if (!known && call.path.ends_with("/oauth/token")) return refuse({404, "NOT_FOUND", "Not found"});
  if (!known) return std::nullopt;
  if (call.method != "POST") return refuse({405, "METHOD_NOT_ALLOWED", "Only POST is possible."});
  if (call.path == oauth) return client_token(call);
  if (call.path == "/api/v1/auth/token") return user_token(call);

  const auto grant = grant_of(call);
  if (grant == nullptr) return refuse({401, "INVALID_TOKEN", "Unauthorized"});
  const auto account = std::find_if(accounts_.begin(), accounts_.end(),
                                    [&](const Account& one) { return one.id == grant->client_id; });
  // https://github.com/macadmins/jamf-pro-sdk-python: tokens of API clients cannot be prolonged.
  if (!account->is_user) return refuse({403, "INVALID_PRIVILEGE", "Forbidden"});
  tokens_.revoke(bearer_of(call));
  if (call.path == "/api/v1/auth/keep-alive") {
    return user_answer(account->id, account->privileges, account->lifetime);
  }
  net::ServerResponse done;
  done.status = 204;
  return done;
}

net::ServerResponse SignIn::client_token(const Call& call) {
  const std::string* type = call.header("Content-Type");
  if (type == nullptr || !type->starts_with("application/x-www-form-urlencoded")) {
    return oauth_error("invalid_request", "OAuth 2.0 Parameter: grant_type");
  }
  const auto form = decode_parameters(call.body);
  if (!form) return oauth_error("invalid_request");
  const auto get = [&](std::string_view name) -> std::string {
    for (const auto& [key, value] : *form) {
      if (key == name) return value;
    }
    return {};
  };
  if (get("grant_type").empty()) {
    return oauth_error("invalid_request", "OAuth 2.0 Parameter: grant_type");
  }
  if (get("grant_type") != "client_credentials") return oauth_error("unsupported_grant_type");
  for (const Account& account : accounts_) {
    if (account.is_user || account.id != get("client_id")) continue;
    if (account.secret != get("client_secret")) break;
    if (!get("scope").empty() && get("scope") != account.role) return oauth_error("invalid_scope");
    if (call.notes != nullptr) call.notes->owner = account.id;
    std::string body;
    json::Writer writer(body);
    Fields fields(writer);
    fields.begin();
    fields.text("access_token", tokens_.issue(account.id, "jamf", account.privileges, "jamf-pro",
                                              account.lifetime));
    fields.text("scope", account.role).text("token_type", "Bearer");
    fields.number("expires_in",
                  std::chrono::duration_cast<std::chrono::seconds>(account.lifetime).count());
    fields.end();
    return json_response(200, std::move(body));
  }
  return oauth_error("invalid_client");
}

net::ServerResponse SignIn::user_token(const Call& call) {
  const Refusal wrong{401, ""};
  const std::string* header = call.header("Authorization");
  if (header == nullptr || !header->starts_with(kBasic)) return refuse(wrong);
  for (const Account& account : accounts_) {
    const std::string expected = base::base64_encode(account.id + ':' + account.secret);
    if (!account.is_user || std::string_view(*header).substr(kBasic.size()) != expected) continue;
    if (account.password_expired) {
      return refuse({401, "USER_EXPIRED_PASSWORD", "The password has to be changed."});
    }
    if (call.notes != nullptr) call.notes->owner = account.id;
    return user_answer(account.id, account.privileges, account.lifetime);
  }
  return refuse(wrong);
}

net::ServerResponse SignIn::user_answer(const std::string& name,
                                        const std::vector<std::string>& rights,
                                        base::Duration lifetime) {
  std::string body;
  json::Writer writer(body);
  Fields fields(writer);
  fields.begin().text("token", tokens_.issue(name, "jamf", rights, "jamf-pro", lifetime));
  fields.text("expires",
              base::format_utc(scheduler_.wall_now() +
                               std::chrono::duration_cast<base::WallTime::duration>(lifetime)));
  fields.end();
  return json_response(200, std::move(body));
}

std::shared_ptr<const login::Grant> SignIn::grant_of(const Call& call) const {
  return tokens_.look_up(bearer_of(call)).grant;
}

}  // namespace muster::sandbox::jamf
