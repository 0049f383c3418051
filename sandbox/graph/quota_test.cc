#include <gtest/gtest.h>

#include "sandbox/test_support.h"

namespace muster::sandbox::graph {
namespace {

using test::Reply;
using test::Stage;
using world::Kind;

SandboxSettings metered() {
  SandboxSettings settings = test::small_world();
  settings.quota = true;
  return settings;
}

std::string units(Stage& stage, const std::string& path) {
  return stage.get(path).header("x-ms-resource-unit");
}

TEST(ResourceUnits, CostWhatThePublishedTableSays) {
  Stage stage;
  const std::string group = "/groups/" + stage.id(Kind::kGroup, 0);
  const std::string user = "/users/" + stage.id(Kind::kUser, 1);
  EXPECT_EQ(units(stage, "/users"), "2");
  EXPECT_EQ(units(stage, "/users?$select=id"), "1");
  EXPECT_EQ(units(stage, "/users?$top=19"), "1");
  EXPECT_EQ(units(stage, "/users?$select=id&$expand=manager($select=id)"), "2");
  EXPECT_EQ(units(stage, "/groups"), "1");
  EXPECT_EQ(units(stage, group + "/members"), "3");
  EXPECT_EQ(units(stage, group + "/members?$select=id&$top=999"), "2");
  EXPECT_EQ(units(stage, group + "/members?$select=id&$top=5"), "1");
  EXPECT_EQ(units(stage, group + "/transitiveMembers?$select=id"), "4");
  EXPECT_EQ(units(stage, user + "/memberOf"), "2");
  EXPECT_EQ(units(stage, user + "/licenseDetails"), "2");
  EXPECT_EQ(units(stage, "/applications"), "2");
  EXPECT_EQ(units(stage, "/subscribedSkus"), "3");
  EXPECT_EQ(units(stage, "/devices?$select=id&$expand=registeredOwners($select=id)"), "1");
}

TEST(Quota, RefusesBeyond8000UnitsAndSaysHowLongToWait) {
  Stage stage(metered());
  const std::string path = "/subscribedSkus";  // 3 units
  int allowed = 0;
  Reply reply = stage.get(path);
  for (; reply.status == 200; reply = stage.get(path)) ++allowed;
  EXPECT_EQ(allowed, 8000 / 3);
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(reply.code(), "TooManyRequests");
  EXPECT_EQ(reply.header("Retry-After"), "1");
  EXPECT_TRUE(reply.header("x-ms-throttle-scope").starts_with("Tenant_Application/ReadWrite/"));
  EXPECT_EQ(reply.header("x-ms-throttle-information"), "ResourceUnitLimitExceeded");
  stage.pass(std::chrono::seconds(1));
  EXPECT_EQ(stage.get(path).status, 200);
}

TEST(Quota, WarnsFromFourFifthsOn) {
  Stage stage(metered());
  double lowest = 2;
  for (int call = 0; call < 2600; ++call) {
    const std::string percentage =
        stage.get("/subscribedSkus").header("x-ms-throttle-limit-percentage");
    if (!percentage.empty()) lowest = std::min(lowest, std::stod(percentage));
  }
  EXPECT_NEAR(lowest, 0.8, 0.01);
}

TEST(Quota, ChargesRefusedCallsToo) {
  Stage stage(metered());
  while (stage.get("/subscribedSkus").status == 200) {
  }
  for (int call = 0; call < 1000; ++call) EXPECT_EQ(stage.get("/subscribedSkus").status, 429);
  stage.pass(std::chrono::milliseconds(500));
  EXPECT_EQ(stage.get("/subscribedSkus").status, 429) << "hammering made the wait longer";
}

TEST(Quota, AllowsTenSignInReadsAMinute) {
  Stage stage(metered());
  const std::string path = "/users?$top=500&$select=id,signInActivity";
  for (int call = 0; call < 10; ++call) EXPECT_EQ(stage.get(path).status, 200);
  const Reply reply = stage.get(path);
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(reply.header("Retry-After"), "60");
  stage.pass(std::chrono::seconds(60));
  EXPECT_EQ(stage.get(path).status, 200);
}

TEST(Quota, AllowsOnePolicyReadASecondAndNamesNoWait) {
  Stage stage(metered());
  EXPECT_EQ(stage.get("/identity/conditionalAccess/policies").status, 200);
  const Reply reply = stage.get("/identity/conditionalAccess/policies");
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(reply.header("Retry-After"), "");
  stage.pass(std::chrono::seconds(1));
  EXPECT_EQ(stage.get("/identity/conditionalAccess/policies").status, 200);
}

TEST(Quota, BelongsToEachApplication) {
  SandboxSettings settings = metered();
  settings.more_clients = {{.id = "aaaaaaaa-0000-4000-8000-000000000001",
                            .secret = "other",
                            .roles = {"Directory.Read.All"}}};
  Stage stage(settings);
  while (stage.get("/subscribedSkus").status == 200) {
  }
  const std::string other =
      stage.sign_in({{"client_id", settings.more_clients[0].id}, {"client_secret", "other"}})
          .text("access_token");
  EXPECT_EQ(stage.send("GET", "/graph/v1.0/subscribedSkus", {{"Authorization", "Bearer " + other}})
                .status,
            200);
}

}  // namespace
}  // namespace muster::sandbox::graph
