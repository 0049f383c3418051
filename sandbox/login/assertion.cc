#include "sandbox/login/assertion.h"

#include "crypto/jose.h"
#include "sandbox/login/jwt.h"

namespace muster::sandbox::login {
namespace {

constexpr std::int64_t kClockSkew = 300;
// The service documents 5 to 10 minutes and tolerates more; a day is certainly a mistake.
constexpr std::int64_t kLongestLife = 3600;

AssertionVerdict wrong(int code, std::string why) { return {.code = code, .why = std::move(why)}; }

AssertionVerdict check_claims(const json::Document& payload, const AssertionFacts& facts) {
  if (text_of(payload, "iss") != facts.client_id || text_of(payload, "sub") != facts.client_id) {
    return wrong(700021,
                 "Client assertion application identifier doesn't match 'client_id' parameter.");
  }
  if (text_of(payload, "aud") != facts.audience) {
    return wrong(700023, "Client assertion audience claim does not match the token endpoint.");
  }
  const auto expires = number_of(payload, "exp");
  const auto from = number_of(payload, "nbf");
  if (!expires || !from) return wrong(50027, "JWT token is invalid or malformed.");
  if (*expires <= facts.now - kClockSkew || *from > facts.now + kClockSkew) {
    return wrong(700024, "Client assertion is not within its valid time range.");
  }
  if (*expires - *from > kLongestLife) {
    return wrong(700024, "Client assertion is valid for too long.");
  }
  AssertionVerdict fine{.jti = text_of(payload, "jti")};
  return fine.jti.empty() ? wrong(50027, "JWT token is invalid or malformed: no jti.") : fine;
}

}  // namespace

AssertionVerdict check_assertion(std::string_view assertion, const AssertionFacts& facts) {
  const auto jwt = decode_jwt(assertion);
  if (!jwt) return wrong(50027, "JWT token is invalid or malformed.");
  const auto certificate = crypto::read_certificate(facts.certificate_pem);
  if (!certificate.ok() ||
      text_of(jwt->header, "x5t#S256") != certificate.value().thumbprint_sha256) {
    return wrong(700030,
                 "The certificate with identifier used to sign the client assertion is not "
                 "registered on application.");
  }
  const bool right_kind =
      text_of(jwt->header, "alg") == "PS256" && text_of(jwt->header, "typ") == "JWT";
  const auto verified =
      crypto::verify_jwt(crypto::Algorithm::kPs256, assertion, facts.certificate_pem);
  if (!right_kind || !verified.ok() || !verified.value()) {
    return wrong(700027, "Client assertion failed signature validation.");
  }
  return check_claims(jwt->payload, facts);
}

}  // namespace muster::sandbox::login
