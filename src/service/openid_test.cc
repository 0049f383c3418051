#include "service/openid.h"

#include <gmock/gmock.h>

#include "crypto/sha256.h"
#include "service/test_openid_provider.h"
#include "store/store.h"
#include "store/test_support.h"

namespace muster::service {
namespace {

using base::Secret;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using namespace test;

OpenIdSettings settings() {
  return {.issuer = std::string(kIssuer),
          .client_id = std::string(kClientId),
          .client_secret = Secret("s3cret&more"),
          .public_url = "https://muster.example"};
}

class OpenIdTest : public testing::Test {
 protected:
  OpenIdTest() {
    EXPECT_TRUE(store::open_store(url_).ok());
    accounts_ = store::open_accounts(url_).value();
    audit_ = store::open_audit(url_).value();
    access_ = std::make_unique<Access>(*accounts_, *audit_, *scheduler_);
    put({.admin = "olga", .is_operator = true});
    put({.admin = "anna",
         .roles = {{"default", "auditor"}},
         .identity = store::OpenIdentity{std::string(kIssuer), "anna-there"}});
    use(settings());
  }
  void use(OpenIdSettings settings) {
    openid_ = std::make_unique<OpenId>(std::move(settings), *access_, *scheduler_, provider_);
  }
  void put(const store::Admin& admin) {
    ASSERT_TRUE(accounts_->put_admin(admin, {.who = "olga", .act = "admin.put"}).ok());
  }
  OpenId::Beginning begin(std::string_view back = "/runs") {
    auto begun = openid_->begin(back);
    EXPECT_TRUE(begun.ok()) << begun.error().text();
    return std::move(begun).value();
  }
  std::string token_for(const OpenId::Beginning& begun, const std::string& subject,
                        const Members& more = {}, const Members& header = {}) {
    const auto at = std::chrono::floor<seconds>(scheduler_->wall_now()).time_since_epoch().count();
    const Members claims = {
        {"iss", in_quotes(kIssuer)},   {"sub", in_quotes(subject)},
        {"aud", in_quotes(kClientId)}, {"exp", std::to_string(at + 300)},
        {"iat", std::to_string(at)},   {"nonce", in_quotes(parameter(begun.url, "nonce"))}};
    return SigningPair::rsa().sign(Algorithm::kRs256,
                                   object_of({{"alg", R"("RS256")"}, {"kid", R"("rsa")"}}, header),
                                   object_of(claims, more));
  }
  OpenId::Callback callback(const OpenId::Beginning& begun) const {
    return {.cookie = std::string(begun.cookie.reveal()),
            .state = parameter(begun.url, "state"),
            .code = "c0de/1"};
  }
  base::Result<OpenId::Finished> finish(const OpenId::Callback& callback) {
    return openid_->finish(callback, "10.0.0.7");
  }
  // The whole of it, as somebody.
  base::Result<OpenId::Finished> sign_in(const std::string& subject, const Members& more = {},
                                         const Members& header = {}) {
    const OpenId::Beginning begun = begin();
    provider_.token_answer =
        fmt::format(R"({{"id_token":"{}"}})", token_for(begun, subject, more, header));
    return finish(callback(begun));
  }
  std::string reason(const base::Result<OpenId::Finished>& finished) {
    return finished.ok() ? "" : finished.error().reason;
  }
  std::vector<std::string> acts() {
    std::vector<std::string> acts;
    const auto entries = audit_->list("", 0, 100).value();
    for (const auto& entry : entries) acts.push_back(entry.act + " " + entry.target);
    return acts;
  }
  void wait(base::Duration duration) { base::sleep_for(*scheduler_, duration, {}); }

