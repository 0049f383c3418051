#include "sandbox/assets/test_support.h"

namespace muster::sandbox::assets {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kInfo = "/jsm/assets/v1/imports/info";
constexpr std::string_view kUnauthorized = R"({"code":401,"message":"Unauthorized"})";

Answer info(TestAssets& assets, const std::string& authorization) {
  return assets.send("GET", kInfo, "", authorization);
}

// F1
TEST(AssetsToken, OpensExactlyItsOwnImportSource) {
  TestAssets assets({.import_sources = 2});
  const std::string path =
      fmt::format("/jsm/assets/workspace/{}/v1/importsource/{}/configstatus",
                  assets.service->workspace_id(), assets.service->source_id(1));
  EXPECT_EQ(assets.send("GET", path, "", "Bearer " + assets.service->token(1)).status, 200);
  const Answer foreign = assets.send("GET", path, "", "Bearer " + assets.service->token(0));
  EXPECT_EQ(foreign.status, 401);
  EXPECT_EQ(foreign.body, kUnauthorized);
}

// F1
TEST(AssetsToken, IsRevokedByTheNextOne) {
  TestAssets assets;
  const std::string old = assets.bearer();
  const Answer issued = assets.call("POST", "/token");
  EXPECT_EQ(issued.status, 200);
  EXPECT_EQ("Bearer " + issued.at({"token"}), assets.bearer());
  EXPECT_EQ(info(assets, old).status, 401);
  EXPECT_EQ(info(assets, assets.bearer()).status, 200);
}

// F1
TEST(AssetsToken, IsNeededInTheRightForm) {
  TestAssets assets;
  for (const std::string& wrong : {std::string(), std::string("Bearer x"), assets.service->token(0),
                                   "bearer " + assets.service->token(0)}) {
    const Answer answer = info(assets, wrong);
    EXPECT_EQ(answer.status, 401) << wrong;
    EXPECT_EQ(answer.body, kUnauthorized);
  }
}

// F2
TEST(AssetsInfo, NeedsAContainerTokenAndGivesThreeAbsoluteLinks) {
  TestAssets assets;
  const Answer answer = info(assets, assets.bearer());
  ASSERT_EQ(answer.status, 200);
  const auto document = json::Document::parse(answer.body);
  ASSERT_EQ(document->root().find("links")->members().size(), 3u);
  const std::string base =
      fmt::format("http://127.0.0.1:9090/assets/jsm/assets/workspace/{}/v1/importsource/{}",
                  assets.service->workspace_id(), assets.service->source_id(0));
  EXPECT_EQ(answer.at({"links", "getStatus"}), base + "/configstatus");
  EXPECT_EQ(answer.at({"links", "start"}), base + "/executions");
  EXPECT_EQ(answer.at({"links", "mapping"}), base + "/mapping");
  EXPECT_EQ(
      info(assets, "Basic " + base::base64_encode("admin@example.com:sandbox-api-token")).status,
      401);
}

// F2
TEST(AssetsInfo, CanGiveTheOlderPathInItsLinks) {
  TestAssets assets({.link_prefix = "insight"});
  const Answer links = info(assets, assets.bearer());
  EXPECT_THAT(links.at({"links", "start"}), HasSubstr("/assets/jsm/insight/workspace/"));
  assets.map();
  const Answer started = assets.call("POST", links.at({"links", "start"}));
  EXPECT_THAT(started.at({"links", "submitResults"}), HasSubstr("/jsm/insight/workspace/"));
  EXPECT_EQ(assets.call("GET", started.at({"links", "getExecutionStatus"})).status, 200);
}

// F3
TEST(AssetsSource, WithoutMappingSaysSoAndDoesNotStart) {
  TestAssets assets;
  EXPECT_EQ(assets.call("GET", "/configstatus").at({"status"}), "MISSING_MAPPING");
  const Answer answer = assets.call("POST", "/executions");
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.at({"result"}), "error");
  EXPECT_EQ(answer.at({"errorCode"}), "MISSING_MAPPING");
  assets.map();
  EXPECT_EQ(assets.call("GET", "/configstatus").at({"status"}), "IDLE");
}

