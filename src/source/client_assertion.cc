#include "source/client_assertion.h"

#include "base/id.h"
#include "crypto/jose.h"
#include "json/writer.h"

namespace muster::source {

base::Result<base::Secret> make_client_assertion(const AssertionParts& parts, base::WallTime now,
                                                 base::Random& random) {
  // The longest life the service recommends; long enough for a clock that is some minutes off.
  // https://learn.microsoft.com/entra/identity-platform/certificate-credentials
  constexpr std::int64_t kLifeSeconds = 600;
  const crypto::CertificateInfo certificate =
      TRY_AT(crypto::read_certificate(parts.certificate_pem.reveal()), "certificate");
  const std::int64_t issued =
      std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();

  std::string header;
  json::Writer(header)
      .begin_object()
      .key("alg")
      .string("PS256")
      .key("typ")
      .string("JWT")
      .key("x5t#S256")
      .string(certificate.thumbprint_sha256)
      .end_object();
  std::string payload;
  json::Writer(payload)
      .begin_object()
      .key("aud")
      .string(parts.token_url)
      .key("iss")
      .string(parts.client_id)
      .key("sub")
      .string(parts.client_id)
      .key("jti")
      .string(base::make_random_id(random))
      .key("nbf")
      .number(issued)
      .key("iat")
      .number(issued)
      .key("exp")
      .number(issued + kLifeSeconds)
      .end_object();
  return base::Secret(
      TRY_AT(crypto::sign_jwt(crypto::Algorithm::kPs256, header, payload, parts.private_key_pem),
             "private_key"));
}

}  // namespace muster::source
