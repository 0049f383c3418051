#include "source/session.h"

#include "base/text.h"
#include "json/writer.h"
#include "source/test_support.h"

namespace muster::source::test {
namespace {

using base::ErrorKind;
using Meaning = catalogue::ErrorRule::Meaning;
using ::testing::HasSubstr;
using ::testing::Not;

const base::Stop kNoStop;

// One GET that gets this answer each time.
base::Error error_for(const net::Response& response, std::vector<catalogue::ErrorRule> rules = {}) {
  Rig rig([&](const net::Request&) { return response; });
  rig.retry.attempts = 2;
  rig.source.errors = std::move(rules);
  Session& session = rig.open();
  const auto got = session.get(small_request(), "https://api.test/v1/users", kNoStop);
  EXPECT_FALSE(got.ok());
  return got.ok() ? base::Error{} : got.error();
}

TEST(Session, SendsCredentialsAndTheCataloguesHeaders) {
  Rig rig([](const net::Request&) { return answer(200, "{}"); });
  rig.source.headers = {{"Prefer", "fast"}};
  catalogue::Request request = small_request();
  request.headers = {{"ConsistencyLevel", "eventual"}};
  ASSERT_TRUE(rig.open().get(request, "https://api.test/v1/users", kNoStop).ok());
  const net::Request& sent = rig.client.requests().at(0);
  EXPECT_EQ(sent.bearer.reveal(), "s3cret-token");
  EXPECT_EQ(header(sent, "Accept"), "application/json");
  EXPECT_EQ(header(sent, "Prefer"), "fast");
  EXPECT_EQ(header(sent, "ConsistencyLevel"), "eventual");
  EXPECT_EQ(header(sent, "client-request-id"), "");
  EXPECT_EQ(sent.trust, rig.values.trust);
}

// A token as Entra ID makes them: the middle part lists what was granted.
std::string token_with_roles(std::string_view roles) {
  return "e30." + base::base64url_encode(fmt::format(R"({{"roles":[{}]}})", roles)) + ".c2ln";
}

std::string refused_for_want_of(const std::string& token, std::vector<std::string> needed) {
  Rig rig([](const net::Request&) { return refusal(403, "Authorization_RequestDenied"); });
  rig.source.sign_in.roles_claim = "roles";
  rig.source.granting = "and give consent";
  rig.source.permissions = {{.name = "Group.Read", .covered_by = {"Directory.Read"}},
                            {.name = "User.Read"}};
  rig.values.secrets.insert_or_assign("token", base::Secret(token));
  Session& session = rig.open();
  EXPECT_TRUE(session.sign_in(kNoStop).ok());
  catalogue::Request request = small_request();
  request.permissions = std::move(needed);
  const auto got = session.get(request, "https://api.test/v1/groups", kNoStop);
  EXPECT_EQ(got.error().reason, "source_permission");
  const base::Error in_batch = session.explain(request, 403, "{}", {}, "members");
  constexpr std::string_view kAnswer = "Authorization_RequestDenied.";
  const std::string advice =
      got.error().message.substr(got.error().message.find(kAnswer) + kAnswer.size());
  EXPECT_THAT(in_batch.message, ::testing::EndsWith(advice));
  return got.error().message;
}

TEST(Session, NamesThePermissionToGrantWhenARequestIsRefused) {
  EXPECT_THAT(refused_for_want_of(token_with_roles(R"("User.Read")"), {"User.Read", "Group.Read"}),
              ::testing::EndsWith(" Grant Group.Read (or Directory.Read) and give consent; `muster "
                                  "check` tells whether more is missing."));
  EXPECT_THAT(refused_for_want_of("opaque", {"User.Read", "Group.Read"}),
              ::testing::EndsWith(" Grant User.Read and Group.Read (or Directory.Read) and give "
                                  "consent; `muster check` tells whether more is missing."));
  EXPECT_THAT(
      refused_for_want_of(token_with_roles(R"("Directory.Read")"), {"Group.Read"}),
      ::testing::HasSubstr(" which is all that this needs: perhaps it was granted minutes ago,"));
}

TEST(Session, MakesAFreshRequestIdOnlyWhenTheCatalogueAsks) {
  Rig rig([](const net::Request&) { return answer(200, "{}"); });
  rig.source.request_id_header = "client-request-id";
  Session& session = rig.open();
  ASSERT_TRUE(session.get(small_request(), "https://api.test/v1/users", kNoStop).ok());
  ASSERT_TRUE(session.get(small_request(), "https://api.test/v1/users", kNoStop).ok());
  const std::string first = header(rig.client.requests().at(0), "client-request-id");
  EXPECT_EQ(first.size(), 36U);
  EXPECT_NE(first, header(rig.client.requests().at(1), "client-request-id"));
}

TEST(Session, TheAdminsAddressWinsOverTheChosenOne) {
  Rig rig([](const net::Request&) { return answer(200, "{}"); });
  rig.source.connection.push_back({.name = "cloud", .fallback = "global"});
  rig.source.addresses[0].choose_by = "cloud";
  rig.source.addresses[0].urls = {{"global", "https://global.test"}, {"china", "https://cn.test"}};
  EXPECT_EQ(rig.open().origin("api"), "https://global.test/v1");
  rig.values.values["cloud"] = "china";
  EXPECT_EQ(rig.open().origin("api"), "https://cn.test/v1");
  rig.values.values["api_url"] = "http://127.0.0.1:9090/graph/";
  EXPECT_EQ(rig.open().origin("api"), "http://127.0.0.1:9090/graph/v1");
}

TEST(Session, AnAddressThatCannotBeMadeIsASettingsErrorNamingTheField) {
  Rig rig([](const net::Request&) { return answer(200, "{}"); });
  rig.source.connection.push_back({.name = "cloud"});
  rig.source.addresses[0].choose_by = "cloud";
  rig.source.addresses[0].urls = {{"global", "https://global.test"}};
  rig.values.values["cloud"] = "custom";
  const auto custom = rig.try_open();
  ASSERT_FALSE(custom.ok());
  EXPECT_EQ(custom.error().kind, ErrorKind::kSettings);
  EXPECT_THAT(custom.error().message, HasSubstr("Set api_url."));
  for (const char* bad : {"https://user@api.test", "https://api.test/?x=1", "ftp://api.test"}) {
    rig.values.values["api_url"] = bad;
    const auto opened = rig.try_open();
    ASSERT_FALSE(opened.ok()) << bad;
    EXPECT_EQ(opened.error().kind, ErrorKind::kSettings) << bad;
  }
}

TEST(Session, EncodesPlaceholdersAndParametersButKeepsThemReadable) {
  Rig rig([](const net::Request&) { return answer(200, "{}"); });
  rig.source.connection.push_back({.name = "site"});
  rig.values.values["site"] = "a/b";
  Session& session = rig.open();
  const auto url = session.url(
      small_request("/sites/{site}/groups/{key}/members"),
      {{"$top", "999"}, {"$select", "id,displayName"}, {"$filter", "name eq 'R&D + O''Brien=1'"}},
      "g 1?");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(
      *url,
      "https://api.test/v1/sites/a%2Fb/groups/g%201%3F/members?$top=999&$select=id,displayName"
      "&$filter=name%20eq%20%27R%26D%20%2B%20O%27%27Brien%3D1%27");
  EXPECT_FALSE(session.url(small_request("/x/{unknown}"), {}).ok());
}

TEST(Session, GivesLinksRelativeToTheAddressAndRefusesForeignOnes) {
  Rig rig([](const net::Request&) { return answer(200, "{}"); });
  Session& session = rig.open();
  const auto own = session.relative("api", "https://API.test:443/v1/groups/1/members?$skiptoken=x");
  ASSERT_TRUE(own.ok());
  EXPECT_EQ(*own, "/groups/1/members?$skiptoken=x");
  const auto foreign = session.relative("api", "https://api.test.evil.test/v1/groups");
  ASSERT_FALSE(foreign.ok());
  EXPECT_EQ(foreign.error().reason, "foreign_link");
}

TEST(Session, ExplainsARefusalWithStatusCodeMessageAndRequestId) {
  net::Response response = refusal(403, "Authorization_RequestDenied");
  response.headers.push_back({"request-id", "5f0c7a1e"});
  const base::Error error = error_for(
      response,
      {{.status = 403, .meaning = Meaning::kPermission, .advice = "Grant User.Read.All."}});
  EXPECT_EQ(error.kind, ErrorKind::kDenied);
  EXPECT_EQ(error.reason, "source_permission");
  EXPECT_EQ(error.message,
            "Grant User.Read.All. The answer was 403 Authorization_RequestDenied, "
            "request-id 5f0c7a1e.");
  EXPECT_EQ(error.heard, "No.");
}

TEST(Session, SaysAStatusOnceThatTheSourceRepeatsAsItsCode) {
  const base::Error error = error_for(refusal(403, "403"), {});
  EXPECT_EQ(error.message, "The source refuses this: a permission is missing. The answer was 403.");
}

TEST(Session, WalksNestedErrorsToTheMostSpecificKnownCode) {
  const char* body =
      R"({"error":{"code":"BadRequest","message":"m","innererror":{"code":"Middle","innerError":{)"
      R"("code":"Innermost","request-id":"inner-id"}}}})";
  const auto rule = [](const char* code, Meaning meaning) {
    return catalogue::ErrorRule{.status = 400, .code = code, .meaning = meaning};
  };
  const base::Error middle = error_for(answer(400, body), {rule("BadRequest", Meaning::kMistake),
                                                           rule("Middle", Meaning::kRestart)});
  EXPECT_EQ(middle.reason, "restart_listing");
  EXPECT_THAT(middle.message, HasSubstr("400 Middle"));
  EXPECT_THAT(middle.message, HasSubstr("request-id inner-id"));
  EXPECT_EQ(error_for(answer(400, body), {rule("BadRequest", Meaning::kGone)}).reason, "gone");
  const base::Error unknown = error_for(answer(400, body));
  EXPECT_EQ(unknown.reason, "source_protocol");
  EXPECT_THAT(unknown.message, HasSubstr("400 BadRequest"));
}

TEST(Session, ShowsTheInnermostOfMessagesThatAreJsonThemselves) {
  const auto message = [](const std::string& text) {
    std::string quoted;
    json::append_quoted(quoted, text);
    return error_for(answer(403, R"({"error":{"code":"X","message":)" + quoted + "}}")).heard;
  };
  EXPECT_THAT(message(R"({"ErrorCode":"F","Message":"{\"_version\":3,\"Message\":\"Why.\"}"})"),
              "Why.");
  EXPECT_THAT(message(R"({"ErrorCode":"F"})"), HasSubstr("ErrorCode"));
  EXPECT_THAT(message("{no JSON"), HasSubstr("{no JSON"));
}

TEST(Session, KeepsWhatMayRepeatARecordOutOfTheMessage) {
  const base::Error error = error_for(
      answer(400, R"({"error":{"code":"anna@corp.example","message":"No Anna Schmidt here"}})"));
  EXPECT_THAT(error.text(), Not(AnyOf(HasSubstr("Anna"), HasSubstr("anna"))));
  EXPECT_EQ(error.heard, "No Anna Schmidt here");
}

TEST(Session, ShowsNoCredentialThatAnErrorAnswerRepeats) {
  for (const std::string_view repeated :
       {"s3cret-token", "Bearer s3cret-token", "czNjcmV0LXRva2Vu"}) {
    const base::Error error = error_for(answer(
        400, fmt::format(R"({{"error":{{"code":"{0}","message":"You sent {0}."}}}})", repeated)));
    EXPECT_THAT(error.text() + error.heard, Not(AnyOf(HasSubstr("s3cret"), HasSubstr("czNjcmV0"))))
        << repeated;
    EXPECT_THAT(error.heard, HasSubstr("[secret]"));
  }
}

TEST(Session, ShowsNoCredentialInPlaceOfAContentType) {
  net::Response page = answer(200, "<html>");
  page.headers = {{"Content-Type", "text/s3cret-token"}};
  EXPECT_THAT(error_for(page).text(), AllOf(HasSubstr("[secret]"), Not(HasSubstr("s3cret"))));
}

TEST(Session, ARuleForTheCodeWinsOverOneForTheStatus) {
  const std::vector<catalogue::ErrorRule> rules = {
      {.status = 400, .meaning = Meaning::kMistake},
      {.status = 0, .code = "Expired", .meaning = Meaning::kGone},
      {.status = 400, .code = "Expired", .meaning = Meaning::kRestart}};
  EXPECT_EQ(error_for(refusal(400, "Expired"), rules).reason, "restart_listing");
  EXPECT_EQ(error_for(refusal(410, "Expired"), rules).reason, "gone");
  EXPECT_EQ(error_for(refusal(400, "Else"), rules).reason, "source_protocol");
}

TEST(Session, HasAMeaningForEveryStatusWithoutRules) {
  const auto reason = [](int status) { return error_for(refusal(status, "")).reason; };
  EXPECT_EQ(reason(401), "source_sign_in");
  EXPECT_EQ(reason(403), "source_permission");
  EXPECT_EQ(reason(404), "gone");
  EXPECT_EQ(reason(410), "gone");
  EXPECT_EQ(reason(429), "source_throttled");
  EXPECT_EQ(reason(503), "source_unavailable");
  EXPECT_EQ(reason(400), "source_protocol");
  EXPECT_EQ(reason(501), "source_protocol");
}

TEST(Session, ShowsAtMost200SanitisedCharactersOfTheSourcesWords) {
  const std::string words = "\\u001b[31m" + std::string(5'000, 'x');
  const base::Error error =
      error_for(answer(400, R"({"error":{"code":"Bad","message":")" + words + R"("}})"));
  EXPECT_LT(error.message.size(), 400U);
  EXPECT_THAT(error.message, Not(HasSubstr("\x1b")));
}

TEST(Session, FollowsNoRedirectAndNamesOnlyTheHostItWouldLeadTo) {
  net::Response response = answer(302, "");
  response.headers = {{"Location", "https://login.elsewhere.test/path?secret=1"}};
  const base::Error error = error_for(response);
  EXPECT_EQ(error.reason, "source_protocol");
  EXPECT_EQ(error.kind, ErrorKind::kMalformed);
  EXPECT_THAT(error.message, HasSubstr("host login.elsewhere.test"));
  EXPECT_THAT(error.message, Not(HasSubstr("secret")));
}

TEST(Session, DoesNotTakeAPageForData) {
  const std::vector<net::Header> html = {{"Content-Type", "text/html"}};
  const base::Error page = error_for(answer(200, "<html>Sign in</html>", html));
  EXPECT_EQ(page.reason, "source_protocol");
  EXPECT_THAT(page.message, HasSubstr("text/html"));
  EXPECT_EQ(error_for(answer(204, "", {})).reason, "source_protocol");
  for (const int status : {201, 202, 203, 206}) {
    const base::Error error = error_for(answer(status, R"({"value":[]})"));
    EXPECT_EQ(error.reason, "source_protocol") << status;
    EXPECT_THAT(error.message, HasSubstr(std::to_string(status)));
  }
  EXPECT_EQ(error_for(answer(200, "")).reason, "source_protocol");
}

TEST(Session, TakesPlainTextForDataOnlyWhenItBeginsAsJson) {
  const std::vector<net::Header> plain = {{"Content-Type", "text/plain;charset=UTF-8"}};
  Rig rig([&](const net::Request&) { return answer(200, "\n{\"value\":[]}", plain); });
  EXPECT_TRUE(rig.open().get(small_request(), "https://api.test/v1/users", kNoStop).ok());
  EXPECT_THAT(error_for(answer(200, "Please sign in.", plain)).message, HasSubstr("text/plain"));
}

TEST(Session, BelievesThatDataIsNotAvailableOnlyTheThirdTime) {
  int calls = 0;
  const auto handler = [&](const net::Request&) {
    return ++calls < 3 ? refusal(403, "NoLicence") : answer(200, R"({"value":[]})");
  };
  const std::vector<catalogue::ErrorRule> rules = {
      {.status = 403, .code = "NoLicence", .meaning = Meaning::kNotAvailable}};
  Rig rig(handler);
  rig.source.errors = rules;
  EXPECT_TRUE(rig.open().get(small_request(), "https://api.test/v1/users", kNoStop).ok());
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(error_for(refusal(403, "NoLicence"), rules).reason, "not_available");
}

TEST(Session, RepeatsWhatARuleCallsTransient) {
  int calls = 0;
  Rig rig([&](const net::Request&) {
    return ++calls < 4 ? refusal(409, "Busy") : answer(200, R"({"value":[]})");
  });
  rig.source.errors = {{.status = 409, .code = "Busy", .meaning = Meaning::kRetry}};
  rig.retry.attempts = 4;
  EXPECT_TRUE(rig.open().get(small_request(), "https://api.test/v1/users", kNoStop).ok());
  EXPECT_EQ(calls, 4);
}

TEST(Session, CountsTheTrafficOfAllLanes) {
  int calls = 0;
  Rig rig([&](const net::Request&) {
    if (++calls == 1) {
      net::Response slow = refusal(429, "TooManyRequests");
      slow.headers.push_back({"Retry-After", "5"});
      return slow;
    }
    return answer(200, R"({"value":[]})");
  });
  rig.source.lanes.push_back({.name = "slow"});
  Session& session = rig.open();
  catalogue::Request slow = small_request();
  slow.lane = "slow";
  ASSERT_TRUE(session.get(small_request(), "https://api.test/v1/users", kNoStop).ok());
  ASSERT_TRUE(session.get(slow, "https://api.test/v1/users", kNoStop).ok());
  const Traffic traffic = session.traffic();
  EXPECT_EQ(traffic.requests, 3U);
  EXPECT_EQ(traffic.throttled, 1U);
  EXPECT_GE(traffic.waited_seconds, 5.0);
}

}  // namespace
}  // namespace muster::source::test
