#include "service/openid.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "crypto/token.h"
#include "net/url.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Secret;

constexpr std::size_t kLongestPath = 512;

Error over() {
  return {ErrorKind::kDenied, "sign_in_over",
          "This sign-in is not under way in this browser: it was finished, took longer than ten "
          "minutes or began elsewhere. Sign in once more."};
}

// The cookie taken apart: SECRET.SECONDS.PATH, the path in base64url.
struct Attempt {
  Secret secret;
  std::string begun;  // seconds
  std::string back;

  // Another text for each purpose; begin and path are part of all, so that none can be changed.
  std::string derived(std::string_view purpose) const {
    return crypto::derived_token(secret,
                                 fmt::format("muster openid {} 1\n{}\n{}", purpose, begun, back));
  }
  Secret cookie() const {
    return Secret(fmt::format("{}.{}.{}", secret.reveal(), begun, base::base64url_encode(back)));
  }
};

std::int64_t seconds_of(base::WallTime at) {
  return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
}

Result<Attempt> read_attempt(std::string_view cookie, base::WallTime now) {
  const std::vector<std::string_view> parts = base::split(cookie, '.');
  if (parts.size() != 3 || !crypto::hash_token(crypto::TokenKind::kSignIn, parts[0]).ok()) {
    return over();
  }
  const std::optional<std::int64_t> begun = base::parse_int(parts[1]);
  const std::optional<std::string> back = base::base64url_decode(parts[2]);
  const std::int64_t at = seconds_of(now);
  const std::int64_t longest = std::chrono::seconds(kSignInWithin).count();
  if (!begun || *begun < at - longest || *begun > at + longest) return over();
  if (!back || !is_own_path(*back)) return over();
  return Attempt{Secret(std::string(parts[0])), std::string(parts[1]), *back};
}

// https://www.rfc-editor.org/rfc/rfc7636#section-4.2
std::string challenge_of(const std::string& verifier) {
  const crypto::Sha256 hash = crypto::sha256(verifier);
  return base::base64url_encode({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

}  // namespace

// Browsers read "//host", "/\host" and "/\t/host" as another host; "." and ".." stay inside.
bool is_own_path(std::string_view path) {
  if (!path.starts_with('/') || path.starts_with("//") || path.size() > kLongestPath) return false;
  constexpr std::string_view kOthers = "-._~/?=&%:@+,;!$()*";
  return std::ranges::all_of(path, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

OpenId::OpenId(OpenIdSettings settings, Access& access, base::Scheduler& scheduler,
               net::HttpClient& client)
    : settings_(std::move(settings)),
      access_(access),
      scheduler_(scheduler),
      provider_(settings_, scheduler, client) {}

std::string OpenId::redirect_uri() const {
  return settings_.public_url + std::string(kOpenIdCallback);
}

Result<OpenId::Beginning> OpenId::begin(std::string_view back) {
  const std::string endpoint = TRY(provider_.authorization_endpoint());
  const Attempt attempt{crypto::make_token(crypto::TokenKind::kSignIn).text,
                        fmt::to_string(seconds_of(scheduler_.wall_now())),
                        is_own_path(back) ? std::string(back) : "/"};
  std::string scopes;
  for (const std::string& scope : settings_.scopes) scopes += (scopes.empty() ? "" : " ") + scope;
  std::string url = fmt::format(
      "{}{}response_type=code&client_id={}&redirect_uri={}&scope={}&state={}&nonce={}"
      "&code_challenge={}&code_challenge_method=S256",
      endpoint, endpoint.find('?') == std::string::npos ? '?' : '&',
      base::percent_encode(settings_.client_id), base::percent_encode(redirect_uri()),
      base::percent_encode(scopes), attempt.derived("state"), attempt.derived("nonce"),
      challenge_of(attempt.derived("verifier")));
  return Beginning{std::move(url), attempt.cookie()};
}

Result<OpenId::Finished> OpenId::finish(const Callback& callback, const std::string& origin) {
  const Attempt attempt = TRY(read_attempt(callback.cookie, scheduler_.wall_now()));
  // Before anything else of the callback counts: it may come from anybody.
  if (!crypto::same_text(callback.state, attempt.derived("state"))) return over();
  if (!callback.error.empty() || callback.code.empty()) {
    return Error{ErrorKind::kDenied, "openid_refused",
                 fmt::format("The sign-in service did not let you in{}. Sign in once more.",
                             base::is_code(callback.error) ? ": " + callback.error : "")};
  }
  const Identity identity = TRY(provider_.redeem({.code = callback.code,
                                                  .issuer = callback.issuer,
                                                  .redirect_uri = redirect_uri(),
                                                  .verifier = attempt.derived("verifier"),
                                                  .nonce = attempt.derived("nonce")}));
  const std::string& group = settings_.required_group;
  if (!group.empty() && std::ranges::find(identity.groups, group) == identity.groups.end()) {
    TRY(access_.note_refused(identity.subject, origin));
    return Error{ErrorKind::kDenied, "unknown_identity",
                 "You are not in the group that may sign in to muster."};
  }
  return Finished{TRY(access_.sign_in_as({identity.issuer, identity.subject},
                                         settings_.link_by_email ? identity.email : "", origin)),
                  attempt.back};
}

}  // namespace muster::service