// F4
TEST(AssetsSource, DisabledSaysSoAndDoesNotStart) {
  TestAssets assets;
  assets.map();
  EXPECT_EQ(assets.control("/source", R"({"source":0,"disabled":true})").status, 200);
  EXPECT_EQ(assets.call("GET", "/configstatus").at({"status"}), "DISABLED");
  const Answer answer = assets.call("POST", "/executions");
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.at({"errorCode"}), "DISABLED");
}

// F5
TEST(AssetsSource, RunsOneExecutionAtATime) {
  TestAssets assets({.processing_takes = seconds(5)});
  assets.map();
  const std::string execution = assets.start();
  const auto expect_busy = [&] {
    EXPECT_EQ(assets.call("GET", "/configstatus").at({"status"}), "RUNNING");
    const Answer answer = assets.call("POST", "/executions");
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.at({"errorCode"}), "IN_PROGRESS");
  };
  expect_busy();
  assets.submit(execution, R"({"completed":true})");
  expect_busy();
  assets.wait(seconds(5));
  EXPECT_EQ(assets.call("GET", "/configstatus").at({"status"}), "IDLE");
  EXPECT_EQ(assets.call("POST", "/executions").status, 200);
}

// F14
TEST(AssetsExecution, IsStartedWithFourLinksAndNoIdOfItsOwn) {
  TestAssets assets;
  assets.map();
  const Answer answer = assets.call("POST", "/executions", R"({"scheduled":true})");
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.at({"result"}), "success");
  EXPECT_EQ(answer.at({"executionId"}), "<none>");
  const std::string cancel = answer.at({"links", "cancel"});
  EXPECT_THAT(cancel, HasSubstr("/executions/"));
  EXPECT_EQ(answer.at({"links", "submitResults"}), cancel + "/data");
  EXPECT_EQ(answer.at({"links", "submitProgress"}), cancel + "/progress");
  EXPECT_EQ(answer.at({"links", "getExecutionStatus"}), cancel + "/status");
  EXPECT_TRUE(assets.service->executions().at(0).scheduled);
}

// F15
TEST(AssetsExecution, TakesDataOnlyWhileIngesting) {
  TestAssets assets({.starting_takes = seconds(2), .processing_takes = seconds(2)});
  assets.map();
  const std::string execution = assets.start();
  const std::string status = fmt::format("/executions/{}/status", execution);
  EXPECT_EQ(assets.call("GET", status).at({"status"}), "PROCESSING");
  EXPECT_EQ(assets.submit(execution, R"({"data":{}})").status, 400);
  assets.wait(seconds(2));
  EXPECT_EQ(assets.call("GET", status).at({"status"}), "INGESTING");
  EXPECT_EQ(assets.submit(execution, R"({"data":{}})").status, 200);
  EXPECT_EQ(assets.submit(execution, R"({"completed":true})").status, 200);
  EXPECT_EQ(assets.call("GET", status).at({"status"}), "PROCESSING");
  EXPECT_EQ(assets.call("GET", status).at({"progressResult"}), "<none>");
  EXPECT_EQ(assets.submit(execution, R"({"data":{}})").status, 400);
  assets.wait(seconds(2));
  EXPECT_EQ(assets.call("GET", status).at({"status"}), "DONE");
  EXPECT_EQ(assets.submit(execution, R"({"completed":true})").status, 400);
}

// F15
TEST(AssetsExecution, DoesNotIngestAtOnce) {
  TestAssets strict;
  strict.map();
  const std::string link = strict.call("POST", "/executions").at({"links", "cancel"});
  const std::string execution = link.substr(link.rfind('/') + 1);
  EXPECT_EQ(strict.submit(execution, R"({"data":{}})").status, 400);
  strict.wait(kStartingTakes);
  EXPECT_EQ(strict.submit(execution, R"({"data":{}})").status, 200);
}

