#include "crypto/jose.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/text.h"
#include "crypto/openssl.h"

namespace muster::crypto {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

constexpr int kEs256Half = 32;  // R and S, each: https://www.rfc-editor.org/rfc/rfc7518#section-3.4
constexpr int kSmallestRsa = 2048;  // https://www.rfc-editor.org/rfc/rfc7518#section-3.3

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

Error invalid_key(std::string message) {
  return {ErrorKind::kSettings, "invalid_key", std::move(message)};
}

// Without it OpenSSL would ask for the password of an encrypted key on the terminal.
int refuse_password(char*, int, int, void*) { return -1; }

base::Status check_fits(Algorithm algorithm, const EVP_PKEY* key) {
  const int kind = EVP_PKEY_get_base_id(key);
  if (algorithm == Algorithm::kEs256) {
    std::array<char, 64> curve{};
    if (kind != EVP_PKEY_EC ||
        EVP_PKEY_get_group_name(key, curve.data(), curve.size(), nullptr) != 1 ||
        std::string_view(curve.data()) != "prime256v1") {
      return invalid_key("ES256 needs an elliptic-curve key on P-256.");
    }
    return {};
  }
  const bool is_pss_only = kind == EVP_PKEY_RSA_PSS && algorithm == Algorithm::kPs256;
  if (kind != EVP_PKEY_RSA && !is_pss_only)
    return invalid_key(
        "an RSA key is needed (PS256, RS256), and this is another kind; make one with: openssl "
        "genrsa "
        "-out key.pem 2048");
  if (EVP_PKEY_get_bits(key) < kSmallestRsa) {
    return invalid_key("The RSA key is shorter than 2048 bits.");
  }
  return {};
}

Result<KeyPointer> read_private_key(Algorithm algorithm, const base::Secret& pem) {
  const BioPointer in = open_text(pem.reveal());
  KeyPointer key(PEM_read_bio_PrivateKey(in.get(), nullptr, refuse_password, nullptr));
  if (!key) {
    return invalid_key("The private key cannot be read; an unencrypted PEM text is expected.");
  }
  TRY(check_fits(algorithm, key.get()));
  return key;
}

Result<KeyPointer> read_public_key(Algorithm algorithm, std::string_view pem) {
  KeyPointer key;
  if (const CertificatePointer certificate = parse_certificate(pem)) {
    key.reset(X509_get_pubkey(certificate.get()));
  } else {
    const BioPointer in = open_text(pem);
    key.reset(PEM_read_bio_PUBKEY(in.get(), nullptr, refuse_password, nullptr));
  }
  if (!key) {
    return invalid_key(
        "The public key cannot be read; a PEM certificate or public key is expected.");
  }
  TRY(check_fits(algorithm, key.get()));
  return key;
}

bool use_padding_of(Algorithm algorithm, EVP_PKEY_CTX* context) {
  if (algorithm != Algorithm::kPs256) return true;
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

// OpenSSL writes elliptic signatures as ASN.1, tokens carry the two bare numbers.
std::optional<std::string> raw_from_asn1(std::string_view asn1) {
  const unsigned char* at = raw(asn1);
  const EcdsaPointer pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(asn1.size())));
  std::string both(2 * kEs256Half, '\0');
  if (!pair || BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), raw(both), kEs256Half) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), raw(both) + kEs256Half, kEs256Half) < 0) {
    return std::nullopt;
  }
  return both;
}

std::optional<std::string> asn1_from_raw(std::string_view both) {
  if (both.size() != 2 * kEs256Half) return std::nullopt;
  const EcdsaPointer pair(ECDSA_SIG_new());
  BIGNUM* const r = BN_bin2bn(raw(both), kEs256Half, nullptr);
  BIGNUM* const s = BN_bin2bn(raw(both) + kEs256Half, kEs256Half, nullptr);
  if (!pair || ECDSA_SIG_set0(pair.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return std::nullopt;
  }
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &out);
  if (size < 0) return std::nullopt;
  std::string asn1(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
  OPENSSL_free(out);
  return asn1;
}

std::optional<std::string> sign(Algorithm algorithm, EVP_PKEY* key, std::string_view text) {
  const DigestPointer digest(EVP_MD_CTX_new());
  EVP_PKEY_CTX* context = nullptr;
  std::size_t size = 0;
  if (EVP_DigestSignInit(digest.get(), &context, EVP_sha256(), nullptr, key) != 1 ||
      !use_padding_of(algorithm, context) ||
      EVP_DigestSign(digest.get(), nullptr, &size, raw(text), text.size()) != 1) {
    return std::nullopt;
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(digest.get(), raw(signature), &size, raw(text), text.size()) != 1) {
    return std::nullopt;
  }
  signature.resize(size);
  return algorithm == Algorithm::kEs256 ? raw_from_asn1(signature) : signature;
}

bool verify(Algorithm algorithm, EVP_PKEY* key, std::string_view text, std::string_view signature) {
  const DigestPointer digest(EVP_MD_CTX_new());
  EVP_PKEY_CTX* context = nullptr;
  return EVP_DigestVerifyInit(digest.get(), &context, EVP_sha256(), nullptr, key) == 1 &&
         use_padding_of(algorithm, context) &&
         EVP_DigestVerify(digest.get(), raw(signature), signature.size(), raw(text), text.size()) ==
             1;
}

}  // namespace

Result<std::string> sign_jwt(Algorithm algorithm, std::string_view header_json,
                             std::string_view payload_json, const base::Secret& private_key_pem) {
  const ErrorQueueGuard guard;
  const KeyPointer key = TRY(read_private_key(algorithm, private_key_pem));
  std::string token =
      base::base64url_encode(header_json) + "." + base::base64url_encode(payload_json);
  const auto signature = sign(algorithm, key.get(), token);
  if (!signature) return invalid_key("The private key cannot sign.");
  return token + "." + base::base64url_encode(*signature);
}

Result<bool> verify_jwt(Algorithm algorithm, std::string_view token,
                        std::string_view public_key_pem) {
  const ErrorQueueGuard guard;
  const KeyPointer key = TRY(read_public_key(algorithm, public_key_pem));
  const std::vector<std::string_view> parts = base::split(token, '.');
  if (parts.size() != 3) return false;
  std::optional<std::string> signature = base::base64url_decode(parts[2]);
  if (signature && algorithm == Algorithm::kEs256) signature = asn1_from_raw(*signature);
  if (!signature) return false;
  const std::string_view signed_text = token.substr(0, parts[0].size() + 1 + parts[1].size());
  return verify(algorithm, key.get(), signed_text, *signature);
}

}  // namespace muster::crypto
