// Key pairs for tests of what is signed: they sign whatever they are told to.
#pragma once

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "crypto/jose.h"
#include "crypto/openssl.h"

namespace muster::crypto::test {

inline std::string number(const KeyPointer& key, const char* name) {
  BIGNUM* value = nullptr;
  MUSTER_CHECK(EVP_PKEY_get_bn_param(key.get(), name, &value) == 1, "a key without its number");
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
  BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
  BN_free(value);
  // Coordinates have a fixed size.
  if (std::string_view(name) != OSSL_PKEY_PARAM_RSA_E && bytes.size() < 32) {
    bytes.insert(0, 32 - bytes.size(), '\0');
  }
  return base::base64url_encode(bytes);
}

// Made once: an RSA key takes a while.
class SigningPair {
 public:
  static const SigningPair& rsa() {
    static const SigningPair pair(KeyPointer(EVP_RSA_gen(2048)), false);
    return pair;
  }
  static const SigningPair& other_rsa() {
    static const SigningPair pair(KeyPointer(EVP_RSA_gen(2048)), false);
    return pair;
  }
  static const SigningPair& elliptic() {
    static const SigningPair pair(KeyPointer(EVP_EC_gen("P-256")), true);
    return pair;
  }

  std::string sign(Algorithm algorithm, std::string_view header, std::string_view claims) const {
    return sign_jwt(algorithm, header, claims, private_pem_).value();
  }
  // As it stands in a key set.
  std::string jwk(std::string_view id, std::string_view more = R"(,"use":"sig")") const {
    return fmt::format(R"({{"kid":"{}",{}{}}})", id, numbers_, more);
  }
  const std::string& public_pem() const { return public_pem_; }

 private:
  SigningPair(KeyPointer key, bool is_elliptic) {
    const BioPointer secret(BIO_new(BIO_s_mem())), open(BIO_new(BIO_s_mem()));
    PEM_write_bio_PKCS8PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    PEM_write_bio_PUBKEY(open.get(), key.get());
    private_pem_ = base::Secret(text_of(secret.get()));
    public_pem_ = text_of(open.get());
    numbers_ = is_elliptic ? fmt::format(R"("kty":"EC","crv":"P-256","x":"{}","y":"{}")",
                                         number(key, OSSL_PKEY_PARAM_EC_PUB_X),
                                         number(key, OSSL_PKEY_PARAM_EC_PUB_Y))
                           : fmt::format(R"("kty":"RSA","n":"{}","e":"{}")",
                                         number(key, OSSL_PKEY_PARAM_RSA_N),
                                         number(key, OSSL_PKEY_PARAM_RSA_E));
  }
  static std::string text_of(BIO* bio) {
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    return std::string(text, static_cast<std::size_t>(size));
  }

  base::Secret private_pem_;
  std::string public_pem_;
  std::string numbers_;
};

}  // namespace muster::crypto::test
