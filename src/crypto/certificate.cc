#include <fmt/format.h>
#include <openssl/pem.h>

#include <ctime>

#include "base/text.h"
#include "crypto/jose.h"
#include "crypto/openssl.h"

namespace muster::crypto {
namespace {

std::string print_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string print_name(const X509_NAME* name) {
  const BioPointer out(BIO_new(BIO_s_mem()));
  // As UTF-8; printable() does the escaping for people.
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return base::printable({text, static_cast<std::size_t>(size)});
}

}  // namespace

CertificatePointer parse_certificate(std::string_view pem) {
  const BioPointer in = open_text(pem);
  return CertificatePointer(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
}

base::Result<CertificateInfo> read_certificate(std::string_view pem) {
  const ErrorQueueGuard guard;
  const CertificatePointer certificate = parse_certificate(pem);
  std::array<unsigned char, 32> digest;
  unsigned size = 0;
  if (!certificate || X509_digest(certificate.get(), EVP_sha256(), digest.data(), &size) != 1) {
    return base::Error{base::ErrorKind::kSettings, "invalid_certificate",
                       "The certificate cannot be read; a PEM text with BEGIN CERTIFICATE is "
                       "expected."};
  }
  return CertificateInfo{
      .thumbprint_sha256 =
          base::base64url_encode({reinterpret_cast<const char*>(digest.data()), size}),
      .not_after = print_time(X509_get0_notAfter(certificate.get())),
      .subject = print_name(X509_get_subject_name(certificate.get())),
  };
}

}  // namespace muster::crypto
