#include "service/id_token.h"

#include <gmock/gmock.h>
#include <sodium.h>

#include "service/test_openid_provider.h"

namespace muster::service {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using namespace test;

constexpr std::string_view kNonce = "nonce-of-this-sign-in";
const base::WallTime kNow{std::chrono::seconds(1'790'000'000)};

const Members kHeader = {{"alg", R"("RS256")"}, {"kid", R"("rsa")"}, {"typ", R"("JWT")"}};
const Members kClaims = {{"iss", in_quotes(kIssuer)},   {"sub", R"("248289761001")"},
                         {"aud", in_quotes(kClientId)}, {"exp", "1790000300"},
                         {"iat", "1790000000"},         {"nonce", in_quotes(kNonce)},
                         {"email", R"("Anna@X.org")"},  {"email_verified", "true"}};

class IdTokenTest : public testing::Test {
 protected:
  base::Result<Identity> check(const std::string& token) {
    auto identity = check_id_token(token, keys_, rules_, kNonce, kNow);
    if (!identity.ok()) {
      EXPECT_EQ(identity.error().kind, base::ErrorKind::kDenied);
      for (const std::string value : {"248289761001", "X.org", "evil"}) {
        EXPECT_THAT(identity.error().text(), Not(HasSubstr(value))) << "of the token";
      }
    }
    return identity;
  }
  static std::string signed_by(const SigningPair& pair, Algorithm algorithm, const Members& header,
                               const Members& claims = {}) {
    return pair.sign(algorithm, object_of(kHeader, header), object_of(kClaims, claims));
  }
  // By the right key; "" when it is believed, otherwise why not.
  std::string why(const Members& claims, const Members& header = {}) {
    const auto identity = check(signed_by(SigningPair::rsa(), Algorithm::kRs256, header, claims));
    return identity.ok() ? "" : identity.error().message;
  }
  std::string reason(const std::string& token) {
    const auto identity = check(token);
    return identity.ok() ? "" : identity.error().reason;
  }

  IdTokenRules rules_{.issuer = std::string(kIssuer),
                      .client_id = std::string(kClientId),
                      .algorithms = {Algorithm::kRs256, Algorithm::kPs256, Algorithm::kEs256},
                      .groups_claim = "groups"};
  KeySet keys_ = read_key_set(fmt::format(R"({{"keys":[{},{}]}})", SigningPair::rsa().jwk("rsa"),
                                          SigningPair::elliptic().jwk("ec")))
                     .value();
};

TEST_F(IdTokenTest, SaysWhoSignedIn) {
  const auto identity =
      check(signed_by(SigningPair::rsa(), Algorithm::kRs256, {}, {{"groups", R"(["a","b",7])"}}));
  ASSERT_TRUE(identity.ok()) << identity.error().text();
  EXPECT_EQ(identity->issuer, kIssuer);
  EXPECT_EQ(identity->subject, "248289761001");
  EXPECT_EQ(identity->email, "anna@x.org");
  EXPECT_THAT(identity->groups, ElementsAre("a", "b"));
  EXPECT_TRUE(
      check(signed_by(SigningPair::rsa(), Algorithm::kPs256, {{"alg", R"("PS256")"}})).ok());
  EXPECT_TRUE(check(signed_by(SigningPair::elliptic(), Algorithm::kEs256,
                              {{"alg", R"("ES256")"}, {"kid", R"("ec")"}}))
                  .ok());
}

TEST_F(IdTokenTest, AnAddressCountsOnlyWhenTheProviderHasVerifiedIt) {
  for (const std::string verified : {"false", "\"true\"", "1", ""}) {
    const auto identity =
        check(signed_by(SigningPair::rsa(), Algorithm::kRs256, {}, {{"email_verified", verified}}));
    ASSERT_TRUE(identity.ok());
    EXPECT_EQ(identity->email, "") << verified;
  }
}

TEST_F(IdTokenTest, IsSignedByAnAlgorithmThatWasChosenHere) {
  const std::string claims = base::base64url_encode(object_of(kClaims));
  for (const std::string name : {"none", "None", "NONE", "HS256", "HS512", "RS384", "rs256", ""}) {
    const std::string header =
        base::base64url_encode(object_of(kHeader, {{"alg", in_quotes(name)}}));
    EXPECT_EQ(reason(header + "." + claims + "."), "id_token") << name;
    EXPECT_EQ(reason(header + "." + claims + ".AAAA"), "id_token") << name;
  }
  EXPECT_THAT(why({}, {{"alg", ""}}), HasSubstr("algorithm"));
  EXPECT_THAT(why({}, {{"alg", "[\"RS256\"]"}}), HasSubstr("algorithm"));
  rules_.algorithms = {Algorithm::kPs256};
  EXPECT_THAT(why({}), HasSubstr("algorithm"));
}

// https://auth0.com/blog/critical-vulnerabilities-in-json-web-token-libraries/
TEST_F(IdTokenTest, ThePublicKeyIsNoSharedSecret) {
  const std::string text = base::base64url_encode(object_of(kHeader, {{"alg", R"("HS256")"}})) +
                           "." + base::base64url_encode(object_of(kClaims));
  const std::string& key = SigningPair::rsa().public_pem();
  std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()),
                              key.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(text.data()),
                                text.size());
  crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(mac.data()));
  EXPECT_EQ(reason(text + "." + base::base64url_encode(mac)), "id_token");
}

