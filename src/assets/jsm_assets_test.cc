#include "assets/jsm_assets.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "assets/fake_assets.h"

namespace muster::assets {
namespace {

using base::ErrorKind;
using test::answer;
using test::FakeAssets;
using namespace std::chrono_literals;

constexpr const char* kData = "POST /executions/e-1/data";
constexpr const char* kStatus = "GET /executions/e-1/status";
constexpr const char* kCancel = "DELETE /executions/e-1";
constexpr const char* kFailed = "POST /executions/e-1/history/failed";
constexpr const char* kPatch = "PATCH /mapping";
constexpr const char* kPut = "PUT /mapping";
constexpr const char* kLargePatch = "PATCH /mapping?async=true";

Chunk users(std::uint64_t sequence, std::uint32_t count) {
  Chunk chunk{.sequence = sequence, .selector = "users", .count = count};
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i > 0) chunk.objects += ",\n";
    chunk.objects += R"({"id":"u-)" + std::to_string(i) + R"("})";
  }
  return chunk;
}

class JsmAssetsTest : public testing::Test {
 protected:
  JsmSettings settings() const {
    JsmSettings settings;
    settings.token = base::Secret("token-1");
    settings.trust = std::make_shared<const net::Trust>();
    settings.attempts = 4;
    return settings;
  }

  Destination& destination() {
    if (!destination_) {
      destination_ = make_jsm_destination(settings_, {*scheduler_, assets_, *random_, *logger_});
    }
    return *destination_;
  }

  base::Status prepare(const std::string& leftover = "") {
    return prepare(Leftover{.execution_id = leftover});
  }

  base::Status prepare(const Leftover& leftover) {
    return destination().prepare(test::identity_schema(), leftover, test::kNotes,
                                 stop_.get_token());
  }

  // Larger than what Assets is asked to take while the call waits.
  base::Status prepare_large() {
    catalogue::ObjectSchema schema = test::identity_schema();
    for (int i = 0; i < 500; ++i) {
      const std::string name = "note_" + std::to_string(i);
      schema.types[0].attributes.push_back(
          {.external_id = "muster/entra/groups/" + name, .name = name, .locator = name});
    }
    return destination().prepare(schema, Leftover(), test::kNotes, stop_.get_token());
  }

  base::Result<std::unique_ptr<Delivery>> start() {
    const std::size_t before = assets_.count("POST /executions");
    return destination().start(PassForTests::make(), "run-1",
                               {[] { return base::Status(); },
                                [this, before](const std::optional<std::string>& most_recent) {
                                  EXPECT_EQ(assets_.count("POST /executions"), before)
                                      << "the caller writes it down before anything starts";
                                  started_after_ = most_recent;
                                  return on_starting_;
                                },
                                [this](const std::string& id) {
                                  noted_.push_back(id);
                                  return on_started_;
                                },
                                [this] { return on_completing_(); }},
                               stop_.get_token());
  }

  std::unique_ptr<Delivery> started() {
    const base::Status prepared = prepare();
    EXPECT_TRUE(prepared.ok()) << prepared.error().text();
    base::Result<std::unique_ptr<Delivery>> delivery = start();
    EXPECT_TRUE(delivery.ok()) << (delivery.ok() ? "" : delivery.error().text());
    return std::move(delivery).value();
  }

  base::Status submit(Delivery& delivery, const Chunk& chunk) {
    return delivery.submit(chunk, stop_.get_token());
  }

  void expect_error(const base::Error& error, ErrorKind kind, const std::string& reason,
                    const std::string& words) {
    EXPECT_EQ(error.kind, kind) << error.text();
    EXPECT_EQ(error.reason, reason) << error.text();
    EXPECT_NE(error.message.find(words), std::string::npos) << error.message;
    EXPECT_EQ(error.message.find("token-1"), std::string::npos) << error.message;
  }

  const std::unique_ptr<base::Scheduler> scheduler_ = base::make_simulated_scheduler(7);
  const std::unique_ptr<base::Random> random_ = base::make_seeded_random(7);
  const std::unique_ptr<base::Logger> logger_ = base::make_null_logger();
  FakeAssets assets_{*scheduler_};
  JsmSettings settings_ = settings();
  std::stop_source stop_;
  std::unique_ptr<Destination> destination_;
  std::optional<std::string> started_after_;
  base::Status on_starting_, on_started_;
  std::function<base::Status()> on_completing_ = [] { return base::Status(); };
  std::vector<std::string> noted_;
};

// ---- looking and preparing --------------------------------------------------------------------

TEST_F(JsmAssetsTest, OnlyLooksWhenChecking) {
  const base::Result<Readiness> readiness = destination().check({});
  ASSERT_TRUE(readiness.ok()) << readiness.error().text();
  EXPECT_TRUE((*readiness).ready);
  EXPECT_EQ((*readiness).status, "IDLE");
  EXPECT_EQ(assets_.history(), "GET /jsm/assets/v1/imports/info\nGET /configstatus\n");
}

TEST_F(JsmAssetsTest, SaysWhyItIsNotReady) {
  assets_.is_disabled = true;
  const Readiness disabled = destination().check({}).value();
  EXPECT_FALSE(disabled.ready);
  EXPECT_NE(disabled.advice.find("Enable it"), std::string::npos);
  assets_.is_disabled = false;
  assets_.execution_state = "PROCESSING";
  const Readiness running = destination().check({}).value();
  EXPECT_FALSE(running.ready);
  EXPECT_EQ(running.status, "RUNNING");
  EXPECT_NE(running.advice.find("only one can be"), std::string::npos);
  assets_.execution_state = "";
  assets_.has_mapping = false;
  EXPECT_TRUE(destination().check({}).value().ready);
}

TEST_F(JsmAssetsTest, PutsTheFirstMappingAndPatchesLaterOnes) {
  assets_.has_mapping = false;
  ASSERT_TRUE(prepare().ok());
  EXPECT_EQ(assets_.count(kPut), 1U);
  ASSERT_TRUE(prepare().ok());
  EXPECT_EQ(assets_.count(kPut), 1U);
  EXPECT_EQ(assets_.count(kPatch), 1U);
}

TEST_F(JsmAssetsTest, SendsNoMappingWhenTheCallerMayNoLonger) {
  DeliveryNotes notes = test::kNotes;
  notes.mapping = [] {
    return base::Error{base::ErrorKind::kConflict, "lease_lost", "Another process runs it now."};
  };
  const base::Status prepared =
      destination().prepare(test::identity_schema(), {}, notes, stop_.get_token());
  ASSERT_FALSE(prepared.ok());
  EXPECT_EQ(prepared.error().reason, "lease_lost");
  EXPECT_EQ(assets_.count(kPut) + assets_.count(kPatch), 0U);
}

TEST_F(JsmAssetsTest, PatchesWhenSomebodyElsePutFirst) {
  assets_.has_mapping = false;
  assets_.next(kPut, answer(409));
  ASSERT_TRUE(prepare().ok());
  EXPECT_EQ(assets_.bodies_of(kPut), assets_.bodies_of(kPatch));
}

TEST_F(JsmAssetsTest, SendsTheMappingAgainWhenAnotherIsBeingTaken) {
  assets_.has_mapping = false;
  assets_.lose_call(kPut);
  assets_.next(kPut, answer(409));
  for (int i = 0; i < 3; ++i) assets_.next(kPatch, answer(409));
  ASSERT_TRUE(prepare().ok());
  EXPECT_EQ(assets_.count(kPut), 2U);
  EXPECT_EQ(assets_.count(kPatch), 4U);
}

