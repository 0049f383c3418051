#include <gtest/gtest.h>

#include <set>

#include "sandbox/test_support.h"
#include "sandbox/world/user.h"

namespace muster::sandbox::graph {
namespace {

using test::column;
using test::Reply;
using test::Stage;
using world::Kind;

std::vector<std::string> read_all(Stage& stage, std::string link, std::size_t* pages = nullptr) {
  std::vector<std::string> ids;
  while (!link.empty()) {
    const Reply page = stage.get(link);
    EXPECT_EQ(page.status, 200) << page.body;
    if (page.status != 200) break;
    for (std::string& id : column(page, "id")) ids.push_back(std::move(id));
    if (pages != nullptr) ++*pages;
    link = page.text("@odata.nextLink");
  }
  return ids;
}

TEST(Paging, LeadsThroughEveryRowOnce) {
  Stage stage;
  std::size_t pages = 0;
  const auto ids = read_all(stage, "/users?$top=400&$select=id", &pages);
  EXPECT_EQ(ids.size(), 1500u);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 1500u);
  EXPECT_EQ(pages, 4u);
}

TEST(Paging, IsAsSmallAsItIsSetUpToWhateverTopSays) {
  SandboxSettings settings = test::small_world();
  settings.max_page = 300;
  Stage stage(settings);
  std::size_t pages = 0;
  EXPECT_EQ(read_all(stage, "/users?$top=999&$select=id", &pages).size(), 1500u);
  EXPECT_EQ(pages, 5u);
  EXPECT_EQ(stage.get("/subscribedSkus").text("@odata.nextLink"), "");
}

TEST(Paging, OfMembersGoesOnWhereItWasWhenMembersVanishMeanwhile) {
  Stage stage;
  const std::string members =
      "/groups/" + stage.id(Kind::kGroup, 0) + "/members?$top=400&$select=id";
  const Reply first = stage.get(members);
  const auto seen = column(first, "id");
  std::set<std::string> ids(seen.begin(), seen.end());
  ASSERT_TRUE(
      stage.sandbox.edits().add(R"([{"data_set":"memberships","remove_percent":30}])").ok());
  for (const std::string& id : read_all(stage, first.text("@odata.nextLink"))) ids.insert(id);
  for (const std::string& id : read_all(stage, members)) {
    EXPECT_TRUE(ids.contains(id)) << id << " was a member all the time and stands on no page";
  }
}

TEST(Paging, IsAHundredRowsWithoutTop) {
  Stage stage;
  EXPECT_EQ(stage.get("/users").rows(), 100u);
  EXPECT_EQ(stage.get("/devices?$select=id").rows(), 100u);
}

TEST(Paging, RefusesTopOutsideItsLimitsInGraphsWords) {
  Stage stage;
  const Reply reply = stage.get("/users?$top=1000");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.code(), "Request_UnsupportedQuery");
  EXPECT_EQ(reply.message(),
            "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive.");
  EXPECT_EQ(stage.get("/users?$top=0").status, 400);
  EXPECT_EQ(stage.get("/users?$top=-1").status, 400);
  EXPECT_EQ(stage.get("/users?$top=many").status, 400);
  EXPECT_EQ(stage.get("/users?$top=999").status, 200);
  EXPECT_EQ(stage.get("/users?$top=501&$select=id,signInActivity").message(),
            "Invalid page size specified: '501'. Must be between 1 and 500 inclusive.");
  EXPECT_EQ(stage.get("/users?$top=500&$select=id,signInActivity").status, 200);
}

TEST(Paging, LinksAreAbsoluteAndRepeatTheQueryBeforeTheValues) {
  Stage stage;
  const Reply reply = stage.get("/users?$top=5&$select=id,mail");
  const std::string link = reply.text("@odata.nextLink");
  EXPECT_TRUE(link.starts_with(
      "http://sandbox.test:9090/graph/v1.0/users?$top=5&$select=id,mail&$skiptoken="))
      << link;
  EXPECT_LT(reply.body.find("@odata.nextLink"), reply.body.find("\"value\""));
}

TEST(Paging, TokensFitOnlyTheirOwnQuery) {
  Stage stage;
  const std::string link = stage.get("/users?$top=5&$select=id").text("@odata.nextLink");
  const std::string token = link.substr(link.find("$skiptoken=") + 11);
  EXPECT_EQ(stage.get("/users?$top=6&$select=id&$skiptoken=" + token).status, 400);
  EXPECT_EQ(stage.get("/users?$select=id&$top=5&$skiptoken=" + token).status, 400)
      << "another order";
  EXPECT_EQ(stage.get("/groups?$top=5&$select=id&$skiptoken=" + token).status, 400);
  std::string changed = token;
  changed[20] = changed[20] == 'A' ? 'B' : 'A';
  EXPECT_EQ(stage.get("/users?$top=5&$select=id&$skiptoken=" + changed).status, 400);
  EXPECT_EQ(stage.get(link).status, 200);
}

