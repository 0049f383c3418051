#include "service/openid_provider.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "net/url.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Secret;
using base::Status;

constexpr base::Duration kTimeout = std::chrono::seconds(10);
constexpr base::Duration kAfterFailure = std::chrono::seconds(5);
constexpr std::size_t kMostBody = std::size_t{1} << 20;
constexpr json::Limits kLimits{.max_bytes = kMostBody, .max_depth = 16};

Error unusable(std::string_view why) {
  return {ErrorKind::kMalformed, "openid_provider",
          fmt::format("The sign-in service cannot be used: {}.", why)};
}

Error setting(std::string_view option, std::string_view why) {
  return {ErrorKind::kSettings, "openid_settings", fmt::format("{}: {}.", option, why)};
}

std::string_view text_of(const json::Value& object, std::string_view name) {
  const json::Value* value = object.find(name);
  return value != nullptr && value->is_string() ? value->text() : std::string_view();
}

bool lists(const json::Value& object, std::string_view name, std::string_view wanted) {
  const json::Value* value = object.find(name);
  return value != nullptr && std::ranges::any_of(value->items(), [&](const json::Value& each) {
           return each.is_string() && each.text() == wanted;
         });
}

// What the provider refused, by its code alone: its words may repeat what was sent.
Error refusal_of(const net::Response& response) {
  const auto document = json::Document::parse(response.body, kLimits);
  const std::string_view code =
      document.ok() ? text_of(document->root(), "error") : std::string_view();
  if (response.status >= 500) {
    return {ErrorKind::kUnavailable, "openid_provider",
            fmt::format("The sign-in service does not work: it answered {}.", response.status)};
  }
  const bool is_ours = code == "invalid_client" || code == "unauthorized_client";
  return {ErrorKind::kDenied, "openid_refused",
          fmt::format("The sign-in service refused: {}{}. {}", response.status,
                      base::is_code(code) ? fmt::format(" {}", code) : "",
                      is_ours ? "An operator has to look at the client id and secret."
                              : "Sign in once more.")};
}

}  // namespace

Status check_public_url(const std::string& url) {
  const auto own = net::parse_url(url);
  if (own.ok() && own->path == "/" && !url.ends_with('/') && own->query.empty() &&
      own->user_info.empty()) {
    return {};
  }
  return setting("--public-url",
                 "write where browsers find muster, without a path: https://muster.example");
}

Status check_settings(const OpenIdSettings& settings) {
  const std::string& issuer = settings.issuer;
  const auto issuer_url = net::parse_url(issuer);
  if (!issuer_url.ok() || !issuer_url->query.empty() || !issuer_url->user_info.empty() ||
      (issuer_url->scheme != "https" && !settings.trust.allow_private_address)) {
    return setting("--oidc-issuer", "write the https URL that the provider names as its issuer");
  }
  TRY(check_public_url(settings.public_url));
  if (settings.client_id.empty()) return setting("--oidc-client-id", "it is missing");
  if (std::ranges::find(settings.scopes, "openid") == settings.scopes.end()) {
    return setting("--oidc-scope", "openid has to be among them");
  }
  return {};
}

class OpenIdProvider::Turn {
 public:
  static Result<std::unique_ptr<Turn>> take(OpenIdProvider& provider) {
    base::Monitor::Lock lock(provider.monitor_);
    if (provider.asking_ >= kAskingAtOnce) {
      Error busy{ErrorKind::kLimit, "busy",
                 "Too many people sign in at this moment. Try again in a few seconds."};
      busy.retry_after = std::chrono::seconds(5);
      return busy;
    }
    ++provider.asking_;
    return std::unique_ptr<Turn>(new Turn(provider));
  }
  ~Turn() {
    base::Monitor::Lock lock(provider_.monitor_);
    --provider_.asking_;
  }

 private:
  explicit Turn(OpenIdProvider& provider) : provider_(provider) {}
  OpenIdProvider& provider_;
};

OpenIdProvider::OpenIdProvider(const OpenIdSettings& settings, base::Scheduler& scheduler,
                               net::HttpClient& client)
    : settings_(settings),
      trust_(std::make_shared<const net::Trust>(settings.trust)),
      rules_{.issuer = settings.issuer,
             .client_id = settings.client_id,
             .algorithms = settings.algorithms,
             .groups_claim = settings.required_group.empty() ? "" : settings.groups_claim},
      scheduler_(scheduler),
      client_(client),
      monitor_(scheduler) {}

Result<std::string> OpenIdProvider::get(const std::string& url) {
  net::Request request{.url = url, .trust = trust_, .timeout = kTimeout, .max_body = kMostBody};
  request.headers = {{"Accept", "application/json"}};
  Result<net::Response> answer = client_.send(request, {});
  if (!answer.ok()) {
    return Error{ErrorKind::kUnavailable, "openid_provider",
                 "The sign-in service cannot be asked: " + answer.error().message};
  }
  if (answer->status == 200) return std::move(answer->body);
  return Error{ErrorKind::kUnavailable, "openid_provider",
               fmt::format("The sign-in service answered {} at {}.", answer->status,
                           base::printable(net::without_query(url)))};
}

Result<std::string> OpenIdProvider::usable_url(const json::Value& document,
                                               std::string_view name) const {
  const std::string_view text = text_of(document, name);
  const auto url = net::parse_url(text);
  // Plain http is for tests on this machine; the client holds it to loopback addresses.
  if (!url.ok() || !url->user_info.empty() ||
      (url->scheme != "https" && !trust_->allow_private_address)) {
    return unusable(fmt::format("its {} is no https URL", name));
  }
  return std::string(text);
}