TEST_F(JsmAssetsTest, WaitsUntilAMappingIsTaken) {
  assets_.next(kLargePatch, answer(303, "", {{"location", "/jsm/assets/progress/1"}}));
  const std::string poll = "GET /jsm/assets/progress/1";
  assets_.next(poll, answer(200, R"({"progressStatus":"IN_PROGRESS"})"));
  assets_.next(poll, answer(200, R"({"progressStatus":"IN_PROGRESS"})"));
  assets_.next(poll, answer(200, R"({"progressStatus":"FINISHED","result":"OK"})"));
  ASSERT_TRUE(prepare_large().ok());
  EXPECT_EQ(assets_.count(poll), 3U);
}

TEST_F(JsmAssetsTest, DoesNotPollForASmallMapping) {
  ASSERT_TRUE(prepare().ok());
  EXPECT_EQ(assets_.count(kPatch), 1U);
  EXPECT_EQ(assets_.count(kLargePatch), 0U);
  ASSERT_TRUE(prepare_large().ok());
  EXPECT_EQ(assets_.count(kPatch), 1U);
  EXPECT_EQ(assets_.count(kLargePatch), 1U);
}

TEST_F(JsmAssetsTest, TellsWhatAMappingThatFailedLaterWasRefusedFor) {
  assets_.next(kLargePatch, answer(303, "", {{"Location", std::string(test::kHost) + "/jsm/p/1"}}));
  assets_.next(
      "GET /jsm/p/1",
      answer(200, R"({"progressStatus":"FINISHED","result":"ERROR","resultMessage":"No."})"));
  expect_error(prepare_large().error(), ErrorKind::kDenied, "destination_rejected", "(ERROR): No.");
}

TEST_F(JsmAssetsTest, GivesUpOnAMappingThatIsNeverTaken) {
  assets_.next(kLargePatch, answer(303, "", {{"Location", "/jsm/p/1"}}));
  for (int i = 0; i < 200; ++i) {
    assets_.next("GET /jsm/p/1", answer(200, R"({"progressStatus":"IN_PROGRESS"})"));
  }
  expect_error(prepare_large().error(), ErrorKind::kUnavailable, "destination_unavailable",
               "10 min");
}

TEST_F(JsmAssetsTest, SaysThatTheTokenIsNoLongerGood) {
  assets_.next("GET /jsm/assets/v1/imports/info",
               answer(401, R"({"code":401,"message":"Unauthorized"})"));
  expect_error(prepare().error(), ErrorKind::kDenied, "destination_token", "Generate new token");
}

TEST_F(JsmAssetsTest, StopsAtADisabledImport) {
  assets_.is_disabled = true;
  expect_error(prepare().error(), ErrorKind::kDenied, "destination_unavailable", "Enable it");
}

TEST_F(JsmAssetsTest, LeavesTheExecutionsOfOthersAlone) {
  assets_.execution = "somebody-elses";
  assets_.execution_state = "INGESTING";
  expect_error(prepare().error(), ErrorKind::kConflict, "destination_busy", "only one can be");
  expect_error(prepare("ours").error(), ErrorKind::kConflict, "destination_busy",
               "only one can be");
  EXPECT_EQ(assets_.history().find("DELETE"), std::string::npos);
  EXPECT_EQ(assets_.history().find("PATCH"), std::string::npos);
}

TEST_F(JsmAssetsTest, CancelsWhatADeadRunOfOursLeftOpen) {
  assets_.execution = "ours";
  assets_.execution_state = "INGESTING";
  assets_.next("GET /configstatus", answer(200, R"({"status":"RUNNING"})"));
  assets_.next("GET /configstatus", answer(200, R"({"status":"RUNNING"})"));
  ASSERT_TRUE(prepare("ours").ok());
  EXPECT_EQ(assets_.execution_state, "CANCELLED");
  EXPECT_EQ(assets_.count("GET /configstatus"), 4U) << "waits until Assets calls the import free";
  EXPECT_EQ(assets_.count(kPatch), 1U);
}

TEST_F(JsmAssetsTest, CancelsWhatADeadRunOfOursStartedWithoutLearningItsName) {
  assets_.execution = "ours";
  assets_.execution_state = "INGESTING";
  ASSERT_TRUE(prepare(Leftover{.started_after = "older"}).ok());
  EXPECT_EQ(assets_.execution_state, "CANCELLED");
}

TEST_F(JsmAssetsTest, ReleasesWhatADeadRunLeftOpenAndChangesNothingElse) {
  assets_.execution = "ours";
  assets_.execution_state = "INGESTING";
  ASSERT_TRUE(destination().release(Leftover{.execution_id = "ours"}, {}).ok());
  EXPECT_EQ(assets_.execution_state, "CANCELLED");
  EXPECT_EQ(assets_.count(kPatch), 0U);
}

TEST_F(JsmAssetsTest, AsksNothingWhenNothingWasLeftOpen) {
  ASSERT_TRUE(destination().release(Leftover(), {}).ok());
  EXPECT_EQ(assets_.history(), "");
}

TEST_F(JsmAssetsTest, LeavesAloneWhatWasOpenBeforeTheDeadRunStarted) {
  assets_.execution = "older";
  assets_.execution_state = "INGESTING";
  expect_error(prepare(Leftover{.started_after = "older"}).error(), ErrorKind::kConflict,
               "destination_busy", "only one can be");
  EXPECT_EQ(assets_.execution_state, "INGESTING");
}

TEST_F(JsmAssetsTest, TellsTheCallerWhatCameBeforeItStarts) {
  assets_.execution = "older";
  assets_.execution_state = "DONE";
  ASSERT_TRUE(prepare().ok());
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(started_after_, "older");
}

TEST_F(JsmAssetsTest, TellsTheCallerAnIdThatIsKnownOnlyFromALostStart) {
  ASSERT_TRUE(prepare().ok());
  assets_.lose_answer("POST /executions");
  for (int i = 0; i < 50; ++i) assets_.next("DELETE /executions/e-1", answer(429));
  EXPECT_FALSE(start().ok());
  EXPECT_EQ(noted_, std::vector<std::string>{"e-1"}) << "so that the next run can cancel it";
}

TEST_F(JsmAssetsTest, CancelsAnExecutionWhoseIdCouldNotBeWrittenDown) {
  on_started_ = base::Error{ErrorKind::kUnavailable, "store_unavailable", "disk full"};
  ASSERT_TRUE(prepare().ok());
  expect_error(start().error(), ErrorKind::kUnavailable, "store_unavailable", "disk full");
  EXPECT_EQ(assets_.execution_state, "CANCELLED");
}

TEST_F(JsmAssetsTest, StartsNothingWhileAssetsDoesNotSayWhatCameBefore) {
  ASSERT_TRUE(prepare().ok());
  ASSERT_TRUE(base::sleep_for(*scheduler_, 10s, {}));  // what was seen while preparing is stale
  for (int i = 0; i < 20; ++i) assets_.lose_call("GET /executions/status");
  expect_error(start().error(), ErrorKind::kUnavailable, "destination_unavailable",
               "none was started");
  EXPECT_EQ(assets_.count("POST /executions"), 0U);
}

