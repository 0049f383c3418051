#include "source/sign_in.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/text.h"
#include "crypto/jose.h"
#include "source/test_support.h"
#include "source/token_endpoint.h"

namespace muster::source::test {
namespace {

using base::ErrorKind;
using Meaning = catalogue::ErrorRule::Meaning;
using Strategy = catalogue::SignIn::Strategy;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

const base::Stop kNoStop;

struct Pem {
  std::string certificate;
  std::string private_key;
};

std::string pem_text(const std::function<int(BIO*)>& write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  EXPECT_EQ(write(bio.get()), 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

// A key and its self-signed certificate, made once and thrown away.
const Pem& app() {
  static const Pem made = [] {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_RSA_gen(2048),
                                                                  &EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3'600);
    X509_set_pubkey(certificate.get(), key.get());
    EXPECT_GT(X509_sign(certificate.get(), key.get(), EVP_sha256()), 0);
    return Pem{pem_text([&](BIO* out) { return PEM_write_bio_X509(out, certificate.get()); }),
               pem_text([&](BIO* out) {
                 return PEM_write_bio_PKCS8PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr,
                                                      nullptr);
               })};
  }();
  return made;
}

// A source with OAuth 2 client credentials as directory services have it.
void use_client_credentials(Rig& rig) {
  rig.source.connection.insert(rig.source.connection.end(), {{.name = "tenant_id"},
                                                             {.name = "client_id"},
                                                             {.name = "client_secret"},
                                                             {.name = "certificate"},
                                                             {.name = "private_key"}});
  rig.source.addresses.push_back({.name = "login", .urls = {{"", "https://login.test"}}});
  catalogue::SignIn& sign_in = rig.source.sign_in;
  sign_in = {};
  sign_in.strategy = Strategy::kOauth2ClientCredentials;
  sign_in.address = "login";
  sign_in.paths = {"/{tenant_id}/oauth2/v2.0/token"};
  sign_in.scope = "{address:api}/.default";
  sign_in.client_id = "client_id";
  sign_in.client_secret = "client_secret";
  sign_in.certificate = "certificate";
  sign_in.private_key = "private_key";
  sign_in.code_path = "error_codes[0]";
  sign_in.roles_claim = "roles";
  rig.values.values = {{"tenant_id", "t-1"}, {"client_id", "c-1"}};
  rig.values.secrets = {{"client_secret", base::Secret("p~ss+w&rd")}};
}

constexpr const char* kTokenUrl = "https://login.test/t-1/oauth2/v2.0/token";

std::string token_body(std::string_view token, int expires_in = 3'600) {
  return fmt::format(R"({{"token_type":"Bearer","expires_in":{},"access_token":"{}"}})", expires_in,
                     token);
}

std::map<std::string, std::string> form_of(const std::string& body) {
  std::map<std::string, std::string> form;
  for (const std::string_view field : base::split(body, '&')) {
    const std::size_t equals = field.find('=');
    form.emplace(field.substr(0, equals), field.substr(equals + 1));
  }
  return form;
}

TEST(SignIn, ExchangesAClientSecretForAToken) {
  Rig rig([](const net::Request& request) {
    return request.url == kTokenUrl ? answer(200, token_body("T1")) : answer(200, "{}");
  });
  use_client_credentials(rig);
  Session& session = rig.open();
  ASSERT_TRUE(session.sign_in(kNoStop).ok());
  const net::Request& sent = rig.client.requests().at(0);
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.url, kTokenUrl);
  EXPECT_EQ(header(sent, "Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(sent.body,
            "client_id=c-1&scope=https%3A%2F%2Fapi.test%2F.default&client_secret=p~ss%2Bw%26rd"
            "&grant_type=client_credentials");
  EXPECT_TRUE(sent.bearer.empty());
  ASSERT_TRUE(session.get(small_request(), "https://api.test/v1/users", kNoStop).ok());
  EXPECT_EQ(rig.client.requests().at(1).bearer.reveal(), "T1");
}

TEST(SignIn, SignsAnAssertionWithTheCertificatesKey) {
  Rig rig([](const net::Request&) { return answer(200, token_body("T1")); });
  use_client_credentials(rig);
  rig.values.secrets = {{"certificate", base::Secret(app().certificate)},
                        {"private_key", base::Secret(app().private_key)}};
  ASSERT_TRUE(rig.open().sign_in(kNoStop).ok());
  const auto form = form_of(rig.client.requests().at(0).body);
  EXPECT_EQ(form.at("client_assertion_type"),
            "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer");
  EXPECT_FALSE(form.contains("client_secret"));
  const std::string token = form.at("client_assertion");
  const auto verified = crypto::verify_jwt(crypto::Algorithm::kPs256, token, app().certificate);
  ASSERT_TRUE(verified.ok());
  EXPECT_TRUE(*verified);

  const auto parts = base::split(token, '.');
  const auto head = json::Document::parse(base::base64url_decode(parts[0]).value());
  const auto body = json::Document::parse(base::base64url_decode(parts[1]).value());
  const auto certificate = crypto::read_certificate(app().certificate);
  EXPECT_EQ(head->root().find("alg")->text(), "PS256");
  EXPECT_EQ(head->root().find("x5t#S256")->text(), certificate->thumbprint_sha256);
  EXPECT_EQ(body->root().find("aud")->text(), kTokenUrl);
  EXPECT_EQ(body->root().find("iss")->text(), "c-1");
  EXPECT_EQ(body->root().find("sub")->text(), "c-1");
  EXPECT_EQ(body->root().find("jti")->text().size(), 36U);
  const std::int64_t now = std::chrono::floor<std::chrono::seconds>(rig.scheduler->wall_now())
                               .time_since_epoch()
                               .count();
  EXPECT_EQ(body->root().find("nbf")->integer(), now);
  EXPECT_EQ(body->root().find("iat")->integer(), now);
  EXPECT_EQ(body->root().find("exp")->integer(), now + 600);
}

TEST(SignIn, MakesANewAssertionForEveryAttempt) {
  int calls = 0;
  Rig rig([&](const net::Request&) {
    return ++calls == 1 ? refusal(503, "") : answer(200, token_body("T1"));
  });
  use_client_credentials(rig);
  rig.values.secrets = {{"certificate", base::Secret(app().certificate)},
                        {"private_key", base::Secret(app().private_key)}};
  ASSERT_TRUE(rig.open().sign_in(kNoStop).ok());
  ASSERT_THAT(rig.client.requests(), SizeIs(2));
  EXPECT_NE(rig.client.requests()[0].body, rig.client.requests()[1].body);
}

TEST(SignIn, CredentialsThatAreNotThereAreASettingsError) {
  Rig rig([](const net::Request&) { return answer(200, token_body("T1")); });
  use_client_credentials(rig);
  rig.values.secrets = {{"certificate", base::Secret(app().certificate)}};
  EXPECT_THAT(rig.try_open().error().message, HasSubstr("private_key"));
  rig.values.secrets.clear();
  EXPECT_EQ(rig.try_open().error().kind, ErrorKind::kSettings);
  rig.values.secrets = {{"client_secret", base::Secret("x")}};
  rig.values.values.erase("tenant_id");
  EXPECT_THAT(rig.try_open().error().message, HasSubstr("tenant_id"));
  rig.values.values = {{"tenant_id", "t-1"}};
  EXPECT_THAT(rig.try_open().error().message, HasSubstr("client_id"));
}

// The rows of the table in section 2.4 of the directory service's contract, as a catalogue has
// them.
struct Row {
  const char* code;
  const char* error;
  int status;
  const char* advice;
};
constexpr Row kRows[] = {
    {"7000215", "invalid_client", 401, "Paste the secret's Value, not its ID."},
    {"7000222", "invalid_client", 401, "The client secret has expired."},
    {"700016", "unauthorized_client", 400, "No application with this client ID exists."},
    {"700011", "unauthorized_client", 400, "No such application."},
    {"7000112", "unauthorized_client", 400, "The enterprise application is disabled."},
    {"90002", "invalid_request", 400, "Tenant not found in this cloud."},
    {"900023", "invalid_request", 400, "The tenant ID is malformed."},
    {"700027", "invalid_client", 401, "The certificate's signature was rejected."},
    {"700030", "invalid_client", 401, "This certificate is not registered."},
    {"700025", "invalid_client", 401, "The app registration is a public client."},
    {"70011", "invalid_scope", 400, "The scope is wrong."},
    {"650057", "invalid_resource", 400, "Host and cloud do not match this registration."},
    {"53003", "access_denied", 400, "A conditional access policy blocks this application."},
    {"9002313", "invalid_request", 400, "The request is malformed."},
};

net::Response token_refusal(int status, std::string_view error, std::string_view code,
                            std::string_view description) {
  return answer(status, fmt::format(R"({{"error":"{}","error_description":"{}","error_codes":[{}],)"
                                    R"("timestamp":"2026-08-18 06:10:02Z","trace_id":"trace-1",)"
                                    R"("correlation_id":"correlation-1"}})",
                                    error, description, code));
}

TEST(SignIn, TellsForEveryCodeWhatToDoAndWhatSupportNeeds) {
  for (const Row& row : kRows) {
    Rig rig([&](const net::Request&) {
      return token_refusal(row.status, row.error, row.code, "Long story about app 'c-1'.");
    });
    use_client_credentials(rig);
    for (const Row& rule : kRows) {
      rig.source.sign_in.errors.push_back(
          {.code = rule.code, .meaning = Meaning::kSignIn, .advice = rule.advice});
    }
    const base::Status status = rig.open().sign_in(kNoStop);
    ASSERT_FALSE(status.ok()) << row.code;
    EXPECT_EQ(status.error().kind, ErrorKind::kDenied) << row.code;
    EXPECT_EQ(status.error().reason, "source_sign_in") << row.code;
    EXPECT_EQ(status.error().message,
              fmt::format("{} The answer was {} {}, code {}, trace_id trace-1, correlation_id "
                          "correlation-1, timestamp 2026-08-18 06:10:02Z.",
                          row.advice, row.status, row.error, row.code));
    EXPECT_THAT(rig.client.requests(), SizeIs(1)) << "a refusal is not repeated: " << row.code;
  }
}

TEST(SignIn, SaysACodeOnceThatTheStandardNamesToo) {
  Rig rig([](const net::Request&) { return token_refusal(400, "invalid_client", "1", "x"); });
  use_client_credentials(rig);
  rig.source.sign_in.code_path = "error";
  rig.source.sign_in.errors = {
      {.code = "invalid_client", .meaning = Meaning::kSignIn, .advice = "Check it."}};
  EXPECT_THAT(rig.open().sign_in(kNoStop).error().message,
              HasSubstr("Check it. The answer was 400 invalid_client, trace_id trace-1"));
}

TEST(SignIn, ShowsThePeersWordsForUnknownCodesButNeverACredential) {
  const auto message_for = [](std::string_view description) {
    Rig rig([&](const net::Request&) {
      return token_refusal(400, "invalid_thing", "4711", description);
    });
    use_client_credentials(rig);
    return rig.open().sign_in(kNoStop).error().message;
  };
  EXPECT_THAT(message_for("Something new."),
              AllOf(HasSubstr("refused"), HasSubstr("4711"), HasSubstr("\"Something new.\"")));
  EXPECT_THAT(message_for("You sent p~ss+w&rd to us."), Not(HasSubstr("p~ss")));
  EXPECT_THAT(message_for("You sent p~ss%2Bw%26rd to us."), Not(HasSubstr("p~ss")));
  EXPECT_LT(message_for(std::string(10'000, 'x')).size(), 600U);
}

TEST(SignIn, AnAccessTokenThatADataAnswerRepeatsIsNotShown) {
  Rig rig([](const net::Request& request) {
    if (request.url.find("/users") == std::string::npos) {
      return answer(200, token_body("access-token-of-today"));
    }
    return answer(400, fmt::format(R"({{"error":{{"code":"{0}","message":"You sent {0}."}}}})",
                                   request.bearer.reveal()));
  });
  use_client_credentials(rig);
  const base::Error error =
      rig.open().get(small_request(), "https://api.test/v1/users", kNoStop).error();
  EXPECT_THAT(error.text() + error.heard,
              AllOf(HasSubstr("[secret]"), Not(HasSubstr("access-token"))));
}

TEST(SignIn, TellsThatTheClockIsWrong) {
  for (const auto& [date, wrong] :
       std::vector<std::pair<std::string, bool>>{{"Thu, 01 Jan 2026 00:01:00 GMT", false},
                                                 {"Thu, 01 Jan 2026 00:30:00 GMT", true},
                                                 {"Wed, 31 Dec 2025 23:30:00 GMT", true}}) {
    Rig rig([&](const net::Request&) {
      net::Response response = refusal(401, "");
      response.headers.push_back({"Date", date});
      return response;
    });
    use_client_credentials(rig);
    const std::string message = rig.open().sign_in(kNoStop).error().message;
    EXPECT_EQ(message.find("clock differs from the service's by 30 min") != std::string::npos,
              wrong)
        << message;
  }
}

TEST(SignIn, TellsOfAClockThatIsCenturiesAway) {
  for (const int year : {2400, 2600, 9999}) {
    Rig rig([&](const net::Request&) {
      net::Response response = refusal(401, "");
      response.headers.push_back({"Date", fmt::format("Fri, 31 Dec {} 23:59:59 GMT", year)});
      return response;
    });
    use_client_credentials(rig);
    EXPECT_THAT(rig.open().sign_in(kNoStop).error().message,
                HasSubstr("clock differs from the service's by 876582 h 0 min"))
        << year;
  }
}

TEST(SignIn, WaitsAsLongAsTheTokenEndpointAsks) {
  int calls = 0;
  Rig rig([&](const net::Request&) {
    if (++calls > 1) return answer(200, token_body("T1"));
    net::Response response = refusal(429, "");
    response.headers.push_back({"Retry-After", "7"});
    return response;
  });
  use_client_credentials(rig);
  ASSERT_TRUE(rig.open().sign_in(kNoStop).ok());
  EXPECT_GE(rig.client.times().at(1) - rig.client.times().at(0), 7s);
}

TEST(SignIn, GivesUpWhenTheTokenEndpointAsksForTooLong) {
  Rig rig([&](const net::Request&) {
    net::Response response = refusal(429, "");
    response.headers.push_back({"Retry-After", "3600"});
    return response;
  });
  use_client_credentials(rig);
  const base::Status status = rig.open().sign_in(kNoStop);
  EXPECT_EQ(status.error().kind, ErrorKind::kThrottled);
  EXPECT_THAT(rig.client.requests(), SizeIs(1));
}

TEST(SignIn, SaysHowOftenItWasTriedWhenTheServiceDoesNotWork) {
  const auto error_for = [](int status, std::uint32_t attempts) {
    Rig rig([&](const net::Request&) { return answer(status, "x"); });
    use_client_credentials(rig);
    rig.retry.attempts = attempts;
    return rig.open().sign_in(kNoStop).error();
  };
  EXPECT_EQ(error_for(503, 3).reason, "source_unavailable");
  EXPECT_EQ(error_for(503, 3).message,
            "Signing in failed after 3 attempts: login.test answered 503.");
  EXPECT_EQ(error_for(503, 1).message, "Signing in failed: login.test answered 503.");
  EXPECT_THAT(error_for(429, 2).message,
              HasSubstr("Signing in failed after 2 attempts: login.test still refused: too many"));
  EXPECT_THAT(error_for(501, 2).message, Not(HasSubstr("refused the credentials")));
}

TEST(SignIn, AnAnswerThatIsNoTokenIsAProtocolError) {
  net::Response redirect = answer(302, "");
  redirect.headers = {{"Location", "https://portal.test/login"}};
  net::Response page = answer(200, "<html>", {{"Content-Type", "text/html"}});
  for (const net::Response& response :
       {redirect, page, answer(200, ""), answer(200, "{}"), answer(200, R"({"access_token":7})"),
        answer(200, R"({"access_token":""})"), answer(200, "["),
        answer(200, R"({"access_token":"x","token_type":"mac"})"),
        answer(200, R"({"access_token":"x","expires_in":"soon"})")}) {
    Rig rig([&](const net::Request&) { return response; });
    use_client_credentials(rig);
    const base::Status status = rig.open().sign_in(kNoStop);
    ASSERT_FALSE(status.ok()) << response.body;
    EXPECT_EQ(status.error().reason, "source_protocol") << response.body;
  }
}

TEST(SignIn, RenewsOnceAfter401AndThenTellsTheAdmin) {
  int tokens = 0;
  std::string accepted = "T2";
  Rig rig([&](const net::Request& request) {
    if (request.url == kTokenUrl) return answer(200, token_body(fmt::format("T{}", ++tokens)));
    return request.bearer.reveal() == accepted ? answer(200, "{}")
                                               : refusal(401, "InvalidAuthenticationToken");
  });
  use_client_credentials(rig);
  Session& session = rig.open();
  EXPECT_TRUE(session.get(small_request(), "https://api.test/v1/users", kNoStop).ok());
  EXPECT_EQ(tokens, 2);
  accepted = "none";
  const auto refused = session.get(small_request(), "https://api.test/v1/users", kNoStop);
  EXPECT_EQ(refused.error().reason, "source_sign_in");
  EXPECT_EQ(tokens, 3);
}

TEST(SignIn, ReadsTheGrantedRolesFromATokenThatShowsThem) {
  const auto granted = [](const std::string& token) {
    Rig rig([&](const net::Request&) { return answer(200, token_body(token)); });
    use_client_credentials(rig);
    return rig.open().granted(kNoStop);
  };
  const auto jwt = [](const std::string& payload) {
    return "eyJhbGciOiJub25lIn0." + base::base64url_encode(payload) + ".x";
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(granted(jwt(R"({"roles":["User.Read.All","Group.Read.All"]})")),
            (Names{"User.Read.All", "Group.Read.All"}));
  EXPECT_EQ(granted(jwt(R"({"roles":"a b"})")), (Names{"a", "b"}));
  EXPECT_EQ(granted(jwt(R"({"roles":[]})")), Names{});
  EXPECT_EQ(granted(jwt(R"({"sub":"x"})")), std::nullopt);
  EXPECT_EQ(granted("opaque"), std::nullopt);
  EXPECT_EQ(granted("a.b!.c"), std::nullopt);
  EXPECT_EQ(granted("a.bm8ganNvbg.c"), std::nullopt);
}

TEST(SignIn, SendsKeysAsHeaders) {
  Rig rig([](const net::Request&) { return answer(200, "{}"); });
  rig.source.connection.push_back({.name = "api_key"});
  rig.source.sign_in = {};
  rig.source.sign_in.strategy = Strategy::kHeaders;
  rig.source.sign_in.headers = {{"X-Api-Key", "api_key"}};
  EXPECT_EQ(rig.try_open().error().kind, ErrorKind::kSettings);
  rig.values.secrets = {{"api_key", base::Secret("k-1")}};
  Session& session = rig.open();
  EXPECT_TRUE(session.sign_in(kNoStop).ok());
  ASSERT_TRUE(session.get(small_request(), "https://api.test/v1/users", kNoStop).ok());
  const auto& headers = rig.client.requests().at(0).secret_headers;
  ASSERT_THAT(headers, SizeIs(1));
  EXPECT_EQ(headers[0].first, "X-Api-Key");
  EXPECT_EQ(headers[0].second.reveal(), "k-1");
}

TEST(SignIn, SendsANameAndPasswordWithEveryRequestAndShowsThemNowhere) {
  Rig rig([](const net::Request& request) {
    const std::string sent(request.secret_headers.at(0).second.reveal());
    return answer(403, R"({"error":{"code":"No","message":"you sent )" + sent + " or " +
                           sent.substr(6) + " or passw0rd\"}}");
  });
  rig.source.connection.insert(rig.source.connection.end(), {{.name = "user"}, {.name = "pass"}});
  rig.source.sign_in = {.strategy = Strategy::kBasic, .client_id = "user", .client_secret = "pass"};
  EXPECT_EQ(rig.try_open().error().kind, ErrorKind::kSettings);
  rig.values.values = {{"user", "ann"}};
  rig.values.secrets = {{"pass", base::Secret("passw0rd")}};
  Session& session = rig.open();
  const auto refused = session.get(small_request(), "https://api.test/v1/users", kNoStop);
  ASSERT_FALSE(refused.ok());
  const auto& headers = rig.client.requests().at(0).secret_headers;
  ASSERT_THAT(headers, SizeIs(1));
  EXPECT_EQ(headers[0].first, "Authorization");
  EXPECT_EQ(headers[0].second.reveal(), "Basic YW5uOnBhc3N3MHJk");
  const std::string said = refused.error().text() + refused.error().heard;
  for (const char* secret : {"passw0rd", "YW5uOnBhc3N3MHJk"}) {
    EXPECT_EQ(said.find(secret), std::string::npos) << said;
  }
}

TEST(SignIn, TakesAKeyAsTheUserWithoutAPassword) {
  Rig rig([](const net::Request&) { return answer(200, "{}"); });
  rig.source.connection.push_back({.name = "key"});
  rig.source.sign_in = {.strategy = Strategy::kBasic, .client_id = "key"};
  rig.values.secrets = {{"key", base::Secret("k-12345")}};
  ASSERT_TRUE(rig.open().get(small_request(), "https://api.test/v1/users", kNoStop).ok());
  EXPECT_EQ(rig.client.requests().at(0).secret_headers.at(0).second.reveal(), "Basic ay0xMjM0NTo=");
}

TEST(SignIn, RefusesAUserNameWithAColon) {
  Rig rig([](const net::Request&) { return answer(200, "{}"); });
  rig.source.connection.insert(rig.source.connection.end(), {{.name = "user"}, {.name = "pass"}});
  rig.source.sign_in = {.strategy = Strategy::kBasic, .client_id = "user", .client_secret = "pass"};
  rig.values.values = {{"user", "a:b"}};
  rig.values.secrets = {{"pass", base::Secret("passw0rd")}};
  EXPECT_EQ(rig.try_open().error().kind, ErrorKind::kSettings);
}

TEST(SignIn, ExchangesANameAndPasswordForAToken) {
  Rig rig([](const net::Request& request) {
    return request.method == "POST"
               ? answer(200, R"({"token":"T1","expires":"2026-01-01T00:30:00.000Z"})")
               : answer(200, "{}");
  });
  rig.source.connection.insert(rig.source.connection.end(), {{.name = "user"}, {.name = "pass"}});
  rig.source.sign_in = {};
  rig.source.sign_in.strategy = Strategy::kBasicForToken;
  rig.source.sign_in.address = "api";
  rig.source.sign_in.paths = {"/auth/token"};
  rig.source.sign_in.client_id = "user";
  rig.source.sign_in.client_secret = "pass";
  rig.values.values = {{"user", "ann"}};
  rig.values.secrets = {{"pass", base::Secret("pw")}};
  Session& session = rig.open();
  ASSERT_TRUE(session.get(small_request(), "https://api.test/v1/users", kNoStop).ok());
  const net::Request& asked = rig.client.requests().at(0);
  EXPECT_EQ(asked.url, "https://api.test/v1/auth/token");
  EXPECT_EQ(asked.secret_headers.at(0).second.reveal(), "Basic YW5uOnB3");
  EXPECT_EQ(rig.client.requests().at(1).bearer.reveal(), "T1");
}

TEST(SignIn, UsesATokenThatEndsInTheFarFutureMoreThanOnce) {
  for (const int year : {2400, 2500, 2600, 2700, 9999}) {
    int tokens = 0;
    Rig rig([&](const net::Request& request) {
      if (request.method != "POST") return answer(200, "{}");
      ++tokens;
      return answer(200, fmt::format(R"({{"token":"T1","expires":"{}-12-31T23:59:59Z"}})", year));
    });
    rig.source.connection.insert(rig.source.connection.end(), {{.name = "user"}, {.name = "pass"}});
    rig.source.sign_in = {.strategy = Strategy::kBasicForToken,
                          .address = "api",
                          .paths = {"/auth/token"},
                          .client_id = "user",
                          .client_secret = "pass"};
    rig.values.values = {{"user", "ann"}};
    rig.values.secrets = {{"pass", base::Secret("pw")}};
    Session& session = rig.open();
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(session.get(small_request(), "https://api.test/v1/users", kNoStop).ok());
      base::sleep_for(*rig.scheduler, 10min, {});
    }
    EXPECT_EQ(tokens, 1) << year;
  }
}

// A service that knows the key by name and wants the scopes spelled out.
void use_key_alone(Rig& rig) {
  use_client_credentials(rig);
  rig.source.connection.push_back({.name = "key_id"});
  catalogue::SignIn& sign_in = rig.source.sign_in;
  sign_in.certificate = "";
  sign_in.client_secret = "";
  sign_in.key_id = "key_id";
  sign_in.algorithm = catalogue::SignIn::Algorithm::kRs256;
  sign_in.audience = "{address:login}/audience";
  sign_in.scope = "{permissions}";
  rig.values.values["key_id"] = "k-7";
  rig.values.secrets = {{"private_key", base::Secret(app().private_key)}};
}

TEST(SignIn, NamesTheKeyByItsIdWhereThereIsNoCertificate) {
  Rig rig([](const net::Request&) { return answer(200, token_body("T1")); });
  use_key_alone(rig);
  auto session = Session::open(rig.shared_source, rig.values, rig.retry,
                               {*rig.scheduler, rig.client, *rig.random, *rig.logger},
                               {"users.read", "groups.read"});
  ASSERT_TRUE(session.ok());
  ASSERT_TRUE((*session)->sign_in(kNoStop).ok());
  const auto form = form_of(rig.client.requests().at(0).body);
  EXPECT_THAT(form.at("scope"),
              testing::AnyOf("users.read%20groups.read", "users.read+groups.read"));
  const std::string token = form.at("client_assertion");
  EXPECT_TRUE(crypto::verify_jwt(crypto::Algorithm::kRs256, token, app().certificate).value());
  const auto parts = base::split(token, '.');
  const auto head = json::Document::parse(base::base64url_decode(parts[0]).value());
  const auto body = json::Document::parse(base::base64url_decode(parts[1]).value());
  EXPECT_EQ(head->root().find("kid")->text(), "k-7");
  EXPECT_EQ(head->root().find("x5t#S256"), nullptr);
  EXPECT_EQ(body->root().find("aud")->text(), "https://login.test/audience");
}

// The private key of app() as a JSON Web Key.
std::string app_jwk() {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(
      BIO_new_mem_buf(app().private_key.data(), static_cast<int>(app().private_key.size())),
      &BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  std::string jwk = R"({"kty":"RSA","kid":"own-name")";
  for (const auto& [member, name] :
       std::vector<std::pair<const char*, const char*>>{{"n", "n"},
                                                        {"e", "e"},
                                                        {"d", "d"},
                                                        {"p", "rsa-factor1"},
                                                        {"q", "rsa-factor2"},
                                                        {"dp", "rsa-exponent1"},
                                                        {"dq", "rsa-exponent2"},
                                                        {"qi", "rsa-coefficient1"}}) {
    BIGNUM* number = nullptr;
    EXPECT_EQ(EVP_PKEY_get_bn_param(key.get(), name, &number), 1) << name;
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
    BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
    BN_free(number);
    jwk += fmt::format(R"(,"{}":"{}")", member, base::base64url_encode(bytes));
  }
  return jwk + "}";
}

TEST(SignIn, SignsWithAJsonWebKeyAndItsOwnName) {
  Rig rig([](const net::Request&) { return answer(200, token_body("T1")); });
  use_key_alone(rig);
  rig.source.sign_in.key_id = "";
  rig.source.sign_in.scope = "";
  rig.values.secrets = {{"private_key", base::Secret(app_jwk())}};
  ASSERT_TRUE(rig.open().sign_in(kNoStop).ok());
  const std::string token = form_of(rig.client.requests().at(0).body).at("client_assertion");
  EXPECT_TRUE(crypto::verify_jwt(crypto::Algorithm::kRs256, token, app().certificate).value());
  const auto head =
      json::Document::parse(base::base64url_decode(base::split(token, '.')[0]).value());
  EXPECT_EQ(head->root().find("kid")->text(), "own-name");
}

TEST(SignIn, AKeyThatIsNoJsonWebKeyIsASettingsError) {
  Rig rig([](const net::Request&) { return answer(200, token_body("T1")); });
  use_key_alone(rig);
  for (const char* key : {R"({"kty":"RSA","n":"AQAB"})", "{"}) {
    rig.values.secrets = {{"private_key", base::Secret(key)}};
    EXPECT_EQ(rig.try_open().error().kind, ErrorKind::kSettings) << key;
  }
}

TEST(SignIn, UsesTheFirstWayWhoseFieldsAreFilledIn) {
  Rig rig([](const net::Request&) { return answer(200, "{}"); });
  use_client_credentials(rig);
  catalogue::SignIn second;
  second.strategy = Strategy::kHeaders;
  second.headers = {{"Authorization", "SSWS {token}"}};
  rig.source.other_sign_ins = {second};
  rig.values.values.clear();
  rig.values.secrets = {{"token", base::Secret("t-1")}};
  Session& session = rig.open();
  ASSERT_TRUE(session.get(small_request(), "https://api.test/v1/users", kNoStop).ok());
  EXPECT_EQ(rig.client.requests().at(0).secret_headers.at(0).second.reveal(), "SSWS t-1");
  rig.values.secrets.clear();
  EXPECT_THAT(rig.try_open().error().message, HasSubstr("client_id"));
}

TEST(SignIn, TriesTheNextPathAndRemembersIt) {
  Rig rig([](const net::Request& request) {
    return request.url.ends_with("/new") ? answer(404, "") : answer(200, token_body("T1", 60));
  });
  use_client_credentials(rig);
  rig.source.sign_in.paths = {"/new", "/old"};
  Session& session = rig.open();
  ASSERT_TRUE(session.sign_in(kNoStop).ok());
  base::sleep_for(*rig.scheduler, 55s, {});  // of a minute: renewed in time
  ASSERT_TRUE(session.sign_in(kNoStop).ok());
  EXPECT_THAT(rig.client.urls(),
              testing::ElementsAre("https://login.test/new", "https://login.test/old",
                                   "https://login.test/old"));
}

TEST(SignIn, GivesTheTokenBackOnceAndOnlyLogsThatItFailed) {
  Rig rig([](const net::Request& request) {
    return request.url.ends_with("/out") ? answer(500, "") : answer(200, token_body("T1"));
  });
  use_client_credentials(rig);
  rig.source.sign_in.sign_out_path = "/out";
  Session& session = rig.open();
  session.sign_out(kNoStop);
  EXPECT_TRUE(rig.client.requests().empty());
  ASSERT_TRUE(session.sign_in(kNoStop).ok());
  session.sign_out(kNoStop);
  session.sign_out(kNoStop);
  ASSERT_THAT(rig.client.requests(), SizeIs(2));
  EXPECT_EQ(rig.client.requests().at(1).bearer.reveal(), "T1");
  EXPECT_THAT(rig.log, HasSubstr("signing out failed"));
}

TEST(SignIn, ExchangesAnAssertionMadeOfAKeyFile) {
  Rig rig([](const net::Request&) { return answer(200, token_body("T1")); });
  use_client_credentials(rig);
  catalogue::SignIn& sign_in = rig.source.sign_in;
  sign_in.strategy = Strategy::kOauth2JwtBearer;
  sign_in.scope = "a.read";
  sign_in.issuer = "certificate#mail";
  sign_in.private_key = "private_key";
  rig.values.secrets = {{"certificate", base::Secret(R"({"mail":"robot@a.test"})")},
                        {"private_key", base::Secret(app().private_key)}};
  ASSERT_TRUE(rig.open().sign_in(kNoStop).ok());
  const auto form = form_of(rig.client.requests().at(0).body);
  const auto parts = base::split(form.at("assertion"), '.');
  const auto body = json::Document::parse(base::base64url_decode(parts[1]).value());
  EXPECT_EQ(body->root().find("iss")->text(), "robot@a.test");
  EXPECT_EQ(body->root().find("scope")->text(), "a.read");
}

}  // namespace
}  // namespace muster::source::test
