#include "sandbox/okta/okta_service.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "crypto/jose.h"
#include "json/writer.h"
#include "sandbox/test_support.h"

namespace muster::sandbox::okta {
namespace {

using test::kOrigin;
using test::Reply;

SandboxSettings with_okta(bool quota = false) {
  SandboxSettings settings = test::small_world();
  settings.sources = {"okta"};
  settings.quota = quota;
  return settings;
}

class OktaStage : public test::Stage {
 public:
  explicit OktaStage(SandboxSettings settings = with_okta()) : Stage(std::move(settings)) {
    const Connection connection = sandbox.connection(kOrigin);
    for (const ConnectionValue& value : connection.further.at(0).values) {
      values[value.field] = value.value;
    }
  }

  // `path` as "/groups?limit=5", or an absolute link.
  Reply ask(std::string path, std::vector<net::Header> headers = {}) {
    if (path.starts_with(kOrigin)) {
      path.erase(0, kOrigin.size());
    } else {
      path.insert(0, "/okta/api/v1");
    }
    const bool signs_itself = std::any_of(headers.begin(), headers.end(), [](const auto& header) {
      return header.name == "Authorization";
    });
    if (!signs_itself) headers.push_back({"Authorization", "SSWS " + values["token"]});
    return send("GET", std::move(path), std::move(headers));
  }

  std::string assertion(std::map<std::string, std::string> changes = {}) {
    const std::int64_t now =
        std::chrono::floor<std::chrono::seconds>(scheduler->wall_now()).time_since_epoch().count();
    std::map<std::string, std::string> claims = {
        {"iss", values["client_id"]},
        {"sub", values["client_id"]},
        {"aud", std::string(kOrigin) + "/okta/oauth2/v1/token"},
        {"exp", std::to_string(now + 300)},
        {"jti", fmt::format("jti-{}", ++assertions_)},
        {"kid", values["key_id"]},
        {"key", values["private_key"]}};
    for (auto& [name, value] : changes) claims[name] = value;
    std::string payload;
    json::Writer writer(payload);
    writer.begin_object();
    for (const char* name : {"iss", "sub", "aud", "jti"}) writer.key(name).string(claims[name]);
    writer.key("exp").raw(claims["exp"]).end_object();
    return crypto::sign_jwt(crypto::Algorithm::kRs256,
                            R"({"alg":"RS256","kid":")" + claims["kid"] + "\"}", payload,
                            base::Secret(claims["key"]))
        .value();
  }

  Reply sign_in_app(const std::string& assertion, const std::string& scope = "okta.users.read",
                    const std::string& more = "") {
    return send("POST", "/okta/oauth2/v1/token",
                {{"Content-Type", "application/x-www-form-urlencoded"}},
                "grant_type=client_credentials&client_assertion_type=" +
                    base::form_encode("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") +
                    "&scope=" + base::form_encode(scope) +
                    "&client_assertion=" + base::form_encode(assertion) + more);
  }

  std::map<std::string, std::string> values;

 private:
  int assertions_ = 0;
};

std::string error_code(const Reply& reply) { return reply.text("errorCode"); }

// Every link of every Link header line, as (rel, URL).
std::map<std::string, std::string> links_of(const Reply& reply) {
  std::map<std::string, std::string> links;
  for (const net::Header& header : reply.headers) {
    if (header.name != "Link") continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const std::size_t end = rest.find('>');
      const std::size_t rel = rest.find("rel=\"") + 5;
      links[std::string(rest.substr(rel, 4))] = rest.substr(1, end - 1);
      const std::size_t next = rest.find('<', end);
      rest = next == std::string_view::npos ? "" : rest.substr(next);
    }
  }
  return links;
}

std::vector<std::string> texts(const Reply& reply, std::initializer_list<std::string_view> path) {
  std::vector<std::string> found;
  const json::Document document = reply.json();
  for (const json::Value& row : document.root().items()) {
    const json::Value* value = &row;
    for (const std::string_view name : path) value = value == nullptr ? nullptr : value->find(name);
    found.emplace_back(value == nullptr ? "(absent)" : value->text());
  }
  return found;
}