TEST_F(JsmAssetsTest, StartsNothingThatCouldNotBeWrittenDown) {
  on_starting_ = base::Error{ErrorKind::kUnavailable, "store_unavailable", "disk full"};
  ASSERT_TRUE(prepare().ok());
  expect_error(start().error(), ErrorKind::kUnavailable, "store_unavailable", "disk full");
  EXPECT_EQ(assets_.count("POST /executions"), 0U);
}

TEST_F(JsmAssetsTest, WaitsUntilALeftoverIsProcessed) {
  assets_.execution = "ours";
  assets_.execution_state = "PROCESSING";
  assets_.polls_until_done = 2;
  for (int i = 0; i < 5; ++i) {
    assets_.next("GET /configstatus", answer(200, R"({"status":"RUNNING"})"));
  }
  assets_.next("GET /configstatus", answer(200, R"({"status":"IDLE"})"));
  EXPECT_TRUE(prepare("ours").ok());
  EXPECT_EQ(assets_.history().find("DELETE"), std::string::npos);
}

TEST_F(JsmAssetsTest, WaitsForAnotherTimeWhenALeftoverIsProcessedForLong) {
  assets_.execution = "ours";
  assets_.execution_state = "PROCESSING";
  assets_.polls_until_done = 100;
  expect_error(prepare("ours").error(), ErrorKind::kConflict, "destination_busy",
               "still processing");
  EXPECT_EQ(assets_.history().find("DELETE"), std::string::npos);
}

// ---- links ------------------------------------------------------------------------------------

TEST_F(JsmAssetsTest, SendsTheTokenToNoOtherOrigin) {
  for (const std::string link :
       {"https://evil.example/configstatus", "http://api.atlassian.com/x",
        "https://api.atlassian.com:8443/x", "https://api.atlassian.com@evil.example/x",
        "//evil.example/x", "https://api.atlassian.com.evil.example/x"}) {
    assets_.next(
        "GET /jsm/assets/v1/imports/info",
        answer(200, R"({"links":{"getStatus":")" + link + R"(","start":"/a","mapping":"/b"}})"));
    expect_error(prepare().error(), ErrorKind::kDenied, "destination_link", "Assets sent a link");
  }
  EXPECT_EQ(assets_.count("GET /jsm/assets/v1/imports/info"), assets_.calls.size());
}

TEST_F(JsmAssetsTest, TellsWhereARedirectWouldHaveLed) {
  const std::string info = "GET /jsm/assets/v1/imports/info";
  assets_.next(info, answer(302, "", {{"Location", "https://login.example/sign-in?next=x"}}));
  expect_error(prepare().error(), ErrorKind::kDenied, "destination_rejected",
               "Assets answered 302 to reading the import's links. A redirect to login.example is "
               "not followed");
  assets_.next(info, answer(302, "", {{"Location", "/elsewhere"}}));
  expect_error(prepare().error(), ErrorKind::kDenied, "destination_rejected",
               "A redirect is not followed, because the token would go there. Check api_url");
}

TEST_F(JsmAssetsTest, FollowsNoForeignLinkOfTheMapping) {
  assets_.next(kLargePatch, answer(303, "", {{"Location", "https://evil.example/progress"}}));
  expect_error(prepare_large().error(), ErrorKind::kDenied, "destination_link", "another host");
}

TEST_F(JsmAssetsTest, CancelsAnExecutionWhoseLinksLeadElsewhere) {
  ASSERT_TRUE(prepare().ok());
  assets_.next("POST /executions", [&](const net::Request&) {
    assets_.execution = "e-1";
    assets_.execution_state = "INGESTING";
    return answer(200, R"({"links":{"submitResults":"https://evil.example/e-1/data",)"
                       R"("getExecutionStatus":"/s","cancel":"/c"}})");
  });
  expect_error(start().error(), ErrorKind::kDenied, "destination_link", "another host");
  EXPECT_EQ(assets_.execution_state, "CANCELLED");
}

TEST_F(JsmAssetsTest, FollowsLinksUnderTheOlderPrefix) {
  const std::string old = "https://api.atlassian.com/jsm/insight/workspace/ws/v1/importsource/src";
  assets_.next("GET /jsm/assets/v1/imports/info",
               answer(200, R"({"links":{"getStatus":")" + old + R"(/configstatus","start":")" +
                               old + R"(/executions","mapping":")" + old + R"(/mapping"}})"));
  const std::string path = "/jsm/insight/workspace/ws/v1/importsource/src";
  assets_.next("GET " + path + "/configstatus", answer(200, R"({"status":"IDLE"})"));
  assets_.next("PATCH " + path + "/mapping", answer(204));
  EXPECT_TRUE(prepare().ok());
}

// ---- a refused schema -------------------------------------------------------------------------

class FrozenSchemaTest : public JsmAssetsTest {
 protected:
  base::Error refusal(const std::string& object_types) {
    assets_.schema_and_mapping =
        R"({"schema":{"objectSchema":{"objectTypes":[)" + object_types + "]}}}";
    assets_.next(kPatch,
                 answer(400, R"({"dataValidationErrors":[{"code":"X_1","message":"no"}]})"));
    return prepare().error();
  }
};

TEST_F(FrozenSchemaTest, NamesARenamedAttribute) {
  expect_error(refusal(R"({"externalId":"muster/entra/groups","name":"Entra Group","attributes":[
                 {"externalId":"muster/entra/groups/display_name","name":"Title","type":"text"}]})"),
               ErrorKind::kConflict, "schema_frozen",
               "The attribute 'Title' of 'Entra Group' cannot become 'Display Name'");
}

TEST_F(FrozenSchemaTest, NamesALabelThatIsNotSelectedAnyMore) {
  expect_error(refusal(R"({"externalId":"muster/entra/groups","name":"Entra Group","attributes":[
                 {"externalId":"muster/entra/groups/nick","name":"Nick","type":"text","label":true}]})"),
               ErrorKind::kConflict, "schema_frozen",
               "The objects of 'Entra Group' are named by 'Nick' and cannot be named by "
               "'Display Name': Assets never changes the label of an object type. Select the "
               "attribute 'Nick' of the data set 'groups' again.");
}

TEST_F(FrozenSchemaTest, NamesARenamedTypeAlsoBelowAnother) {
  expect_error(refusal(R"({"externalId":"x","name":"X","children":[
                 {"externalId":"muster/entra/users","name":"Person","attributes":[]}]})"),
               ErrorKind::kConflict, "schema_frozen",
               "The object type 'Person' cannot become 'Entra User'");
}

TEST_F(FrozenSchemaTest, NamesAChangedAttributeType) {
  expect_error(refusal(R"({"externalId":"muster/entra/users","name":"Entra User","attributes":[
                 {"externalId":"muster/entra/users/upn","name":"UPN","type":"text"}]})"),
               ErrorKind::kConflict, "schema_frozen",
               "'UPN' of 'Entra User' is of type text and cannot become email");
}

TEST_F(FrozenSchemaTest, ShowsWhatAssetsAnswersWithoutControlCharacters) {
  expect_error(refusal(R"({"externalId":"muster/entra/users","name":"Entra User","attributes":[
                 {"externalId":"muster/entra/users/upn","name":"UPN","type":"te\u001bxt"}]})"),
               ErrorKind::kConflict, "schema_frozen", R"(is of type te\x1Bxt and cannot become)");
}

