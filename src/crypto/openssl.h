// Owning pointers for what jose.cc and certificate.cc take from OpenSSL. Not for other rooms.
#pragma once

#include <openssl/bio.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string_view>

namespace muster::crypto {

template <auto free_function>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    free_function(object);
  }
};

using BioPointer = std::unique_ptr<BIO, Freer<BIO_free>>;
using KeyPointer = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using DigestPointer = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using CertificatePointer = std::unique_ptr<X509, Freer<X509_free>>;
using EcdsaPointer = std::unique_ptr<ECDSA_SIG, Freer<ECDSA_SIG_free>>;

// Reads from `text` without copying it.
inline BioPointer open_text(std::string_view text) {
  return BioPointer(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// nullptr when the text holds no PEM certificate.
CertificatePointer parse_certificate(std::string_view pem);

// Failures leave entries in the thread's error queue, which TLS on the same thread would take for
// its own.
struct ErrorQueueGuard {
  ~ErrorQueueGuard() { ERR_clear_error(); }
};

}  // namespace muster::crypto
