#include "sandbox/jamf/jamf_service.h"

#include <gtest/gtest.h>

#include <set>

#include "base/text.h"
#include "sandbox/decode.h"
#include "sandbox/faults.h"
#include "sandbox/test_support.h"

namespace muster::sandbox::jamf {
namespace {

using test::Reply;

std::string text_at(const json::Value* value, std::string_view key) {
  const json::Value* found = value == nullptr ? nullptr : value->find(key);
  return found == nullptr ? "(absent)" : found->is_null() ? "(null)" : std::string(found->text());
}

// A Jamf Pro server in virtual time, spoken to without a network.
class Server {
 public:
  explicit Server(JamfSettings settings = {})
      : scheduler(base::make_simulated_scheduler(1)),
        world_(3, {.users = 400, .devices = 900}),
        edits(*scheduler),
        service(world_, edits, *scheduler, settings) {}

  Reply send(std::string method, std::string path, std::vector<net::Header> headers,
             std::string body = {}, const FaultAction* fault = nullptr) {
    const Target target = split_target(path);
    Call call{.method = std::move(method),
              .origin = "http://jamf.test",
              .prefix = "/jamf",
              .path = *percent_decode(target.path, false),
              .raw_query = std::string(target.query),
              .query = *decode_parameters(target.query),
              .headers = &headers,
              .body = body,
              .fault = fault};
    Reply reply;
    reply.raw = service.handle(call);
    reply.status = reply.raw.status;
    reply.headers = reply.raw.headers;
    reply.body = reply.raw.body;
    return reply;
  }

  Reply sign_in(std::string_view client = kClientId, std::string_view more = {},
                std::string path = "/api/v1/oauth/token") {
    return send("POST", std::move(path), {{"Content-Type", "application/x-www-form-urlencoded"}},
                "grant_type=client_credentials&client_id=" + std::string(client) +
                    "&client_secret=" + base::form_encode(secret()) + std::string(more));
  }
  std::string secret() { return service.connection("http://jamf.test/jamf").back().value; }

  Reply get(std::string path, const FaultAction* fault = nullptr) {
    if (token.empty()) token = sign_in().text("access_token");
    return send("GET", std::move(path),
                {{"Authorization", "Bearer " + token}, {"Accept", "application/json"}}, {}, fault);
  }

  void pass(base::Duration duration) { base::sleep_for(*scheduler, duration, {}); }

  std::unique_ptr<base::Scheduler> scheduler;

 private:
  world::World world_;

