#include "sandbox/assets/test_support.h"

namespace muster::sandbox::assets {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr std::string_view kUser = "Entra User";

// F25
TEST(AssetsFaults, LoseTheAnswerToAChunkThatWasTaken) {
  TestAssets assets;
  assets.map();
  assets.control("/faults", R"({"lost_answers":{"data":{"skip":1,"count":1}}})");
  const std::string execution = assets.start();
  const auto send = [&](int id) {
    return assets.submit(execution, fmt::format(R"({{"data":{{"users":[{{"id":"{0}","upn":"u"}}]}},
                                                    "clientGeneratedId":"{0}"}})",
                                                id));
  };
  EXPECT_FALSE(send(1).lost);
  EXPECT_TRUE(send(2).lost);
  EXPECT_FALSE(send(2).lost);
  assets.submit(execution, R"({"completed":true})");
  const Answer report = assets.call("GET", "/executions/status");
  EXPECT_EQ(counter(report, kUser, "entriesInSource"), 2);
}

// F25
TEST(AssetsFaults, LoseTheAnswersOfStartAndCompleteToo) {
  TestAssets assets;
  assets.map();
  assets.control("/faults", R"({"lost_answers":{"start":{"count":1},"complete":{"count":1}}})");
  EXPECT_TRUE(assets.call("POST", "/executions").lost);
  EXPECT_EQ(assets.call("POST", "/executions").at({"errorCode"}), "IN_PROGRESS");
  const std::string execution = assets.call("GET", "/executions/status").at({"executionId"});
  assets.wait(kStartingTakes);
  EXPECT_FALSE(assets.submit(execution, R"({"data":{}})").lost);
  EXPECT_TRUE(assets.submit(execution, R"({"completed":true})").lost);
  EXPECT_EQ(assets.call("GET", "/executions/status").at({"status"}), "DONE");
}

// F25
TEST(AssetsFaults, CanKeepAnExecutionProcessing) {
  TestAssets assets({.faults = {.stuck = true}});
  assets.map();
  const std::string execution = assets.start();
  assets.submit(execution, R"({"completed":true})");
  assets.wait(std::chrono::hours(24));
  EXPECT_EQ(assets.call("GET", "/executions/status").at({"status"}), "PROCESSING");
  EXPECT_EQ(assets.call("GET", "/configstatus").at({"status"}), "RUNNING");
}

// F25
TEST(AssetsFaults, CanRevokeTheTokenInTheMiddle) {
  TestAssets assets({.faults = {.revoke_after_chunks = 2}});
  assets.map();
  const std::string token = assets.bearer();
  const std::string path =
      fmt::format("/jsm/assets/workspace/{}/v1/importsource/{}/executions/{}/data",
                  assets.service->workspace_id(), assets.service->source_id(0), assets.start());
  const auto send = [&] { return assets.send("POST", path, R"({"data":{}})", token).status; };
  EXPECT_EQ(send(), 200);
  EXPECT_EQ(send(), 200);
  EXPECT_EQ(send(), 401);
  EXPECT_NE(assets.bearer(), token);
}

// F25
TEST(AssetsFaults, CanRefuseLargeBodies) {
  TestAssets assets;
  assets.map();
  const std::string execution = assets.start();
  assets.control("/faults", R"({"max_body":100})");
  EXPECT_EQ(assets.submit(execution, R"({"data":{}})").status, 200);
  EXPECT_EQ(assets.submit(execution, fmt::format(R"({{"data":{{"x":"{:100}"}}}})", "")).status,
            413);
  EXPECT_EQ(assets.service->executions().at(0).chunks.size(), 1u);
}

// F25
TEST(AssetsFaults, CanStopAtAnObjectLimit) {
  TestAssets assets({.faults = {.object_limit = 2}});
  assets.map();
  const Answer report = assets.import(
      R"({"users":[{"id":"1","upn":"a"},{"id":"2","upn":"b"},{"id":"3","upn":"c"}]})");
  EXPECT_EQ(counter(report, kUser, "objectsCreated"), 2);
  EXPECT_THAT(report.body, HasSubstr("object limit of 2 reached"));
}

