#include "sandbox/graph/graph_service.h"

#include <gtest/gtest.h>

#include <set>

#include "sandbox/test_support.h"
#include "sandbox/world/group.h"
#include "sandbox/world/user.h"

namespace muster::sandbox::graph {
namespace {

using test::column;
using test::Reply;
using test::Stage;
using world::Kind;

SandboxSettings with_grants(std::vector<std::string> roles) {
  SandboxSettings settings = test::small_world();
  settings.grants = std::move(roles);
  return settings;
}

TEST(GraphToken, IsNeededAndTold) {
  Stage stage;
  const Reply missing = stage.send("GET", "/graph/v1.0/users");
  EXPECT_EQ(missing.status, 401);
  EXPECT_EQ(missing.code(), "InvalidAuthenticationToken");
  EXPECT_TRUE(missing.header("WWW-Authenticate").starts_with("Bearer"));
  EXPECT_EQ(
      stage.send("GET", "/graph/v1.0/users", {{"Authorization", "Bearer made.up.token"}}).status,
      401);
}

TEST(GraphToken, EndsWhenItsLifetimeIsOver) {
  SandboxSettings settings = test::small_world();
  settings.token_lifetime = std::chrono::seconds(5);
  Stage stage(settings);
  EXPECT_EQ(stage.get("/users?$top=1").status, 200);
  stage.pass(std::chrono::seconds(6));
  const Reply late = stage.get("/users?$top=1");
  EXPECT_EQ(late.status, 401);
  EXPECT_EQ(late.message(), "Lifetime validation failed, the token is expired.");
}

TEST(GraphAnswer, CarriesTheHeadersAndEchoesTheClientsId) {
  Stage stage;
  const Reply reply = stage.get("/users?$top=1", {{"client-request-id", "my-own-id"}});
  EXPECT_EQ(reply.header("client-request-id"), "my-own-id");
  EXPECT_EQ(reply.header("request-id").size(), 36u);
  EXPECT_EQ(reply.header("OData-Version"), "4.0");
  EXPECT_TRUE(reply.header("Content-Type").starts_with("application/json;odata.metadata=minimal"));
  EXPECT_EQ(reply.header("x-ms-resource-unit"), "1");
}

TEST(GraphPermission, MissingMeans403) {
  Stage stage(with_grants({"User.Read.All"}));
  EXPECT_EQ(stage.get("/users?$top=1").status, 200);
  const Reply devices = stage.get("/devices?$top=1");
  EXPECT_EQ(devices.status, 403);
  EXPECT_EQ(devices.code(), "Authorization_RequestDenied");
  EXPECT_EQ(stage.get("/users?$select=id,signInActivity").status, 403)
      << "AuditLog.Read.All is missing";
  EXPECT_EQ(stage.get("/organization").status, 200) << "User.Read.All is enough";
}

TEST(GraphPermission, BasicProfileShowsOnlyBasicProperties) {
  Stage stage(with_grants({"User.ReadBasic.All"}));
  EXPECT_EQ(stage.get("/users?$select=id,displayName,mail").status, 200);
  EXPECT_EQ(stage.get("/users?$select=id,department").status, 403);
}

TEST(GraphPermission, MembersOfAKindOneMayNotReadShowIdAndTypeOnly) {
  Stage stage(with_grants({"GroupMember.Read.All", "User.Read.All"}));
  const std::string group = stage.id(Kind::kGroup, 5);  // members of five kinds
  const Reply reply = stage.get("/groups/" + group + "/members?$select=id,displayName");
  ASSERT_EQ(reply.status, 200) << reply.body;
  std::set<std::string> blank, shown;
  const json::Document document = reply.json();
  for (const json::Value& row : document.root().find("value")->items()) {
    EXPECT_EQ(row.find("id")->text().size(), 36u);
    const std::string type(row.find("@odata.type")->text());
    (row.find("displayName")->is_null() ? blank : shown).insert(type);
  }
  EXPECT_TRUE(blank.contains("#microsoft.graph.device"));
  EXPECT_TRUE(blank.contains("#microsoft.graph.orgContact"));
  EXPECT_TRUE(shown.contains("#microsoft.graph.user"));
  EXPECT_TRUE(shown.contains("#microsoft.graph.group"));
}

TEST(GraphPermission, GuardedPropertiesAreNullWithoutTheirOwnPermission) {
  const std::string path = "/users?$top=1&$select=customSecurityAttributes";
  EXPECT_NE(Stage().get(path).body.find("Clearance"), std::string::npos);
  EXPECT_NE(Stage(with_grants({"User.Read.All"}))
                .get(path)
                .body.find("\"customSecurityAttributes\":null"),
            std::string::npos);
}

TEST(GraphPermission, HiddenMembersNeedOneOfTheirOwn) {
  const auto read = [](SandboxSettings settings) {
    Stage stage(std::move(settings));
    const Reply members = stage.get("/groups/" + stage.id(Kind::kGroup, 2) + "/members?$select=id");
    EXPECT_EQ(members.status, 200);
    const world::Reference member = stage.sandbox.world().memberships().roster(2).at(0);
    const Reply groups = stage.get("/users/" + stage.id(Kind::kUser, member.index) +
                                   "/memberOf?$select=id&$top=999");
    return std::pair(members.rows(), groups.rows());
  };
  const auto [members, groups] = read(test::small_world());
  const auto [visible_members, visible_groups] = read(with_grants({"Directory.Read.All"}));
  EXPECT_EQ(members, 12u);
  EXPECT_EQ(visible_members, 0u) << "no error, just nobody";
  EXPECT_EQ(visible_groups + 1, groups);
}

TEST(GraphPermission, SignInActivityNeedsAPremiumTenant) {
  SandboxSettings settings = test::small_world();
  settings.premium = false;
  Stage stage(settings);
  const Reply reply = stage.get("/users?$select=id,signInActivity");
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(reply.code(), "Authentication_RequestFromNonPremiumTenantOrB2CTenant");
}

TEST(GraphPath, UnknownOnesAreRefusedInTheContractsShape) {
  Stage stage;
  EXPECT_EQ(stage.get("/people").status, 400);
  EXPECT_EQ(stage.get("/users/" + stage.id(Kind::kUser, 0) + "/photos").status, 400);
  const Reply gone = stage.get("/groups/a1000000-1111-4aaa-8000-00000000aa99/members?$select=id");
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(gone.code(), "Request_ResourceNotFound");
  const json::Document document = gone.json();
  const json::Value* inner = document.root().find("error")->find("innerError");
  ASSERT_NE(inner, nullptr);
  EXPECT_EQ(inner->find("request-id")->text(), gone.header("request-id"));
  EXPECT_EQ(stage.get("/users/" + stage.id(Kind::kGroup, 0)).status, 404) << "a group is no user";
  EXPECT_EQ(
      stage.send("GET", "/graph/v2.0/users", {{"Authorization", "Bearer " + stage.token()}}).status,
      400);
  EXPECT_EQ(stage.send("POST", "/graph/v1.0/users", {{"Authorization", "Bearer " + stage.token()}})
                .status,
            405);
}

TEST(GraphSingle, ShowsOneObject) {
  Stage stage;
  const Reply reply = stage.get("/users/" + stage.id(Kind::kUser, 7) + "?$select=id,displayName");
  EXPECT_EQ(reply.text("id"), stage.id(Kind::kUser, 7));
  EXPECT_TRUE(
      reply.text("@odata.context").ends_with("/v1.0/$metadata#users(id,displayName)/$entity"));
  EXPECT_EQ(stage.get("/users/" + stage.id(Kind::kUser, 7) + "?$select=aboutMe").status, 200)
      << "properties outside the directory are there for one user";
}

TEST(GraphExtensions, AreDiscoveredAndSelectedLikeAnyProperty) {
  Stage stage;
  const Reply found =
      stage.send("POST", "/graph/v1.0/directoryObjects/getAvailableExtensionProperties",
                 {{"Authorization", "Bearer " + stage.token()}}, "{}");
  ASSERT_EQ(found.status, 200);
  const std::string name = column(found, "name")[0];
  EXPECT_EQ(column(stage.get("/users?$top=1&$select=" + name), name)[0], "700000");
}

TEST(GraphManager, IsAbsentOr404WhenThereIsNone) {
  Stage stage;
  const std::string first = stage.id(Kind::kUser, 0);
  EXPECT_EQ(stage.get("/users/" + first + "/manager?$select=id").status, 404);
  const Reply list = stage.get("/users?$top=999&$select=id&$expand=manager($select=id)");
  ASSERT_EQ(list.status, 200) << list.body;
  const json::Document document = list.json();
  const auto rows = document.root().find("value")->items();
  EXPECT_EQ(rows.size(), 100u) << "pages with $expand hold 100 rows";
  EXPECT_EQ(rows[0].find("manager"), nullptr);
  for (std::uint32_t index = 0; index < rows.size(); ++index) {
    const auto manager = world::User(stage.sandbox.world(), index).manager();
    const json::Value* shown = rows[index].find("manager");
    ASSERT_EQ(shown != nullptr, manager.has_value());
    if (manager) {
      EXPECT_EQ(shown->find("id")->text(), stage.id(Kind::kUser, *manager));
    }
  }
}

TEST(GraphExpand, ShowsTwentyAtMostAndNoLink) {
  Stage stage;
  const Reply reply = stage.get("/groups?$top=5&$select=id&$expand=members($select=id)");
  ASSERT_EQ(reply.status, 200) << reply.body;
  const json::Document document = reply.json();
  const json::Value& everyone = document.root().find("value")->items()[0];
  EXPECT_GT(stage.sandbox.world().memberships().size(0), 20u);
  EXPECT_EQ(everyone.find("members")->items().size(), 20u);
  EXPECT_EQ(everyone.find("members@odata.nextLink"), nullptr);
  EXPECT_EQ(stage.get("/users?$expand=manager,memberOf").status, 400) << "one relation only";
  EXPECT_EQ(stage.get("/users?$expand=photos").status, 400);
  EXPECT_EQ(stage.get("/users?$expand=manager($filter=id eq 'x')").status, 400);
}

TEST(GraphMembers, CanBeCastToOneKind) {
  Stage stage;
  const std::string members = "/groups/" + stage.id(Kind::kGroup, 5) + "/members";
  EXPECT_EQ(stage.get(members + "/microsoft.graph.device?$select=id").rows(), 1u);
  EXPECT_EQ(stage.get(members + "/microsoft.graph.nonsense").status, 400);
  const std::string unified =
      "/groups/" + stage.id(Kind::kGroup, 0) + "/members/microsoft.graph.group";
  EXPECT_EQ(stage.get(unified).code(), "Request_UnsupportedQuery");
}

TEST(GraphMembers, TransitiveOnesSurviveACycle) {
  Stage stage;
  const Reply reply =
      stage.get("/groups/" + stage.id(Kind::kGroup, 3) + "/transitiveMembers?$select=id");
  ASSERT_EQ(reply.status, 200);
  std::set<std::string> ids;
  for (const std::string& id : column(reply, "id")) EXPECT_TRUE(ids.insert(id).second);
  EXPECT_TRUE(ids.contains(stage.id(Kind::kGroup, 4)));
  EXPECT_TRUE(ids.contains(stage.id(Kind::kGroup, 3))) << "it contains itself through the other";
}

TEST(GraphSmallLists, AnswerWithTheirRows) {
  Stage stage;
  for (const std::string& path : std::vector<std::string>{
           "/subscribedSkus", "/organization", "/domains", "/directoryRoles", "/contacts",
           "/applications", "/servicePrincipals", "/directory/administrativeUnits",
           "/roleManagement/directory/roleAssignments", "/roleManagement/directory/roleDefinitions",
           "/identity/conditionalAccess/policies", "/devices"}) {
    const Reply reply = stage.get(path);
    EXPECT_EQ(reply.status, 200) << path << ' ' << reply.body;
    EXPECT_GT(reply.rows(), 0u) << path;
  }
  EXPECT_EQ(stage.get("/organization").json().root().find("value")->items()[0].find("id")->text(),
            stage.sandbox.connection("x").tenant_id);
}

TEST(GraphSmallLists, TakeNoOptionsWhereGraphTakesNone) {
  Stage stage;
  const std::string role = "/directoryRoles/" + stage.id(Kind::kDirectoryRole, 1) + "/members";
  EXPECT_EQ(stage.get(role).status, 200);
  for (const std::string& path :
       {std::string("/subscribedSkus"), std::string("/directoryRoles"), role}) {
    for (const std::string option : {"$top=5", "$select=id", "$filter=id eq 'x'"}) {
      EXPECT_EQ(stage.get(path + '?' + option).status, 400) << path << ' ' << option;
    }
  }
}

TEST(GraphLicences, ConsumedUnitsAreTheUsersWhoHaveThem) {
  Stage stage;
  const json::Document skus = stage.get("/subscribedSkus").json();
  std::map<std::string, std::int64_t> held;
  for (std::string link = "/users?$top=999&$select=assignedLicenses"; !link.empty();) {
    const Reply page = stage.get(link);
    const json::Document users = page.json();
    for (const json::Value& user : users.root().find("value")->items()) {
      for (const json::Value& licence : user.find("assignedLicenses")->items()) {
        ++held[std::string(licence.find("skuId")->text())];
      }
    }
    link = page.text("@odata.nextLink");
  }
  for (const json::Value& sku : skus.root().find("value")->items()) {
    EXPECT_EQ(sku.find("consumedUnits")->integer(), held[std::string(sku.find("skuId")->text())]);
  }
}

TEST(GraphAssignments, PageThroughABigApplicationAndShowAPrincipalThatIsGone) {
  Stage stage;
  const std::string path =
      "/servicePrincipals/" + stage.id(Kind::kServicePrincipal, 0) + "/appRoleAssignedTo";
  std::set<std::string> ids;
  for (std::string link = path + "?$top=999"; !link.empty();) {
    const Reply page = stage.get(link);
    ASSERT_EQ(page.status, 200) << page.body;
    for (const std::string& id : column(page, "id")) ids.insert(id);
    link = page.text("@odata.nextLink");
  }
  EXPECT_EQ(ids.size(), 1500u);
}

}  // namespace
}  // namespace muster::sandbox::graph
