#include "crypto/token.h"

#include <gmock/gmock.h>
#include <sodium.h>

#include <set>

#include "base/text.h"

namespace muster::crypto {
namespace {

using base::ErrorKind;
using base::Secret;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kDigits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr TokenKind kKinds[] = {TokenKind::kPersonal, TokenKind::kSetUp, TokenKind::kSession,
                                TokenKind::kSignIn};

// Sums and hashes worked out by another implementation.
constexpr std::string_view kPersonal = "mstr_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg19B3z1";
constexpr std::string_view kSetUp = "mstr_setup_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgX1Vdh0";
constexpr std::string_view kSession =
    "mstr_session_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgpj1zh2";

std::string hex(const TokenHash& hash) {
  return base::hex_encode({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

std::string refusal(TokenKind kind, std::string_view presented) {
  const auto hash = hash_token(kind, presented);
  if (hash.ok()) return "a token";
  EXPECT_EQ(hash.error().kind, ErrorKind::kDenied);
  EXPECT_EQ(hash.error().reason, "token");
  return hash.error().text();
}

TEST(Token, IsReadAsItWillAlwaysBe) {
  EXPECT_EQ(hex(hash_token(TokenKind::kPersonal, kPersonal).value()),
            "d7a5f5e9a636b45bffbe9714ff2d165a2879faad8bf8a8809b78c2a7e8e5430b");
  EXPECT_EQ(hex(hash_token(TokenKind::kSetUp, kSetUp).value()),
            "4f9e6f330334bf1715c41d220d933363a34d4d2f3af5a2e3ceeab38e9ab61340");
  EXPECT_EQ(hex(hash_token(TokenKind::kSession, kSession).value()),
            "79f63fe951ec586775941c5ccff9d74714945d4c6faeb71cbf6cfab26d7e5925");
}

TEST(Token, IsFoundByTheHashThatWasStored) {
  for (const TokenKind kind : kKinds) {
    const NewToken made = make_token(kind);
    EXPECT_TRUE(same_hash(hash_token(kind, made.text.reveal()).value(), made.hash));
  }
}

TEST(Token, LooksLikeOneToSecretScanners) {
  for (const auto& [kind, prefix] :
       {std::pair{TokenKind::kPersonal, "mstr_"}, std::pair{TokenKind::kSetUp, "mstr_setup_"},
        std::pair{TokenKind::kSession, "mstr_session_"},
        std::pair{TokenKind::kSignIn, "mstr_signin_"}}) {
    const NewToken made = make_token(kind);
    std::string_view text = made.text.reveal();
    ASSERT_THAT(std::string(text), StartsWith(prefix));
    text.remove_prefix(std::string_view(prefix).size());
    EXPECT_EQ(text.size(), 49u);
    EXPECT_EQ(text.find_first_not_of(kDigits), std::string_view::npos);
  }
}

TEST(Token, IsNewEachTimeAndUsesEveryDigitInEveryPlace) {
  std::set<std::string> seen;
  std::vector<std::set<char>> digits(43);
  for (int i = 0; i < 2000; ++i) {
    const std::string text(make_token(TokenKind::kPersonal).text.reveal());
    seen.insert(text);
    for (std::size_t at = 0; at < digits.size(); ++at) digits[at].insert(text[5 + at]);
  }
  EXPECT_EQ(seen.size(), 2000u);
  // That one of 62 digits is missing after 2,000 draws has a chance of 1 in 10^10.
  for (const auto& in_place : digits) EXPECT_EQ(in_place.size(), 62u);
}

TEST(Token, IsMisspeltWithAnyCharacterChanged) {
  const std::string whole(kPersonal);
  for (std::size_t at = 5; at < whole.size(); ++at) {
    for (const char digit : kDigits) {
      if (digit == whole[at]) continue;
      std::string slip = whole;
      slip[at] = digit;
      EXPECT_THAT(refusal(TokenKind::kPersonal, slip), HasSubstr("misspelt or incomplete")) << slip;
    }
  }
}

TEST(Token, IsMisspeltWithAnyTwoNeighboursExchanged) {
  const std::string whole(kPersonal);
  for (std::size_t at = 5; at + 1 < whole.size(); ++at) {
    std::string slip = whole;
    std::swap(slip[at], slip[at + 1]);
    EXPECT_FALSE(hash_token(TokenKind::kPersonal, slip).ok()) << slip;
  }
}

TEST(Token, IsIncompleteWithAnythingMissingOrAdded) {
  const std::string whole(kPersonal);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(hash_token(TokenKind::kPersonal, whole.substr(0, size)).ok()) << size;
  }
  for (const std::string& other :
       {whole + "0", whole + " ", " " + whole, whole + "\n", whole + std::string(1, '\0'),
        whole + whole, whole.substr(0, 20) + "-" + whole.substr(21)}) {
    EXPECT_FALSE(hash_token(TokenKind::kPersonal, other).ok()) << other;
  }
}

TEST(Token, OfOneKindIsNoneOfAnother) {
  for (const TokenKind made : kKinds) {
    const NewToken token = make_token(made);
    for (const TokenKind asked : kKinds) {
      EXPECT_EQ(hash_token(asked, token.text.reveal()).ok(), asked == made);
    }
  }
  EXPECT_EQ(refusal(TokenKind::kPersonal, kSession),
            "This is a session token, and a personal token is needed here.");
  // The random part of one kind behind the prefix of another.
  EXPECT_THAT(refusal(TokenKind::kSession, "mstr_session_" + std::string(kPersonal.substr(5))),
              HasSubstr("misspelt"));
}

TEST(Token, IsNeverRepeatedInARefusal) {
  for (const std::string& secret : {std::string("sesame open"), "Bearer " + std::string(49, 'x')}) {
    const std::string text = refusal(TokenKind::kPersonal, secret);
    EXPECT_THAT(text, HasSubstr("begins with mstr_"));
    EXPECT_THAT(text, Not(HasSubstr(secret)));
  }
  EXPECT_THAT(refusal(TokenKind::kPersonal, "mstr_0123456789"), Not(HasSubstr("0123")));
}

TEST(TokenHash, IsSameOnlyWhenAllOfItIs) {
  const TokenHash hash = make_token(TokenKind::kSession).hash;
  EXPECT_TRUE(same_hash(hash, TokenHash(hash)));
  for (std::size_t bit = 0; bit < hash.size() * 8; ++bit) {
    TokenHash other = hash;
    other[bit / 8] ^= static_cast<unsigned char>(1 << bit % 8);
    EXPECT_FALSE(same_hash(hash, other)) << bit;
  }
}

TEST(CsrfToken, IsReadAsItWillAlwaysBe) {
  EXPECT_EQ(csrf_token(Secret(std::string(kSession))),
            "IXXT0DM5MVqGHT_et7Y4sCrFMvchw8MtiU1f1IZbuQI");
}

// https://www.rfc-editor.org/rfc/rfc4231#section-4.3
TEST(CsrfToken, StandsOnTheHmacOfItsStandard) {
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes("Jefe"), 4);
  crypto_auth_hmacsha256_update(&state, bytes("what do ya want for nothing?"), 28);
  std::array<unsigned char, 32> mac;
  crypto_auth_hmacsha256_final(&state, mac.data());
  EXPECT_EQ(hex(mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(CsrfToken, FitsItsSessionOnlyAndByteForByte) {
  const NewToken session = make_token(TokenKind::kSession);
  const std::string token = csrf_token(session.text);
  EXPECT_TRUE(csrf_token_fits(session.text, token));
  EXPECT_FALSE(csrf_token_fits(make_token(TokenKind::kSession).text, token));
  for (std::size_t at = 0; at < token.size(); ++at) {
    std::string other = token;
    other[at] = other[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(csrf_token_fits(session.text, other)) << at;
  }
  EXPECT_FALSE(csrf_token_fits(session.text, token.substr(0, 42)));
  EXPECT_FALSE(csrf_token_fits(session.text, token + "A"));
  EXPECT_FALSE(csrf_token_fits(session.text, ""));
}

TEST(CsrfToken, FitsNobodyWithoutASession) {
  EXPECT_FALSE(csrf_token_fits(Secret(), csrf_token(Secret())));
}

TEST(CsrfToken, IsNeitherTheSessionsTokenNorItsHash) {
  const NewToken session = make_token(TokenKind::kSession);
  const std::string bytes = base::base64url_decode(csrf_token(session.text)).value();
  EXPECT_NE(base::hex_encode(bytes), hex(session.hash));
  EXPECT_THAT(std::string(session.text.reveal()), Not(HasSubstr(csrf_token(session.text))));
}

}  // namespace
}  // namespace muster::crypto
