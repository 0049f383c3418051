#include <gmock/gmock.h>

#include <set>

#include "base/text.h"
#include "json/path.h"
#include "sandbox/datadog/datadog_service.h"
#include "sandbox/test_support.h"

namespace muster::sandbox::datadog {
namespace {

using test::Reply;
using test::Stage;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

SandboxSettings settings(bool quota = false) {
  SandboxSettings all = test::small_world();
  all.sizes.devices = 4000;
  all.quota = quota;
  all.sources = {"datadog"};
  return all;
}

class Datadog {
 public:
  explicit Datadog(bool quota = false) : stage(settings(quota)) {
    const Connection connection = stage.sandbox.connection(test::kOrigin);
    for (const ConnectionValue& value : connection.further.at(0).values) {
      if (value.field == "api_key") api_key = value.value;
      if (value.field == "application_key") application_key = value.value;
    }
  }
  Reply get(const std::string& path) {
    return stage.send("GET", "/datadog" + path,
                      {{"DD-API-KEY", api_key}, {"DD-APPLICATION-KEY", application_key}});
  }
  std::uint64_t truth(std::string_view data_set) {
    const json::Document all = stage.send("GET", "/_sandbox/truth/datadog").json();
    return static_cast<std::uint64_t>(*all.root().find(data_set)->integer());
  }
  std::int64_t ago(std::int64_t hours) {
    return std::chrono::floor<std::chrono::seconds>(stage.scheduler->wall_now())
               .time_since_epoch()
               .count() -
           hours * kHour;
  }