// F15
TEST(AssetsExecution, CanGetStuckOnDataThatCameTooEarly) {
  TestAssets assets({.starting_takes = seconds(2), .faults = {.accept_early_data = true}});
  assets.map();
  const std::string execution = assets.start();
  EXPECT_EQ(assets.submit(execution, R"({"data":{"users":[]}})").status, 200);
  assets.wait(seconds(2));
  EXPECT_EQ(assets.submit(execution, R"({"completed":true})").status, 200);
  assets.wait(std::chrono::hours(3));
  EXPECT_EQ(assets.call("GET", "/executions/status").at({"status"}), "PROCESSING");
  EXPECT_EQ(assets.control("/unstick", "{}").status, 200);
  EXPECT_EQ(assets.call("GET", "/executions/status").at({"status"}), "DONE");
}

// F16
TEST(AssetsExecution, AnswersDataWithoutABodyAndRefusesWhatItDoesNotKnow) {
  TestAssets assets;
  assets.map();
  const std::string execution = assets.start();
  const Answer taken = assets.submit(execution, R"({"data":{"users":[{"id":"1"}]}})");
  EXPECT_EQ(taken.status, 200);
  EXPECT_THAT(taken.body, IsEmpty());
  for (std::string_view wrong :
       {R"({"data":{},"more":1})", R"({"data":[]})", R"({"data":{},"completed":"yes"})",
        R"({"data":{},"clientGeneratedId":7})", R"({})", R"([])", R"({"clientGeneratedId":"a"})"})
    EXPECT_EQ(assets.submit(execution, wrong).status, 400) << wrong;
  TestAssets lax({.strict_bodies = false});
  lax.map();
  EXPECT_EQ(lax.submit(lax.start(), R"({"data":{},"more":1})").status, 200);
}

// F17
TEST(AssetsExecution, CountsAChunkOnceHoweverOftenItComes) {
  TestAssets assets;
  assets.map();
  const std::string execution = assets.start();
  static constexpr std::string_view kChunk =
      R"({"data":{"users":[{"id":"1","upn":"a"}]},"clientGeneratedId":"run/1"})";
  EXPECT_EQ(assets.submit(execution, kChunk).status, 200);
  EXPECT_EQ(assets.submit(execution, kChunk).status, 200);
  assets.submit(execution, R"({"completed":true})");
  const Answer report = assets.call("GET", "/executions/status");
  EXPECT_EQ(counter(report, "Entra User", "entriesInSource"), 1);
  EXPECT_EQ(counter(report, "Entra User", "duplicateEnries"), 0);
  const auto chunks = assets.service->executions().at(0).chunks;
  ASSERT_EQ(chunks.size(), 3u);
  EXPECT_FALSE(chunks[0].duplicate);
  EXPECT_THAT(chunks[0].counts, ElementsAre(std::pair<std::string, std::size_t>("users", 1)));
  EXPECT_TRUE(chunks[1].duplicate);
  EXPECT_THAT(chunks[1].counts, IsEmpty());
  EXPECT_EQ(chunks[0].client_generated_id, "run/1");
}

// F17
TEST(AssetsExecution, CanCountARepeatedChunkTwiceToCatchAClientThatRelies) {
  TestAssets assets({.faults = {.count_duplicates = true}});
  assets.map();
  const std::string execution = assets.start();
  for (int i = 0; i < 2; ++i)
    assets.submit(execution,
                  R"({"data":{"users":[{"id":"1","upn":"a"}]},"clientGeneratedId":"1"})");
  assets.submit(execution, R"({"completed":true})");
  EXPECT_EQ(counter(assets.call("GET", "/executions/status"), "Entra User", "duplicateEnries"), 1);
}

TEST(AssetsExecution, TakesTheLastDataTogetherWithCompleted) {
  TestAssets assets;
  assets.map();
  const std::string execution = assets.start();
  EXPECT_EQ(assets
                .submit(execution, R"({"data":{"users":[{"id":"1","upn":"a"}]},
                                       "clientGeneratedId":"1","completed":true})")
                .status,
            200);
  EXPECT_EQ(counter(assets.call("GET", "/executions/status"), "Entra User", "objectsCreated"), 1);
}

