#include "sandbox/sandbox.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "net/gzip.h"
#include "sandbox/certificates.h"
#include "sandbox/importer_file.h"
#include "sandbox/options.h"
#include "sandbox/test_support.h"

namespace muster::sandbox {
namespace {

using test::column;
using test::Reply;
using test::Stage;

void add_faults(Stage& stage, std::string rules) {
  const base::Status added = stage.sandbox.faults().add(std::move(rules));
  ASSERT_TRUE(added.ok()) << added.error().text();
}

TEST(Faults, HitTheCallTheyNameAndNoOther) {
  Stage stage;
  add_faults(stage, R"([{"service":"graph","method":"GET","path_prefix":"/v1.0/users","nth":2,
                         "action":{"status":503,"headers":{"Retry-After":"7"},"body":{"error":{"code":"busy"}}}}])");
  EXPECT_EQ(stage.get("/users?$top=1").status, 200);
  EXPECT_EQ(stage.get("/groups?$top=1").status, 200);
  const Reply second = stage.get("/users?$top=1");
  EXPECT_EQ(second.status, 503);
  EXPECT_EQ(second.header("Retry-After"), "7");
  EXPECT_EQ(second.code(), "busy");
  EXPECT_EQ(stage.get("/users?$top=1").status, 200);
}

TEST(Faults, CountByEveryTimesAndChance) {
  Stage stage;
  add_faults(stage, R"([{"path_prefix":"/v1.0/users","every":3,"times":2,"action":{"status":500}},
                        {"path_regex":"^/v1\\.0/gr.*top=","probability":0.5,"action":{"reset":true}}])");
  std::string pattern;
  for (int call = 0; call < 12; ++call)
    pattern += stage.get("/users?$top=1").status == 200 ? '.' : 'x';
  EXPECT_EQ(pattern, "..x..x......");
  int resets = 0;
  for (int call = 0; call < 200; ++call) resets += stage.get("/groups?$top=1").raw.reset;
  EXPECT_GT(resets, 60);
  EXPECT_LT(resets, 140);
}

TEST(Faults, ChangeTheAnswerOnItsWay) {
  Stage stage;
  add_faults(stage, R"([{"path_prefix":"/v1.0/a","action":{"cut_after":10,"drip":5,"delay":250}},
                        {"path_prefix":"/v1.0/domains","nth":1,"action":{"truncate":20}},
                        {"path_prefix":"/v1.0/domains","nth":2,"action":{"replace":{"from":"\"value\"","to":"\"other\""}}},
                        {"path_prefix":"/v1.0/domains","action":{"prepend":"\ufeff"}}])");
  const net::ServerResponse raw = stage.get("/applications").raw;
  EXPECT_EQ(raw.cut_after, 10);
  EXPECT_EQ(raw.drip.count(), 5);
  EXPECT_EQ(raw.delay.count(), 250);
  EXPECT_EQ(stage.get("/domains").body.size(), 20u);
  EXPECT_NE(stage.get("/domains").body.find("\"other\":["), std::string::npos);
  EXPECT_TRUE(stage.get("/domains").body.starts_with("\xEF\xBB\xBF{"));
}

TEST(Faults, SendAPageOfHtmlOrABombInstead) {
  Stage stage;
  add_faults(stage, R"([{"nth":1,"path_prefix":"/v1.0","action":{"html_200":true}},
                        {"nth":2,"path_prefix":"/v1.0","action":{"gzip_bomb":3000000}}])");
  const Reply page = stage.get("/users");
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(page.header("Content-Type").starts_with("text/html"));
  const Reply bomb = stage.get("/users");
  EXPECT_EQ(bomb.header("Content-Encoding"), "gzip");
  EXPECT_LT(bomb.body.size(), 20'000u);
  EXPECT_EQ(net::gunzip(bomb.body, 4'000'000).ok(), false) << "a careful reader refuses it";
}

