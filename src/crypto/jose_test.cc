#include "crypto/jose.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/text.h"
#include "crypto/openssl.h"

namespace muster::crypto {
namespace {

using base::ErrorKind;

struct Pem {
  base::Secret private_key;
  std::string public_key;
  std::string certificate;
};

std::string text_of(BIO* bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  return std::string(text, static_cast<std::size_t>(size));
}

template <typename Write>
std::string write_pem(Write write) {
  const BioPointer out(BIO_new(BIO_s_mem()));
  EXPECT_EQ(write(out.get()), 1);
  return text_of(out.get());
}

// Self-signed, ends at 2036-01-02T03:04:05Z.
std::string make_certificate(EVP_PKEY* key) {
  const CertificatePointer certificate(X509_new());
  X509* const x = certificate.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  ASN1_TIME_set_string_X509(X509_getm_notBefore(x), "20260101000000Z");
  ASN1_TIME_set_string_X509(X509_getm_notAfter(x), "20360102030405Z");
  X509_set_pubkey(x, key);
  X509_NAME* const name = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>("muster Zoë"), -1, -1, 0);
  X509_set_issuer_name(x, name);
  EXPECT_GT(X509_sign(x, key, EVP_sha256()), 0);
  return write_pem([&](BIO* out) { return PEM_write_bio_X509(out, x); });
}

Pem make_pem(const KeyPointer& key) {
  return {base::Secret(write_pem([&](BIO* out) {
            return PEM_write_bio_PKCS8PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr,
                                                 nullptr);
          })),
          write_pem([&](BIO* out) { return PEM_write_bio_PUBKEY(out, key.get()); }),
          make_certificate(key.get())};
}

const Pem& rsa_key() {
  static const Pem pem = make_pem(KeyPointer(EVP_RSA_gen(2048)));
  return pem;
}

const Pem& elliptic_key() {
  static const Pem pem = make_pem(KeyPointer(EVP_EC_gen("P-256")));
  return pem;
}

const Pem& key_for(Algorithm algorithm) {
  return algorithm == Algorithm::kEs256 ? elliptic_key() : rsa_key();
}

constexpr std::string_view kHeader = R"({"alg":"?","typ":"JWT"})";
constexpr std::string_view kPayload = R"({"iss":"app","jti":"1"})";

std::string sign(Algorithm algorithm) {
  return sign_jwt(algorithm, kHeader, kPayload, key_for(algorithm).private_key).value();
}

class Jose : public ::testing::TestWithParam<Algorithm> {};
INSTANTIATE_TEST_SUITE_P(Algorithms, Jose,
                         ::testing::Values(Algorithm::kPs256, Algorithm::kRs256,
                                           Algorithm::kEs256));

TEST_P(Jose, SignsWhatItVerifies) {
  const std::string token = sign(GetParam());
  EXPECT_TRUE(*verify_jwt(GetParam(), token, key_for(GetParam()).public_key));
  EXPECT_TRUE(*verify_jwt(GetParam(), token, key_for(GetParam()).certificate));
}

TEST_P(Jose, CarriesHeaderAndPayloadUnchanged) {
  const std::string token = sign(GetParam());
  const auto parts = base::split(token, '.');
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(base::base64url_decode(parts[0]), kHeader);
  EXPECT_EQ(base::base64url_decode(parts[1]), kPayload);
  EXPECT_EQ(base::base64url_decode(parts[2])->size(), GetParam() == Algorithm::kEs256 ? 64u : 256u);
}

TEST_P(Jose, RefusesATokenWithAnyByteChanged) {
  const std::string token = sign(GetParam());
  const std::string& key = key_for(GetParam()).public_key;
  for (std::size_t at = 0; at < token.size(); ++at) {
    std::string tampered = token;
    tampered[at] = tampered[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(*verify_jwt(GetParam(), tampered, key)) << at;
  }
}

TEST_P(Jose, RefusesTokensOfAnotherShape) {
  const std::string token = sign(GetParam());
  const std::string& key = key_for(GetParam()).public_key;
  const std::string without_signature = token.substr(0, token.rfind('.'));
  for (const std::string& bad :
       {std::string(), std::string(".."), without_signature, without_signature + ".", token + ".",
        token + "=", token + "A", "." + token}) {
    EXPECT_FALSE(*verify_jwt(GetParam(), bad, key)) << bad;
  }
}

TEST_P(Jose, RefusesTheSignatureOfAnotherKey) {
  const Pem other = make_pem(
      KeyPointer(GetParam() == Algorithm::kEs256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048)));
  EXPECT_FALSE(*verify_jwt(GetParam(), sign(GetParam()), other.public_key));
}

TEST_P(Jose, SaysWhenTheKeyDoesNotFitTheAlgorithm) {
  const Pem& wrong = GetParam() == Algorithm::kEs256 ? rsa_key() : elliptic_key();
  EXPECT_EQ(sign_jwt(GetParam(), kHeader, kPayload, wrong.private_key).error().kind,
            ErrorKind::kSettings);
  EXPECT_EQ(verify_jwt(GetParam(), sign(GetParam()), wrong.public_key).error().kind,
            ErrorKind::kSettings);
}

