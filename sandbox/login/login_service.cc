#include "sandbox/login/login_service.h"

#include <fmt/format.h>

#include "base/text.h"
#include "json/writer.h"
#include "sandbox/decode.h"
#include "sandbox/graph/values.h"
#include "sandbox/login/assertion.h"

namespace muster::sandbox::login {
namespace {

constexpr std::string_view kAssertionType =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr std::string_view kRealResource = "https://graph.microsoft.com";

std::int64_t unix_seconds(base::WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t at = 0; at < a.size(); ++at) {
    difference |= static_cast<unsigned char>(a[at] ^ (b.empty() ? 0 : b[at % b.size()]));
  }
  return difference == 0;
}

}  // namespace

// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
struct LoginService::Failure {
  int status;
  std::string_view error;
  int code;
  std::string text;
};

struct LoginService::Form {
  Parameters parameters;
  std::string_view get(std::string_view name) const {
    for (const auto& [key, value] : parameters) {
      if (key == name) return value;
    }
    return {};
  }
};

LoginService::LoginService(const world::World& world, Tokens& tokens, base::Scheduler& scheduler,
                           LoginSettings settings)
    : world_(world),
      tokens_(tokens),
      scheduler_(scheduler),
      settings_(std::move(settings)),
      monitor_(scheduler) {}

void LoginService::reset() {
  tokens_.revoke_all();
  base::Monitor::Lock lock(monitor_);
  used_assertions_.clear();
}

net::ServerResponse LoginService::refuse(const Call& call, const Failure& failure) {
  const std::uint64_t number = ++requests_;
  const world::Guid trace =
      graph::guid_from(world::mix(settings_.seed ^ number), world::mix(number));
  const std::string* sent = call.header("client-request-id");
  const std::string correlation = sent != nullptr ? *sent : std::string(trace.view());
  std::string time = base::format_utc(scheduler_.wall_now()).substr(0, 19) + 'Z';
  time[10] = ' ';
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("error").string(failure.error).key("error_description");
  writer.string(fmt::format("AADSTS{}: {} Trace ID: {} Correlation ID: {} Timestamp: {}",
                            failure.code, failure.text, trace.view(), correlation, time));
  writer.key("error_codes").begin_array().number(std::int64_t{failure.code}).end_array();
  writer.key("timestamp").string(time).key("trace_id").string(trace.view());
  writer.key("correlation_id").string(correlation).key("error_uri");
  writer.string(fmt::format("{}{}/error?code={}", call.origin, call.prefix, failure.code))
      .end_object();
  net::ServerResponse response;
  response.status = failure.status;
  response.headers = {{"Content-Type", "application/json; charset=utf-8"},
                      {"Cache-Control", "no-store, no-cache"},
                      {"Pragma", "no-cache"},
                      {"x-ms-request-id", std::string(trace.view())}};
  response.body = std::move(body);
  return response;
}

std::optional<LoginService::Failure> LoginService::check_tenant(std::string_view tenant) const {
  if (base::equals_ignoring_case(tenant, world_.tenant_id().view()) || tenant == world_.domain() ||
      tenant == world_.initial_domain()) {
    return std::nullopt;
  }
  if (!world::looks_like_guid(tenant) && tenant.find('.') == std::string_view::npos) {
    return Failure{
        400, "invalid_request", 900023,
        fmt::format("Specified tenant identifier '{}' is neither a valid DNS name, nor a valid "
                    "external domain.",
                    tenant)};
  }
  return Failure{
      400, "invalid_request", 90002,
      fmt::format("Tenant '{}' not found. Check to make sure you have the correct tenant ID and "
                  "are signing into the correct cloud.",
                  tenant)};
}

std::optional<LoginService::Failure> LoginService::check_scope(const Call& call,
                                                               const Form& form) const {
  constexpr std::string_view kDefault = "/.default";
  std::string_view scope = form.get("scope");
  if (!scope.ends_with(kDefault)) {
    return Failure{
        400, "invalid_scope", 1002012,
        fmt::format("The provided value for scope {} is not valid. Client credential flows must "
                    "have a scope value with /.default suffixed to the resource identifier "
                    "(application ID URI).",
                    scope)};
  }
  scope.remove_suffix(kDefault.size());
  if (scope.ends_with('/')) scope.remove_suffix(1);
  const std::string graph = call.origin + "/graph";
  if (scope == kRealResource || scope == call.origin || scope == graph) return std::nullopt;
  return Failure{
      400, "invalid_resource", 500011,
      fmt::format("The resource principal named {} was not found in the tenant named {}.", scope,
                  world_.tenant_name())};
}

