#include "run/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace muster::run {
namespace {

using testing::HasSubstr;

// Every member set to something of its own, so that a swapped or forgotten one shows.
Report full_report() {
  Report report;
  report.run_id = "0197f0c2-aaaa-7bbb-8ccc-dddddddddddd";
  report.importer = "entra";
  report.limited = true;
  report.state = State::kHeld;
  report.reason = "gate_missing";
  report.message = "60 of 100 users are gone.";
  report.started = *base::parse_utc("2026-11-23T03:00:00.123Z");
  report.ended = *base::parse_utc("2026-11-23T03:00:07.456Z");
  report.data_sets = {
      {.name = "users",
       .object_type = "Entra User",
       .complete = true,
       .pages = 1,
       .fetched = 2,
       .repeated = 3,
       .filtered = 4,
       .rejected = 5,
       .formatted = 6,
       .submitted = 7,
       .accepted = 8,
       .created = 9,
       .updated = 10,
       .unchanged = 11,
       .missing = 12,
       .expected_new = 13,
       .expected_changed = 14,
       .expected_unchanged = 15,
       .expected_missing = 16,
       .dropped_values = 17,
       .identity = {
           .name = "person", .matches = {{"email", 31, 32, {"ab12"}}}, .left_to_others = 33}}};
  report.relations = {{"members", true, 21, 22, 23, 24, 25, 26}};
  report.rejects = {{"users", "u-17", "empty_key", "id: no value"}};
  report.notices = {"a \"quoted\" notice"};
  report.destination = {"e-1", "OK", 11, 1234567, "files", "/out"};
  report.source = {61, 4567890, 2, 120, 1.5};
  report.gate = {
      "held", "0197e000", "", {{"users", "gate_blanked", "mail", 60, 100, "text"}}, {"n"}};
  report.people = PeopleReport{.state = "done",
                               .reason = "ok",
                               .message = "33 written.",
                               .data_set = "users",
                               .attribute = "Jira account",
                               .objects = 31,
                               .without_email = 32,
                               .written = 33,
                               .unchanged = 34,
                               .ambiguous = {35, {"IT-1"}},
                               .unknown = {36, {"IT-2", "IT-3"}},
                               .refused = {37, {}},
                               .requests = 38,
                               .throttled = 39,
                               .waited_seconds = 2.5};
  report.log = {{base::WallTime(report.started) + std::chrono::milliseconds(877), "warn", "slow"}};
  return report;
}

constexpr const char* kFullReport =
    R"({"run_id":"0197f0c2-aaaa-7bbb-8ccc-dddddddddddd","importer":"entra","site":"default",)"
    R"("trigger":"manual","kind":"limited","state":"held","reason":"gate_missing",)"
    R"("message":"60 of 100 users are gone.","started":"2026-11-23T03:00:00.123Z",)"
    R"("ended":"2026-11-23T03:00:07.456Z",)"
    R"("data_sets":[{"name":"users","object_type":"Entra User","complete":true,"pages":1,)"
    R"("fetched":2,"repeated":3,"filtered":4,"rejected":5,"formatted":6,"submitted":7,)"
    R"("accepted":8,"created":9,"updated":10,"unchanged":11,"missing":12,"dropped_values":17,)"
    R"("expected":{"new":13,"changed":14,"unchanged":15,"missing":16},)"
    R"("identity":{"name":"person","left_to_others":33,"matches":[{"rule":"email","records":31,)"
    R"("known":32,"sample":["ab12"]}]}}],)"
    R"("relations":[{"name":"members","complete":true,"parents":21,"pairs":22,"gone":23,)"
    R"("hidden":24,"unknown_type":25,"without_key":26}],)"
    R"("rejects":[{"data_set":"users","key":"u-17","reason":"empty_key","detail":"id: no value"}],)"
    R"("notices":["a \"quoted\" notice"],)"
    R"("destination":{"execution_id":"e-1","chunks":11,"bytes":1234567,"result":"OK",)"
    R"("type":"files","directory":"/out"},)"
    R"("source":{"requests":61,"bytes":4567890,"throttled":2,"waited_seconds":1.500,)"
    R"("resource_units":120},)"
    R"("gate":{"verdict":"held","compared_with":"0197e000","findings":[{"data_set":"users",)"
    R"("reason":"gate_blanked","attribute":"mail","affected":60,"of":100,"text":"text"}],)"
    R"("notices":["n"]},)"
    R"("log":[{"at":"2026-11-23T03:00:01.000Z","level":"warn","text":"slow"}],)"
    R"("people":{"state":"done","reason":"ok","message":"33 written.","data_set":"users",)"
    R"("attribute":"Jira account","objects":31,"without_email":32,"written":33,"unchanged":34,)"
    R"("ambiguous":{"count":35,"objects":["IT-1"]},)"
    R"("unknown":{"count":36,"objects":["IT-2","IT-3"]},"refused":{"count":37,"objects":[]},)"
    R"("requests":38,"throttled":39,"waited_seconds":2.500}})";