// All pages of a list.
std::vector<std::string> ids(OktaStage& stage, const std::string& path) {
  std::vector<std::string> all;
  Reply page = stage.ask(path);
  for (;;) {
    EXPECT_EQ(page.status, 200) << page.body;
    const auto found = texts(page, {"id"});
    all.insert(all.end(), found.begin(), found.end());
    const auto links = links_of(page);
    if (!links.contains("next")) return all;
    page = stage.ask(links.at("next"));
  }
}

json::Document truth(OktaStage& stage, const std::string& data_set) {
  return stage.send("GET", "/_sandbox/truth/okta." + data_set + "?limit=1000000").json();
}

TEST(OktaSignIn, TakesTheTokenInItsOwnScheme) {
  OktaStage stage;
  EXPECT_EQ(stage.ask("/users?limit=1").status, 200);
  const std::string token = stage.values["token"];
  for (const std::string& wrong : {"Bearer " + token, token, "SSWS " + token + "x"}) {
    const Reply reply = stage.ask("/users?limit=1", {{"Authorization", wrong}});
    EXPECT_EQ(reply.status, 401) << wrong;
    EXPECT_EQ(error_code(reply), "E0000011");
  }
}

TEST(OktaSignIn, ForgetsATokenThatNobodyUsedForThirtyDays) {
  OktaStage stage;
  stage.pass(std::chrono::hours(24 * 29));
  EXPECT_EQ(stage.ask("/users?limit=1").status, 200) << "each use keeps it alive";
  stage.pass(std::chrono::hours(24 * 29));
  EXPECT_EQ(stage.ask("/users?limit=1").status, 200);
  stage.pass(std::chrono::hours(24 * 31));
  EXPECT_EQ(stage.ask("/users?limit=1").status, 401);
}

TEST(OktaSignIn, GivesAnAppATokenForAnHourAndTheScopesItAsksFor) {
  OktaStage stage;
  const Reply signed_in = stage.sign_in_app(stage.assertion());
  ASSERT_EQ(signed_in.status, 200) << signed_in.body;
  EXPECT_EQ(signed_in.text("expires_in"), "3600");
  const net::Header bearer{"Authorization", "Bearer " + signed_in.text("access_token")};
  EXPECT_EQ(stage.ask("/users?limit=1", {bearer}).status, 200);
  const Reply groups = stage.ask("/groups?limit=1", {bearer});
  EXPECT_EQ(groups.status, 403);
  EXPECT_EQ(error_code(groups), "E0000006");
  EXPECT_NE(groups.header("WWW-Authenticate").find("insufficient_scope"), std::string::npos);
  stage.pass(std::chrono::minutes(61));
  EXPECT_EQ(error_code(stage.ask("/users?limit=1", {bearer})), "E0000011");
}

TEST(OktaSignIn, ChecksTheAssertionOfAnApp) {
  OktaStage stage;
  const auto other = make_client_certificate("somebody else");
  const std::map<std::string, std::string> mistakes[] = {
      {{"key", other->private_key_pem}},
      {{"kid", "another"}},
      {{"iss", "0oaother"}},
      {{"sub", "0oaother"}},
      {{"aud", "https://elsewhere.example/oauth2/v1/token"}},
      {{"exp", "1000"}},
      {{"exp", "4000000000"}}};
  for (const auto& mistake : mistakes) {
    const Reply reply = stage.sign_in_app(stage.assertion(mistake));
    EXPECT_EQ(reply.status, 401) << mistake.begin()->first;
    EXPECT_EQ(reply.code(), "invalid_client") << mistake.begin()->first;
  }
  const std::string once = stage.assertion();
  EXPECT_EQ(stage.sign_in_app(once).status, 200);
  EXPECT_EQ(stage.sign_in_app(once).code(), "invalid_client") << "used before";
}

TEST(OktaSignIn, RefusesASecretAndAScopeThatIsNotGranted) {
  OktaStage stage;
  EXPECT_EQ(stage.sign_in_app(stage.assertion(), "okta.users.read", "&client_secret=x").code(),
            "invalid_client");
  const Reply scope = stage.sign_in_app(stage.assertion(), "okta.users.read okta.users.manage");
  EXPECT_EQ(scope.status, 400);
  EXPECT_EQ(scope.code(), "invalid_scope");
}

