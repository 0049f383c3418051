#include "service/id_token.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "json/value.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using crypto::Algorithm;

constexpr std::size_t kLongestSubject = 255;  // OpenID Connect Core 1.0, section 2
constexpr std::size_t kMostGroups = 1'000;
constexpr json::Limits kClaims{.max_bytes = kLargestIdToken, .max_depth = 16};
constexpr json::Limits kKeys{.max_bytes = std::size_t{1} << 20, .max_depth = 16};

Error refused(std::string_view why) {
  return {ErrorKind::kDenied, "id_token",
          fmt::format("The sign-in service sent an ID token that cannot be trusted: {}.", why)};
}

std::string_view text_of(const json::Value& object, std::string_view name) {
  const json::Value* value = object.find(name);
  return value != nullptr && value->is_string() ? value->text() : std::string_view();
}

// A whole object that has one reading: two members of a name are two tokens in one.
Result<json::Document> read_part(std::string_view encoded, std::string_view what) {
  std::optional<std::string> text = base::base64url_decode(encoded);
  if (!text) return refused(fmt::format("its {} is not base64url", what));
  Result<json::Document> part = json::Document::parse(std::move(*text), kClaims);
  if (!part.ok() || !part->root().is_object() || part->repaired() > 0) {
    return refused(fmt::format("its {} is no JSON object", what));
  }
  if (part->repeats_a_key(part->root())) {
    return refused(fmt::format("its {} has a member twice", what));
  }
  return part;
}

struct Header {
  std::string_view algorithm_name;
  Algorithm algorithm;
  std::string_view key_id;
};

Result<Header> read_header(const json::Value& header, const IdTokenRules& rules) {
  const std::string_view name = text_of(header, "alg");
  const std::optional<Algorithm> algorithm = algorithm_named(name);
  if (!algorithm || std::ranges::find(rules.algorithms, *algorithm) == rules.algorithms.end()) {
    return refused("it is not signed by an algorithm that is allowed here");
  }
  // What must be understood is not (RFC 7515 section 4.1.11); tokens of other kinds say so.
  if (header.find("crit") != nullptr) return refused("its header asks for more than is known here");
  const json::Value* type = header.find("typ");
  if (type != nullptr && !base::equals_ignoring_case(type->text(), "JWT")) {
    return refused("it is a token of another kind");
  }
  const json::Value* key_id = header.find("kid");
  if (key_id != nullptr && !key_id->is_string()) return refused("its kid is no text");
  return Header{name, *algorithm, key_id == nullptr ? std::string_view() : key_id->text()};
}

bool fits(const SigningKey& key, const Header& header) {
  return key.is_elliptic == (header.algorithm == Algorithm::kEs256) &&
         (key.algorithm.empty() || key.algorithm == header.algorithm_name) &&
         (header.key_id.empty() || key.id == header.key_id);
}

Status check_signature(std::string_view token, const Header& header, const KeySet& keys) {
  std::vector<const SigningKey*> fitting;
  for (const SigningKey& key : keys) {
    if (fits(key, header)) fitting.push_back(&key);
  }
  if (fitting.empty()) {
    return Error{ErrorKind::kDenied, "unknown_key",
                 "The sign-in service signed with a key that it does not publish."};
  }
  // Without a kid there may be one key only (OpenID Connect Core 1.0, section 10.1).
  if (fitting.size() > 1) return refused("it does not say which key it is signed with");
  const auto is_signed = crypto::verify_jwt(header.algorithm, token, fitting.front()->pem);
  if (!is_signed.ok() || !*is_signed) return refused("its signature does not fit");
  return {};
}

Status check_audience(const json::Value& claims, const std::string& client_id) {
  const Error other = refused("it was made for another application");
  const json::Value* audience = claims.find("aud");
  if (audience == nullptr) return other;
  const json::Value* party = claims.find("azp");
  if (party != nullptr && (!party->is_string() || party->text() != client_id)) return other;
  if (audience->is_string()) {
    if (audience->text() != client_id) return other;
    return {};
  }
  const auto named = std::ranges::count_if(audience->items(), [&](const json::Value& each) {
    return each.is_string() && each.text() == client_id;
  });
  // For several at once it has to say that it was made for this one.
  if (named == 0 || (audience->items().size() > 1 && party == nullptr)) return other;
  return {};
}

std::optional<double> seconds_of(const json::Value& claims, std::string_view name) {
  const json::Value* value = claims.find(name);
  return value != nullptr && value->is_number() ? value->real() : std::nullopt;
}

