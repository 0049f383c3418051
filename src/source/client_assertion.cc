#include "source/client_assertion.h"

#include "base/id.h"
#include "base/text.h"
#include "crypto/jose.h"
#include "json/value.h"
#include "json/writer.h"

namespace muster::source {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

Result<std::string> make_header(const AssertionParts& parts) {
  const bool is_rs256 = parts.algorithm == catalogue::SignIn::Algorithm::kRs256;
  std::string header;
  json::Writer out(header);
  out.begin_object().key("alg").string(is_rs256 ? "RS256" : "PS256").key("typ").string("JWT");
  if (!parts.certificate_pem.empty()) {
    const crypto::CertificateInfo certificate =
        TRY_AT(crypto::read_certificate(parts.certificate_pem.reveal()), "certificate");
    out.key("x5t#S256").string(certificate.thumbprint_sha256);
  }
  if (!parts.key.id.empty()) out.key("kid").string(parts.key.id);
  out.end_object();
  return header;
}

}  // namespace

Result<SigningKey> read_signing_key(const base::Secret& text, std::string id) {
  if (!base::trim(text.reveal()).starts_with('{')) return SigningKey{text, std::move(id)};
  const auto document = json::Document::parse(std::string(text.reveal()));
  if (!document.ok()) {
    return Error{ErrorKind::kSettings, "invalid_key",
                 "The private key begins like a JSON Web Key and is no JSON.", "private_key"};
  }
  const json::Value& key = document->root();
  const auto member = [&](std::string_view name) {
    const json::Value* value = key.find(name);
    return value == nullptr ? std::string_view() : value->text();
  };
  base::Secret pem =
      TRY_AT(crypto::rsa_key_pem({member("n"), member("e"), member("d"), member("p"), member("q"),
                                  member("dp"), member("dq"), member("qi")}),
             "private_key");
  if (id.empty()) id = member("kid");
  return SigningKey{std::move(pem), std::move(id)};
}

Result<base::Secret> make_assertion(const AssertionParts& parts, base::WallTime now,
                                    base::Random& random) {
  const std::string header = TRY(make_header(parts));
  const std::int64_t issued =
      std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const std::int64_t life = std::chrono::ceil<std::chrono::seconds>(parts.lifetime).count();
  std::string payload;
  json::Writer out(payload);
  out.begin_object()
      .key("aud")
      .string(parts.audience)
      .key("iss")
      .string(parts.issuer)
      .key("sub")
      .string(parts.subject);
  if (!parts.scope.empty()) out.key("scope").string(parts.scope);
  out.key("jti")
      .string(base::make_random_id(random))
      .key("nbf")
      .number(issued)
      .key("iat")
      .number(issued)
      .key("exp")
      .number(issued + life)
      .end_object();
  const auto algorithm = parts.algorithm == catalogue::SignIn::Algorithm::kRs256
                             ? crypto::Algorithm::kRs256
                             : crypto::Algorithm::kPs256;
  return base::Secret(
      TRY_AT(crypto::sign_jwt(algorithm, header, payload, parts.key.pem), "private_key"));
}

}  // namespace muster::source
