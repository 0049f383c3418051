#include "sandbox/certificates.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace muster::sandbox {
namespace {

template <auto kFree>
struct Freer {
  template <typename T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free>>;

constexpr long kYear = 365L * 24 * 3600;

base::Error failed(const char* what) {
  ERR_clear_error();
  return {base::ErrorKind::kBug, "sandbox_certificate",
          std::string("OpenSSL could not make a ") + what};
}

std::string text_of(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return text_of(bio);
}

std::string pem_of(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(bio);
}

bool add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

struct Wish {
  const char* common_name;
  const char* constraints;  // CA or not
  const char* usage;
  const char* names = nullptr;  // subjectAltName
};

// Signed by `issuer_key` in the name of `issuer`, or by itself when there is none.
base::Result<Certificate> make_certificate(const Wish& wish, EVP_PKEY* key, X509* issuer,
                                           EVP_PKEY* issuer_key) {
  Certificate certificate(X509_new());
  X509* raw = certificate.get();
  X509_set_version(raw, 2);
  const std::unique_ptr<BIGNUM, Freer<BN_free>> number(BN_new());
  BN_rand(number.get(), 63, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY);
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(raw));
  X509_gmtime_adj(X509_getm_notBefore(raw), -3600);
  X509_gmtime_adj(X509_getm_notAfter(raw), kYear);
  X509_set_pubkey(raw, key);
  X509_NAME* name = X509_get_subject_name(raw);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wish.common_name), -1, -1, 0);
  if (issuer == nullptr) issuer = raw;
  X509_set_issuer_name(raw, X509_get_subject_name(issuer));
  const bool extended =
      add_extension(raw, issuer, NID_basic_constraints, wish.constraints) &&
      add_extension(raw, issuer, NID_key_usage, wish.usage) &&
      add_extension(raw, issuer, NID_subject_key_identifier, "hash") &&
      (wish.names == nullptr || add_extension(raw, issuer, NID_subject_alt_name, wish.names));
  if (!extended || X509_sign(raw, issuer_key, EVP_sha256()) == 0) return failed("certificate");
  return certificate;
}

}  // namespace

base::Result<KeyPair> make_client_certificate(const std::string& common_name) {
  const Key key(EVP_RSA_gen(2048));
  if (key == nullptr) return failed("key");
  const Certificate certificate = TRY(make_certificate(
      {common_name.c_str(), "CA:FALSE", "digitalSignature"}, key.get(), nullptr, key.get()));
  return KeyPair{pem_of(certificate.get()), pem_of(key.get())};
}

base::Result<ServerCertificate> make_server_certificate() {
  const Key ca_key(EVP_EC_gen("P-256"));
  const Key key(EVP_EC_gen("P-256"));
  if (ca_key == nullptr || key == nullptr) return failed("key");
  const Certificate ca = TRY(make_certificate(
      {"muster sandbox CA", "critical,CA:TRUE,pathlen:0", "critical,keyCertSign,cRLSign"},
      ca_key.get(), nullptr, ca_key.get()));
  const Certificate server = TRY(make_certificate(
      {"localhost", "CA:FALSE", "digitalSignature", "DNS:localhost,IP:127.0.0.1,IP:::1"}, key.get(),
      ca.get(), ca_key.get()));
  ServerCertificate result;
  result.ca_pem = pem_of(ca.get());
  result.server = {pem_of(server.get()) + result.ca_pem, pem_of(key.get())};
  return result;
}

}  // namespace muster::sandbox
