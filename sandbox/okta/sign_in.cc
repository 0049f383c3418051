#include "sandbox/okta/sign_in.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "crypto/jose.h"
#include "json/writer.h"
#include "sandbox/decode.h"
#include "sandbox/login/jwt.h"
#include "sandbox/okta/ids.h"
#include "sandbox/world/guid.h"

namespace muster::sandbox::okta {
namespace {

constexpr std::string_view kAssertionType =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr std::string_view kBearer = "Bearer ";
constexpr std::string_view kSsws = "SSWS ";
constexpr std::int64_t kLongestLife = 3600;
constexpr std::int64_t kClockSkew = 300;
constexpr auto kUnusedLife = std::chrono::hours(24 * 30);
constexpr std::uint32_t kServiceApp = 0x00FF0001;  // no number of a listed app

// What the admin granted on the app's tab Okta API Scopes.
constexpr std::string_view kGranted[] = {"okta.users.read",   "okta.groups.read",
                                         "okta.apps.read",    "okta.devices.read",
                                         "okta.schemas.read", "okta.roles.read"};

std::string_view value_of(const Parameters& form, std::string_view name) {
  for (const auto& [key, value] : form) {
    if (key == name) return value;
  }
  return {};
}

std::int64_t unix_seconds(base::WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// One for the whole process: making it takes longer than most tests.
const KeyPair& app_key() {
  static const KeyPair kKey = make_client_certificate("okta service app").value();
  return kKey;
}

}  // namespace

struct SignIn::Refusal {
  int status = 400;
  std::string_view error;
  std::string text;

  net::ServerResponse response() const {
    std::string body;
    json::Writer writer(body);
    writer.begin_object().key("error").string(error);
    writer.key("error_description").string(text).end_object();
    return json_response(status, std::move(body));
  }
};

SignIn::SignIn(base::Scheduler& scheduler, std::uint64_t seed, base::Duration lifetime)
    : scheduler_(scheduler),
      lifetime_(lifetime.count() > 0 ? lifetime : std::chrono::hours(1)),
      api_token_(fmt::format("00{:016x}{:016x}{:08x}", world::mix(seed ^ 0x73737773),
                             world::mix(seed ^ 0x746F6B), seed & 0xFFFFFFFF)),
      client_id_(Ids(seed).make(Kind::kApp, kServiceApp)),
      key_(app_key()),
      tokens_(scheduler, seed ^ 0x6F6B7461),
      monitor_(scheduler),
      api_token_used_(scheduler.now()) {}

void SignIn::reset() {
  tokens_.revoke_all();
  base::Monitor::Lock lock(monitor_);
  used_assertions_.clear();
  api_token_used_ = scheduler_.now();
}

std::optional<SignIn::Caller> SignIn::caller(const Call& call) {
  const std::string* header = call.header("Authorization");
  if (header == nullptr) return std::nullopt;
  const std::string_view text = *header;
  if (text.starts_with(kBearer)) {
    auto known = tokens_.look_up(text.substr(kBearer.size()));
    if (known.grant == nullptr) return std::nullopt;
    return Caller{known.grant->client_id, known.grant};
  }
  if (!text.starts_with(kSsws) || text.substr(kSsws.size()) != api_token_) return std::nullopt;
  base::Monitor::Lock lock(monitor_);
  if (scheduler_.now() - api_token_used_ > kUnusedLife) return std::nullopt;
  api_token_used_ = scheduler_.now();
  return Caller{"api token", nullptr};
}

std::optional<SignIn::Refusal> SignIn::check_assertion(const Call& call,
                                                       std::string_view assertion) {
  const auto wrong = [](std::string text) {
    return Refusal{401, "invalid_client", std::move(text)};
  };
  const auto jwt = login::decode_jwt(assertion);
  if (!jwt) return wrong("The parsing of the client_assertion failed.");
  if (login::text_of(jwt->header, "kid") != key_id()) {
    return wrong("The client_assertion names a key that the app does not have.");
  }
  const auto verified =
      crypto::verify_jwt(crypto::Algorithm::kRs256, assertion, key_.certificate_pem);
  if (login::text_of(jwt->header, "alg") != "RS256" || !verified.ok() || !verified.value()) {
    return wrong("The client_assertion signature is invalid.");
  }
  if (login::text_of(jwt->payload, "iss") != client_id_ ||
      login::text_of(jwt->payload, "sub") != client_id_) {
    return wrong("The issuer and subject of the client_assertion must be the client id.");
  }
  if (login::text_of(jwt->payload, "aud") != call.origin + call.prefix + call.raw_path) {
    return wrong("The audience claim for client_assertion must be the endpoint invoked.");
  }
  const std::int64_t now = unix_seconds(scheduler_.wall_now());
  const auto expires = login::number_of(jwt->payload, "exp");
  if (!expires || *expires <= now) return wrong("The client_assertion token is expired.");
  const auto issued = login::number_of(jwt->payload, "iat");
  if (*expires > now + kLongestLife || (issued && *issued > now + kClockSkew)) {
    return wrong("The client_assertion token is valid for more than an hour.");
  }
  const std::string id = login::text_of(jwt->payload, "jti");
  base::Monitor::Lock lock(monitor_);
  if (!id.empty() && !used_assertions_.insert(id).second) {
    return wrong("The client_assertion token was used before.");
  }
  return std::nullopt;
}

net::ServerResponse SignIn::token(const Call& call) {
  const auto refuse = [](int status, std::string_view error, std::string text) {
    return Refusal{status, error, std::move(text)}.response();
  };
  if (call.method != "POST") return refuse(405, "invalid_request", "Only POST is supported.");
  const std::string* type = call.header("Content-Type");
  const auto form = decode_parameters(call.body);
  if (type == nullptr || !type->starts_with("application/x-www-form-urlencoded") || !form) {
    return refuse(400, "invalid_request", "The body must be a form.");
  }
  if (value_of(*form, "grant_type") != "client_credentials") {
    return refuse(400, "unsupported_grant_type", "The app does not have this grant type.");
  }
  const std::string_view assertion = value_of(*form, "client_assertion");
  if (assertion.empty() || value_of(*form, "client_assertion_type") != kAssertionType ||
      !value_of(*form, "client_secret").empty() || call.header("Authorization") != nullptr) {
    return refuse(401, "invalid_client",
                  "The app accepts private_key_jwt alone, and nothing beside it.");
  }
  const std::string_view id = value_of(*form, "client_id");
  if (!id.empty() && id != client_id_) {
    return refuse(401, "invalid_client", "Invalid value for 'client_id' parameter.");
  }
  if (auto refusal = check_assertion(call, assertion)) return refusal->response();

  std::vector<std::string> scopes;
  for (const std::string_view scope : base::split(value_of(*form, "scope"), ' ')) {
    if (std::find(std::begin(kGranted), std::end(kGranted), scope) == std::end(kGranted)) {
      return refuse(400, "invalid_scope", "One or more scopes are not configured for the app.");
    }
    scopes.emplace_back(scope);
  }
  if (call.notes != nullptr) call.notes->owner = client_id_;
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("token_type").string("Bearer").key("expires_in");
  writer.number(std::chrono::duration_cast<std::chrono::seconds>(lifetime_).count());
  writer.key("access_token");
  writer.string(tokens_.issue(client_id_, "00o1", scopes, call.origin + call.prefix, lifetime_));
  writer.key("scope").string(value_of(*form, "scope")).end_object();
  net::ServerResponse response = json_response(200, std::move(body));
  response.headers.push_back({"Cache-Control", "no-cache, no-store"});
  return response;
}

}  // namespace muster::sandbox::okta