 public:
  world::EditBoard edits;
  JamfService service;
  std::string token;
};

std::vector<std::string> keys(const Reply& reply, std::string_view key = "id") {
  std::vector<std::string> found;
  const json::Document document = reply.json();
  const json::Value* results = document.root().find("results");
  for (const json::Value& row : (results ? *results : document.root()).items()) {
    found.push_back(text_at(&row, key));
  }
  return found;
}

std::string error_code(const Reply& reply) {
  const json::Document document = reply.json();
  const json::Value* errors = document.root().find("errors");
  return errors == nullptr || errors->items().empty() ? "" : text_at(&errors->items()[0], "code");
}

constexpr std::string_view kComputers = "/api/v4/computers-inventory?sort=id:asc";

TEST(JamfSignIn, GivesAnApiClientATokenForAMinute) {
  Server server;
  const Reply reply = server.sign_in();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.text("expires_in"), "60");
  EXPECT_EQ(reply.text("token_type"), "Bearer");
  server.token = reply.text("access_token");
  server.pass(std::chrono::seconds(59));
  EXPECT_EQ(server.get("/api/v1/jamf-pro-version").text("version"), "11.30.1-t1784555528405");
  server.pass(std::chrono::seconds(1));
  const Reply late = server.get("/api/v1/jamf-pro-version");
  EXPECT_EQ(late.status, 401);
  EXPECT_EQ(error_code(late), "INVALID_TOKEN");
}

TEST(JamfSignIn, SaysWhatIsWrongWithAClientInTheWordsOfOAuth) {
  Server server;
  const auto error = [&](std::string body, std::string type = "application/x-www-form-urlencoded") {
    const Reply reply = server.send("POST", "/api/v1/oauth/token", {{"Content-Type", type}}, body);
    EXPECT_EQ(reply.status, 400);
    return reply.text("error");
  };
  EXPECT_EQ(error("grant_type=client_credentials&client_id=nobody&client_secret=x"),
            "invalid_client");
  EXPECT_EQ(error("client_id=a&client_secret=b"), "invalid_request");
  EXPECT_EQ(error("grant_type=password&client_id=a"), "unsupported_grant_type");
  EXPECT_EQ(error("{}", "application/json"), "invalid_request");
  EXPECT_EQ(server.sign_in(kClientId, "&scope=api-role:999").text("error"), "invalid_scope");
  EXPECT_EQ(server.sign_in(kClientId, "&scope=api-role:1").status, 200);
  EXPECT_EQ(server.send("GET", "/api/v1/oauth/token", {}).status, 405);
}

TEST(JamfSignIn, GivesAUserATokenThatCanBeProlongedAndGivenBack) {
  Server server;
  const auto ask = [&](const std::string& password) {
    return server.send("POST", "/api/v1/auth/token",
                       {{"Authorization",
                         "Basic " + base::base64_encode(std::string(kUserName) + ':' + password)}});
  };
  EXPECT_EQ(ask("wrong").status, 401);
  EXPECT_EQ(ask("wrong").body, R"({"httpStatus":401,"errors":[]})");
  const Reply reply = ask(server.secret());
  EXPECT_TRUE(base::parse_utc(reply.text("expires"))) << reply.body;
  const net::Header first{"Authorization", "Bearer " + reply.text("token")};
  const Reply prolonged = server.send("POST", "/api/v1/auth/keep-alive", {first});
  EXPECT_EQ(prolonged.status, 200);
  EXPECT_EQ(server.send("GET", "/api/v1/sites", {first}).status, 401) << "the old one died";
  const net::Header second{"Authorization", "Bearer " + prolonged.text("token")};
  EXPECT_EQ(server.send("POST", "/api/v1/auth/invalidate-token", {second}).status, 204);
  EXPECT_EQ(server.send("GET", "/api/v1/sites", {second}).status, 401);
}

TEST(JamfSignIn, KnowsTheOldPathOnlyOnAnOldServer) {
  Server old({.server = {10, 50}});
  EXPECT_EQ(old.sign_in().status, 404);
  EXPECT_EQ(old.sign_in(kClientId, "", "/api/oauth/token").status, 200);
  Server today;
  EXPECT_EQ(today.sign_in(kClientId, "", "/api/oauth/token").status, 404);
}

TEST(JamfPages, CutsThemSilentlyAtTheLargestAndEndsWithAnEmptyOne) {
  Server server({.largest_page = 20});
  const Reply first = server.get(std::string(kComputers) + "&page-size=5000&page=0");
  EXPECT_EQ(keys(first).size(), 20u);
  const std::size_t total = *base::parse_int(first.text("totalCount"));
  ASSERT_GT(total, 60u);
  std::set<std::string> seen;
  for (std::size_t page = 0; page <= total / 20; ++page) {
    const Reply reply =
        server.get(std::string(kComputers) + "&page-size=5000&page=" + std::to_string(page));
    for (const std::string& id : keys(reply)) EXPECT_TRUE(seen.insert(id).second);
  }
  EXPECT_EQ(seen.size(), total);
  const Reply beyond = server.get(std::string(kComputers) + "&page=9999");
  EXPECT_EQ(beyond.status, 200);
  EXPECT_TRUE(keys(beyond).empty());
  EXPECT_EQ(beyond.text("totalCount"), std::to_string(total));
}

TEST(JamfPages, RefusesWhatItDoesNotKnow) {
  Server server;
  for (const std::string query :
       {"page=-1", "page-size=0", "page-size=many", "section=EVERYTHING", "sort=color:asc",
        "sort=id:up", "filter=color==red", "filter=general.name==", "colour=red",
        "exception-handling=LENIENT"}) {
    EXPECT_EQ(server.get("/api/v4/computers-inventory?" + query).status, 400) << query;
  }
  EXPECT_EQ(server.get("/api/v1/users?page-size=1001").status, 400);
  EXPECT_EQ(server.get("/api/v1/sites?page=0").status, 400);
  EXPECT_EQ(server.get("/api/v1/colours").status, 404);
}

TEST(JamfPages, HasNoOrderAmongEqualNames) {
  Server server;
  std::set<std::vector<std::string>> orders;
  for (int time = 0; time < 8; ++time) {
    orders.insert(keys(server.get("/api/v4/computers-inventory?page-size=2000")));
  }
  EXPECT_GT(orders.size(), 1u) << "machines repaired have two records of one name";
  EXPECT_EQ(keys(server.get(std::string(kComputers))), keys(server.get(std::string(kComputers))));
}

TEST(JamfPages, FiltersInRsql) {
  Server server;
  const auto count = [&](const std::string& filter) {
    return server.get("/api/v1/buildings?filter=" + base::form_encode(filter)).text("totalCount");
  };
  EXPECT_EQ(count("country==\"Germany\""), "2");
  EXPECT_EQ(count("country==Germany and name==\"Ham*\""), "1");
  EXPECT_EQ(count("country==Germany;name!=Hamburg"), "1");
  EXPECT_EQ(count("country=in=(Germany,Ireland)"), "3");
  EXPECT_EQ(count("(country==Ireland,country==Japan);name=out=(Dublin)"), "1");
  const Reply macs = server.get(
      "/api/v4/computers-inventory?page-size=2000&section=HARDWARE&filter="
      "hardware.model==%22MacBook%20Air*%22");
  EXPECT_EQ(macs.body.find("MacBook Pro"), std::string::npos);
  EXPECT_NE(macs.body.find("MacBook Air"), std::string::npos);
}

TEST(JamfComputers, ShowsAskedSectionsAndTheOthersAsNull) {
  Server server;
  const Reply reply =
      server.get(std::string(kComputers) + "&section=HARDWARE&section=GROUP_MEMBERSHIPS");
  const json::Document document = reply.json();
  const json::Value& row = document.root().find("results")->items()[0];
  EXPECT_TRUE(row.find("hardware")->is_object());
  EXPECT_TRUE(row.find("groupMemberships")->is_array());
  ASSERT_NE(row.find("general"), nullptr);
  EXPECT_TRUE(row.find("general")->is_null());
  const Reply plain = server.get(std::string(kComputers));
  EXPECT_TRUE(plain.json().root().find("results")->items()[0].find("general")->is_object());
  EXPECT_TRUE(plain.json().root().find("results")->items()[0].find("hardware")->is_null());
}

TEST(JamfComputers, PutsExtensionAttributesWhereTheyAreShown) {
  Server server;
  const Reply reply = server.get(std::string(kComputers) + "&section=HARDWARE");
  EXPECT_NE(reply.body.find("Battery Cycle"), std::string::npos);
  EXPECT_EQ(reply.body.find("Warranty tier"), std::string::npos);
  const Reply top = server.get(std::string(kComputers) + "&section=EXTENSION_ATTRIBUTES");
  EXPECT_NE(top.body.find("Warranty tier"), std::string::npos);
  EXPECT_NE(top.body.find("DATE_TIME"), std::string::npos);
}

TEST(JamfComputers, ShowsARepairedMachineTwice) {
  Server server;
  const json::Document document =
      server.get(std::string(kComputers) + "&section=HARDWARE&page-size=2000").json();
  std::set<std::string> serials, ids;
  std::size_t records = 0;
  for (const json::Value& row : document.root().find("results")->items()) {
    serials.insert(text_at(row.find("hardware"), "serialNumber"));
    ids.insert(text_at(&row, "udid"));
    ++records;
  }
  EXPECT_EQ(ids.size(), records);
  EXPECT_LT(serials.size(), records);
}

TEST(JamfVersions, LacksWhatOlderServersLack) {
  Server server({.server = {11, 24}});
  EXPECT_EQ(server.get("/api/v4/computers-inventory").status, 404);
  const Reply third = server.get("/api/v3/computers-inventory");
  EXPECT_EQ(third.status, 200);
  EXPECT_NE(third.body.find("lastContactTime"), std::string::npos);
  EXPECT_EQ(third.body.find("lastCheckIn"), std::string::npos);
  EXPECT_EQ(third.header("Deprecation"), "Tue, 14 Jul 2026 00:00:00 GMT");
  EXPECT_EQ(server.get("/api/v1/users").status, 404);
  EXPECT_EQ(server.get("/api/v2/mobile-device-groups").status, 404);
  EXPECT_EQ(server.get("/api/v1/mobile-device-groups").status, 200);
  EXPECT_EQ(server.get("/api/v2/computers-inventory?section=APPLICATIONS").body.find("cfBundle"),
            std::string::npos);
}

TEST(JamfMobiles, FailsStrictlyAndShowsNullLeniently) {
  Server server;
  const std::string path = "/api/v2/mobile-devices/detail?section=HARDWARE&sort=mobileDeviceId:asc";
  EXPECT_EQ(server.get(path).status, 500);
  EXPECT_EQ(server.get(path + "&page-size=3").status, 200) << "the damaged one is the fourth";
  const Reply lenient = server.get(path + "&exception-handling=LENIENT");
  ASSERT_EQ(lenient.status, 200);
  const json::Document document = lenient.json();
  const auto rows = document.root().find("results")->items();
  EXPECT_TRUE(rows[3].find("hardware")->is_null());
  EXPECT_TRUE(rows[2].find("hardware")->is_object());
}

TEST(JamfMobiles, HasTelevisionsWithoutSomeSections) {
  Server server;
  const Reply reply = server.get(
      "/api/v2/mobile-devices/detail?section=NETWORK&section=GENERAL&exception-handling=LENIENT"
      "&page-size=2000");
  bool any = false;
  const json::Document document = reply.json();
  for (const json::Value& row : document.root().find("results")->items()) {
    const bool television = text_at(&row, "deviceType") == "tvOS";
    any = any || television;
    EXPECT_EQ(row.find("network") == nullptr, television);
  }
  EXPECT_TRUE(any);
}

TEST(JamfClassic, AnswersWholeListsAsTextAndDetailsOneByOne) {
  Server server;
  const Reply list = server.get("/JSSResource/policies");
  EXPECT_EQ(list.header("Content-Type"), "text/plain;charset=UTF-8");
  EXPECT_TRUE(list.body.starts_with(R"({"policies":[{"id":3,"name":"Install Slack"})"));
  const Reply one = server.get("/JSSResource/policies/id/3");
  EXPECT_EQ(text_at(one.json().root().find("policy")->find("general"), "id"), "3");
  const Reply profile = server.get("/JSSResource/osxconfigurationprofiles/id/2");
  EXPECT_NE(profile.body.find(R"("jss_user_groups":{})"), std::string::npos);
  EXPECT_NE(server.get("/JSSResource/users/id/1").body.find(R"("user_groups":{"size":0})"),
            std::string::npos);
}

TEST(JamfClassic, RefusesWithAPage) {
  Server server;
  const Reply gone = server.get("/JSSResource/policies/id/4711");
  EXPECT_EQ(gone.status, 404);
  EXPECT_NE(gone.body.find("<title>Status page</title>"), std::string::npos);
  EXPECT_EQ(server.send("GET", "/JSSResource/policies", {}).status, 401);
  server.token = server.sign_in(kComputersOnlyId).text("access_token");
  EXPECT_NE(server.get("/JSSResource/policies").body.find("Forbidden"), std::string::npos);
}

TEST(JamfPrivileges, AreNeededAll) {
  Server server;
  server.token = server.sign_in(kComputersOnlyId).text("access_token");
  EXPECT_EQ(server.get("/api/v4/computers-inventory").status, 200);
  const Reply refused = server.get("/api/v1/buildings");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(error_code(refused), "INVALID_PRIVILEGE");
}

TEST(JamfLoad, BearsFiveRequestsAtOnce) {
  Server server({.quota = true});
  server.token = server.sign_in().text("access_token");
  server.pass(std::chrono::seconds(1));
  for (int request = 0; request < 5; ++request) EXPECT_EQ(server.get("/api/v1/sites").status, 200);
  EXPECT_EQ(server.get("/api/v1/sites").status, 503);
  server.pass(std::chrono::seconds(1));
  EXPECT_EQ(server.get("/api/v1/sites").status, 200);
}

TEST(JamfEdits, HideWhatWasRemovedAndKeepTheNumbersOfTheRest) {
  Server server;
  const std::vector<std::string> before = keys(server.get(std::string(kComputers)));
  ASSERT_TRUE(server.edits.add(R"([{"data_set": "devices", "remove_percent": 30}])").ok());
  const std::vector<std::string> after = keys(server.get(std::string(kComputers)));
  EXPECT_NE(before, after);
  EXPECT_GT(*base::parse_int(after.back()), 100);
}

TEST(JamfFaults, MakePagesThatLieAboutThemselves) {
  Server server;
  FaultAction lost;
  lost.drop_row = true;
  EXPECT_EQ(keys(server.get(std::string(kComputers) + "&page-size=10", &lost)).size(), 9u);
  FaultAction twice;
  twice.repeat_row = true;
  EXPECT_EQ(keys(server.get(std::string(kComputers) + "&page-size=10&page=1", &twice))[0], "10");
}

TEST(JamfTruth, CountsWhatTheListsShow) {
  Server server;
  const json::Document summary = json::Document::parse(server.service.truth_summary()).value();
  EXPECT_EQ(text_at(&summary.root(), "computers"),
            server.get(std::string(kComputers)).text("totalCount"));
  const auto page = server.service.truth_page("computer_group_members", 0, 3);
  ASSERT_TRUE(page);
  EXPECT_NE(page->find(R"("next":3)"), std::string::npos);
  EXPECT_FALSE(server.service.truth_page("colours", 0, 1));
}

}  // namespace
}  // namespace muster::sandbox::jamf