TEST(OktaPaging, LinksEveryPageInOneHeaderLineOrSeveral) {
  OktaStage stage;
  const Reply first = stage.ask("/users?limit=2");
  EXPECT_EQ(std::count_if(first.headers.begin(), first.headers.end(),
                          [](const auto& header) { return header.name == "Link"; }),
            2);
  const Reply second = stage.ask(links_of(first).at("next"));
  EXPECT_EQ(std::count_if(second.headers.begin(), second.headers.end(),
                          [](const auto& header) { return header.name == "Link"; }),
            1);
  EXPECT_TRUE(links_of(second).contains("next"));
  EXPECT_EQ(texts(first, {"id"}).size(), 2u);
  const auto all = ids(stage, "/users?limit=97");
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), all.size());
  EXPECT_EQ(all, ids(stage, "/users?limit=200"));
}

TEST(OktaPaging, BindsACursorToItsQueryAndItsToken) {
  OktaStage stage;
  const std::string next = links_of(stage.ask("/users?limit=2")).at("next");
  const std::string cursor = next.substr(next.find("after="), next.find('&') - next.find("after="));
  EXPECT_EQ(stage.ask("/users?limit=2&" + cursor).status, 200) << "in any order";
  EXPECT_EQ(error_code(stage.ask("/users?limit=3&" + cursor)), "E0000001");
  EXPECT_EQ(error_code(stage.ask("/groups?limit=2&" + cursor)), "E0000001");
  EXPECT_EQ(error_code(stage.ask("/users?limit=2&" + cursor + "x")), "E0000001");
  const std::string bearer = "Bearer " + stage.sign_in_app(stage.assertion()).text("access_token");
  EXPECT_EQ(stage.ask("/users?limit=2&" + cursor, {{"Authorization", bearer}}).status, 400);
}

TEST(OktaPaging, CutsALargeLimitAndRefusesASmallOne) {
  OktaStage stage;
  EXPECT_EQ(texts(stage.ask("/users?limit=5000"), {"id"}).size(), 200u);
  EXPECT_EQ(texts(stage.ask("/users"), {"id"}).size(), 200u);
  const std::string app = ids(stage, "/apps?limit=200").front();
  EXPECT_EQ(stage.ask("/apps/" + app + "/groups?limit=20").status, 200);
  EXPECT_EQ(error_code(stage.ask("/apps/" + app + "/groups?limit=19")), "E0000001");
  EXPECT_EQ(stage.ask("/users?limit=0").status, 400);
  EXPECT_EQ(stage.ask("/users?limit=ten").status, 400);
  EXPECT_EQ(stage.ask("/users?top=10").status, 400);
}

TEST(OktaUsers, LeaveOutDeactivatedOnesUnlessAFilterAsks) {
  OktaStage stage;
  const json::Document all = truth(stage, "users");
  std::set<std::string> deactivated, others, states;
  for (const json::Value& user : all.root().find("value")->items()) {
    const std::string status(user.find("status")->text());
    states.insert(status);
    (status == "DEPROVISIONED" ? deactivated : others).emplace(user.find("id")->text());
  }
  EXPECT_EQ(states.size(), 8u);
  const auto listed = ids(stage, "/users?limit=200");
  EXPECT_EQ(std::set<std::string>(listed.begin(), listed.end()), others);
  const auto asked = ids(stage, "/users?limit=200&filter=status%20eq%20%22DEPROVISIONED%22");
  EXPECT_EQ(std::set<std::string>(asked.begin(), asked.end()), deactivated);
  EXPECT_GT(deactivated.size(), 20u);
  const auto both =
      ids(stage,
          "/users?filter=(status%20eq%20%22ACTIVE%22)%20or%20(status%20eq%20%22DEPROVISIONED%22)");
  EXPECT_GT(both.size(), deactivated.size());
}

TEST(OktaUsers, RefuseAConditionThatOktaDoesNotKnow) {
  OktaStage stage;
  for (const char* wrong : {"foo", "status%20ne%20%22ACTIVE%22", "status%20sw%20%22A%22",
                            "profile.city%20eq%20%22Oslo%22", "type%20eq%20%22x%22", "(status"}) {
    const Reply reply = stage.ask(std::string("/users?filter=") + wrong);
    EXPECT_EQ(reply.status, 400) << wrong;
    EXPECT_EQ(error_code(reply), "E0000031") << wrong;
  }
  EXPECT_EQ(stage.ask("/users?search=profile.city%20sw%20%22O%22").status, 200);
}