TEST_F(FrozenSchemaTest, NamesAChangedReferenceTarget) {
  const std::string users_type =
      R"({"externalId":"muster/entra/users","name":"Entra User","attributes":[
          {"externalId":"muster/entra/users/groups","name":"Groups","type":"referenced_object",)";
  const std::string words =
      "'Groups' of 'Entra User' points to 'Team' and cannot point to 'Entra Group'";
  expect_error(refusal(users_type + R"("referenceObjectTypeExternalId":"t"}]},
                                       {"externalId":"t","name":"Team"})"),
               ErrorKind::kConflict, "schema_frozen", words);
  expect_error(refusal(users_type + R"("referenceObjectTypeName":"Team"}]})"), ErrorKind::kConflict,
               "schema_frozen", words);
}

TEST_F(FrozenSchemaTest, NamesWhatIsInTheWay) {
  expect_error(refusal(R"({"externalId":"other","name":"Entra Group"})"), ErrorKind::kConflict,
               "schema_frozen", "already is an object type 'Entra Group'");
  expect_error(refusal(R"({"externalId":"muster/entra/users","name":"Entra User","attributes":[
                 {"externalId":"hand-made","name":"Manager","type":"text"}]})"),
               ErrorKind::kConflict, "schema_frozen", "already has an attribute 'Manager'");
}

TEST_F(FrozenSchemaTest, ShowsTheRefusalWhenNothingContradicts) {
  expect_error(refusal(R"({"externalId":"muster/entra/users","name":"Entra User","attributes":[
                 {"externalId":"muster/entra/users/groups","name":"Groups","type":"referenced_object",
                  "referenceObjectTypeExternalId":"muster/entra/groups"}]})"),
               ErrorKind::kDenied, "destination_rejected", "X_1 (no)");
  assets_.next("GET /schema-and-mapping", answer(400));
  assets_.next(kPatch,
               answer(400, R"({"errorMessages":["first","second"],"errors":{"name":"third"}})"));
  expect_error(prepare().error(), ErrorKind::kDenied, "destination_rejected",
               "first; second; name: third");
}

// ---- an import --------------------------------------------------------------------------------

TEST_F(JsmAssetsTest, TellsItsImportSourceByTheIdsInItsLinksWhateverElseIsInThem) {
  const auto target_of = [&](const std::string& start) {
    const std::string links = R"({"links":{"getStatus":")" + std::string(test::kSource) +
                              R"(/configstatus","mapping":"/b","start":")" + start + R"("}})";
    assets_.next("GET /jsm/assets/v1/imports/info", test::answer(200, links));
    destination_.reset();
    return destination().check(stop_.get_token())->target;
  };
  const std::string target = "workspace/w-1/importsource/s-1";
  EXPECT_EQ(target_of("/jsm/assets/workspace/w-1/v1/importsource/s-1/executions"), target);
  EXPECT_EQ(target_of("/jsm/insight/workspace/w-1/v1/importsource/s-1/executions?x=/workspace/q/"),
            target);
  EXPECT_NE(target_of("/jsm/assets/workspace/w-1/v1/importsource/s-2/executions"), target);
  EXPECT_EQ(target_of("/in/another/form"), "https://api.atlassian.com/in/another/form");
}

TEST_F(JsmAssetsTest, ImportsAndReportsWhatAssetsCounted) {
  assets_.polls_until_ingesting = 3;
  assets_.polls_until_done = 5;
  assets_.report = R"({"result":"OK","errorMessages":null,"objectTypeResultMap":{
      "401":{"objectTypeName":"Entra User","objectsCreated":2,"objectsUpdated":3,"objectsIdentical":4,
             "objectsMissingUpdated":1,"objectsMissingDeleted":5,"entriesInSource":13,"duplicateEnries":1,
             "emptyLabelEntries":1,"emptyExternalIdEntries":1,"objectsFilteredWithQlQuery":1,
             "errorMessages":null},
      "402":{"objectTypeName":"Entra Group","objectsCreated":2}}})";
  const std::unique_ptr<Delivery> delivery = started();
  EXPECT_EQ(noted_, std::vector<std::string>{"e-1"});
  ASSERT_TRUE(submit(*delivery, users(1, 2)).ok());
  delivery->progress(2, 3, base::Stop());
  ASSERT_TRUE(submit(*delivery, users(2, 1)).ok());
  const base::Result<Outcome> outcome = delivery->complete(stop_.get_token());
  ASSERT_TRUE(outcome.ok()) << outcome.error().text();
  EXPECT_EQ((*outcome).execution_id, "e-1");
  EXPECT_EQ((*outcome).result, "OK");
  EXPECT_EQ((*outcome).chunks, 2U);
  const TypeOutcome& user = (*outcome).types.at("Entra User");
  EXPECT_EQ(user.accepted, 9U);
  EXPECT_EQ(user.created, 2U);
  EXPECT_EQ(user.updated, 3U);
  EXPECT_EQ(user.unchanged, 4U);
  EXPECT_EQ(user.missing, 6U);
  EXPECT_EQ(user.duplicate, 1U);
  EXPECT_EQ(user.empty_key, 1U);
  EXPECT_EQ(user.empty_label, 1U);
  EXPECT_EQ(user.filtered, 1U);
  EXPECT_EQ((*outcome).types.at("Entra Group").accepted, 2U);

  const std::vector<std::string> sent = assets_.bodies_of(kData);
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_EQ(sent[0],
            "{\"data\":{\"users\":[{\"id\":\"u-0\"},\n{\"id\":\"u-1\"}]},"
            "\"clientGeneratedId\":\"run-1/1\"}");
  EXPECT_EQ(sent[2], R"({"completed":true})");
  EXPECT_EQ((*outcome).bytes, sent[0].size() + sent[1].size());
  EXPECT_EQ(assets_.bodies_of("PUT /executions/e-1/progress"),
            std::vector<std::string>{R"({"objects":{"total":3,"processed":2}})"});
  const auto first_data = std::ranges::find(assets_.calls, kData);
  EXPECT_EQ(std::count(assets_.calls.begin(), first_data, kStatus), 4)
      << "no data before INGESTING";
  EXPECT_EQ(assets_.count(kCancel), 0U);
}

TEST_F(JsmAssetsTest, SendsFromSeveralThreadsAfterAskingOnceWhetherItMay) {
  assets_.polls_until_ingesting = 4;
  const std::unique_ptr<Delivery> delivery = started();
  {
    std::vector<std::unique_ptr<base::Scheduler::Thread>> threads;
    for (std::uint64_t worker = 0; worker < kChunksInFlight; ++worker) {
      threads.push_back(scheduler_->start("submit", [&, worker] {
        for (std::uint64_t i = 0; i < 5; ++i) {
          EXPECT_TRUE(submit(*delivery, users(1 + worker * 5 + i, 3)).ok());
        }
      }));
    }
  }
  EXPECT_EQ(assets_.accepted.size(), 20U);
  EXPECT_EQ(assets_.count(kStatus), 5U);
  EXPECT_EQ(delivery->complete(stop_.get_token()).value().chunks, 20U);
}