TEST(AssetsExecution, TakesChunksOfSeveralThreadsAtOnce) {
  TestAssets assets;
  assets.map();
  const std::string execution = assets.start();
  std::vector<std::unique_ptr<base::Scheduler::Thread>> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.push_back(assets.scheduler->start("sender", [&assets, &execution, thread] {
      for (int i = 0; i < 25; ++i)
        assets.submit(execution, fmt::format(R"({{"data":{{"users":[{{"id":"{0}","upn":"{0}"}}]}},
                                      "clientGeneratedId":"{0}"}})",
                                             thread * 20 + i));
    }));
  for (const auto& thread : threads) thread->join();
  assets.submit(execution, R"({"completed":true})");
  // Neighbours overlap by five ids, and so by five chunks.
  EXPECT_EQ(counter(assets.call("GET", "/executions/status"), "Entra User", "objectsCreated"), 85);
}

TEST(AssetsExecution, ShowsProgressOnlyInTheKnownForm) {
  TestAssets assets;
  assets.map();
  const std::string path = fmt::format("/executions/{}/progress", assets.start());
  EXPECT_EQ(assets.call("PUT", path, R"({"objects":{"total":5,"processed":1}})").status, 200);
  EXPECT_EQ(
      assets.call("PUT", path, R"({"steps":{"total":3,"current":1,"description":"x"}})").status,
      200);
  EXPECT_EQ(assets.call("PUT", path, R"({"percent":5})").status, 400);
  EXPECT_EQ(assets.call("PUT", path, R"({"objects":{"total":-1}})").status, 400);
}

// F22
TEST(AssetsCancel, WorksWhileIngestingAndLeavesObjectsAlone) {
  TestAssets assets;
  assets.map();
  const std::string execution = assets.start();
  assets.submit(execution, R"({"data":{"users":[{"id":"1","upn":"a"}]}})");
  const Answer answer = assets.call("DELETE", "/executions/" + execution);
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, IsEmpty());
  EXPECT_EQ(assets.call("GET", "/executions/status").at({"status"}), "CANCELLED");
  EXPECT_EQ(assets.call("GET", "/configstatus").at({"status"}), "IDLE");
  EXPECT_EQ(assets.submit(execution, R"({"completed":true})").status, 400);
  EXPECT_EQ(assets.count(""), 0);
}

// F22
TEST(AssetsCancel, IsRefusedOnceCompletedAndOnPathsThatDoNotExist) {
  TestAssets assets({.processing_takes = seconds(2)});
  assets.map();
  const std::string execution = assets.start();
  EXPECT_EQ(assets.call("GET", "/executions/" + execution).status, 404);
  EXPECT_EQ(assets.call("DELETE", fmt::format("/executions/{}/cancel", execution)).status, 404);
  assets.submit(execution, R"({"completed":true})");
  EXPECT_EQ(assets.call("DELETE", "/executions/" + execution).status, 400);
  assets.wait(seconds(2));
  EXPECT_EQ(assets.call("DELETE", "/executions/" + execution).status, 400);
  EXPECT_THAT(assets.service->executions().at(0).states,
              ElementsAre("PROCESSING", "INGESTING", "PROCESSING", "DONE"));
}

// F23
TEST(AssetsFailure, IsRecordedOnlyWhileIngestingAndUpTo1024Characters) {
  TestAssets assets;
  assets.map();
  const std::string execution = assets.start();
  const std::string path = fmt::format("/executions/{}/history/failed", execution);
  const auto fail = [&](const std::string& reason) {
    return assets.call("POST", path, fmt::format(R"({{"failureReason":"{}"}})", reason)).status;
  };
  EXPECT_EQ(assets.call("POST", path, "{}").status, 400);
  EXPECT_EQ(assets.call("POST", path).status, 400);
  EXPECT_EQ(fail(std::string(1025, 'x')), 400);
  std::string umlauts;
  for (int i = 0; i < 1024; ++i) umlauts += "ä";
  EXPECT_EQ(fail(umlauts), 204);
  EXPECT_EQ(fail("The source did not answer"), 204);
  EXPECT_EQ(assets.call("GET", "/executions/status").at({"status"}), "INGESTING");
  EXPECT_EQ(assets.service->executions().at(0).failure_reasons.at(1), "The source did not answer");
  assets.call("DELETE", "/executions/" + execution);
  EXPECT_EQ(fail("too late"), 400);
  EXPECT_EQ(
      assets.call("POST", "/executions/none/history/failed", R"({"failureReason":"x"})").status,
      404);
}

