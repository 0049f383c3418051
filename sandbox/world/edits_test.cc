#include "sandbox/world/edits.h"

#include <gtest/gtest.h>

#include "sandbox/test_support.h"

namespace muster::sandbox::world {
namespace {

using test::column;
using test::Reply;
using test::Stage;

std::int64_t truth(Stage& stage, std::string_view data_set) {
  return stage.send("GET", "/_sandbox/truth").json().root().find(data_set)->integer().value();
}

std::size_t count_rows(Stage& stage, std::string link) {
  std::size_t rows = 0;
  while (!link.empty()) {
    const Reply page = stage.get(link);
    EXPECT_EQ(page.status, 200) << page.body;
    rows += page.rows();
    link = page.text("@odata.nextLink");
  }
  return rows;
}

TEST(Edits, TakeObjectsAwayEverywhereAndGiveThemBack) {
  Stage stage;
  ASSERT_EQ(stage
                .send("POST", "/_sandbox/edits", {}, R"([{"data_set":"users","remove_percent":60},
                                                         {"data_set":"users","remove_first":1}])")
                .status,
            200);
  const std::size_t left = count_rows(stage, "/users?$top=100&$select=id");
  EXPECT_NEAR(static_cast<double>(left), 600, 60);
  EXPECT_EQ(truth(stage, "users"), static_cast<std::int64_t>(left));
  EXPECT_EQ(stage.advanced("/users/$count").body, std::to_string(left));
  EXPECT_EQ(stage.get("/users/" + stage.id(Kind::kUser, 0)).status, 404);
  const std::size_t members =
      count_rows(stage, "/groups/" + stage.id(Kind::kGroup, 0) + "/members?$top=999&$select=id");
  EXPECT_LT(members, stage.sandbox.world().memberships().size(0));
  EXPECT_LT(truth(stage, "memberships"), 6000);
  EXPECT_EQ(stage.send("DELETE", "/_sandbox/edits").status, 200);
  EXPECT_EQ(count_rows(stage, "/users?$top=999&$select=id"), 1500u);
}

TEST(Edits, GiveAttributesAnotherValue) {
  Stage stage;
  ASSERT_TRUE(stage.sandbox.edits()
                  .add(R"([{"data_set":"users","attribute":"jobTitle","value":"Poet","first":2},
                                            {"data_set":"users","attribute":"mail","value":null,"percent":100}])")
                  .ok());
  const Reply page = stage.get("/users?$top=3&$select=id,jobTitle,mail");
  const auto titles = column(page, "jobTitle");
  EXPECT_EQ(titles[0], "Poet");
  EXPECT_EQ(titles[1], "Poet");
  EXPECT_NE(titles[2], "Poet");
  EXPECT_EQ(column(page, "mail"), (std::vector<std::string>{"", "", ""}));
  const Reply held = stage.send("GET", "/_sandbox/truth/users?limit=1");
  EXPECT_EQ(column(held, "jobTitle")[0], "Poet");
}

TEST(Edits, ThinOutMemberships) {
  Stage stage;
  ASSERT_TRUE(
      stage.sandbox.edits().add(R"([{"data_set":"memberships","remove_percent":50}])").ok());
  EXPECT_NEAR(static_cast<double>(truth(stage, "memberships")), 3000, 150);
  EXPECT_EQ(truth(stage, "users"), 1500);
  EXPECT_EQ(truth(stage, "groups"), 60);
}

TEST(Edits, AreRefusedWithTheReason) {
  Stage stage;
  for (const std::string edits :
       {"{}", "[{}]", R"([{"data_set":"unicorns","remove_percent":1}])",
        R"([{"data_set":"users"}])", R"([{"data_set":"users","remove_percent":101}])",
        R"([{"data_set":"users","attribute":"mail"}])",
        R"([{"data_set":"users","attribute":"mail","value":1,"remove_first":1}])",
        R"([{"data_set":"users","x":1}])"}) {
    EXPECT_FALSE(stage.sandbox.edits().add(edits).ok()) << edits;
  }
}

}  // namespace
}  // namespace muster::sandbox::world