  Stage stage;
  std::string api_key, application_key;
};

const json::Value& at(const json::Document& document, std::string_view path) {
  const json::Value* value = json::Path::parse(path).value().first(document.root());
  static const json::Document kNone = json::Document::parse("null").value();
  return value == nullptr ? kNone.root() : *value;
}

std::vector<std::string> texts(const Reply& reply, std::string_view list, std::string_view key) {
  const json::Document document = reply.json();
  const json::Value& rows = list.empty() ? document.root() : at(document, list);
  const json::Path path = json::Path::parse(key).value();
  std::vector<std::string> all;
  for (const json::Value& row : rows.items()) {
    const json::Value* value = path.first(row);
    all.push_back(value == nullptr ? "(absent)" : std::string(value->text()));
  }
  return all;
}

std::string error_of(const Reply& reply) {
  return std::string(at(reply.json(), "errors[0]").text());
}

TEST(DatadogKeys, AreTwoHeadersAndNothingElse) {
  Datadog datadog;
  EXPECT_EQ(datadog.get("/api/v2/roles").status, 200);
  const std::string api = datadog.api_key, application = datadog.application_key;
  const Reply none = datadog.stage.send("GET", "/datadog/api/v2/roles");
  EXPECT_EQ(none.status, 403);
  EXPECT_EQ(none.header("Via"), "haproxy");
  EXPECT_THAT(none.body, HasSubstr("statuspage"));
  EXPECT_EQ(datadog.stage.send("GET", "/datadog/api/v2/roles", {{"DD-API-KEY", api}}).status, 403);
  EXPECT_EQ(datadog.stage.send("GET", "/datadog/api/v2/roles", {{"Authorization", "Bearer " + api}})
                .status,
            403);
  EXPECT_EQ(datadog.get("/api/v2/roles?api_key=" + api).status, 403);
  datadog.application_key = "0" + application;
  EXPECT_EQ(datadog.get("/api/v2/roles").header("Via"), "haproxy");
}

TEST(DatadogKeys, AreCheckedByValidateWithoutTheApplicationKey) {
  Datadog datadog;
  const Reply none = datadog.stage.send("GET", "/datadog/api/v1/validate");
  EXPECT_EQ(none.status, 403);
  EXPECT_EQ(error_of(none), "API key required");
  datadog.application_key = "wrong";
  EXPECT_EQ(datadog.get("/api/v1/validate").body, R"({"valid":true})");
  datadog.api_key = "wrong";
  EXPECT_EQ(datadog.get("/api/v1/validate").status, 403);
}

TEST(DatadogKeys, MayBeScoped) {
  Datadog datadog;
  datadog.application_key += ".slos_read.teams_read";
  EXPECT_EQ(datadog.get("/api/v1/slo").status, 200);
  EXPECT_EQ(datadog.get("/api/v2/containers").status, 200);  // open to any pair
  const Reply hosts = datadog.get("/api/v1/hosts");
  EXPECT_EQ(hosts.status, 403);
  EXPECT_EQ(hosts.body, R"({"errors":["Forbidden"]})");
}

TEST(DatadogQueries, AreReadStrictly) {
  Datadog datadog;
  for (const char* path :
       {"/api/v1/hosts?count=0", "/api/v1/hosts?count=1001", "/api/v1/hosts?start=x",
        "/api/v1/hosts?include_hosts_metadata=yes", "/api/v1/hosts?page=1",
        "/api/v1/monitor?page_size=1001", "/api/v1/monitor?group_states=odd",
        "/api/v2/users?page%5Bsize%5D=101", "/api/v2/users?page_size=5",
        "/api/v2/users?sort=shoe&sort_dir=asc", "/api/v2/containers?page%5Bcursor%5D=x",
        "/api/v2/containers?group_by=host", "/api/v2/team?page%5Bsize%5D=0",
        "/api/v2/roles?filter=a&filter=b", "/api/v2/catalog/entity?includeDiscovered=1"}) {
    const Reply reply = datadog.get(path);
    EXPECT_EQ(reply.status, 400) << path;
    EXPECT_NE(error_of(reply), "") << path;
  }
  EXPECT_EQ(datadog.get("/api/v1/nothing").status, 404);
}

TEST(DatadogHosts, AreThoseOfTheLastThreeHoursOrOfAWeekWhenAsked) {
  Datadog datadog;
  const auto total = [&](const std::string& parameters) {
    return *at(datadog.get("/api/v1/hosts" + parameters).json(), "total_matching").integer();
  };
  const auto since = [&](std::int64_t hours) {
    return total("?from=" + std::to_string(datadog.ago(hours)));
  };
  EXPECT_LT(total(""), since(24));
  EXPECT_LT(since(24), since(168));
  EXPECT_EQ(since(168), since(100 * 24)) << "what is older is gone, whatever is asked for";
  EXPECT_EQ(static_cast<std::uint64_t>(since(168)), datadog.truth("hosts"));
  EXPECT_GT(datadog.truth("hosts_forgotten"), 0);
}

TEST(DatadogHosts, ComeInAnotherOrderInEveryReading) {
  Datadog datadog;
  const std::string from = "&from=" + std::to_string(datadog.ago(168));
  std::vector<std::vector<std::string>> readings;
  for (int reading = 0; reading < 2; ++reading) {
    std::vector<std::string> names;
    while (true) {
      const Reply page =
          datadog.get("/api/v1/hosts?count=300&start=" + std::to_string(names.size()) + from);
      const auto more = texts(page, "host_list", "host_name");
      if (more.empty()) break;
      names.insert(names.end(), more.begin(), more.end());
    }
    EXPECT_EQ(names.size(), datadog.truth("hosts"));
    EXPECT_EQ(std::set(names.begin(), names.end()).size(), names.size());
    readings.push_back(names);
  }
  EXPECT_NE(readings[0], readings[1]);
}

TEST(DatadogHosts, HaveTheOddities) {
  Datadog datadog;
  const std::string target = "/api/v1/hosts?count=1000&include_muted_hosts_data=true&from=" +
                             std::to_string(datadog.ago(168));
  EXPECT_THAT(datadog.get(target).body, Not(HasSubstr("gohai")));
  const Reply reply = datadog.get(target + "&include_hosts_metadata=true");
  const auto ids = texts(reply, "host_list", "id");
  EXPECT_THAT(ids, Contains("(absent)"));
  EXPECT_THAT(texts(reply, "host_list", "meta.agent_version"), Contains("(absent)"));
  std::size_t parsed = 0, broken = 0;
  for (const std::string& gohai : texts(reply, "host_list", "meta.gohai")) {
    if (gohai == "(absent)") continue;
    ++(json::Document::parse(gohai).ok() ? parsed : broken);
  }
  EXPECT_GT(parsed, 0);
  EXPECT_GT(broken, 0);
}

TEST(DatadogHosts, AreFoundByTagNameAndEdits) {
  Datadog datadog;
  const auto names = texts(datadog.get("/api/v1/hosts?count=1000&filter=region:westeurope"),
                           "host_list", "host_name");
  ASSERT_FALSE(names.empty());
  EXPECT_THAT(names[0], HasSubstr("vm-legacy"));
  EXPECT_EQ(
      texts(datadog.get("/api/v1/hosts?filter=exact:host:" + names[0]), "host_list", "host_name"),
      std::vector<std::string>{names[0]});
  const auto before = datadog.truth("hosts");
  ASSERT_TRUE(
      datadog.stage.sandbox.edits().add(R"([{"data_set":"devices","remove_percent":30}])").ok());
  EXPECT_LT(datadog.truth("hosts"), before);
}

TEST(DatadogMonitors, ComeAllAtOnceUnlessAPageIsAskedFor) {
  Datadog datadog;
  const auto count = datadog.truth("monitors");
  EXPECT_EQ(texts(datadog.get("/api/v1/monitor?page_size=5"), "", "id").size(), count);
  EXPECT_EQ(texts(datadog.get("/api/v1/monitor?page=0"), "", "id").size(), 100);
  const auto first = texts(datadog.get("/api/v1/monitor?page=0&page_size=5"), "", "id");
  const auto second =
      texts(datadog.get("/api/v1/monitor?page_size=5&id_offset=" + first.back()), "", "id");
  EXPECT_EQ(second, texts(datadog.get("/api/v1/monitor?page=1&page_size=5"), "", "id"));
  EXPECT_EQ(datadog.get("/api/v1/monitor?page=99999").body, "[]");
}

TEST(DatadogSlos, TellCountsThatMeanNothing) {
  Datadog datadog;
  const json::Document page = datadog.get("/api/v1/slo?limit=2&offset=2").json();
  EXPECT_EQ(at(page, "metadata.page.total_filtered_count").integer(), 2);
  EXPECT_GT(*at(page, "metadata.page.total_count").integer(), 100);
  EXPECT_TRUE(at(page, "error").is_null());
}

TEST(DatadogUsers, ComeTenAtATimeByNameWithManyIncluded) {
  Datadog datadog;
  const Reply page = datadog.get("/api/v2/users");
  EXPECT_EQ(texts(page, "data", "id").size(), 10);
  EXPECT_GT(texts(page, "included", "id").size(), 100);
  EXPECT_EQ(
      static_cast<std::uint64_t>(*at(page.json(), "meta.page.total_filtered_count").integer()),
      datadog.truth("users"));
  const auto up =
      texts(datadog.get("/api/v2/users?page%5Bsize%5D=100&sort=name&sort_dir=asc"), "data", "id");
  const auto down =
      texts(datadog.get("/api/v2/users?page%5Bsize%5D=100&sort=name&sort_dir=desc"), "data", "id");
  EXPECT_NE(up, down);
  EXPECT_THAT(texts(datadog.get("/api/v2/users?page%5Bsize%5D=100&filter%5Bstatus%5D=Disabled"),
                    "data", "attributes.status"),
              Not(Contains("Active")));
}

TEST(DatadogTeams, LinkPastTheirEnd) {
  Datadog datadog;
  const json::Document whole = datadog.get("/api/v2/team").json();
  EXPECT_EQ(at(whole, "meta.pagination.type").text(), "offset_limit");
  const json::Document last = datadog.get("/api/v2/team?page%5Bnumber%5D=3").json();
  EXPECT_EQ(at(last, "meta.pagination.last_number").integer(), 3);
  EXPECT_EQ(at(last, "meta.pagination.next_number").integer(), 4);
  EXPECT_THAT(std::string(at(last, "links.next").text()), HasSubstr("page[number]=4"));
}

TEST(DatadogTeams, TellTheirMembersPageByPage) {
  Datadog datadog;
  const auto teams = texts(datadog.get("/api/v2/team?page%5Bsize%5D=100"), "data", "id");
  const std::string path = "/api/v2/team/" + teams[4] + "/memberships?page%5Bsize%5D=20";
  EXPECT_EQ(texts(datadog.get(path), "data", "id").size(), 20);
  EXPECT_EQ(texts(datadog.get(path + "&page%5Bnumber%5D=1"), "data", "id").size(), 3);
  EXPECT_THAT(datadog.get(path).body, Not(HasSubstr("meta")));
  EXPECT_EQ(datadog.get("/api/v2/team/nobody/memberships").status, 404);
}

TEST(DatadogContainers, EndWithAPageThatSaysNothing) {
  Datadog datadog;
  std::string cursor;
  std::size_t rows = 0;
  while (true) {
    const Reply page =
        datadog.get("/api/v2/container_images?page%5Bsize%5D=10" +
                    (cursor.empty() ? "" : "&page%5Bcursor%5D=" + base::form_encode(cursor)));
    rows += texts(page, "data", "id").size();
    cursor = at(page.json(), "meta.pagination.next_cursor").text();
    if (cursor.empty()) {
      EXPECT_EQ(page.body, R"({"data":[]})");
      break;
    }
  }
  EXPECT_EQ(rows, datadog.truth("container_images"));
}

TEST(DatadogCatalog, LinksOnlyWhileMoreFollows) {
  Datadog datadog;
  const Reply first = datadog.get("/api/v2/catalog/entity?includeDiscovered=true");
  EXPECT_EQ(first.header("Content-Type"), "application/vnd.api+json");
  EXPECT_EQ(texts(first, "data", "id").size(), 100);
  EXPECT_FALSE(at(first.json(), "links.next").is_null());
  const std::string last = "page%5Boffset%5D=" + std::to_string(datadog.truth("entities") - 1);
  const Reply end = datadog.get("/api/v2/catalog/entity?includeDiscovered=true&" + last);
  EXPECT_EQ(texts(end, "data", "id").size(), 1);
  EXPECT_TRUE(at(end.json(), "links.next").is_null());
  EXPECT_TRUE(texts(datadog.get("/api/v2/catalog/entity?" + last), "data", "id").empty())
      << "what only APM knows is not shown";
}

TEST(DatadogSecrets, StandInTheAnswers) {
  Datadog datadog;
  for (const char* path : {"/api/v1/integration/azure", "/api/v1/synthetics/tests",
                           "/api/v2/integration/aws/accounts"}) {
    EXPECT_THAT(datadog.get(path).body, HasSubstr(std::string(kCanary))) << path;
  }
}

TEST(DatadogLimits, RefuseUntilTheirPeriodOfTheClockEnds) {
  Datadog datadog(true);
  const auto teams = texts(datadog.get("/api/v2/team"), "data", "id");
  const std::string path = "/api/v2/team/" + teams[0] + "/memberships";
  Reply reply = datadog.get(path);
  EXPECT_EQ(reply.header("X-RateLimit-Limit"), "20");
  EXPECT_EQ(reply.header("X-RateLimit-Remaining"), "19");
  EXPECT_EQ(reply.header("X-RateLimit-Period"), "4");
  EXPECT_EQ(reply.header("X-RateLimit-Name"), "team_memberships");
  for (int times = 0; times < 19; ++times) EXPECT_EQ(datadog.get(path).status, 200);
  reply = datadog.get(path);
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(reply.header("X-RateLimit-Remaining"), "0");
  EXPECT_THAT(error_of(reply), HasSubstr("Rate limit"));
  datadog.stage.pass(std::chrono::seconds(std::stoi(reply.header("X-RateLimit-Reset"))));
  EXPECT_EQ(datadog.get(path).status, 200);
}

}  // namespace
}  // namespace muster::sandbox::datadog