TEST(Faults, CanLoseTheAnswerToACallThatTookEffect) {
  Stage stage;
  add_faults(stage, R"([{"service":"login","times":1,"action":{"reset":true,"handled":true}},
                        {"service":"login","times":1,"action":{"reset":true}}])");
  EXPECT_TRUE(stage.sign_in().raw.reset);
  EXPECT_TRUE(stage.sign_in().raw.reset);
  const auto entries = stage.sandbox.journal().entries();
  EXPECT_NE(entries[0].owner, "anonymous") << "the service saw the first one";
  EXPECT_EQ(entries[1].owner, "anonymous");
  EXPECT_EQ(entries[0].status, 0);
}

TEST(PageFaults, ShowRowsTwiceNotAtAllOrOnNoPage) {
  Stage stage;
  const auto ids = column(stage.get("/users?$top=20&$select=id"), "id");
  add_faults(stage, R"([{"path_regex":"skiptoken","nth":1,"action":{"repeat_row":true}},
                        {"path_regex":"top=10","nth":3,"action":{"drop_row":true}},
                        {"path_regex":"top=10","nth":4,"action":{"empty_page":true}}])");
  const Reply first = stage.get("/users?$top=10&$select=id");
  const Reply second = stage.get(first.text("@odata.nextLink"));
  const auto repeated = column(second, "id");
  ASSERT_EQ(repeated.size(), 11u);
  EXPECT_EQ(repeated[0], ids[9]);
  EXPECT_EQ(stage.get("/users?$top=10&$select=id").rows(), 9u);
  const Reply empty = stage.get("/users?$top=10&$select=id");
  EXPECT_EQ(empty.rows(), 0u);
  EXPECT_EQ(column(stage.get(empty.text("@odata.nextLink")), "id")[0], ids[0])
      << "nothing is lost by it";
}

TEST(PageFaults, BendTheNextLink) {
  Stage stage;
  add_faults(stage, R"([{"path_regex":"/devices","action":{"endless_link":true}},
                        {"path_regex":"/groups","action":{"foreign_link":"https://elsewhere.example"}},
                        {"path_regex":"/contacts","action":{"fail_last_page":true}}])");
  const Reply first = stage.get("/devices?$top=300");
  const Reply again = stage.get(first.text("@odata.nextLink"));
  EXPECT_EQ(again.text("@odata.nextLink"),
            stage.get(again.text("@odata.nextLink")).text("@odata.nextLink"));
  EXPECT_TRUE(stage.get("/groups?$top=5")
                  .text("@odata.nextLink")
                  .starts_with("https://elsewhere.example/graph/v1.0/groups?"));
  const Reply last = stage.get(stage.get("/contacts").text("@odata.nextLink"));
  EXPECT_EQ(last.status, 400);
  EXPECT_EQ(last.message(), "Invalid search request.");
}

TEST(Faults, ReachSingleRequestsInsideABatch) {
  Stage stage;
  add_faults(stage, R"([{"batch":true,"path_regex":"/domains","nth":1,
                         "action":{"status":429,"headers":{"Retry-After":"0.249"}}}])");
  const Reply reply = stage.batch(R"({"requests":[{"id":"1","method":"GET","url":"/domains"},
                                                  {"id":"2","method":"GET","url":"/organization"}]})");
  const json::Document document = reply.json();
  for (const json::Value& answer : document.root().find("responses")->items()) {
    const bool hit = answer.find("id")->text() == "1";
    EXPECT_EQ(answer.find("status")->integer(), hit ? 429 : 200);
    if (hit) {
      EXPECT_EQ(answer.find("headers")->find("Retry-After")->text(), "0.249");
    }
  }
}

