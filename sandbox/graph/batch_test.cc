#include <gtest/gtest.h>

#include <set>

#include "sandbox/test_support.h"

namespace muster::sandbox::graph {
namespace {

using test::Reply;
using test::Stage;
using world::Kind;

std::string item(std::string_view id, std::string_view url) {
  return fmt::format(R"({{"id":"{}","method":"GET","url":"{}"}})", id, url);
}

std::string envelope(const std::vector<std::string>& items) {
  return fmt::format(R"({{"requests":[{}]}})", fmt::join(items, ","));
}

TEST(Batch, AnswersEveryItemWithItsOwnStatusHeadersAndUnits) {
  Stage stage;
  const Reply reply = stage.batch(
      envelope({item("a", "/groups/" + stage.id(Kind::kGroup, 0) + "/members?$top=999&$select=id"),
                item("b", "groups/a1000000-1111-4aaa-8000-00000000aa99/members?$select=id"),
                item("c", "/subscribedSkus")}));
  ASSERT_EQ(reply.status, 200);
  std::map<std::string, std::int64_t> status;
  const json::Document document = reply.json();
  for (const json::Value& answer : document.root().find("responses")->items()) {
    const std::string id(answer.find("id")->text());
    status[id] = answer.find("status")->integer().value();
    if (id == "a") {
      EXPECT_EQ(answer.find("headers")->find("x-ms-resource-unit")->text(), "2");
      EXPECT_GT(answer.find("body")->find("value")->items().size(), 100u);
    }
    if (id == "b") {
      EXPECT_EQ(answer.find("body")->find("error")->find("code")->text(),
                "Request_ResourceNotFound");
    }
  }
  EXPECT_EQ(status, (std::map<std::string, std::int64_t>{{"a", 200}, {"b", 404}, {"c", 200}}));
}

TEST(Batch, ShufflesItsAnswers) {
  Stage stage;
  std::vector<std::string> items;
  for (int number = 0; number < 20; ++number)
    items.push_back(item(std::to_string(number), "/domains"));
  std::set<std::string> orders;
  for (int round = 0; round < 3; ++round) {
    std::string order;
    const json::Document document = stage.batch(envelope(items)).json();
    for (const json::Value& answer : document.root().find("responses")->items()) {
      order += std::string(answer.find("id")->text()) + ' ';
    }
    orders.insert(order);
  }
  EXPECT_EQ(orders.size(), 3u);
}

TEST(Batch, RefusesTheWholeWhenItIsMalformed) {
  Stage stage;
  std::vector<std::string> many;
  for (int number = 0; number < 21; ++number)
    many.push_back(item(std::to_string(number), "/domains"));
  for (const std::string& body :
       {envelope(many), envelope({item("x", "/domains"), item("X", "/domains")}), envelope({}),
        envelope({item("", "/domains")}),
        envelope({item("x", "https://graph.microsoft.com/v1.0/domains")}),
        envelope({item("x", "/$batch")}), std::string("nonsense"), std::string("[]"),
        std::string(R"({"requests":[{"id":"1","url":"/domains"}]})")}) {
    EXPECT_EQ(stage.batch(body).status, 400) << body.substr(0, 100);
  }
  const Reply untyped =
      stage.send("POST", "/graph/v1.0/$batch", {{"Authorization", "Bearer " + stage.token()}},
                 envelope({item("1", "/domains")}));
  EXPECT_EQ(untyped.status, 415);
}

TEST(Batch, LinksOfItemsAreAbsoluteAndCanBeFollowedInsideABatch) {
  Stage stage;
  const std::string group = stage.id(Kind::kGroup, 0);
  std::string url = "/groups/" + group + "/members?$top=500&$select=id";
  std::size_t rows = 0;
  while (!url.empty()) {
    const json::Document document = stage.batch(envelope({item("1", url)})).json();
    const json::Value& answer = document.root().find("responses")->items()[0];
    ASSERT_EQ(answer.find("status")->integer(), 200);
    rows += answer.find("body")->find("value")->items().size();
    const json::Value* link = answer.find("body")->find("@odata.nextLink");
    url.clear();
    if (link == nullptr) break;
    const std::string prefix = std::string(test::kOrigin) + "/graph/v1.0";
    ASSERT_TRUE(link->text().starts_with(prefix));
    url = link->text().substr(prefix.size());
  }
  EXPECT_EQ(rows, stage.sandbox.world().memberships().size(0));
}

TEST(Batch, ItemsSendTheirOwnHeaders) {
  Stage stage;
  const json::Document document =
      stage
          .batch(
              R"({"requests":[{"id":"1","method":"GET","url":"/users/$count","headers":{"consistencylevel":"eventual"}}]})")
          .json();
  const json::Value& answer = document.root().find("responses")->items()[0];
  EXPECT_EQ(answer.find("body")->integer(), 1500);
}

TEST(Batch, ThrottlesItemsOneByOneWithDecimals) {
  SandboxSettings settings = test::small_world();
  settings.quota = true;
  Stage stage(settings);
  std::vector<std::string> items;
  for (int number = 0; number < 20; ++number)
    items.push_back(item(std::to_string(number), "/subscribedSkus"));
  int refused = 0;
  for (int round = 0; round < 150 && refused == 0; ++round) {  // 60 units a round
    const Reply reply = stage.batch(envelope(items));
    ASSERT_EQ(reply.status, 200);
    const json::Document document = reply.json();
    for (const json::Value& answer : document.root().find("responses")->items()) {
      if (answer.find("status")->integer() != 429) continue;
      ++refused;
      const std::string wait(answer.find("headers")->find("Retry-After")->text());
      EXPECT_NE(wait.find('.'), std::string::npos) << wait;
    }
  }
  EXPECT_GT(refused, 0);
}

TEST(Batch, WritesEachItemIntoTheJournal) {
  Stage stage;
  stage.batch(envelope({item("1", "/domains"), item("2", "/nothing")}));
  const auto entries = stage.sandbox.journal().entries();
  ASSERT_EQ(entries.size(), 4u);  // sign-in, batch, two items
  EXPECT_EQ(entries[1].items, 2u);
  EXPECT_EQ(entries[1].resource_units, 1u);
  EXPECT_EQ(entries[2].batch, entries[1].number);
  const std::set<std::string> targets = {entries[2].target, entries[3].target};
  EXPECT_EQ(targets, (std::set<std::string>{"/graph/v1.0/domains", "/graph/v1.0/nothing"}));
  EXPECT_EQ(entries[1].owner, stage.sandbox.connection("x").client_id);
  EXPECT_EQ(entries[2].owner, entries[1].owner);
}

}  // namespace
}  // namespace muster::sandbox::graph
