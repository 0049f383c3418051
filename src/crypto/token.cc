#include "crypto/token.h"

#include <fmt/format.h>

#include "base/text.h"
#include "crypto/hmac.h"
#include "crypto/libsodium.h"
#include "crypto/sha256.h"

namespace muster::crypto {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Secret;

constexpr std::string_view kDigits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kRandomDigits = 43;  // 62^43 > 2^256
constexpr std::size_t kSumDigits = 6;      // 62^6 > 2^32

constexpr std::string_view kCommonPrefix = "mstr_";
constexpr TokenKind kKinds[] = {TokenKind::kSetUp, TokenKind::kSession, TokenKind::kSignIn,
                                TokenKind::kPersonal};

std::string_view prefix_of(TokenKind kind) {
  switch (kind) {
    case TokenKind::kSetUp: return "mstr_setup_";
    case TokenKind::kSession: return "mstr_session_";
    case TokenKind::kSignIn: return "mstr_signin_";
    case TokenKind::kPersonal: break;
  }
  return kCommonPrefix;
}

std::string_view name_of(TokenKind kind) {
  switch (kind) {
    case TokenKind::kSetUp: return "set-up token";
    case TokenKind::kSession: return "session token";
    case TokenKind::kSignIn: return "sign-in token";
    case TokenKind::kPersonal: break;
  }
  return "personal token";
}

// Over the prefix too: a token whose kind was mistyped is misspelt.
std::array<char, kSumDigits> checksum(std::string_view prefix_and_random) {
  const TokenHash hash = sha256(prefix_and_random);
  std::uint32_t value = 0;
  for (int at = 0; at < 4; ++at) value = value << 8 | hash[at];
  std::array<char, kSumDigits> digits;
  for (char& digit : digits) {
    digit = kDigits[value % kDigits.size()];
    value /= static_cast<std::uint32_t>(kDigits.size());
  }
  return digits;
}

Error refused(std::string message) { return {ErrorKind::kDenied, "token", std::move(message)}; }

bool is_whole(std::string_view text, std::string_view prefix) {
  const std::string_view digits = text.substr(prefix.size());
  if (digits.size() != kRandomDigits + kSumDigits) return false;
  if (digits.find_first_not_of(kDigits) != std::string_view::npos) return false;
  const auto sum = checksum(text.substr(0, text.size() - kSumDigits));
  return text.ends_with(std::string_view(sum.data(), sum.size()));
}

}  // namespace

NewToken make_token(TokenKind kind) {
  start_libsodium();
  const std::string_view prefix = prefix_of(kind);
  std::string text = secret_buffer(prefix.size() + kRandomDigits + kSumDigits);
  text.assign(prefix);
  for (std::size_t i = 0; i < kRandomDigits; ++i) {
    text += kDigits[randombytes_uniform(static_cast<std::uint32_t>(kDigits.size()))];
  }
  const auto sum = checksum(text);
  text.append(sum.data(), sum.size());
  const TokenHash hash = sha256(text);
  return {Secret(std::move(text)), hash};
}

Result<TokenHash> hash_token(TokenKind kind, std::string_view presented) {
  for (const TokenKind each : kKinds) {  // the common prefix last
    if (!presented.starts_with(prefix_of(each))) continue;
    if (!is_whole(presented, prefix_of(each))) {
      return refused(fmt::format("This {} is misspelt or incomplete; copy all of it once more.",
                                 name_of(each)));
    }
    if (each == kind) return sha256(presented);
    return refused(
        fmt::format("This is a {}, and a {} is needed here.", name_of(each), name_of(kind)));
  }
  return refused(fmt::format("This is no token of muster; a {} begins with {}.", name_of(kind),
                             prefix_of(kind)));
}

bool same_hash(const TokenHash& a, const TokenHash& b) {
  return sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string derived_token(const Secret& secret, std::string_view purpose) {
  return base::base64url_encode(hmac_sha256(secret, purpose));
}

bool same_text(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string csrf_token(const Secret& session) { return derived_token(session, "muster csrf 1"); }

bool csrf_token_fits(const Secret& session, std::string_view presented) {
  if (session.empty()) return false;  // everybody could make that one
  return same_text(presented, csrf_token(session));
}

}  // namespace muster::crypto