// https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
Result<OpenIdProvider::Document> OpenIdProvider::read_document(std::string text) const {
  const auto parsed = json::Document::parse(std::move(text), kLimits);
  if (!parsed.ok() || !parsed->root().is_object() || parsed->repeats_a_key(parsed->root())) {
    return unusable("its description is no JSON object");
  }
  const json::Value& root = parsed->root();
  if (text_of(root, "issuer") != settings_.issuer) {
    return unusable("it names another issuer than --oidc-issuer");
  }
  Document document;
  document.authorization_endpoint = TRY(usable_url(root, "authorization_endpoint"));
  document.token_endpoint = TRY(usable_url(root, "token_endpoint"));
  document.keys_url = TRY(usable_url(root, "jwks_uri"));
  document.until = scheduler_.now() + kProviderKept;
  constexpr std::string_view kMethods = "token_endpoint_auth_methods_supported";
  document.takes_basic = root.find(kMethods) == nullptr ||
                         lists(root, kMethods, "client_secret_basic") ||
                         !lists(root, kMethods, "client_secret_post");
  const json::Value* named = root.find("authorization_response_iss_parameter_supported");
  document.names_itself = named != nullptr && named->boolean();
  return document;
}

Result<OpenIdProvider::Document> OpenIdProvider::fetch_document() {
  std::string base_url = settings_.issuer;
  if (base_url.ends_with('/')) base_url.pop_back();
  std::string text = TRY(get(base_url + "/.well-known/openid-configuration"));
  return read_document(std::move(text));
}

Result<OpenIdProvider::Document> OpenIdProvider::document() {
  {
    base::Monitor::Lock lock(monitor_);
    const base::Instant now = scheduler_.now();
    if (document_ && now < document_->until) return *document_;
    if (failed_ && now < failed_until_) return *failed_;
  }
  Result<Document> fetched = fetch_document();
  base::Monitor::Lock lock(monitor_);
  failed_.reset();
  if (fetched.ok()) {
    document_ = *fetched;
  } else {
    failed_ = fetched.error();
    failed_until_ = scheduler_.now() + kAfterFailure;
  }
  return fetched;
}

Result<std::string> OpenIdProvider::authorization_endpoint() {
  const std::unique_ptr<Turn> turn = TRY(Turn::take(*this));
  return TRY(document()).authorization_endpoint;
}

Result<KeySet> OpenIdProvider::keys(const Document& document, bool again) {
  {
    base::Monitor::Lock lock(monitor_);
    const base::Instant now = scheduler_.now();
    const bool is_old = keys_.empty() || now >= keys_until_;
    if (!is_old && (!again || now < keys_again_at_)) return keys_;
    keys_again_at_ = now + kKeysAtMostEvery;
  }
  std::string text = TRY(get(document.keys_url));
  KeySet fetched = TRY(read_key_set(std::move(text)));
  base::Monitor::Lock lock(monitor_);
  keys_ = fetched;
  keys_until_ = scheduler_.now() + kProviderKept;
  return fetched;
}

// https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3
Result<std::string> OpenIdProvider::exchange(const Document& document,
                                             const Redemption& redemption) {
  net::Request request{.method = "POST",
                       .url = document.token_endpoint,
                       .trust = trust_,
                       .timeout = kTimeout,
                       .max_body = kMostBody};
  request.headers = {{"Accept", "application/json"},
                     {"Content-Type", "application/x-www-form-urlencoded"}};
  request.body =
      fmt::format("grant_type=authorization_code&code={}&redirect_uri={}&code_verifier={}",
                  base::form_encode(redemption.code), base::form_encode(redemption.redirect_uri),
                  base::form_encode(redemption.verifier));
  const std::string id = base::form_encode(settings_.client_id);
  const std::string secret = base::form_encode(settings_.client_secret.reveal());
  if (settings_.client_secret.empty()) {
    request.body += "&client_id=" + id;
  } else if (document.takes_basic) {
    request.secret_headers.emplace_back(
        "Authorization", Secret("Basic " + base::base64_encode(fmt::format("{}:{}", id, secret))));
  } else {
    request.body += fmt::format("&client_id={}&client_secret={}", id, secret);
  }
  const Result<net::Response> answer = client_.send(request, {});
  if (!answer.ok()) {
    return Error{ErrorKind::kUnavailable, "openid_provider",
                 "The sign-in service cannot be asked: " + answer.error().message};
  }
  if (answer->status != 200) return refusal_of(*answer);
  const auto parsed = json::Document::parse(answer->body, kLimits);
  const std::string_view token =
      parsed.ok() ? text_of(parsed->root(), "id_token") : std::string_view();
  if (token.empty()) return unusable("it answered without an ID token");
  return std::string(token);
}

Result<Identity> OpenIdProvider::redeem(const Redemption& redemption) {
  const std::unique_ptr<Turn> turn = TRY(Turn::take(*this));
  const Document document = TRY(this->document());
  const bool is_named = !redemption.issuer.empty() || document.names_itself;
  if (is_named && redemption.issuer != settings_.issuer) {
    return Error{ErrorKind::kDenied, "openid_refused",
                 "The answer comes from another sign-in service. Sign in once more."};
  }
  const std::string token = TRY(exchange(document, redemption));
  const auto check = [&](const KeySet& keys) {
    return check_id_token(token, keys, rules_, redemption.nonce, scheduler_.wall_now());
  };
  Result<Identity> identity = check(TRY(keys(document, false)));
  // Providers change their keys whenever they like.
  if (identity.ok() || identity.error().reason != "unknown_key") return identity;
  return check(TRY(keys(document, true)));
}

}  // namespace muster::service