Status check_times(const json::Value& claims, base::WallTime now) {
  const double at = std::chrono::duration<double>(now.time_since_epoch()).count();
  const double leeway = static_cast<double>(kClockLeeway.count());
  const std::optional<double> ends = seconds_of(claims, "exp");
  const std::optional<double> made = seconds_of(claims, "iat");
  if (!ends || !made) return refused("it does not say from when to when it is good");
  if (*ends + leeway <= at) return refused("it has expired. Compare the clocks");
  const bool has_begin = claims.find("nbf") != nullptr;
  const std::optional<double> begins = has_begin ? seconds_of(claims, "nbf") : made;
  if (!begins || *begins - leeway > at || *made - leeway > at) {
    return refused("it is not good yet. Compare the clocks");
  }
  return {};
}

std::vector<std::string> groups_of(const json::Value& claims, std::string_view name) {
  std::vector<std::string> groups;
  const json::Value* listed = name.empty() ? nullptr : claims.find(name);
  if (listed == nullptr) return groups;
  if (listed->is_string()) groups.emplace_back(listed->text());
  for (const json::Value& group :
       listed->items().first(std::min(listed->items().size(), kMostGroups))) {
    if (group.is_string()) groups.emplace_back(group.text());
  }
  return groups;
}

Result<Identity> read_identity(const json::Value& claims, const IdTokenRules& rules) {
  const std::string_view subject = text_of(claims, "sub");
  if (subject.empty() || subject.size() > kLongestSubject) {
    return refused("it does not say who signed in");
  }
  Identity identity{.issuer = rules.issuer, .subject = std::string(subject)};
  const json::Value* verified = claims.find("email_verified");
  if (verified != nullptr && verified->boolean()) {
    identity.email = base::to_lower_ascii(text_of(claims, "email"));
  }
  identity.groups = groups_of(claims, rules.groups_claim);
  return identity;
}

std::optional<SigningKey> read_key(const json::Value& key) {
  const json::Value* use = key.find("use");
  if (use != nullptr && use->text() != "sig") return std::nullopt;
  const std::string_view kind = text_of(key, "kty");
  const bool is_elliptic = kind == "EC" && text_of(key, "crv") == "P-256";
  if (!is_elliptic && kind != "RSA") return std::nullopt;
  const Result<std::string> pem =
      is_elliptic ? crypto::p256_public_key_pem(text_of(key, "x"), text_of(key, "y"))
                  : crypto::rsa_public_key_pem(text_of(key, "n"), text_of(key, "e"));
  if (!pem.ok()) return std::nullopt;
  return SigningKey{.id = std::string(text_of(key, "kid")),
                    .is_elliptic = is_elliptic,
                    .algorithm = std::string(text_of(key, "alg")),
                    .pem = *pem};
}

}  // namespace

std::optional<Algorithm> algorithm_named(std::string_view name) {
  if (name == "RS256") return Algorithm::kRs256;
  if (name == "PS256") return Algorithm::kPs256;
  if (name == "ES256") return Algorithm::kEs256;
  return std::nullopt;
}

Result<KeySet> read_key_set(std::string text) {
  const auto document = json::Document::parse(std::move(text), kKeys);
  const json::Value* listed = document.ok() ? document->root().find("keys") : nullptr;
  KeySet keys;
  if (listed != nullptr) {
    for (const json::Value& each : listed->items()) {
      if (keys.size() == kMostKeys) break;
      if (std::optional<SigningKey> key = read_key(each)) keys.push_back(std::move(*key));
    }
  }
  if (!keys.empty()) return keys;
  return Error{ErrorKind::kMalformed, "openid_provider",
               "The sign-in service publishes no key that a signature could be checked with."};
}

Result<Identity> check_id_token(std::string_view token, const KeySet& keys,
                                const IdTokenRules& rules, std::string_view nonce,
                                base::WallTime now) {
  if (token.size() > kLargestIdToken) return refused("it is larger than 16 KiB");
  const std::vector<std::string_view> parts = base::split(token, '.');
  if (parts.size() != 3) return refused("it has not the form of one");
  const json::Document head = TRY(read_part(parts[0], "header"));
  const Header header = TRY(read_header(head.root(), rules));
  TRY(check_signature(token, header, keys));
  const json::Document payload = TRY(read_part(parts[1], "payload"));
  const json::Value& claims = payload.root();
  if (text_of(claims, "iss") != rules.issuer) return refused("another service issued it");
  TRY(check_audience(claims, rules.client_id));
  TRY(check_times(claims, now));
  if (nonce.empty() || text_of(claims, "nonce") != nonce) {
    return refused("it belongs to another sign-in");
  }
  return read_identity(claims, rules);
}

}  // namespace muster::service