TEST(Faults, AreRefusedWithTheReasonWhenMisspelt) {
  Stage stage;
  const std::pair<std::string, std::string> cases[] = {
      {R"([{"acton":{}}])", "acton"},
      {R"([{"action":{"stauts":500}}])", "stauts"},
      {R"([{"nth":1}])", "action"},
      {R"([{"path_regex":"(","action":{"reset":true}}])", "regular expression"},
      {R"([{"every":0,"action":{"reset":true}}])", "at least 1"},
      {R"([{"probability":2,"action":{"reset":true}}])", "0 to 1"},
      {R"({})", "array"},
      {"nonsense", ""},
  };
  for (const auto& [rules, why] : cases) {
    const base::Status added = stage.sandbox.faults().add(rules);
    ASSERT_FALSE(added.ok()) << rules;
    EXPECT_NE(added.error().text().find(why), std::string::npos) << added.error().text();
  }
}

TEST(Control, ShowsJournalTruthAndFaults) {
  Stage stage;
  stage.get("/users?$top=1");
  const json::Document journal = stage.send("GET", "/_sandbox/journal").json();
  ASSERT_EQ(journal.root().find("entries")->items().size(), 2u);
  const json::Value& entry = journal.root().find("entries")->items()[1];
  EXPECT_EQ(entry.find("target")->text(), "/graph/v1.0/users?$top=1");
  EXPECT_EQ(entry.find("owner")->text(), stage.sandbox.connection("x").client_id);
  EXPECT_EQ(entry.find("resource_units")->integer(), 1);

  const json::Document truth = stage.send("GET", "/_sandbox/truth").json();
  EXPECT_EQ(truth.root().find("users")->integer(), 1500);
  EXPECT_EQ(truth.root().find("memberships")->integer(), 6000);

  EXPECT_EQ(stage.send("POST", "/_sandbox/faults", {}, R"([{"action":{"status":500}}])").status,
            200);
  EXPECT_EQ(stage.get("/users").status, 500);
  EXPECT_EQ(stage.send("POST", "/_sandbox/faults", {}, R"([{"actoin":{}}])").status, 400);
  EXPECT_EQ(stage.send("DELETE", "/_sandbox/faults").status, 200);
  EXPECT_EQ(stage.get("/users").status, 200);
  EXPECT_EQ(stage.send("GET", "/_sandbox/nothing").status, 404);
}

TEST(Control, TruthPagesAddUpToEverythingTheListsShow) {
  Stage stage;
  std::uint64_t rows = 0, offset = 0;
  while (true) {
    const json::Document page =
        stage.send("GET", fmt::format("/_sandbox/truth/memberships?limit=1999&offset={}", offset))
            .json();
    rows += page.root().find("value")->items().size();
    const json::Value* next = page.root().find("next");
    if (next == nullptr) break;
    offset = static_cast<std::uint64_t>(next->integer().value());
  }
  EXPECT_EQ(rows, 6000u);
  const json::Document users = stage.send("GET", "/_sandbox/truth/users?limit=1").json();
  const json::Document listed = stage.get("/users?$top=1&$select=department").json();
  EXPECT_EQ(users.root().find("value")->items()[0].find("department")->text(),
            listed.root().find("value")->items()[0].find("department")->text());
  EXPECT_EQ(stage.send("GET", "/_sandbox/truth/unicorns").status, 404);
}

TEST(Control, ResetForgetsTokensFaultsAndJournal) {
  Stage stage;
  stage.get("/users");
  add_faults(stage, R"([{"path_prefix":"/v1.0","action":{"status":500}}])");
  EXPECT_EQ(stage.send("POST", "/_sandbox/reset").status, 200);
  EXPECT_TRUE(stage.sandbox.journal().entries().empty());
  EXPECT_EQ(stage.get("/users").status, 401) << "the old token is gone, the fault too";
}

TEST(Journal, NamesTheImportSourceOfACallToAssets) {
  Stage stage;
  const std::string token = stage.sandbox.assets().token(0);
  EXPECT_EQ(
      stage
          .send("GET", "/assets/jsm/assets/v1/imports/info", {{"Authorization", "Bearer " + token}})
          .status,
      200);
  EXPECT_EQ(stage.sandbox.journal().entries()[0].owner, stage.sandbox.assets().source_id(0));
}

TEST(Journal, KeepsItsMemoryBounded) {
  const auto scheduler = base::make_simulated_scheduler(1);
  Journal journal(*scheduler, 10'000);
  for (int number = 0; number < 1000; ++number) journal.add({.target = std::string(5000, 'x')});
  EXPECT_LT(journal.entries().size(), 20u);
  EXPECT_EQ(journal.entries().size() + journal.dropped(), 1000u);
  EXPECT_EQ(journal.entries().back().number, 1000u);
  EXPECT_EQ(journal.entries().back().target.size(), 1000u);
  EXPECT_EQ(journal.entries(998).size(), 2u);
}

TEST(Sandbox, WaitsAsLongAsTheLatencySays) {
  SandboxSettings settings = test::small_world();
  settings.latency = std::chrono::milliseconds(80);
  Stage stage(settings);
  EXPECT_EQ(stage.get("/users").raw.delay.count(), 80);
  EXPECT_EQ(stage.send("GET", "/_sandbox/truth").raw.delay.count(), 0);
}

TEST(Sandbox, AnswersBadTargetsWith400And404) {
  Stage stage;
  EXPECT_EQ(stage.send("GET", "/graph/v1.0/users?$top=%zz").status, 400);
  EXPECT_EQ(stage.send("GET", "/grapher/v1.0/users").status, 404);
  EXPECT_EQ(stage.send("GET", "/").status, 404);
}

TEST(Sandbox, ServesOverHttpOnAFreePort) {
  const auto scheduler = base::make_real_scheduler();
  Sandbox sandbox(test::small_world(), *scheduler);
  ASSERT_TRUE(sandbox.start({.port = 0}).ok());
  const std::string origin = fmt::format("http://127.0.0.1:{}", sandbox.port());
  const Connection connection = sandbox.connection(origin);
  const auto client = net::make_curl_client(*scheduler);
  net::Request request;
  request.trust = std::make_shared<net::Trust>(net::Trust{.allow_private_address = true});
  request.method = "POST";
  request.url = connection.login_url + '/' + connection.tenant_id + "/oauth2/v2.0/token";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body =
      "grant_type=client_credentials&scope=" + base::form_encode(connection.api_url + "/.default") +
      "&client_id=" + connection.client_id +
      "&client_secret=" + base::form_encode(connection.client_secret);
  const auto signed_in = client->send(request, {});
  ASSERT_TRUE(signed_in.ok()) << signed_in.error().text();
  const auto answer = json::Document::parse(signed_in.value().body).value();
  net::Request list;
  list.trust = request.trust;
  list.url = connection.api_url + "/v1.0/users?$top=999&$select=id,displayName";
  list.bearer = base::Secret(std::string(answer.root().find("access_token")->text()));
  const auto page = client->send(list, {});
  ASSERT_TRUE(page.ok()) << page.error().text();
  EXPECT_EQ(page.value().status, 200);
  EXPECT_NE(page.value().body.find(origin +
                                   "/graph/v1.0/users?$top=999&$select=id,displayName&$skiptoken="),
            std::string::npos);
  sandbox.stop();
}

TEST(Sandbox, TakesFaultsOfAssetsBack) {
  Stage stage;
  const auto status = [&] {
    return stage
        .send("GET", "/assets/jsm/assets/v1/imports/info",
              {{"Authorization", "Bearer " + stage.sandbox.assets().token(0)}}, "{ }")
        .status;
  };
  const int usual = status();
  EXPECT_EQ(stage.send("POST", "/_sandbox/assets/faults", {}, R"({"max_body":1})").status, 200);
  EXPECT_EQ(status(), 413);
  EXPECT_EQ(stage.send("DELETE", "/_sandbox/assets/faults").status, 200);
  EXPECT_EQ(status(), usual);
}

TEST(Sandbox, SaysWhatItNotedAboutACall) {
  Stage stage;
  net::ServerRequest request{
      .method = "GET", .target = "/graph/v1.0/users", .headers = {{"Host", "sandbox.test:9090"}}};
  JournalEntry noted;
  stage.sandbox.handle(std::move(request), &noted);
  EXPECT_EQ(noted.number, stage.sandbox.journal().added());
  EXPECT_EQ(noted.status, 401);
}

TEST(Sandbox, ServesTlsThatOnlyItsOwnCaMakesTrusted) {
  const auto folder =
      std::filesystem::temp_directory_path() / fmt::format("sandbox-tls-{}", ::getpid());
  std::filesystem::create_directory(folder);
  const auto file = [&](std::string_view name) { return (folder / name).string(); };
  const ServerCertificate made = make_server_certificate().value();
  ASSERT_TRUE(write_file(file("ca.pem"), made.ca_pem, false).ok());
  ASSERT_TRUE(write_file(file("server.pem"), made.server.certificate_pem, false).ok());
  ASSERT_TRUE(write_file(file("server.key"), made.server.private_key_pem, true).ok());
  const auto scheduler = base::make_real_scheduler();
  Sandbox sandbox(test::small_world(), *scheduler);
  ASSERT_TRUE(sandbox
                  .start({.port = 0,
                          .certificate_file = file("server.pem"),
                          .private_key_file = file("server.key")})
                  .ok());
  const auto client = net::make_curl_client(*scheduler);
  net::Request request;
  request.url = fmt::format("https://127.0.0.1:{}/_sandbox/connection", sandbox.port());
  request.trust = std::make_shared<net::Trust>(
      net::Trust{.allow_private_address = true, .ca_file = file("ca.pem")});
  const auto trusted = client->send(request, {});
  ASSERT_TRUE(trusted.ok()) << trusted.error().text();
  EXPECT_NE(trusted.value().body.find("\"login_url\":\"https://127.0.0.1:"), std::string::npos);
  request.trust = std::make_shared<net::Trust>(net::Trust{.allow_private_address = true});
  EXPECT_FALSE(client->send(request, {}).ok());
  sandbox.stop();
  std::filesystem::remove_all(folder);
}

TEST(Options, AreReadAndMistakesNamed) {
  const auto options = parse_options(
      {"--listen", "127.0.0.1:0", "--seed=9", "--size", "users=10,groups=1,memberships=5",
       "--latency", "80", "--quota", "real", "--grant", "User.Read.All, Device.Read.All"});
  ASSERT_TRUE(options.ok()) << options.error().text();
  EXPECT_EQ(options.value().port, 0);
  EXPECT_EQ(options.value().sandbox.seed, 9u);
  EXPECT_EQ(options.value().sandbox.sizes.users, 10u);
  EXPECT_EQ(options.value().sandbox.latency.count(), 80);
  EXPECT_TRUE(options.value().sandbox.quota);
  EXPECT_EQ(options.value().sandbox.grants.size(), 2u);
  EXPECT_NE(parse_options({"--sied", "1"}).error().text().find("--seed"), std::string::npos);
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"--seed"},
                                                {"--seed", "x"},
                                                {"--quota", "maybe"},
                                                {"--listen", "9090"},
                                                {"--tls=yes"}}) {
    EXPECT_FALSE(parse_options(wrong).ok()) << wrong[0];
  }
}

TEST(ImporterFile, KeepsSecretsInFilesOnlyTheOwnerCanRead) {
  const auto folder =
      std::filesystem::temp_directory_path() / fmt::format("sandbox-test-{}", ::getpid());
  std::filesystem::create_directory(folder);
  const std::string path = (folder / "importers.yaml").string();
  const auto scheduler = base::make_simulated_scheduler(1);
  const Sandbox sandbox(test::small_world(), *scheduler);
  const Connection connection = sandbox.connection("http://127.0.0.1:9090");
  ASSERT_TRUE(write_importer_file({.path = path, .connection = connection}).ok());
  std::ostringstream yaml;
  yaml << std::ifstream(path).rdbuf();
  EXPECT_EQ(yaml.str().find(connection.client_secret), std::string::npos);
  EXPECT_NE(yaml.str().find("client_secret: { file: "), std::string::npos);
  EXPECT_NE(yaml.str().find("allow_private_address: true"), std::string::npos);
  struct stat facts {};
  ASSERT_EQ(::stat((path + ".client_secret").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace muster::sandbox