TEST(Report, WritesEveryMemberOfTheContract) { EXPECT_EQ(to_json(full_report()), kFullReport); }

TEST(Report, SaysNothingOfPeopleWhereTheirAccountsAreNotFilledIn) {
  Report report = full_report();
  report.people.reset();
  EXPECT_THAT(to_json(report), testing::Not(HasSubstr("people")));
  EXPECT_FALSE(read_report(to_json(report))->people);
}

TEST(Report, HasANullEndWhileTheRunGoesOn) {
  Report report = full_report();
  report.ended.reset();
  EXPECT_THAT(to_json(report), HasSubstr(R"("ended":null)"));
}

TEST(Report, ReadsBackWhatItWrote) {
  base::Result<Report> read = read_report(kFullReport);
  ASSERT_TRUE(read.ok()) << read.error().text();
  EXPECT_EQ(to_json(*read), kFullReport);
}

TEST(Report, ReadsADamagedCountAsNone) {
  const auto report =
      read_report(R"({"state":"completed","source":{"requests":-5,"bytes":1e3,"throttled":7}})");
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->source.requests, 0U);
  EXPECT_EQ(report->source.bytes, 0U);
  EXPECT_EQ(report->source.throttled, 7U);
}

TEST(Report, RefusesTextThatIsNoReport) {
  for (const char* text : {"", "{}", "[]", R"({"state":"resting"})"}) {
    EXPECT_FALSE(read_report(text).ok()) << text;
  }
}

TEST(Report, WritesFindingsAloneForAnApproval) {
  EXPECT_EQ(findings_json(full_report().gate.findings),
            R"([{"data_set":"users","reason":"gate_blanked","attribute":"mail","affected":60,)"
            R"("of":100,"text":"text"}])");
  EXPECT_EQ(findings_json({}), "[]");
}

struct Ending {
  State state;
  const char* reason;
  int code;
};

TEST(Report, ExitCodeSaysWhichSideFailed) {
  const Ending endings[] = {
      {State::kCompleted, "ok", 0},
      {State::kCompletedWithRejects, "ok", 7},
      {State::kHeld, "gate_missing", 4},
      {State::kHeld, "partial_not_confirmed", 4},
      {State::kCancelled, "cancelled", 6},
      {State::kAbandoned, "process_died", 1},
      {State::kFailed, "source_sign_in", 3},
      {State::kFailed, "source_permission", 3},
      {State::kFailed, "source_incomplete", 3},
      {State::kFailed, "foreign_link", 3},
      {State::kFailed, "too_many_rejects", 3},
      {State::kFailed, "destination_token", 5},
      {State::kFailed, "destination_busy", 5},
      {State::kFailed, "schema_frozen", 5},
      {State::kFailed, "store_unavailable", 8},
      {State::kFailed, "not_available", 3},
      {State::kFailed, "certificate_not_trusted", 3},
      {State::kFailed, "approval_used", 4},
      {State::kFailed, "lease_lost", 8},
      {State::kFailed, "settings", 2},
      {State::kFailed, "invalid_key", 2},
      {State::kFailed, "invalid_certificate", 2},
      {State::kFailed, "ca_file", 2},
      {State::kFailed, "header", 2},
      {State::kFailed, "internal", 1},
  };
  for (const Ending& ending : endings) {
    Report report;
    report.state = ending.state;
    report.reason = ending.reason;
    EXPECT_EQ(exit_code(report), ending.code) << to_string(ending.state) << " " << ending.reason;
  }
}

}  // namespace
}  // namespace muster::run