TEST_F(JsmAssetsTest, CompletesAnEmptyImport) {
  const std::unique_ptr<Delivery> delivery = started();
  const base::Result<Outcome> outcome = delivery->complete(stop_.get_token());
  ASSERT_TRUE(outcome.ok()) << outcome.error().text();
  EXPECT_EQ((*outcome).chunks, 0U);
}

TEST_F(JsmAssetsTest, ReportsProgressAtMostEveryTwoSeconds) {
  const std::unique_ptr<Delivery> delivery = started();
  for (std::uint64_t i = 0; i < 50; ++i) {
    delivery->progress(i, 50, base::Stop());
    base::sleep_for(*scheduler_, 100ms, {});
  }
  EXPECT_EQ(assets_.count("PUT /executions/e-1/progress"), 3U);
}

TEST_F(JsmAssetsTest, IgnoresFailuresOfProgress) {
  const std::unique_ptr<Delivery> delivery = started();
  assets_.next("PUT /executions/e-1/progress", answer(500));
  delivery->progress(1, 2, base::Stop());
  EXPECT_TRUE(delivery->complete(stop_.get_token()).ok());
}

// ---- starting ---------------------------------------------------------------------------------

TEST_F(JsmAssetsTest, ExplainsWhyAssetsDoesNotStart) {
  ASSERT_TRUE(prepare().ok());
  const auto refusal = [&](const std::string& code) {
    assets_.next("POST /executions",
                 answer(409, R"({"result":"error","errorCode":")" + code + R"("})"));
    return start().error();
  };
  expect_error(refusal("IN_PROGRESS"), ErrorKind::kConflict, "destination_busy", "only one can be");
  expect_error(refusal("DISABLED"), ErrorKind::kDenied, "destination_unavailable", "Enable it");
  expect_error(refusal("MISSING_MAPPING"), ErrorKind::kConflict, "destination_rejected",
               "Run again");
  expect_error(refusal("INVALID_IMPORT_MODULE_KEY"), ErrorKind::kDenied, "destination_rejected",
               "another kind");
  expect_error(refusal("NEW_CODE"), ErrorKind::kDenied, "destination_rejected", "NEW_CODE");
}

TEST_F(JsmAssetsTest, StartsAgainWhenTheCallGotLost) {
  assets_.lose_call("POST /executions");
  const std::unique_ptr<Delivery> delivery = started();
  EXPECT_EQ(assets_.count("POST /executions"), 2U);
  EXPECT_EQ(assets_.history().find("DELETE"), std::string::npos);
}

TEST_F(JsmAssetsTest, CancelsTheExecutionWhoseAnswerGotLostAndStartsAnother) {
  assets_.execution = "yesterday";
  assets_.execution_state = "DONE";
  assets_.lose_answer("POST /executions");
  assets_.lose_answer("POST /executions");
  const std::unique_ptr<Delivery> delivery = started();
  EXPECT_EQ(noted_.back(), "e-3");
  EXPECT_EQ(assets_.count(kCancel), 1U);
  EXPECT_EQ(assets_.count("DELETE /executions/e-2"), 1U);
}

TEST_F(JsmAssetsTest, CancelsNothingWhenAssetsForgotWhatCameBefore) {
  assets_.execution = "yesterday";
  assets_.execution_state = "DONE";
  ASSERT_TRUE(prepare().ok());
  assets_.lose_answer("POST /executions");
  assets_.next("GET /executions/status", answer(404));
  expect_error(start().error(), ErrorKind::kUnavailable, "destination_unavailable", "Starting");
  EXPECT_EQ(assets_.history().find("DELETE"), std::string::npos) << assets_.history();
  EXPECT_TRUE(noted_.empty()) << "the next run looks for what came after 'yesterday'";
}

TEST_F(JsmAssetsTest, NeverCancelsWhatAnIdThatIsNoSegmentWouldLeadTo) {
  for (const std::string id : {"..", "'/.", "e-1/../e-2", "a b", "e?x"}) {
    ASSERT_TRUE(prepare().ok());
    assets_.next("POST /executions", answer(500));
    assets_.next("GET /executions/status",
                 answer(200, R"({"executionId":")" + id + R"(","status":"DONE"})"));
    EXPECT_FALSE(start().ok()) << id;
    EXPECT_EQ(assets_.history().find("DELETE"), std::string::npos) << assets_.history();
  }
}

TEST_F(JsmAssetsTest, LooksForTheLastExecutionWhileTheMappingIsTaken) {
  started();
  EXPECT_EQ(assets_.count("GET /executions/status"), 1U);
  EXPECT_EQ(assets_.calls.back(), "DELETE /executions/e-1");
  const auto is_look = [](const std::string& call) { return call == "GET /executions/status"; };
  const auto look = std::find_if(assets_.calls.begin(), assets_.calls.end(), is_look);
  EXPECT_EQ(std::find(assets_.calls.begin(), look, "POST /executions"), look);
}

TEST_F(JsmAssetsTest, LooksAgainWhenTheMappingTookLong) {
  assets_.next(kPatch, answer(409));  // busy: comes back after a second
  started();
  EXPECT_EQ(assets_.count("GET /executions/status"), 2U);
}

TEST_F(JsmAssetsTest, LeavesNothingOpenWhenItGivesUpStarting) {
  ASSERT_TRUE(prepare().ok());
  for (std::uint32_t i = 0; i < settings_.attempts; ++i) assets_.lose_answer("POST /executions");
  expect_error(start().error(), ErrorKind::kUnavailable, "destination_unavailable", "Starting");
  EXPECT_EQ(assets_.execution, "e-4");
  EXPECT_EQ(assets_.execution_state, "CANCELLED");
}

TEST_F(JsmAssetsTest, DoesNotTouchAnExecutionThatItCannotTellFromAnothers) {
  for (int i = 0; i < 2; ++i) {
    assets_.next("GET /executions/status", answer(200, R"({"status":"DONE"})"));
  }
  ASSERT_TRUE(prepare().ok());
  assets_.lose_answer("POST /executions");
  expect_error(start().error(), ErrorKind::kUnavailable, "destination_unavailable", "Starting");
  EXPECT_EQ(assets_.count(kCancel), 0U);
}

TEST_F(JsmAssetsTest, CancelsAnExecutionThatStartedWhileTheRunWasStopped) {
  ASSERT_TRUE(prepare().ok());
  assets_.lose_answer("POST /executions");
  assets_.next("GET /executions/status", [&](const net::Request&) {
    stop_.request_stop();
    return answer(200, R"({"executionId":"e-1","status":"INGESTING"})");
  });
  EXPECT_EQ(start().error().kind, ErrorKind::kCancelled);
  EXPECT_EQ(assets_.count(kCancel), 1U);
  EXPECT_EQ(assets_.count("POST /executions"), 1U);
}

TEST_F(JsmAssetsTest, LeavesAStartToTheNextRunWhenAStoppedOneHasNoTimeLeft) {
  ASSERT_TRUE(prepare().ok());
  assets_.lose_answer("POST /executions");
  base::Instant stopped{};
  assets_.next("GET /executions/status", [&](const net::Request&) {
    stop_.request_stop();
    stopped = scheduler_->now();
    base::sleep_for(*scheduler_, 4s, {});
    return answer(200, R"({"executionId":"e-1","status":"INGESTING"})");
  });
  assets_.next(kCancel, [&](const net::Request& request) -> base::Result<net::Response> {
    base::sleep_for(*scheduler_, request.timeout, {});
    return base::Error{ErrorKind::kUnavailable, "source_unavailable", "Timed out."};
  });
  EXPECT_EQ(start().error().kind, ErrorKind::kCancelled);
  EXPECT_LE(scheduler_->now() - stopped, 8s);
}