TEST(Paging, TokensEndWhenTheyAreSetUpTo) {
  SandboxSettings settings = test::small_world();
  settings.page_token_lifetime = std::chrono::seconds(60);
  Stage stage(settings);
  const std::string link = stage.get("/users?$top=5").text("@odata.nextLink");
  stage.pass(std::chrono::seconds(59));
  EXPECT_EQ(stage.get(link).status, 200);
  stage.pass(std::chrono::seconds(2));
  const Reply late = stage.get(link);
  EXPECT_EQ(late.status, 400);
  EXPECT_EQ(late.code(), "Directory_ExpiredPageToken");
}

TEST(Paging, OfMembersShowsEveryMemberOfABigGroup) {
  SandboxSettings settings = test::small_world();
  settings.sizes = {.users = 12'000, .groups = 50, .memberships = 40'000};
  Stage stage(settings);
  const auto ids =
      read_all(stage, "/groups/" + stage.id(Kind::kGroup, 0) + "/members?$top=999&$select=id");
  EXPECT_EQ(ids.size(), 9993u);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 9993u);
}

TEST(Paging, OfAMillionUsersStartsAtOnceAndReachesTheEnd) {
  Stage stage({.seed = 4, .sizes = {.users = 1'000'000, .groups = 20, .memberships = 1000}});
  const Reply first = stage.get("/users?$top=999&$select=id");
  EXPECT_EQ(first.rows(), 999u);
  EXPECT_EQ(stage.get("/users/" + stage.id(Kind::kUser, 999'999) + "?$select=id").status, 200);
}

TEST(Select, ShowsExactlyWhatWasAskedForAndTheId) {
  Stage stage;
  const json::Document page = stage.get("/users?$top=1&$select=mail,displayName").json();
  const auto members = page.root().find("value")->items()[0].members();
  ASSERT_EQ(members.size(), 3u);
  EXPECT_EQ(members[0].key, "id");
  EXPECT_EQ(members[1].key, "mail");
  EXPECT_EQ(members[2].key, "displayName");
}

TEST(Select, WithoutItShowsTheDefaultSet) {
  Stage stage;
  const json::Document page = stage.get("/users?$top=1").json();
  const json::Value& user = page.root().find("value")->items()[0];
  EXPECT_EQ(user.members().size(), 11u);
  EXPECT_EQ(user.find("department"), nullptr);
  EXPECT_NE(user.find("officeLocation"), nullptr);
}

TEST(Select, RefusesUnknownAndForeignProperties) {
  Stage stage;
  EXPECT_EQ(stage.get("/users?$select=id,shoeSize").status, 400);
  EXPECT_NE(stage.get("/users?$select=id,shoeSize").message().find("'shoeSize'"),
            std::string::npos);
  for (const std::string name :
       {"aboutMe", "birthday", "hireDate", "interests", "mySite", "pastProjects", "preferredName",
        "responsibilities", "schools", "skills", "mailboxSettings"}) {
    const Reply reply = stage.get("/users?$select=id," + name);
    EXPECT_EQ(reply.status, 501) << name;
    EXPECT_EQ(reply.code(), "NotImplemented");
  }
  EXPECT_EQ(stage.get("/users?$select=").status, 400);
}

TEST(Select, WritesNullsButLeavesSignInActivityOutWhenThereIsNone) {
  Stage stage;
  std::size_t absent = 0, null = 0, present = 0;
  const json::Document page = stage.get("/users?$top=500&$select=id,mail,signInActivity").json();
  for (const json::Value& user : page.root().find("value")->items()) {
    ASSERT_NE(user.find("mail"), nullptr);
    null += user.find("mail")->is_null();
    (user.find("signInActivity") == nullptr ? absent : present) += 1;
  }
  EXPECT_GT(null, 0u);
  EXPECT_GT(absent, 0u);
  EXPECT_GT(present, absent);
}

TEST(Options, UnknownOrRepeatedOnesAreRefused) {
  Stage stage;
  EXPECT_EQ(stage.get("/users?$limit=5").status, 400);
  EXPECT_EQ(stage.get("/users?$skip=5").status, 400);
  EXPECT_EQ(stage.get("/users?$orderby=displayName").status, 400);
  EXPECT_EQ(stage.get("/users?$search=%22displayName:x%22").status, 400);
  EXPECT_EQ(stage.get("/users?$top=5&$top=6").status, 400);
  EXPECT_EQ(stage.get("/users?limit=5").status, 200) << "without '$' it is nobody's option";
}

TEST(Count, NeedsTheConsistencyHeader) {
  Stage stage;
  EXPECT_EQ(stage.get("/users/$count").message(), "$count is not currently supported.");
  const Reply count = stage.advanced("/users/$count");
  EXPECT_EQ(count.body, "1500");
  EXPECT_EQ(count.header("Content-Type"), "text/plain");
  EXPECT_EQ(stage.get("/users?$top=1&$count=true").body.find("@odata.count"), std::string::npos)
      << "ignored without the header";
  const Reply page = stage.advanced("/users?$top=1&$count=true");
  EXPECT_NE(page.body.find("\"@odata.count\":1500"), std::string::npos);
  EXPECT_EQ(stage.advanced(page.text("@odata.nextLink")).body.find("@odata.count"),
            std::string::npos)
      << "on the first page only";
  EXPECT_EQ(stage.advanced("/groups/" + stage.id(Kind::kGroup, 2) + "/members/$count").body, "12");
}

TEST(Count, CannotBeCombinedWithExpand) {
  Stage stage;
  EXPECT_EQ(stage.advanced("/users?$count=true&$expand=manager").status, 400);
}

TEST(Filter, FindsWhatAHandmadeSearchFinds) {
  Stage stage;
  const world::World& world = stage.sandbox.world();
  std::size_t guests = 0, disabled_or_guest = 0, germans = 0;
  for (std::uint32_t index = 0; index < world.sizes().users; ++index) {
    const world::User user(world, index);
    guests += user.is_guest();
    disabled_or_guest += user.is_guest() || !user.enabled;
    germans += user.is_person() && user.place->country_code == "DE";
  }
  EXPECT_EQ(read_all(stage, "/users?$top=999&$select=id&$filter=userType eq 'Guest'").size(),
            guests);
  EXPECT_EQ(read_all(stage, "/users?$top=10&$select=id&$filter=userType eq 'guest'").size(), guests)
      << "text ignores case, pages are filled";
  EXPECT_EQ(
      read_all(
          stage,
          "/users?$top=999&$select=id&$filter=(accountEnabled eq false) or userType eq 'Guest'")
          .size(),
      disabled_or_guest);
  EXPECT_EQ(
      read_all(stage, "/users?$top=999&$select=id&$filter=usageLocation in ('DE','XX')").size(),
      germans);
  EXPECT_EQ(
      read_all(stage, "/groups?$top=999&$select=id&$filter=groupTypes/any(c:c eq 'Unified')")
              .size() +
          read_all(stage, "/groups?$top=999&$select=id&$filter=securityEnabled eq true").size() +
          read_all(stage,
                   "/groups?$top=999&$select=id&$filter=mailEnabled eq true and "
                   "startswith(displayName,'DL-')")
              .size(),
      60u);
}

TEST(Filter, UnderstandsQuotesNullDatesAndNestedProperties) {
  Stage stage;
  EXPECT_EQ(stage.get("/users?$select=surname&$filter=surname eq 'O''Brien'").status, 200);
  for (const std::string& surname :
       column(stage.get("/users?$select=surname&$filter=surname eq 'O''Brien'"), "surname")) {
    EXPECT_EQ(surname, "O'Brien");
  }
  EXPECT_GT(stage.get("/users?$select=id&$filter=mail eq null").rows(), 0u);
  EXPECT_GT(stage.get("/users?$select=id&$filter=createdDateTime ge 2024-01-01T00:00:00Z").rows(),
            0u);
  EXPECT_GT(stage.get("/users?$select=id&$filter=employeeOrgData/costCenter eq 'CC-4410'").rows(),
            0u);
  EXPECT_GT(stage
                .get("/users?$select=id&$filter=assignedLicenses/any(l:l/skuId eq "
                     "06ebc4ee-1bb5-47dd-8120-11324bc54e06)")
                .rows(),
            0u);
}

TEST(Filter, AdvancedFormsNeedHeaderAndCount) {
  Stage stage;
  for (const std::string filter : {"userType ne 'Guest'", "not(userType eq 'Guest')",
                                   "endswith(mail,'example')", "assignedLicenses/$count ne 0"}) {
    const std::string path = "/users?$select=id&$filter=" + filter;
    EXPECT_EQ(stage.get(path).code(), "Request_UnsupportedQuery") << filter;
    EXPECT_EQ(stage.advanced(path).status, 400) << filter << ": $count=true is missing";
    EXPECT_EQ(stage.advanced(path + "&$count=true").status, 200) << filter;
  }
}

TEST(Filter, OnSignInActivityStandsAlone) {
  Stage stage;
  const std::string filter = "signInActivity/lastSignInDateTime le 2025-08-01T00:00:00Z";
  const Reply alone = stage.get("/users?$select=id,signInActivity&$filter=" + filter);
  EXPECT_EQ(alone.status, 200) << alone.body;
  EXPECT_GT(alone.rows(), 0u);
  EXPECT_EQ(stage.get("/users?$select=id&$filter=" + filter + " and accountEnabled eq true").status,
            400);
}

TEST(Filter, RefusesWhatItCannotRead) {
  Stage stage;
  for (const std::string filter :
       {"", "userType", "userType eq", "userType eq 'x", "shoeSize eq 1", "(userType eq 'x'",
        "userType like 'x'", "contains(displayName,'x')", "aboutMe eq 'x'"}) {
    EXPECT_EQ(stage.get("/users?$filter=" + filter).status, 400) << filter;
  }
  EXPECT_EQ(stage.get("/users?$filter=" + std::string(5000, '(')).status, 400);
}

}  // namespace
}  // namespace muster::sandbox::graph