TEST_P(Jose, SaysWhenTheKeyCannotBeRead) {
  for (const char* bad :
       {"", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "not a key"}) {
    EXPECT_EQ(sign_jwt(GetParam(), kHeader, kPayload, base::Secret(bad)).error().kind,
              ErrorKind::kSettings);
    EXPECT_EQ(verify_jwt(GetParam(), "a.b.c", bad).error().kind, ErrorKind::kSettings);
  }
}

TEST(JoseRules, TellsTheRsaPaddingsApart) {
  EXPECT_FALSE(*verify_jwt(Algorithm::kRs256, sign(Algorithm::kPs256), rsa_key().public_key));
  EXPECT_FALSE(*verify_jwt(Algorithm::kPs256, sign(Algorithm::kRs256), rsa_key().public_key));
}

// https://www.rfc-editor.org/rfc/rfc7518#section-3.5: the salt is as long as the digest.
TEST(JoseRules, UsesASaltOfTheDigestsLength) {
  const std::string token = sign(Algorithm::kPs256);
  const std::string signature = *base::base64url_decode(token.substr(token.rfind('.') + 1));
  const std::string text = token.substr(0, token.rfind('.'));
  const BioPointer in = open_text(rsa_key().public_key);
  const KeyPointer key(PEM_read_bio_PUBKEY(in.get(), nullptr, nullptr, nullptr));
  const auto verifies_with_salt = [&](int length) {
    const DigestPointer digest(EVP_MD_CTX_new());
    EVP_PKEY_CTX* context = nullptr;
    EVP_DigestVerifyInit(digest.get(), &context, EVP_sha256(), nullptr, key.get());
    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(context, length);
    return EVP_DigestVerify(digest.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                            signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                            text.size()) == 1;
  };
  EXPECT_TRUE(verifies_with_salt(32));
  EXPECT_FALSE(verifies_with_salt(20));
}

// The example of https://www.rfc-editor.org/rfc/rfc7515#appendix-A.3
TEST(JoseRules, VerifiesTheExampleOfTheStandard) {
  const std::string point = *base::base64url_decode("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU") +
                            *base::base64url_decode("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
  // The DER of a P-256 public key up to its point.
  const std::string pem = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE" +
                          base::base64_encode(point) + "\n-----END PUBLIC KEY-----\n";
  EXPECT_TRUE(*verify_jwt(
      Algorithm::kEs256,
      "eyJhbGciOiJFUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
      "cnVlfQ."
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
      pem));
}

TEST(JoseRules, RefusesWeakAndForeignKeys) {
  const Pem weak = make_pem(KeyPointer(EVP_RSA_gen(1024)));
  EXPECT_EQ(sign_jwt(Algorithm::kPs256, kHeader, kPayload, weak.private_key).error().kind,
            ErrorKind::kSettings);
  const Pem other_curve = make_pem(KeyPointer(EVP_EC_gen("P-384")));
  EXPECT_EQ(sign_jwt(Algorithm::kEs256, kHeader, kPayload, other_curve.private_key).error().kind,
            ErrorKind::kSettings);
}

TEST(JoseRules, RefusesAnEncryptedKeyWithoutAskingForItsPassword) {
  const KeyPointer key(EVP_EC_gen("P-256"));
  const std::string pem = write_pem([&](BIO* out) {
    return PEM_write_bio_PKCS8PrivateKey(out, key.get(), EVP_aes_256_cbc(), "pw", 2, nullptr,
                                         nullptr);
  });
  EXPECT_EQ(sign_jwt(Algorithm::kEs256, kHeader, kPayload, base::Secret(pem)).error().kind,
            ErrorKind::kSettings);
}

TEST(JoseRules, LeavesNoErrorBehindForTls) {
  ERR_clear_error();
  EXPECT_FALSE(sign_jwt(Algorithm::kEs256, kHeader, kPayload, base::Secret("nonsense")).ok());
  EXPECT_FALSE(*verify_jwt(Algorithm::kEs256, "a.b.c", elliptic_key().public_key));
  EXPECT_FALSE(read_certificate("nonsense").ok());
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(Certificate, TellsItsEndSubjectAndThumbprint) {
  const std::string& pem = rsa_key().certificate;
  const auto info = read_certificate(pem);
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info->not_after, "2036-01-02T03:04:05Z");
  EXPECT_EQ(info->subject, "CN=muster Zoë");
  // SHA-256 over the bytes between the PEM lines.
  std::string body;
  for (std::string_view line : base::split(pem, '\n')) {
    if (!line.starts_with("-----")) body += line;
  }
  std::string der(body.size() / 4 * 3, '\0');
  EVP_DecodeBlock(reinterpret_cast<unsigned char*>(der.data()),
                  reinterpret_cast<const unsigned char*>(body.data()),
                  static_cast<int>(body.size()));
  while (body.ends_with('=')) body.pop_back(), der.pop_back();
  std::string digest(32, '\0');
  EVP_Digest(der.data(), der.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr,
             EVP_sha256(), nullptr);
  EXPECT_EQ(info->thumbprint_sha256, base::base64url_encode(digest));
}

TEST(Certificate, IsFoundBehindAPrivateKeyInOneFile) {
  const std::string both = std::string(rsa_key().private_key.reveal()) + rsa_key().certificate;
  EXPECT_TRUE(read_certificate(both).ok());
  EXPECT_EQ(read_certificate(rsa_key().public_key).error().kind, ErrorKind::kSettings);
}

}  // namespace
}  // namespace muster::crypto
