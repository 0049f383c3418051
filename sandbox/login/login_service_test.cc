#include "sandbox/login/login_service.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "crypto/jose.h"
#include "sandbox/certificates.h"
#include "sandbox/test_support.h"

namespace muster::sandbox::login {
namespace {

using test::Reply;
using test::Stage;

std::int64_t error_number(const Reply& reply) {
  const json::Document document = reply.json();
  const json::Value* codes = document.root().find("error_codes");
  return codes == nullptr ? 0 : codes->items()[0].integer().value_or(0);
}

TEST(Login, GivesATokenThatNamesItsRolesAndLastsSixtyToNinetyMinutes) {
  Stage stage;
  const Reply reply = stage.sign_in();
  ASSERT_EQ(reply.status, 200) << reply.body;
  const std::int64_t lifetime = reply.json().root().find("expires_in")->integer().value();
  EXPECT_GE(lifetime, 3600);
  EXPECT_LE(lifetime, 5400);
  const std::string token = reply.text("access_token");
  const std::string payload = base::base64url_decode(base::split(token, '.')[1]).value();
  EXPECT_NE(payload.find("\"User.Read.All\""), std::string::npos);
  EXPECT_EQ(reply.header("Cache-Control"), "no-store, no-cache");
}

TEST(Login, SaysWhatIsWrongWithTheNumbersOfTheRealOne) {
  Stage stage;
  const struct {
    std::string name, value;
    std::int64_t number;
    int status;
  } cases[] = {
      {"client_secret", "wrong", 7000215, 401},
      {"client_secret", "", 7000218, 401},
      {"client_id", "11111111-2222-3333-4444-555555555555", 700016, 400},
      {"client_id", "", 900144, 400},
      {"tenant", "11111111-2222-3333-4444-555555555555", 90002, 400},
      {"tenant", "nonsense", 900023, 400},
      {"scope", "https://graph.microsoft.com/User.Read.All", 1002012, 400},
      {"scope", "https://graph.microsoft.us/.default", 500011, 400},
      {"grant_type", "password", 70003, 400},
  };
  for (const auto& one : cases) {
    const Reply reply = stage.sign_in({{one.name, one.value}});
    EXPECT_EQ(error_number(reply), one.number) << one.name << '=' << one.value << ' ' << reply.body;
    EXPECT_EQ(reply.status, one.status) << one.name << '=' << one.value;
  }
}

TEST(Login, TakesTheScopeOfTheSandboxAndTheVerifiedDomain) {
  Stage stage;
  EXPECT_EQ(stage.sign_in({{"scope", std::string(test::kOrigin) + "/graph/.default"}}).status, 200);
  EXPECT_EQ(stage.sign_in({{"tenant", "haldenrobotics.example"}}).status, 200);
}

TEST(Login, OnlyTakesFormsByPost) {
  Stage stage;
  const std::string target =
      "/login/" + stage.sandbox.connection("x").tenant_id + "/oauth2/v2.0/token";
  EXPECT_EQ(error_number(stage.send("GET", target)), 900561);
  EXPECT_EQ(stage.send("POST", target, {{"Content-Type", "application/json"}}, "{}").status, 400);
}

TEST(Login, RefusesAnExpiredSecretAndADisabledApplication) {
  SandboxSettings settings = test::small_world();
  settings.more_clients = {
      {.id = "aaaaaaaa-0000-4000-8000-000000000001", .secret = "s", .secret_expired = true},
      {.id = "aaaaaaaa-0000-4000-8000-000000000002", .secret = "s", .disabled = true}};
  Stage stage(settings);
  EXPECT_EQ(error_number(stage.sign_in(
                {{"client_id", settings.more_clients[0].id}, {"client_secret", "s"}})),
            7000222);
  EXPECT_EQ(error_number(stage.sign_in(
                {{"client_id", settings.more_clients[1].id}, {"client_secret", "s"}})),
            7000112);
}

class CertificateLogin : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    pair = new KeyPair(make_client_certificate("muster importer").value());
    other = new KeyPair(make_client_certificate("somebody else").value());
  }
  static void TearDownTestSuite() {
    delete pair;
    delete other;
  }

  CertificateLogin()
      : stage_([] {
          SandboxSettings settings = test::small_world();
          settings.client_certificate_pem = pair->certificate_pem;
          return settings;
        }()) {}

  struct Parts {
    std::string algorithm = "PS256";
    crypto::Algorithm signs = crypto::Algorithm::kPs256;
    std::string thumbprint;  // empty: the right one
    std::string audience;    // empty: the right one
    std::string jti = "one";
    std::int64_t from_now = 0;
    std::int64_t life = 600;
    const KeyPair* key = pair;
  };

  std::string assertion(const Parts& parts) {
    const Connection connection = stage_.sandbox.connection(test::kOrigin);
    const std::string thumbprint =
        parts.thumbprint.empty()
            ? crypto::read_certificate(pair->certificate_pem).value().thumbprint_sha256
            : parts.thumbprint;
    const std::string audience =
        parts.audience.empty()
            ? connection.login_url + '/' + connection.tenant_id + "/oauth2/v2.0/token"
            : parts.audience;
    const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(
                                 stage_.scheduler->wall_now().time_since_epoch())
                                 .count() +
                             parts.from_now;
    const std::string header =
        fmt::format(R"({{"alg":"{}","typ":"JWT","x5t#S256":"{}"}})", parts.algorithm, thumbprint);
    const std::string payload = fmt::format(
        R"({{"aud":"{}","iss":"{}","sub":"{}","jti":"{}","nbf":{},"iat":{},"exp":{}}})", audience,
        connection.client_id, connection.client_id, parts.jti, now, now, now + parts.life);
    return crypto::sign_jwt(parts.signs, header, payload, base::Secret(parts.key->private_key_pem))
        .value();
  }

  Reply sign_in(const std::string& text) {
    return stage_.sign_in(
        {{"client_secret", ""},
         {"client_assertion", text},
         {"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}});
  }

  inline static KeyPair* pair = nullptr;
  inline static KeyPair* other = nullptr;
  Stage stage_;
};

TEST_F(CertificateLogin, TakesAnAssertionSignedWithTheRegisteredCertificateOnce) {
  const std::string text = assertion({});
  EXPECT_EQ(sign_in(text).status, 200);
  EXPECT_EQ(error_number(sign_in(text)), 700027) << "the same assertion again";
  EXPECT_EQ(sign_in(assertion({.jti = "two"})).status, 200);
}

TEST_F(CertificateLogin, RefusesEverythingThatIsNotQuiteRight) {
  EXPECT_EQ(error_number(sign_in(assertion({.key = other}))), 700027);
  EXPECT_EQ(
      error_number(sign_in(assertion({.algorithm = "RS256", .signs = crypto::Algorithm::kRs256}))),
      700027);
  EXPECT_EQ(error_number(sign_in(assertion({.thumbprint = "AAAA"}))), 700030);
  EXPECT_EQ(error_number(sign_in(assertion({.audience = "https://login.microsoftonline.com/x"}))),
            700023);
  EXPECT_EQ(error_number(sign_in(assertion({.from_now = -3600}))), 700024);
  EXPECT_EQ(error_number(sign_in(assertion({.from_now = 3600}))), 700024);
  EXPECT_EQ(error_number(sign_in(assertion({.life = 86'400}))), 700024);
  EXPECT_EQ(error_number(sign_in(assertion({.jti = ""}))), 50027);
  EXPECT_EQ(error_number(sign_in("a.b.c")), 50027);
}

}  // namespace
}  // namespace muster::sandbox::login