std::optional<LoginService::Failure> LoginService::check_client(const Call& call, const Form& form,
                                                                const Client*& found) {
  const std::string_view id = form.get("client_id");
  for (const Client& client : settings_.clients) {
    if (base::equals_ignoring_case(client.id, id)) found = &client;
  }
  if (found == nullptr) {
    return Failure{
        400, "unauthorized_client", 700016,
        fmt::format("Application with identifier '{}' was not found in the directory '{}'. This "
                    "can happen if the application has not been installed by the administrator "
                    "of the tenant or consented to by any user in the tenant. You may have sent "
                    "your authentication request to the wrong tenant.",
                    id, world_.tenant_name())};
  }
  if (found->disabled) {
    return Failure{400, "unauthorized_client", 7000112,
                   fmt::format("Application '{}' is disabled.", id)};
  }
  if (!form.get("client_assertion").empty()) return check_assertion(call, form, *found);
  const std::string_view secret = form.get("client_secret");
  if (secret.empty()) {
    return Failure{401, "invalid_client", 7000218,
                   "The request body must contain the following parameter: 'client_assertion' or "
                   "'client_secret'."};
  }
  if (found->secret.empty() || !equal_in_constant_time(secret, found->secret)) {
    return Failure{
        401, "invalid_client", 7000215,
        fmt::format("Invalid client secret provided. Ensure the secret being sent in the request "
                    "is the client secret value, not the client secret ID, for a secret added to "
                    "app '{}'.",
                    id)};
  }
  if (found->secret_expired) {
    return Failure{401, "invalid_client", 7000222,
                   fmt::format("The provided client secret keys for app '{}' are expired.", id)};
  }
  return std::nullopt;
}

std::optional<LoginService::Failure> LoginService::check_assertion(const Call& call,
                                                                   const Form& form,
                                                                   const Client& client) {
  if (form.get("client_assertion_type") != kAssertionType) {
    return Failure{
        400, "invalid_request", 900144,
        "The request body must contain the following parameter: 'client_assertion_type'."};
  }
  const std::string endpoint = call.origin + call.prefix + call.raw_path;
  AssertionVerdict verdict = login::check_assertion(form.get("client_assertion"),
                                                    {.certificate_pem = client.certificate_pem,
                                                     .client_id = client.id,
                                                     .audience = endpoint,
                                                     .now = unix_seconds(scheduler_.wall_now())});
  if (verdict.code != 0) return Failure{401, "invalid_client", verdict.code, verdict.why};
  base::Monitor::Lock lock(monitor_);
  if (!used_assertions_.insert(verdict.jti).second) {
    return Failure{401, "invalid_client", 700027,
                   "Client assertion failed signature validation: the assertion was used before."};
  }
  return std::nullopt;
}

base::Duration LoginService::lifetime() {
  if (settings_.token_lifetime.count() > 0) return settings_.token_lifetime;
  // https://learn.microsoft.com/entra/identity-platform/configurable-token-lifetimes: 60 to 90
  // minutes.
  return std::chrono::seconds(3600 + world::mix(settings_.seed ^ ++requests_) % 1801);
}

net::ServerResponse LoginService::handle(const Call& call) {
  const std::vector<std::string_view> parts =
      base::split(call.path, '/');  // "", tenant, oauth2, ...
  if (parts.size() != 5 || parts[2] != "oauth2" || parts[3] != "v2.0" || parts[4] != "token") {
    return json_response(404, R"({"error":"not_found"})");
  }
  const auto malformed = [&](int code, std::string text) {
    return refuse(call, {400, "invalid_request", code, std::move(text)});
  };
  if (call.method != "POST") {
    return malformed(900561, "The endpoint only accepts POST requests. Received a GET request.");
  }
  const std::string* type = call.header("Content-Type");
  if (type == nullptr || !type->starts_with("application/x-www-form-urlencoded")) {
    return malformed(900144, "The request body must be a form.");
  }
  auto parameters = decode_parameters(call.body);
  if (!parameters) return malformed(9002313, "Invalid request. Request is malformed or invalid.");
  const Form form{std::move(*parameters)};
  if (form.get("grant_type") != "client_credentials") {
    return refuse(call, {400, "unsupported_grant_type", 70003,
                         "The app requested an unsupported grant type."});
  }
  if (form.get("client_id").empty()) {
    return malformed(900144, "The request body must contain the following parameter: 'client_id'.");
  }
  if (auto failure = check_tenant(parts[1])) return refuse(call, *failure);
  if (auto failure = check_scope(call, form)) return refuse(call, *failure);
  const Client* client = nullptr;
  if (auto failure = check_client(call, form, client)) return refuse(call, *failure);

  if (call.notes != nullptr) call.notes->owner = client->id;
  const base::Duration life = lifetime();
  const std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(life).count();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("token_type").string("Bearer").key("expires_in").number(seconds);
  writer.key("ext_expires_in").number(seconds).key("access_token");
  writer.string(
      tokens_.issue(client->id, world_.tenant_id().view(), client->roles, kRealResource, life));
  writer.end_object();
  net::ServerResponse response = json_response(200, std::move(body));
  response.headers = {{"Content-Type", "application/json; charset=utf-8"},
                      {"Cache-Control", "no-store, no-cache"},
                      {"Pragma", "no-cache"}};
  return response;
}

}  // namespace muster::sandbox::login