// F25
TEST(AssetsFaults, CanEndAnExecutionWithoutSuccessOnce) {
  TestAssets assets;
  assets.map();
  assets.control("/faults", R"({"next_result":{"result":"FAILED","errors":["out of order"]}})");
  static constexpr std::string_view kData = R"({"users":[{"id":"1","upn":"a"}]})";
  const Answer failed = assets.import(kData);
  EXPECT_EQ(failed.at({"status"}), "DONE");
  EXPECT_EQ(failed.at({"progressResult", "result"}), "FAILED");
  EXPECT_EQ(failed.at({"progressResult", "errorMessages"}), "[out of order]");
  EXPECT_EQ(assets.count(""), 0);
  EXPECT_EQ(assets.import(kData).at({"progressResult", "result"}), "OK");
  assets.control("/faults", R"({"next_result":{"result":"PARTIAL","writes_objects":true}})");
  EXPECT_EQ(counter(assets.import(kData), kUser, "objectsIdentical"), 1);
}

// F26
TEST(AssetsMeter, AllowsTheDocumentedRequestsInAMinute) {
  TestAssets assets({.meter = true});
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(assets.call("GET", "/configstatus").status, 200) << i;
  assets.wait(seconds(20));
  const Answer refused = assets.call("GET", "/configstatus");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.retry_after, "40");
  for (int i = 0; i < 500; ++i) ASSERT_EQ(assets.count(""), 0) << i;
  EXPECT_EQ(assets.count(""), -1);
  assets.wait(seconds(40));
  EXPECT_EQ(assets.call("GET", "/configstatus").status, 200);
  assets.wait(minutes(1));
  EXPECT_EQ(assets.count(""), 0);
}

// F26
TEST(AssetsMeter, CanLeaveTheWaitingTimeUnsaid) {
  TestAssets assets({.meter = true, .retry_after = false});
  Answer last;
  for (int i = 0; i <= 1000; ++i) last = assets.call("GET", "/configstatus");
  EXPECT_EQ(last.status, 429);
  EXPECT_EQ(last.retry_after, "");
}

TEST(AssetsControl, RefusesWhatItDoesNotKnow) {
  TestAssets assets;
  EXPECT_EQ(assets.control("/faults", R"({"stuk":true})").status, 400);
  EXPECT_EQ(assets.control("/faults", R"({"stuck":"yes"})").status, 400);
  EXPECT_EQ(assets.control("/faults", R"({"lost_answers":{"data":{}}})").status, 400);
  EXPECT_EQ(assets.control("/policy", R"({"missing":"remove"})").status, 400);
  EXPECT_EQ(assets.control("/policy", R"({"type":"T","missing":"delete"})").status, 400);
  EXPECT_EQ(assets.control("/source", R"({"source":3,"disabled":true})").status, 400);
  EXPECT_EQ(assets.control("/policy", "[").status, 400);
  EXPECT_EQ(assets.control("/nothing", "{}").status, 404);
}

TEST(AssetsControl, MakesANewTokenAndListsExecutions) {
  TestAssets assets;
  const std::string old = assets.bearer();
  const Answer issued = assets.control("/token", R"({"source":0})");
  EXPECT_EQ("Bearer " + issued.at({"token"}), assets.bearer());
  EXPECT_NE(assets.bearer(), old);
  assets.map();
  assets.import(R"({"users":[{"id":"1","upn":"a"}]})");
  const Answer list = assets.control("/executions", "");
  EXPECT_EQ(list.at({"0", "states"}), "[PROCESSING,INGESTING,PROCESSING,DONE]");
  EXPECT_EQ(list.at({"0", "chunks", "0", "counts", "users"}), "1");
}

}  // namespace
}  // namespace muster::sandbox::assets
