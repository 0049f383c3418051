#include "crypto/signature.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "crypto/hmac.h"

namespace muster::crypto {
namespace {

// RFC 8032 section 7.1, test 2.
constexpr std::string_view kSeed = "TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs";
constexpr std::string_view kPublic = "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw";
constexpr std::string_view kSignature =
    "kqAJqfDUyrhyDoILX2QlQKKye1QWUD-Ps3YiI-vbadoIWsHkPhWZbkWPNhPQ8R2MOHsurrQwKu6wDSkWErsMAA";

SigningKey key_of(const std::string& bytes) {
  return SigningKey::from(base::Secret(bytes)).value();
}

TEST(Signature, IsThatOfTheStandard) {
  const SigningKey key = key_of(*base::base64url_decode(kSeed));
  EXPECT_EQ(key.public_key(), kPublic);
  EXPECT_EQ(key.sign("r"), kSignature);
  EXPECT_TRUE(is_signed("r", kSignature, kPublic).value());
}

TEST(Signature, FitsNoOtherTextKeyOrSignature) {
  const SigningKey key = key_of(std::string(32, 'a'));
  const std::string signature = key.sign("text");
  EXPECT_TRUE(is_signed("text", signature, key.public_key()).value());
  EXPECT_FALSE(is_signed("texts", signature, key.public_key()).value());
  EXPECT_FALSE(is_signed("text", signature, key_of(std::string(32, 'b')).public_key()).value());
  EXPECT_FALSE(is_signed("text", key.sign("other"), key.public_key()).value());
  EXPECT_FALSE(is_signed("text", "no signature", key.public_key()).value());
  EXPECT_FALSE(is_signed("text", "", key.public_key()).value());
}

TEST(Signature, SaysWhatIsNoKey) {
  EXPECT_EQ(SigningKey::from(base::Secret("short")).error().reason, "signing_key");
  EXPECT_EQ(is_signed("text", kSignature, "short").error().reason, "signing_key");
}

// RFC 4231 section 4.3, test case 2.
TEST(Hmac, IsThatOfTheStandard) {
  EXPECT_EQ(
      base::base64url_encode(hmac_sha256(base::Secret("Jefe"), "what do ya want for nothing?")),
      "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM");
}

}  // namespace
}  // namespace muster::crypto