  const store::test::TemporaryFolder folder_;
  const std::string url_ = "sqlite:" + folder_.file("test.db");
  const std::unique_ptr<base::Scheduler> scheduler_ = base::make_simulated_scheduler(1);
  std::unique_ptr<store::Accounts> accounts_;
  std::unique_ptr<store::Audit> audit_;
  std::unique_ptr<Access> access_;
  FakeProvider provider_;
  std::unique_ptr<OpenId> openid_;
};

TEST_F(OpenIdTest, SignsInWhoHasAnAccount) {
  const auto done = sign_in("anna-there");
  ASSERT_TRUE(done.ok()) << done.error().text();
  EXPECT_EQ(done->back, "/runs");
  const Caller caller = access_->by_session(done->in.session, "10.0.0.7").value();
  EXPECT_EQ(caller.admin, "anna");
  EXPECT_TRUE(caller.may(Role::kAuditor, "default"));
  EXPECT_FALSE(caller.may(Role::kAdmin, "default"));
  EXPECT_THAT(acts(), Contains("admin.signed_in anna"));
}

TEST_F(OpenIdTest, AsksWithStateNonceAndChallengeOfItsOwnEachTime) {
  const OpenId::Beginning one = begin(), two = begin();
  EXPECT_THAT(one.url, testing::StartsWith("https://login.example/authorize?v=2&response_type=code&"
                                           "client_id=muster%20app&redirect_uri=https%3A%2F%2F"
                                           "muster.example%2Fsign-in%2Foidc%2Fcallback&"
                                           "scope=openid%20email&"));
  EXPECT_EQ(parameter(one.url, "code_challenge_method"), "S256");
  for (const std::string_view name : {"state", "nonce", "code_challenge"}) {
    EXPECT_EQ(parameter(one.url, name).size(), 43U) << name;
    EXPECT_NE(parameter(one.url, name), parameter(two.url, name)) << name;
  }
  EXPECT_NE(parameter(one.url, "state"), parameter(one.url, "nonce"));
  EXPECT_THAT(one.url, Not(HasSubstr(std::string(one.cookie.reveal()))));
}

TEST_F(OpenIdTest, ProvesThatItIsTheOneThatAsked) {
  const OpenId::Beginning begun = begin();
  provider_.token_answer = fmt::format(R"({{"id_token":"{}"}})", token_for(begun, "anna-there"));
  ASSERT_TRUE(finish(callback(begun)).ok());
  const auto request =
      std::ranges::find(provider_.requests, "https://login.example/token", &net::Request::url);
  ASSERT_NE(request, provider_.requests.end());
  EXPECT_EQ(parameter(request->body, "code"), "c0de%2F1");
  const std::string verifier = parameter(request->body, "code_verifier");
  EXPECT_GE(verifier.size(), 43U);
  const crypto::Sha256 hash = crypto::sha256(verifier);
  EXPECT_EQ(base::base64url_encode({reinterpret_cast<const char*>(hash.data()), hash.size()}),
            parameter(begun.url, "code_challenge"));
  ASSERT_EQ(request->secret_headers.size(), 1U);
  EXPECT_EQ(request->secret_headers[0].second.reveal(),
            "Basic " + base::base64_encode("muster+app:s3cret%26more"));
  EXPECT_THAT(request->body, Not(HasSubstr("s3cret")));
}

TEST_F(OpenIdTest, TellsItsSecretInTheBodyWhereTheProviderWantsThat) {
  provider_.discovery["token_endpoint_auth_methods_supported"] = R"(["client_secret_post"])";
  ASSERT_TRUE(sign_in("anna-there").ok());
  const auto request =
      std::ranges::find(provider_.requests, "https://login.example/token", &net::Request::url);
  EXPECT_EQ(parameter(request->body, "client_secret"), "s3cret%26more");
  EXPECT_TRUE(request->secret_headers.empty());
}

TEST_F(OpenIdTest, IsFinishedOnlyInTheBrowserWhereItBegan) {
  const OpenId::Beginning mine = begin(), theirs = begin();
  provider_.token_answer = fmt::format(R"({{"id_token":"{}"}})", token_for(theirs, "anna-there"));
  OpenId::Callback mixed = callback(theirs);
  mixed.cookie = std::string(mine.cookie.reveal());
  EXPECT_EQ(reason(finish(mixed)), "sign_in_over") << "the state is of another browser";
  mixed.cookie = "";
  EXPECT_EQ(reason(finish(mixed)), "sign_in_over");
  mixed = callback(mine);
  mixed.state = "";
  EXPECT_EQ(reason(finish(mixed)), "sign_in_over");
  EXPECT_EQ(provider_.count("https://login.example/token"), 0) << "nothing was asked";
  EXPECT_EQ(reason(finish(callback(mine))), "id_token") << "the nonce is of another sign-in";
  EXPECT_TRUE(finish(callback(theirs)).ok());
}

TEST_F(OpenIdTest, NothingOfTheCookieCanBeChanged) {
  const OpenId::Beginning begun = begin("/runs");
  const std::string cookie(begun.cookie.reveal());
  const std::size_t first = cookie.find('.'), last = cookie.rfind('.');
  const std::string secret = cookie.substr(0, first);
  OpenId::Callback changed = callback(begun);
  for (const std::string& other :
       {secret + cookie.substr(first, last - first) + "." + base::base64url_encode("/elsewhere"),
        secret + ".1767225601" + cookie.substr(last), secret, secret + "..", std::string("...")}) {
    changed.cookie = other;
    EXPECT_EQ(reason(finish(changed)), "sign_in_over") << other;
  }
}

TEST_F(OpenIdTest, TakesTenMinutesAtMost) {
  const OpenId::Beginning begun = begin();
  wait(minutes(11));
  EXPECT_EQ(reason(finish(callback(begun))), "sign_in_over");
}

TEST_F(OpenIdTest, GoesBackToPathsOfItsOwnOnly) {
  for (const std::string_view path : {"/", "/runs?site=acme&x=%2F", "/a/b-c_d~e.f"}) {
    EXPECT_TRUE(is_own_path(path)) << path;
  }
  for (const std::string_view path :
       {"", "runs", "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example",
        "/\n/evil.example", "/a b", "/<script>", "/\"", "javascript:alert(1)", "\\/evil.example"}) {
    EXPECT_FALSE(is_own_path(path)) << path;
  }
  EXPECT_FALSE(is_own_path("/" + std::string(600, 'a')));
  const OpenId::Beginning begun = begin("//evil.example");
  provider_.token_answer = fmt::format(R"({{"id_token":"{}"}})", token_for(begun, "anna-there"));
  EXPECT_EQ(finish(callback(begun)).value().back, "/");
}

TEST_F(OpenIdTest, NobodyIsMadeBySigningIn) {
  const auto refused = sign_in("somebody-else");
  EXPECT_EQ(reason(refused), "unknown_identity");
  EXPECT_THAT(refused.error().message, HasSubstr("somebody-else")) << "for the operator";
  EXPECT_THAT(acts(), Contains("admin.unknown_identity somebody-else"));
  EXPECT_EQ(accounts_->admins().value().size(), 2U);
}

TEST_F(OpenIdTest, AClosedAccountStaysClosed) {
  put({.admin = "anna",
       .is_disabled = true,
       .identity = store::OpenIdentity{std::string(kIssuer), "anna-there"}});
  EXPECT_EQ(reason(sign_in("anna-there")), "unknown_identity");
}

TEST_F(OpenIdTest, AnAccountIsTakenByAVerifiedAddressOnlyWhereThatIsAllowed) {
  put({.admin = "bert@x.org"});
  const Members address = {{"email", R"("Bert@x.org")"}, {"email_verified", "true"}};
  EXPECT_EQ(reason(sign_in("bert-there", address)), "unknown_identity");
  OpenIdSettings linking = settings();
  linking.link_by_email = true;
  use(linking);
  EXPECT_EQ(reason(sign_in("bert-there", {{"email", R"("bert@x.org")"}})), "unknown_identity")
      << "not verified";
  ASSERT_TRUE(sign_in("bert-there", address).ok());
  EXPECT_THAT(acts(), Contains("admin.linked bert@x.org"));
  EXPECT_TRUE(sign_in("bert-there").ok()) << "from now on by the subject";
  EXPECT_EQ(reason(sign_in("another-bert", address)), "unknown_identity")
      << "the address may be somebody else's one day";
}

TEST_F(OpenIdTest, MayAskForAGroup) {
  OpenIdSettings grouped = settings();
  grouped.required_group = "muster";
  use(grouped);
  EXPECT_EQ(reason(sign_in("anna-there")), "unknown_identity");
  EXPECT_EQ(reason(sign_in("anna-there", {{"groups", R"(["musters"])"}})), "unknown_identity");
  EXPECT_EQ(reason(sign_in("anna-there", {{"groups", R"(["a","muster"])"}})), "");
}

TEST_F(OpenIdTest, ACodeThatTheProviderRefusesIsNoSignIn) {
  provider_.token_status = 400;
  const OpenId::Beginning begun = begin();
  provider_.token_answer = R"({"error":"invalid_grant","error_description":"c0de of anna"})";
  const auto refused = finish(callback(begun));
  EXPECT_EQ(reason(refused), "openid_refused");
  EXPECT_THAT(refused.error().message, HasSubstr("invalid_grant"));
  EXPECT_THAT(refused.error().message, Not(HasSubstr("anna"))) << "whatever else it said";
  OpenId::Callback denied = callback(begun);
  denied.error = "access_denied";
  EXPECT_THAT(finish(denied).error().message, HasSubstr("access_denied"));
  denied.error = "<b>call 555</b>";
  EXPECT_THAT(finish(denied).error().message, Not(HasSubstr("555")));
}

// https://www.rfc-editor.org/rfc/rfc9207
TEST_F(OpenIdTest, AnAnswerOfAnotherProviderIsNotTaken) {
  const OpenId::Beginning begun = begin();
  provider_.token_answer = fmt::format(R"({{"id_token":"{}"}})", token_for(begun, "anna-there"));
  OpenId::Callback named = callback(begun);
  named.issuer = "https://evil.example";
  EXPECT_EQ(reason(finish(named)), "openid_refused");
  named.issuer = kIssuer;
  EXPECT_EQ(reason(finish(named)), "");
  provider_.discovery["authorization_response_iss_parameter_supported"] = "true";
  use(settings());
  EXPECT_EQ(reason(finish(callback(begun))), "openid_refused") << "it promised to name itself";
}

TEST_F(OpenIdTest, LearnsNewKeysButDoesNotAskForThemAllTheTime) {
  ASSERT_TRUE(sign_in("anna-there").ok());
  ASSERT_TRUE(sign_in("anna-there").ok());
  EXPECT_EQ(provider_.count("https://keys.example/jwks"), 1);
  provider_.keys = SigningPair::rsa().jwk("new");
  EXPECT_EQ(reason(sign_in("anna-there", {}, {{"kid", R"("new")"}})), "unknown_key")
      << "within a minute";
  wait(minutes(1));
  EXPECT_EQ(reason(sign_in("anna-there", {}, {{"kid", R"("new")"}})), "");
  EXPECT_EQ(provider_.count("https://keys.example/jwks"), 2);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(reason(sign_in("anna-there", {}, {{"kid", R"("forged")"}})), "unknown_key");
  }
  EXPECT_EQ(provider_.count("https://keys.example/jwks"), 2);
}

TEST_F(OpenIdTest, AProviderThatIsDownIsAskedAgainLater) {
  provider_.is_down = true;
  EXPECT_EQ(openid_->begin("/").error().kind, base::ErrorKind::kUnavailable);
  EXPECT_EQ(openid_->begin("/").error().reason, "openid_provider");
  EXPECT_EQ(provider_.requests.size(), 1U) << "not for everybody who comes";
  provider_.is_down = false;
  wait(seconds(6));
  EXPECT_TRUE(sign_in("anna-there").ok());
}

TEST_F(OpenIdTest, AProviderHasToBeTheOneThatWasNamed) {
  const auto why = [&](const std::string& member, const std::string& value) {
    const std::string before = std::exchange(provider_.discovery[member], value);
    use(settings());
    const auto begun = openid_->begin("/");
    provider_.discovery[member] = before;
    return begun.ok() ? "" : begun.error().message;
  };
  EXPECT_THAT(why("issuer", R"("https://evil.example")"), HasSubstr("another issuer"));
  EXPECT_THAT(why("authorization_endpoint", R"("http://login.example/")"), HasSubstr("https"));
  EXPECT_THAT(why("token_endpoint", R"("file:///etc/passwd")"), HasSubstr("https"));
  EXPECT_THAT(why("jwks_uri", ""), HasSubstr("https"));
  EXPECT_THAT(why("issuer\":\"x\",\"issuer", in_quotes(kIssuer)), HasSubstr("no JSON object"));
}

TEST(OpenIdSettings, SayWhatIsWrongWithThem) {
  EXPECT_TRUE(check_settings(settings()).ok());
  const auto why = [](auto change) {
    OpenIdSettings changed = settings();
    change(changed);
    const base::Status checked = check_settings(changed);
    return checked.ok() ? "" : checked.error().message;
  };
  EXPECT_THAT(why([](auto& s) { s.issuer = "http://login.example"; }), HasSubstr("--oidc-issuer"));
  EXPECT_THAT(why([](auto& s) { s.issuer = "login.example"; }), HasSubstr("--oidc-issuer"));
  EXPECT_THAT(why([](auto& s) { s.client_id = ""; }), HasSubstr("--oidc-client-id"));
  EXPECT_THAT(why([](auto& s) { s.scopes = {"email"}; }), HasSubstr("--oidc-scope"));
  for (const std::string url : {"", "muster.example", "https://muster.example/",
                                "https://muster.example/x", "https://u@muster.example"}) {
    EXPECT_THAT(why([&](auto& s) { s.public_url = url; }), HasSubstr("--public-url")) << url;
  }
}

}  // namespace
}  // namespace muster::service