TEST_F(JsmAssetsTest, GivesUpWhenAssetsDoesNotOpenInTime) {
  settings_.ingesting_within = 10s;
  assets_.polls_until_ingesting = 1'000'000;
  std::unique_ptr<Delivery> delivery = started();
  expect_error(submit(*delivery, users(1, 1)).error(), ErrorKind::kUnavailable,
               "destination_unavailable", "STARTING");
  EXPECT_FALSE(submit(*delivery, users(2, 1)).ok()) << "asked once";
  EXPECT_TRUE(assets_.accepted.empty());
  delivery.reset();
  EXPECT_EQ(assets_.execution_state, "CANCELLED");
}

TEST_F(JsmAssetsTest, AsksAgainWhetherAssetsIsOpenAfterASlowAnswer) {
  assets_.polls_until_ingesting = 3;
  const std::unique_ptr<Delivery> delivery = started();
  assets_.next("GET /executions/e-1/status", [&](const net::Request&) {
    base::sleep_for(*scheduler_, 5min, {});
    return answer(200, R"({"status":"STARTING"})");
  });
  const base::Status sent = submit(*delivery, users(1, 1));
  EXPECT_TRUE(sent.ok()) << sent.error().text();
}

// ---- chunks -----------------------------------------------------------------------------------

TEST_F(JsmAssetsTest, HalvesAChunkThatIsTooLarge) {
  const std::unique_ptr<Delivery> delivery = started();
  const auto too_large = [&](const net::Request&) { return answer(413); };
  assets_.next(kData, too_large);  // 5
  assets_.next(kData, too_large);  // its first half: 2
  ASSERT_TRUE(submit(*delivery, users(7, 5)).ok());
  std::map<std::string, std::string> expected = {
      {"run-1/7.1.1", R"([{"id":"u-0"}])"},
      {"run-1/7.1.2", R"([{"id":"u-1"}])"},
      {"run-1/7.2", "[{\"id\":\"u-2\"},\n{\"id\":\"u-3\"},\n{\"id\":\"u-4\"}]"}};
  ASSERT_EQ(assets_.accepted.size(), expected.size());
  for (const auto& [id, objects] : expected) {
    EXPECT_EQ(assets_.accepted[id],
              R"({"data":{"users":)" + objects + R"(},"clientGeneratedId":")" + id + R"("})");
  }
  EXPECT_EQ(delivery->complete(stop_.get_token()).value().chunks, 3U);
}

// Halves have other ids: Assets could not tell that it has them.
TEST_F(JsmAssetsTest, DoesNotHalveAChunkThatMayHaveBeenTaken) {
  std::unique_ptr<Delivery> delivery = started();
  assets_.lose_answer(kData);
  assets_.next(kData, answer(413));
  expect_error(submit(*delivery, users(1, 4)).error(), ErrorKind::kUnavailable,
               "destination_unavailable", "twice");
  EXPECT_EQ(assets_.accepted.size(), 1U);
  delivery.reset();
  EXPECT_EQ(assets_.execution_state, "CANCELLED");
}

TEST_F(JsmAssetsTest, HalvesAChunkThatWasOnlyToldToWait) {
  const std::unique_ptr<Delivery> delivery = started();
  assets_.next(kData, answer(429));
  assets_.next(kData, answer(413));
  EXPECT_TRUE(submit(*delivery, users(1, 4)).ok());
  EXPECT_EQ(assets_.accepted.size(), 2U);
}

TEST_F(JsmAssetsTest, NamesTheAttributeThatMakesOneObjectTooLarge) {
  const std::unique_ptr<Delivery> delivery = started();
  assets_.next(kData, answer(413));
  Chunk chunk{.sequence = 1, .selector = "users", .count = 1};
  chunk.objects = R"({"id":"secret-person","tags":["a","b"],"group_ids":["g-1","g-2","g-3"]})";
  const base::Error error = submit(*delivery, chunk).error();
  expect_error(error, ErrorKind::kLimit, "destination_rejected", "3 keys");
  EXPECT_NE(error.message.find("'group_ids' (3 values)"), std::string::npos) << error.message;
  EXPECT_EQ(error.message.find("secret-person"), std::string::npos) << "no source values";
}

TEST_F(JsmAssetsTest, SendsAChunkAgainUnderTheSameId) {
  const std::unique_ptr<Delivery> delivery = started();
  assets_.lose_answer(kData);
  assets_.next(kData, answer(502, "<html>Bad gateway</html>"));
  ASSERT_TRUE(submit(*delivery, users(1, 2)).ok());
  const std::vector<std::string> sent = assets_.bodies_of(kData);
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_EQ(sent[0], sent[1]);
  EXPECT_EQ(sent[0], sent[2]);
  EXPECT_EQ(assets_.accepted.size(), 1U);
}

TEST_F(JsmAssetsTest, WaitsAsLongAsAssetsAsks) {
  const std::unique_ptr<Delivery> delivery = started();
  assets_.next(kData, answer(429, "", {{"Retry-After", "30"}}));
  const base::Instant before = scheduler_->now();
  ASSERT_TRUE(submit(*delivery, users(1, 2)).ok());
  EXPECT_GE(scheduler_->now() - before, 30s);
  EXPECT_EQ(assets_.accepted.size(), 1U);
}

TEST_F(JsmAssetsTest, StaysWithinItsBudgetOfRequests) {
  settings_.requests_per_minute = 60;
  const std::unique_ptr<Delivery> delivery = started();
  for (std::uint64_t i = 1; i <= 200; ++i) ASSERT_TRUE(submit(*delivery, users(i, 1)).ok());
  for (std::size_t i = 0; i + 60 < assets_.times.size(); ++i) {
    EXPECT_GE(assets_.times[i + 60] - assets_.times[i], 60s) << i;
  }
}

TEST_F(JsmAssetsTest, StopsAtARevokedToken) {
  std::unique_ptr<Delivery> delivery = started();
  ASSERT_TRUE(submit(*delivery, users(1, 1)).ok());
  assets_.next(kData, answer(401));
  expect_error(submit(*delivery, users(2, 1)).error(), ErrorKind::kDenied, "destination_token",
               "revoked or replaced");
}

TEST_F(JsmAssetsTest, SaysThatTheExecutionWasCancelledInAssets) {
  const std::unique_ptr<Delivery> delivery = started();
  ASSERT_TRUE(submit(*delivery, users(1, 1)).ok());
  assets_.execution_state = "CANCELLED";
  expect_error(submit(*delivery, users(2, 1)).error(), ErrorKind::kDenied, "destination_rejected",
               "cancelled in Assets");
}

TEST_F(JsmAssetsTest, TakesNoWebPageForAnAnswer) {
  const std::unique_ptr<Delivery> delivery = started();
  assets_.next(kData, answer(200, " <!DOCTYPE html><title>Sign in</title>"));
  expect_error(submit(*delivery, users(1, 1)).error(), ErrorKind::kMalformed,
               "destination_unavailable", "sign-in page");
}

// ---- completing -------------------------------------------------------------------------------

