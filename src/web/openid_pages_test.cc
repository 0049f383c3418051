#include "web/openid_pages.h"

#include "service/test_openid_provider.h"
#include "web/cookies.h"
#include "web/test_support.h"

namespace muster::web {
namespace {

using service::test::FakeProvider;
using service::test::parameter;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class OpenIdPagesTest : public ApiTest {
 protected:
  OpenIdPagesTest() {
    add("ines", "{}");
    EXPECT_EQ(as("operator", "PUT", "/api/v1/admins/ines",
                 R"({"issuer":"https://login.example/realm","subject":"ines-there"})")
                  .status,
              200);
    service::OpenIdSettings settings{.issuer = std::string(service::test::kIssuer),
                                     .client_id = std::string(service::test::kClientId),
                                     .public_url = "https://muster.example"};
    openid_ = std::make_unique<service::OpenId>(settings, host_->access(), *scheduler_, provider_);
  }

  net::ServerResponse get(const std::string& target, const std::string& cookie = "",
                          const std::string& method = "GET") {
    net::ServerRequest request{.method = method, .target = target, .headers = {}, .body = ""};
    if (!cookie.empty()) request.headers.push_back({"Cookie", cookie});
    request.peer = "10.0.0.1";
    return openid_page(openid_.get(), request).value();
  }
  static std::vector<std::string> cookies(const net::ServerResponse& response) {
    std::vector<std::string> all;
    for (const net::Header& each : response.headers) {
      if (each.name == "Set-Cookie") all.push_back(each.value);
    }
    return all;
  }
  void answer_with_token_for(const std::string& subject, const std::string& url) {
    const auto at = std::chrono::floor<std::chrono::seconds>(scheduler_->wall_now());
    const auto seconds = at.time_since_epoch().count();
    provider_.token_answer = fmt::format(
        R"({{"id_token":"{}"}})",
        service::test::SigningPair::rsa().sign(
            crypto::Algorithm::kRs256, R"({"alg":"RS256"})",
            fmt::format(R"({{"iss":"{}","sub":"{}","aud":"{}","exp":{},"iat":{},"nonce":"{}"}})",
                        service::test::kIssuer, subject, service::test::kClientId, seconds + 60,
                        seconds, parameter(url, "nonce"))));
  }
  // To the provider and back.
  net::ServerResponse sign_in(const std::string& subject, const std::string& to) {
    const net::ServerResponse begun = get("/sign-in/oidc?to=" + to);
    EXPECT_EQ(begun.status, 302) << begun.body;
    const std::string url = header(begun, "Location");
    answer_with_token_for(subject, url);
    const std::string cookie = cookies(begun).at(0);
    return get("/sign-in/oidc/callback?code=x&state=" + parameter(url, "state"),
               "other=1; " + cookie.substr(0, cookie.find(';')));
  }

  FakeProvider provider_;
  std::unique_ptr<service::OpenId> openid_;
};

TEST_F(OpenIdPagesTest, BeginsASessionAndGoesBackWhereItBegan) {
  const net::ServerResponse done = sign_in("ines-there", "/runs%3Fa=1%26b=2");
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_THAT(done.body, HasSubstr(R"(content="0;url=/runs?a=1&amp;b=2")"));
  ASSERT_EQ(cookies(done).size(), 2U);
  EXPECT_THAT(cookies(done)[0], StartsWith("__Host-muster=mstr_session_"));
  EXPECT_THAT(cookies(done)[0], HasSubstr("; Secure; HttpOnly; SameSite=Strict"));
  EXPECT_THAT(cookies(done)[1], StartsWith("__Host-muster-sign-in=; Path=/; Max-Age=0;"));
  const std::string session = cookies(done)[0].substr(0, cookies(done)[0].find(';'));
  const auto me = ask("GET", "/api/v1/me", "", {{"Cookie", session}});
  EXPECT_EQ(member(me, "admin"), "ines");
  const auto out = ask("POST", "/api/v1/sign-out", "",
                       {{"Cookie", session}, {"X-CSRF-Token", member(me, "csrf_token")}});
  EXPECT_EQ(out.status, 200);
  EXPECT_EQ(ask("GET", "/api/v1/me", "", {{"Cookie", session}}).status, 401);
}

TEST_F(OpenIdPagesTest, TheCookieOfASignInComesBackFromElsewhere) {
  const net::ServerResponse begun = get("/sign-in/oidc");
  ASSERT_EQ(cookies(begun).size(), 1U);
  EXPECT_THAT(cookies(begun)[0], StartsWith("__Host-muster-sign-in=mstr_signin_"));
  EXPECT_THAT(cookies(begun)[0], HasSubstr("; Max-Age=600; Secure; HttpOnly; SameSite=Lax"));
}

TEST_F(OpenIdPagesTest, SaysWhyNobodyIsSignedIn) {
  const net::ServerResponse refused = sign_in("<script>", "/");
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.body, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(refused.body, Not(HasSubstr("<script")));
  EXPECT_THAT(header(refused, "Content-Type"), StartsWith("text/html"));
  ASSERT_EQ(cookies(refused).size(), 1U) << "no session";
  EXPECT_THAT(cookies(refused)[0], StartsWith("__Host-muster-sign-in=;"));
  const net::ServerResponse foreign = get("/sign-in/oidc/callback?code=x&state=y");
  EXPECT_EQ(foreign.status, 401);
  EXPECT_TRUE(cookies(foreign).empty()) << "a sign-in that is under way goes on";
}

TEST_F(OpenIdPagesTest, AProviderThatIsDownIsNoFaultOfMuster) {
  provider_.is_down = true;
  EXPECT_EQ(get("/sign-in/oidc").status, 503);
}

TEST_F(OpenIdPagesTest, AreThereOnlyWithAProvider) {
  EXPECT_FALSE(openid_page(nullptr, {.method = "GET", .target = "/sign-in/oidc"}).has_value());
  EXPECT_FALSE(
      openid_page(openid_.get(), {.method = "GET", .target = "/sign-in/oidc/x"}).has_value());
  EXPECT_EQ(get("/sign-in/oidc", "", "POST").status, 405);
  EXPECT_EQ(get("/sign-in/oidc", "", "HEAD").status, 405);
  EXPECT_EQ(get("/sign-in/oidc?to=%zz").status, 400);
}

TEST_F(OpenIdPagesTest, ArePagesThatRunNothingAndTellNobody) {
  for (const std::string target : {"/sign-in/oidc", "/sign-in/oidc/callback"}) {
    const net::ServerResponse response = get(target);
    EXPECT_EQ(header(response, "Cache-Control"), "no-store");
    EXPECT_EQ(header(response, "Referrer-Policy"), "no-referrer");
    EXPECT_THAT(header(response, "Content-Security-Policy"), HasSubstr("default-src 'none'"));
    EXPECT_THAT(header(response, "Content-Security-Policy"), HasSubstr("frame-ancestors 'none'"));
  }
}

TEST_F(OpenIdPagesTest, AnIdentityBelongsToOneAccount) {
  add("nora", "{}");
  const auto taken = as("operator", "PUT", "/api/v1/admins/nora",
                        R"({"issuer":"https://login.example/realm","subject":"ines-there"})");
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(code_of(taken), "identity_taken");
  EXPECT_EQ(
      as("operator", "PUT", "/api/v1/admins/nora", R"({"issuer":"no url","subject":"x"})").status,
      422);
  EXPECT_EQ(
      as("operator", "PUT", "/api/v1/admins/nora", R"({"issuer":"https://x.example"})").status,
      422);
  const auto none = as("operator", "PUT", "/api/v1/admins/ines", R"({"issuer":"","subject":""})");
  EXPECT_EQ(none.status, 200);
  EXPECT_EQ(sign_in("ines-there", "/").status, 401);
}

}  // namespace
}  // namespace muster::web