// F24
TEST(AssetsExecution, HasNoLatestStatusBeforeTheFirst) {
  TestAssets assets;
  assets.map();
  EXPECT_EQ(assets.call("GET", "/executions/status").status, 404);
  const std::string execution = assets.start();
  EXPECT_EQ(assets.call("GET", "/executions/status").at({"executionId"}), execution);
}

TEST(AssetsService, RefusesBodiesThatAreNoJsonOrDoNotSaySo) {
  TestAssets assets;
  assets.map();
  const std::string path =
      fmt::format("/jsm/assets/workspace/{}/v1/importsource/{}/executions/{}/data",
                  assets.service->workspace_id(), assets.service->source_id(0), assets.start());
  const auto send = [&](std::string_view body, std::string_view type) {
    return assets.send("POST", path, body, assets.bearer(), type).status;
  };
  EXPECT_EQ(send(R"({"data":{}})", "text/plain"), 415);
  EXPECT_EQ(send(R"({"data":{})", "application/json"), 400);
  EXPECT_EQ(send("{\"data\":{\"users\":[{\"id\":\"\xff\"}]}}", "application/json"), 400);
  EXPECT_EQ(send(R"({"data":{}})", "application/json; charset=utf-8"), 200);
}

TEST(AssetsService, AnswersNotFoundOutsideItsWorkspace) {
  TestAssets assets;
  const auto get = [&](const std::string& path) {
    return assets.send("GET", path, "", assets.bearer()).status;
  };
  EXPECT_EQ(get("/jsm/assets/workspace/other/v1/usage"), 404);
  EXPECT_EQ(get("/jsm/assets/workspace/" + assets.service->workspace_id() + "/v2/usage"), 404);
  EXPECT_EQ(get("/elsewhere"), 404);
}

TEST(AssetsService, ForgetsEverythingWhenReset) {
  TestAssets assets;
  const std::string token = assets.bearer();
  assets.call("POST", "/token");
  assets.map();
  assets.import(R"({"users":[{"id":"1","upn":"a"}]})");
  assets.service->reset();
  EXPECT_EQ(assets.bearer(), token);
  EXPECT_EQ(assets.call("GET", "/configstatus").at({"status"}), "MISSING_MAPPING");
  EXPECT_EQ(assets.count(""), 0);
}

TEST(AssetsSource, DescribesItselfAndItsScheduleLinks) {
  TestAssets assets;
  assets.map();
  assets.control("/policy", R"({"type":"Entra User","ignore_case":true,"empty":"ignore"})");
  const Answer source = assets.call("GET", "");
  EXPECT_EQ(source.at({"id"}), assets.service->source_id(0));
  EXPECT_EQ(source.at({"importStatus", "validationStatusType"}), "VALID");
  EXPECT_EQ(source.at({"importSourceOTEntries", "0", "selector"}), "users");
  EXPECT_EQ(source.at({"importSourceOTEntries", "0", "emptyValues"}), "IGNORE");
  EXPECT_EQ(source.at({"importSourceOTEntries", "0", "matchIdentifierIgnoreCase"}), "true");
  EXPECT_EQ(source.at({"importSourceOTEntries", "1", "emptyValues"}), "REMOVE");
  EXPECT_THAT(assets.call("GET", "/schedule").at({"links", "createSchedule"}),
              EndsWith("/importschedule"));
}

}  // namespace
}  // namespace muster::sandbox::assets