TEST_F(JsmAssetsTest, CompletesOnceWhenTheAnswerGetsLost) {
  const std::unique_ptr<Delivery> delivery = started();
  assets_.lose_answer(kData);
  ASSERT_TRUE(delivery->complete(stop_.get_token()).ok());
  EXPECT_EQ(assets_.bodies_of(kData), std::vector<std::string>{R"({"completed":true})"});
}

TEST_F(JsmAssetsTest, CompletesAgainWhenTheCallGotLost) {
  const std::unique_ptr<Delivery> delivery = started();
  assets_.lose_call(kData);
  assets_.next(kData, answer(503));
  assets_.next(kData, answer(200, "<html>"));
  ASSERT_TRUE(delivery->complete(stop_.get_token()).ok());
  EXPECT_EQ(assets_.count(kData), 4U);
}

// Time passes before it is repeated: somebody else may have the importer by then.
TEST_F(JsmAssetsTest, AsksBeforeEveryCompletingCallWhetherItMay) {
  std::unique_ptr<Delivery> delivery = started();
  int asked = 0;
  on_completing_ = [&] {
    EXPECT_EQ(assets_.count(kData), static_cast<std::size_t>(asked)) << "before, not after it";
    if (++asked < 3) return base::Status();
    return base::Status(base::Error{ErrorKind::kConflict, "lease_lost", "Taken over."});
  };
  assets_.lose_call(kData);
  assets_.next(kData, answer(503));
  expect_error(delivery->complete(stop_.get_token()).error(), ErrorKind::kConflict, "lease_lost",
               "");
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(assets_.count(kData), 2U);
  delivery.reset();
  EXPECT_EQ(assets_.execution_state, "CANCELLED");
}

TEST_F(JsmAssetsTest, SaysSoWhenNobodyKnowsWhetherItCompleted) {
  std::unique_ptr<Delivery> delivery = started();
  ASSERT_TRUE(submit(*delivery, users(1, 1)).ok());
  assets_.lose_answer(kData);
  for (int i = 0; i < 4; ++i) assets_.lose_call(kStatus);
  const base::Result<Outcome> outcome = delivery->complete(stop_.get_token());
  ASSERT_TRUE(outcome.ok()) << outcome.error().text();
  EXPECT_NE((*outcome).unconfirmed.find("does not say whether"), std::string::npos);
  EXPECT_EQ(assets_.count(kCancel), 1U) << "cancelled in case it did not arrive";
}

TEST_F(JsmAssetsTest, KnowsThatNothingChangedWhenAnUnansweredCompletingCallCouldBeCancelled) {
  const std::unique_ptr<Delivery> delivery = started();
  ASSERT_TRUE(submit(*delivery, users(1, 1)).ok());
  assets_.lose_call(kData);
  for (int i = 0; i < 4; ++i) assets_.lose_call(kStatus);
  expect_error(delivery->complete(stop_.get_token()).error(), ErrorKind::kUnavailable,
               "destination_unavailable", "");
  EXPECT_EQ(assets_.execution_state, "CANCELLED");
}

TEST_F(JsmAssetsTest, ShowsWhyCompletingWasRefused) {
  const std::unique_ptr<Delivery> delivery = started();
  assets_.next(kData, answer(400, R"({"errorMessages":["no"]})"));
  expect_error(delivery->complete(stop_.get_token()).error(), ErrorKind::kDenied,
               "destination_rejected", "400");
}

TEST_F(JsmAssetsTest, FindsOutWhetherTheCompletingCallOfAStoppedRunArrived) {
  const std::unique_ptr<Delivery> delivery = started();
  assets_.next(kData, [&](const net::Request&) -> base::Result<net::Response> {
    assets_.execution_state = "PROCESSING";
    stop_.request_stop();
    return base::Error{ErrorKind::kCancelled, "cancelled", "Stopped."};
  });
  assets_.polls_until_done = 1'000;
  const base::Instant before = scheduler_->now();
  const base::Result<Outcome> outcome = delivery->complete(stop_.get_token());
  ASSERT_TRUE(outcome.ok()) << "what was completed cannot be called cancelled";
  EXPECT_NE((*outcome).unconfirmed.find("Assets goes on processing"), std::string::npos);
  EXPECT_LE(scheduler_->now() - before, 10s);
  delivery->abort("cancelled");
  EXPECT_EQ(assets_.count(kCancel), 0U);
}

TEST_F(JsmAssetsTest, HasEightSecondsInAllOnceStoppedHoweverSlowAssetsIs) {
  const std::unique_ptr<Delivery> delivery = started();
  base::Instant stopped{};
  const auto slowly = [&](const net::Request& request) -> base::Result<net::Response> {
    if (!stop_.stop_requested()) {
      stop_.request_stop();
      stopped = scheduler_->now();
    }
    base::sleep_for(*scheduler_, std::min<base::Duration>(2700ms, request.timeout), {});
    if (request.timeout < 2700ms) {
      return base::Error{ErrorKind::kUnavailable, "source_unavailable", "Timed out."};
    }
    return answer(200, R"({"status":"PROCESSING"})");
  };
  assets_.next(kStatus, answer(200, R"({"status":"INGESTING"})"));
  for (int i = 0; i < 20; ++i) assets_.next(kStatus, slowly);
  const base::Result<Outcome> outcome = delivery->complete(stop_.get_token());
  ASSERT_TRUE(outcome.ok());
  EXPECT_NE((*outcome).unconfirmed, "");
  EXPECT_LE(scheduler_->now() - stopped, 8500ms);
}

TEST_F(JsmAssetsTest, StillTakesTheVerdictOfAStoppedRunWhenItComesSoon) {
  const std::unique_ptr<Delivery> delivery = started();
  assets_.polls_until_done = 3;
  assets_.next(kStatus, answer(200, R"({"status":"INGESTING"})"));
  assets_.next(kStatus, [&](const net::Request&) -> base::Result<net::Response> {
    stop_.request_stop();
    return answer(200, R"({"status":"PROCESSING"})");
  });
  const base::Result<Outcome> outcome = delivery->complete(stop_.get_token());
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ((*outcome).unconfirmed, "");
  EXPECT_EQ((*outcome).result, "OK");
}

TEST_F(JsmAssetsTest, CancelsWhenTheCompletingCallOfAStoppedRunDidNotArrive) {
  std::unique_ptr<Delivery> delivery = started();
  assets_.next(kData, [&](const net::Request&) -> base::Result<net::Response> {
    stop_.request_stop();
    return base::Error{ErrorKind::kCancelled, "cancelled", "Stopped."};
  });
  EXPECT_EQ(delivery->complete(stop_.get_token()).error().kind, ErrorKind::kCancelled);
  delivery.reset();
  EXPECT_EQ(assets_.execution_state, "CANCELLED");
}

TEST_F(JsmAssetsTest, KeepsWhatMayRepeatAnObjectOutOfTheMessage) {
  const std::unique_ptr<Delivery> delivery = started();
  assets_.next(kData, answer(400, R"({"errorMessages":["Anna Schmidt is no date"],
                                      "errorCode":"INVALID_VALUE"})"));
  const base::Error error = submit(*delivery, users(1, 1)).error();
  expect_error(error, ErrorKind::kDenied, "destination_rejected", "INVALID_VALUE");
  EXPECT_EQ(error.text().find("Anna"), std::string::npos) << error.text();
  EXPECT_NE(error.heard.find("Anna Schmidt is no date"), std::string::npos);
}

