// Keys from the numbers that JSON Web Keys carry (RFC 7518 section 6).
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <vector>

#include "base/text.h"
#include "crypto/jose.h"
#include "crypto/openssl.h"

namespace muster::crypto {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

constexpr std::size_t kCoordinateBytes = 32;  // of P-256
// 16 KiB of number would keep a processor busy for each signature.
constexpr std::size_t kLargestNumber = 1024;

using NumberPointer = std::unique_ptr<BIGNUM, Freer<BN_clear_free>>;
using BuilderPointer = std::unique_ptr<OSSL_PARAM_BLD, Freer<OSSL_PARAM_BLD_free>>;
using ParametersPointer = std::unique_ptr<OSSL_PARAM, Freer<OSSL_PARAM_free>>;
using ContextPointer = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;

Error invalid_key(std::string_view message) {
  return {ErrorKind::kSettings, "invalid_key", std::string(message)};
}

KeyPointer make_key(const char* kind, int selection, OSSL_PARAM_BLD* builder) {
  const ParametersPointer parameters(OSSL_PARAM_BLD_to_param(builder));
  const ContextPointer context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, selection, parameters.get()) != 1) {
    return nullptr;
  }
  return KeyPointer(key);
}

KeyPointer rsa_key(int selection,
                   const std::vector<std::pair<const char*, std::string_view>>& numbers) {
  const BuilderPointer builder(OSSL_PARAM_BLD_new());
  std::vector<NumberPointer> kept;  // the builder only points at them
  for (const auto& [name, encoded] : numbers) {
    const auto bytes = base::base64url_decode(encoded);
    if (!bytes || bytes->empty() || bytes->size() > kLargestNumber) return nullptr;
    kept.emplace_back(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes->data()),
                                static_cast<int>(bytes->size()), nullptr));
    if (OSSL_PARAM_BLD_push_BN(builder.get(), name, kept.back().get()) != 1) return nullptr;
  }
  return make_key("RSA", selection, builder.get());
}

Result<std::string> public_pem(const KeyPointer& key) {
  const BioPointer out(BIO_new(BIO_s_mem()));
  if (!key || PEM_write_bio_PUBKEY(out.get(), key.get()) != 1) {
    return invalid_key("The JSON Web Key is no whole public key.");
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace

Result<base::Secret> rsa_key_pem(const RsaNumbers& numbers) {
  const ErrorQueueGuard guard;
  const KeyPointer key =
      rsa_key(EVP_PKEY_KEYPAIR, {{OSSL_PKEY_PARAM_RSA_N, numbers.n},
                                 {OSSL_PKEY_PARAM_RSA_E, numbers.e},
                                 {OSSL_PKEY_PARAM_RSA_D, numbers.d},
                                 {OSSL_PKEY_PARAM_RSA_FACTOR1, numbers.p},
                                 {OSSL_PKEY_PARAM_RSA_FACTOR2, numbers.q},
                                 {OSSL_PKEY_PARAM_RSA_EXPONENT1, numbers.dp},
                                 {OSSL_PKEY_PARAM_RSA_EXPONENT2, numbers.dq},
                                 {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, numbers.qi}});
  const BioPointer out(BIO_new(BIO_s_secmem()));
  if (!key || PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                            nullptr) != 1) {
    return invalid_key("The JSON Web Key is no whole private RSA key (n, e, d, p, q, dp, dq, qi).");
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return base::Secret(std::string(text, static_cast<std::size_t>(size)));
}

Result<std::string> rsa_public_key_pem(std::string_view n, std::string_view e) {
  const ErrorQueueGuard guard;
  return public_pem(
      rsa_key(EVP_PKEY_PUBLIC_KEY, {{OSSL_PKEY_PARAM_RSA_N, n}, {OSSL_PKEY_PARAM_RSA_E, e}}));
}

Result<std::string> p256_public_key_pem(std::string_view x, std::string_view y) {
  const ErrorQueueGuard guard;
  std::string point(1, '\x04');  // not compressed: https://www.secg.org/sec1-v2.pdf section 2.3.3
  for (const std::string_view encoded : {x, y}) {
    const auto bytes = base::base64url_decode(encoded);
    if (!bytes || bytes->size() != kCoordinateBytes) return public_pem(nullptr);
    point += *bytes;
  }
  const BuilderPointer builder(OSSL_PARAM_BLD_new());
  if (OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) !=
          1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return public_pem(nullptr);
  }
  return public_pem(make_key("EC", EVP_PKEY_PUBLIC_KEY, builder.get()));
}

}  // namespace muster::crypto