TEST_F(IdTokenTest, IsSignedByTheKeyThatItNames) {
  EXPECT_EQ(reason(signed_by(SigningPair::other_rsa(), Algorithm::kRs256, {})), "id_token");
  EXPECT_EQ(reason(signed_by(SigningPair::rsa(), Algorithm::kRs256, {{"kid", R"("new")"}})),
            "unknown_key");
  EXPECT_EQ(reason(signed_by(SigningPair::rsa(), Algorithm::kRs256, {{"kid", R"("ec")"}})),
            "unknown_key")
      << "a key of another kind";
  EXPECT_THAT(why({}, {{"kid", "7"}}), HasSubstr("kid"));
  // What the token brings along itself is not looked at.
  EXPECT_EQ(reason(signed_by(SigningPair::other_rsa(), Algorithm::kRs256,
                             {{"jwk", SigningPair::other_rsa().jwk("rsa")},
                              {"jku", R"("https://evil.example/keys")"}})),
            "id_token");
}

TEST_F(IdTokenTest, ChangingAByteBreaksIt) {
  const std::string token = signed_by(SigningPair::rsa(), Algorithm::kRs256, {});
  ASSERT_EQ(reason(token), "");
  for (std::size_t at = 0; at < token.size(); at += 7) {
    std::string changed = token;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_NE(reason(changed), "") << at;
  }
  EXPECT_EQ(reason(token + "A"), "id_token");
  EXPECT_EQ(reason(token + ".A"), "id_token");
  EXPECT_EQ(reason(token.substr(0, token.rfind('.'))), "id_token");
}

TEST_F(IdTokenTest, WithoutAKeyIdThereMayBeOneKeyOnly) {
  const std::string token = signed_by(SigningPair::rsa(), Algorithm::kRs256, {{"kid", ""}});
  EXPECT_EQ(reason(token), "");
  keys_.push_back(keys_.front());
  EXPECT_EQ(reason(token), "id_token");
}

TEST_F(IdTokenTest, ComesFromThisIssuerExactly) {
  for (const std::string issuer : {"https://login.example/realm/", "https://login.example/Realm",
                                   "https://login.example", "https://evil.example/realm", ""}) {
    EXPECT_THAT(why({{"iss", in_quotes(issuer)}}), HasSubstr("another service")) << issuer;
  }
  EXPECT_THAT(why({{"iss", ""}}), HasSubstr("another service"));
  EXPECT_THAT(why({{"iss", fmt::format("[\"{}\"]", kIssuer)}}), HasSubstr("another service"));
}

TEST_F(IdTokenTest, IsMadeForThisApplication) {
  const std::string other = "another application";
  EXPECT_THAT(why({{"aud", R"("evil")"}}), HasSubstr(other));
  EXPECT_THAT(why({{"aud", ""}}), HasSubstr(other));
  EXPECT_THAT(why({{"aud", "[]"}}), HasSubstr(other));
  EXPECT_THAT(why({{"aud", R"({"muster app":1})"}}), HasSubstr(other));
  EXPECT_EQ(why({{"aud", R"(["muster app"])"}}), "");
  EXPECT_THAT(why({{"aud", R"(["muster app","evil"])"}}), HasSubstr(other)) << "for whom then?";
  EXPECT_EQ(why({{"aud", R"(["evil","muster app"])"}, {"azp", in_quotes(kClientId)}}), "");
  EXPECT_THAT(why({{"azp", R"("evil")"}}), HasSubstr(other));
  EXPECT_THAT(why({{"azp", "7"}}), HasSubstr(other));
}

TEST_F(IdTokenTest, IsGoodForAWhile) {
  EXPECT_EQ(why({{"exp", "1789999941"}}), "") << "clocks differ by up to a minute";
  for (const std::string end : {"1789999940", "1", "-1", "0"}) {
    EXPECT_THAT(why({{"exp", end}}), HasSubstr("expired")) << end;
  }
  for (const std::string end : {"\"1790000300\"", "1e999", "null", ""}) {
    EXPECT_THAT(why({{"exp", end}}), HasSubstr("does not say")) << end;
  }
  EXPECT_THAT(why({{"iat", ""}}), HasSubstr("does not say"));
  EXPECT_EQ(why({{"iat", "1790000060"}, {"nbf", "1790000060"}}), "");
  EXPECT_THAT(why({{"iat", "1790000061"}}), HasSubstr("not good yet"));
  EXPECT_THAT(why({{"nbf", "1790000061"}}), HasSubstr("not good yet"));
  EXPECT_THAT(why({{"nbf", "\"1\""}}), HasSubstr("not good yet"));
}

TEST_F(IdTokenTest, BelongsToThisSignIn) {
  for (const std::string nonce : {"\"another\"", "\"\"", "7", ""}) {
    EXPECT_THAT(why({{"nonce", nonce}}), HasSubstr("another sign-in")) << nonce;
  }
  const std::string token =
      signed_by(SigningPair::rsa(), Algorithm::kRs256, {}, {{"nonce", "\"\""}});
  EXPECT_FALSE(check_id_token(token, keys_, rules_, "", kNow).ok()) << "no nonce is no nonce";
}

TEST_F(IdTokenTest, SaysOneThingOnly) {
  const std::string claims = object_of(kClaims);
  const std::string twice = R"({"sub":"evil",)" + claims.substr(1);
  EXPECT_EQ(reason(SigningPair::rsa().sign(Algorithm::kRs256, object_of(kHeader), twice)),
            "id_token");
  const std::string header = R"({"alg":"none",)" + object_of(kHeader).substr(1);
  EXPECT_EQ(reason(SigningPair::rsa().sign(Algorithm::kRs256, header, claims)), "id_token");
  EXPECT_THAT(why({{"sub", ""}}), HasSubstr("who signed in"));
  EXPECT_THAT(why({{"sub", "\"\""}}), HasSubstr("who signed in"));
  EXPECT_THAT(why({{"sub", in_quotes(std::string(256, 'x'))}}), HasSubstr("who signed in"));
  EXPECT_THAT(why({{"sub", "\"\xff\""}}), HasSubstr("no JSON object"));
}

TEST_F(IdTokenTest, IsATokenOfThisKindThatAsksForNothingMore) {
  EXPECT_THAT(why({}, {{"crit", R"(["exp"])"}}), HasSubstr("asks for more"));
  for (const std::string type : {"\"at+jwt\"", "\"logout+jwt\"", "7"}) {
    EXPECT_THAT(why({}, {{"typ", type}}), HasSubstr("another kind")) << type;
  }
  EXPECT_EQ(why({}, {{"typ", ""}}), "");
}

TEST_F(IdTokenTest, IsNotHuge) {
  EXPECT_THAT(why({{"more", in_quotes(std::string(20'000, 'x'))}}), HasSubstr("larger"));
  EXPECT_EQ(reason(std::string(kLargestIdToken, '.')), "id_token");
  EXPECT_EQ(reason(std::string(10'000'000, 'A')), "id_token");
  EXPECT_EQ(why({{"deep", std::string(100, '[') + std::string(100, ']')}}).empty(), false);
}

TEST(KeySet, LeavesOutWhatCannotCheckSignatures) {
  const std::string rsa = SigningPair::rsa().jwk("rsa");
  for (const std::string none :
       {R"()", R"([])", R"({"keys":{}})", R"({"keys":[]})",
        R"({"keys":[{"kty":"oct","k":"AAAA"}]})", R"({"keys":[{"kty":"RSA","n":"!","e":"AQAB"}]})",
        R"({"keys":[{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}]})"}) {
    const auto keys = read_key_set(none);
    ASSERT_FALSE(keys.ok()) << none;
    EXPECT_EQ(keys.error().reason, "openid_provider");
  }
  const std::string off_curve(43, 'B');
  const auto keys = read_key_set(fmt::format(
      R"({{"keys":[{},{},{{"kty":"EC","crv":"P-256","x":"{}","y":"{}"}}]}})", rsa,
      SigningPair::other_rsa().jwk("encrypts", R"(,"use":"enc")"), off_curve, off_curve));
  ASSERT_TRUE(keys.ok());
  ASSERT_EQ(keys->size(), 1U);
  EXPECT_EQ(keys->front().id, "rsa");
}

TEST(KeySet, AKeyMayBeForOneAlgorithmOnly) {
  const auto keys = read_key_set(
      fmt::format(R"({{"keys":[{}]}})", SigningPair::rsa().jwk("rsa", R"(,"alg":"PS256")")));
  const IdTokenRules rules{.issuer = std::string(kIssuer),
                           .client_id = std::string(kClientId),
                           .algorithms = {Algorithm::kRs256},
                           .groups_claim = ""};
  const std::string token =
      SigningPair::rsa().sign(Algorithm::kRs256, object_of(kHeader), object_of(kClaims));
  const auto identity = check_id_token(token, keys.value(), rules, kNonce, kNow);
  ASSERT_FALSE(identity.ok());
  EXPECT_EQ(identity.error().reason, "unknown_key");
}

}  // namespace
}  // namespace muster::service