TEST_F(JsmAssetsTest, ShowsNoTokenThatAnAnswerRepeats) {
  constexpr const char* kEcho = R"({"errorCode":"token-1","errorMessages":["Bearer token-1"]})";
  assets_.next(kPatch, answer(400, kEcho));
  const base::Error mapping = prepare().error();
  expect_error(mapping, ErrorKind::kDenied, "destination_rejected", "[secret]");
  const std::unique_ptr<Delivery> delivery = started();
  assets_.next(kData, answer(400, kEcho));
  const base::Error data = submit(*delivery, users(1, 1)).error();
  expect_error(data, ErrorKind::kDenied, "destination_rejected", "");
  EXPECT_EQ(data.heard.find("token-1"), std::string::npos) << data.heard;
  assets_.report = R"({"result":"token-1","errorMessages":["token-1"]})";
  assets_.polls_until_done = 1;
  const base::Result<Outcome> outcome = delivery->complete(stop_.get_token());
  ASSERT_TRUE(outcome.ok()) << outcome.error().text();
  EXPECT_EQ((outcome->refusal + outcome->heard + outcome->result).find("token-1"),
            std::string::npos);
}

// ---- the verdict ------------------------------------------------------------------------------

TEST_F(JsmAssetsTest, DoesNotTakeDoneForSuccess) {
  for (const std::string report :
       {R"({"result":"ERROR","errorMessages":["global trouble"]})",
        R"({"result":"OK","errorMessages":["global trouble"]})",
        R"({"result":"OK","objectTypeResultMap":{"1":{"objectTypeName":"Entra User",
            "errorMessages":{"a":["global trouble"]}}}})"}) {
    assets_.report = report;
    assets_.polls_until_done = 1;
    assets_.execution_state = "";
    const std::unique_ptr<Delivery> delivery = started();
    const base::Result<Outcome> outcome = delivery->complete(stop_.get_token());
    ASSERT_TRUE(outcome.ok()) << outcome.error().text();
    EXPECT_NE((*outcome).refusal.find("Assets processed the data but reports"), std::string::npos);
    EXPECT_EQ((*outcome).refusal.find("global trouble"), std::string::npos)
        << "its words may hold values of objects, and a refusal is kept";
    EXPECT_EQ((*outcome).heard, "global trouble.");
  }
}

TEST_F(JsmAssetsTest, ShowsNothingUnprintableOfAReport) {
  assets_.report = R"({"result":"OK","objectTypeResultMap":{"1":{
      "objectTypeName":"Entra\u001b[2JUser","errorMessages":["x"]}}})";
  assets_.polls_until_done = 1;
  const std::unique_ptr<Delivery> delivery = started();
  const base::Result<Outcome> outcome = delivery->complete(stop_.get_token());
  ASSERT_TRUE(outcome.ok()) << outcome.error().text();
  EXPECT_NE((*outcome).refusal.find("Entra\\x1B[2JUser"), std::string::npos) << (*outcome).refusal;
}

TEST_F(JsmAssetsTest, AcceptsADoneWithoutAReport) {
  assets_.report = "null";
  const std::unique_ptr<Delivery> delivery = started();
  const base::Result<Outcome> outcome = delivery->complete(stop_.get_token());
  ASSERT_TRUE(outcome.ok()) << outcome.error().text();
  EXPECT_EQ((*outcome).result, "");
  EXPECT_TRUE((*outcome).types.empty());
}

TEST_F(JsmAssetsTest, KeepsAskingThroughBadHours) {
  assets_.polls_until_done = 3;
  const std::unique_ptr<Delivery> delivery = started();
  ASSERT_TRUE(submit(*delivery, users(1, 1)).ok());
  for (int i = 0; i < 9; ++i) assets_.next(kStatus, answer(502, "<html>"));
  assets_.next(kStatus, answer(200, "<html>maintenance</html>"));
  EXPECT_TRUE(delivery->complete(stop_.get_token()).ok());
}

TEST_F(JsmAssetsTest, GivesUpWaitingWithoutCancelling) {
  settings_.done_within = 30min;
  assets_.polls_until_done = 1'000'000;
  std::unique_ptr<Delivery> delivery = started();
  const base::Result<Outcome> outcome = delivery->complete(stop_.get_token());
  ASSERT_TRUE(outcome.ok()) << outcome.error().text();
  EXPECT_NE((*outcome).unconfirmed.find("within 30 min"), std::string::npos);
  delivery.reset();
  EXPECT_EQ(assets_.count(kCancel), 0U);
  EXPECT_LT(assets_.count(kStatus), 100U) << "asks less often as time goes on";
}

TEST_F(JsmAssetsTest, SaysThatItWasCancelledWhileProcessing) {
  const std::unique_ptr<Delivery> delivery = started();
  ASSERT_TRUE(submit(*delivery, users(1, 1)).ok());
  assets_.next(kStatus, answer(200, R"({"status":"PROCESSING"})"));
  assets_.next(kStatus, answer(200, R"({"status":"CANCELLED"})"));
  expect_error(delivery->complete(stop_.get_token()).error(), ErrorKind::kDenied,
               "destination_rejected", "cancelled in Assets");
}

// ---- aborting ---------------------------------------------------------------------------------

TEST_F(JsmAssetsTest, LeavesAReasonAndCancels) {
  const std::unique_ptr<Delivery> delivery = started();
  stop_.request_stop();
  delivery->abort("Users could not be read.");
  delivery->abort("twice");
  EXPECT_EQ(assets_.bodies_of(kFailed),
            std::vector<std::string>{R"({"failureReason":"Users could not be read."})"});
  EXPECT_EQ(assets_.count(kCancel), 1U);
  EXPECT_EQ(assets_.execution_state, "CANCELLED");
}

TEST_F(JsmAssetsTest, CutsALongReasonBetweenCharacters) {
  const std::unique_ptr<Delivery> delivery = started();
  std::string reason = "x";
  while (reason.size() < 3'000) reason += "ü";
  delivery->abort(reason);
  EXPECT_EQ(assets_.bodies_of(kFailed),
            std::vector<std::string>{R"({"failureReason":")" + reason.substr(0, 1'023) + R"("})"});
}

TEST_F(JsmAssetsTest, CancelsWhenItIsDestroyed) {
  started().reset();
  EXPECT_EQ(assets_.execution_state, "CANCELLED");
}

TEST_F(JsmAssetsTest, TakesNoMoreThanTenSecondsToAbort) {
  const std::unique_ptr<Delivery> delivery = started();
  for (int i = 0; i < 1'000; ++i) assets_.lose_call(kCancel);
  assets_.lose_call(kFailed);
  const base::Instant before = scheduler_->now();
  delivery->abort("no network");
  EXPECT_LE(scheduler_->now() - before, 11s);
  EXPECT_GT(assets_.count(kCancel), 5U);
}

TEST_F(JsmAssetsTest, CancelsAlthoughTheReasonIsRefused) {
  const std::unique_ptr<Delivery> delivery = started();
  assets_.next(kFailed, answer(400));
  assets_.next(kCancel, answer(500));
  delivery->abort("reason");
  EXPECT_EQ(assets_.execution_state, "CANCELLED");
}

}  // namespace
}  // namespace muster::assets