TEST(OktaUsers, ShowCredentialsUnlessToldNotTo) {
  OktaStage stage;
  EXPECT_NE(stage.ask("/users?limit=1").body.find("DO-NOT-IMPORT"), std::string::npos);
  const Reply without =
      stage.ask("/users?limit=1",
                {{"Content-Type",
                  "application/json; okta-response=\"omitCredentials, omitCredentialsLinks\""}});
  EXPECT_EQ(without.body.find("credentials"), std::string::npos);
}

TEST(OktaUsers, HoldNoCharacterOfFourBytes) {
  OktaStage stage;
  const Reply users = stage.send("GET", "/_sandbox/truth/okta.users?limit=1000000");
  const Reply groups = stage.send("GET", "/_sandbox/truth/okta.groups?limit=1000000");
  EXPECT_EQ((users.body + groups.body).find('\xF0'), std::string::npos);
}

TEST(OktaGroups, BeginWithEveryoneAndHaveBothFormsOfProfile) {
  OktaStage stage;
  const Reply groups = stage.ask("/groups?limit=200&expand=stats");
  const auto types = texts(groups, {"type"});
  EXPECT_EQ(types.front(), "BUILT_IN");
  EXPECT_EQ(texts(groups, {"profile", "name"}).front(), "Everyone");
  EXPECT_GT(std::count(types.begin(), types.end(), "APP_GROUP"), 2);
  const auto names = texts(groups, {"profile", "samAccountName"});
  for (std::size_t at = 0; at < types.size(); ++at) {
    EXPECT_EQ(names[at] == "(absent)", types[at] != "APP_GROUP");
  }
  const auto counts = texts(groups, {"_embedded", "stats", "usersCount"});
  const auto group_ids = texts(groups, {"id"});
  for (const std::size_t at : {std::size_t{0}, std::size_t{1}, std::size_t{8}}) {
    EXPECT_EQ(counts[at],
              std::to_string(ids(stage, "/groups/" + group_ids[at] + "/users?limit=200").size()));
  }
}

TEST(OktaGroups, AreGoneWhenTheyWereRemovedMeanwhile) {
  OktaStage stage;
  const std::string group = ids(stage, "/groups?limit=200").at(3);
  EXPECT_EQ(stage.ask("/groups/" + group).status, 200);
  stage.send("POST", "/_sandbox/edits", {}, R"([{"data_set": "groups", "remove_first": 5}])");
  const Reply gone = stage.ask("/groups/" + group + "/users");
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(error_code(gone), "E0000007");
  EXPECT_EQ(stage.ask("/groups/" + group).status, 404);
}

TEST(OktaApps, ShowTheirSecretsAndWhoHasThem) {
  OktaStage stage;
  const Reply apps = stage.ask("/apps?limit=200");
  EXPECT_NE(apps.body.find("\"client_secret\":\"DO-NOT-IMPORT-THIS-VALUE\""), std::string::npos);
  std::set<std::string> scopes;
  std::size_t users = 0, groups = 0;
  for (const std::string& app : texts(apps, {"id"})) {
    const Reply page = stage.ask("/apps/" + app + "/users?limit=500");
    for (const std::string& scope : texts(page, {"scope"})) scopes.insert(scope);
    users += ids(stage, "/apps/" + app + "/users?limit=500").size();
    groups += ids(stage, "/apps/" + app + "/groups?limit=200").size();
  }
  EXPECT_EQ(scopes, (std::set<std::string>{"GROUP", "USER"}));
  const auto summary = stage.send("GET", "/_sandbox/truth/okta").json();
  EXPECT_EQ(summary.root().find("application_users")->integer(), users);
  EXPECT_EQ(summary.root().find("application_groups")->integer(), groups);
}

TEST(OktaDevices, EmbedTheirUsersWhenAsked) {
  OktaStage stage;
  const Reply plain = stage.ask("/devices?limit=50");
  EXPECT_EQ(plain.body.find("_embedded"), std::string::npos);
  const Reply devices = stage.ask("/devices?limit=50&expand=userSummary");
  EXPECT_NE(devices.body.find("managementStatus"), std::string::npos);
  EXPECT_EQ(devices.body.find("employeeNumber"), std::string::npos) << "a summary only";
  const auto serials = texts(devices, {"profile", "serialNumber"});
  EXPECT_GT(std::count(serials.begin(), serials.end(), "(absent)"), 0) << "phones";
  EXPECT_EQ(stage.ask("/devices?expand=everything").status, 400);
}

TEST(OktaRoles, AreTheStandardOnesOfAnAdministrator) {
  OktaStage stage;
  const json::Document pairs = truth(stage, "user_roles");
  const json::Value& first = pairs.root().find("value")->items()[0];
  const Reply roles = stage.ask("/users/" + std::string(first.find("from")->text()) + "/roles");
  const auto types = texts(roles, {"type"});
  EXPECT_NE(std::find(types.begin(), types.end(), first.find("to")->text()), types.end());
  EXPECT_EQ(stage.ask("/iam/assignees/users?limit=100").status, 200);
  EXPECT_EQ(stage.ask("/iam/roles").status, 200);
}

TEST(OktaQuota, IsToldWithEveryAnswerAndBeginsAnewAMinuteAfterItsFirstUse) {
  OktaStage stage(with_okta(true));
  const Reply first = stage.ask("/apps?limit=1");
  EXPECT_EQ(first.header("X-Rate-Limit-Limit"), "50") << "half of the org's";
  EXPECT_EQ(first.header("X-Rate-Limit-Remaining"), "49");
  for (int number = 1; number < 50; ++number) {
    stage.pass(std::chrono::milliseconds(100));
    EXPECT_EQ(stage.ask("/apps?limit=1").status, 200);
  }
  const Reply refused = stage.ask("/apps?limit=1");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(error_code(refused), "E0000047");
  EXPECT_EQ(refused.header("X-Rate-Limit-Limit"), "50");
  EXPECT_EQ(refused.header("X-Rate-Limit-Reset"), first.header("X-Rate-Limit-Reset"));
  EXPECT_EQ(refused.header("Retry-After"), "");
  EXPECT_EQ(stage.ask("/users?limit=1").status, 200) << "a bucket of its own";
  stage.pass(std::chrono::seconds(56));
  EXPECT_EQ(stage.ask("/apps?limit=1").status, 200);
}

TEST(OktaQuota, RefusesTooManyAtOnceWithALimitOfZero) {
  OktaStage stage(with_okta(true));
  for (int number = 0; number < 75; ++number) {
    EXPECT_EQ(stage.ask(number % 2 == 0 ? "/users?limit=1" : "/groups?limit=1").status, 200);
  }
  const Reply refused = stage.ask("/users?limit=1");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.header("X-Rate-Limit-Limit"), "0");
  EXPECT_EQ(refused.header("X-Rate-Limit-Remaining"), "0");
  stage.pass(std::chrono::milliseconds(50));
  EXPECT_EQ(stage.ask("/users?limit=1").status, 200);
}

TEST(OktaFaults, BreakPagesOnWish) {
  OktaStage stage;
  const auto with = [&](const std::string& action) {
    stage.send("DELETE", "/_sandbox/faults");
    stage.send("POST", "/_sandbox/faults", {},
               R"([{"service": "okta", "path_prefix": "/api/v1/users", "times": 1, "action": {)" +
                   action + "}}]");
    return stage.ask("/users?limit=3");
  };
  EXPECT_TRUE(texts(with("\"empty_page\": true"), {"id"}).empty());
  EXPECT_EQ(links_of(with("\"foreign_link\": \"https://org-admin.example\""))
                .at("next")
                .find("https://org-admin.example/okta/api/v1/users"),
            0u);
  const std::string again = links_of(with("\"endless_link\": true")).at("next");
  EXPECT_EQ(again, std::string(kOrigin) + "/okta/api/v1/users?limit=3");
  EXPECT_EQ(texts(with("\"drop_row\": true"), {"id"}).size(), 2u);
}

}  // namespace
}  // namespace muster::sandbox::okta
