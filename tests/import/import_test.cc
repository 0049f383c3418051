// Whole imports in virtual time against the strict imitations: what the source holds must be what
// Assets holds, whatever happens on the way.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>

#include "json/writer.h"
#include "net/throttle.h"
#include "run/baseline.h"
#include "tests/support/import_rig.h"

namespace muster::tests {
namespace {

using run::State;
using sandbox::AssetsService;
namespace world = sandbox::world;

// Of the data sets that are read unless they are off.
std::string only(const std::string& data_sets) {
  std::string all = "{ " + data_sets;
  for (const std::string name :
       {"users", "groups", "devices", "licenses", "applications", "service_principals",
        "directory_roles", "administrative_units", "domains", "organization"}) {
    if (data_sets.find(name + ":") == std::string::npos) all += ", " + name + ": off";
  }
  return all + " }";
}

sandbox::SandboxSettings small() {
  return tenant(11, {.users = 230,
                     .groups = 40,
                     .memberships = 900,
                     .devices = 60,
                     .contacts = 5,
                     .applications = 7,
                     .service_principals = 9,
                     .administrative_units = 3});
}

// The answer to a question about one record of these alone.
std::string answer_alone(const std::string& records, int status) {
  return fmt::format(
      R"({{"service":"graph","path_regex":"^/v1.0/{}/[-0-9a-f]{{36}}\\?\\$select=id$","every":1,"action":{{"status":{},"body":{{"error":{{"code":"no","message":"no"}}}}}}}})",
      records, status);
}

// Assets starts, and then refuses what it is sent.
constexpr const char* kNoData =
    R"({"service":"assets","method":"POST","path_regex":"/data$","every":1,"action":{"status":400}})";

// All of them were deleted.
std::string none_of(const std::string& records) {
  return answer_alone(records, 404) +
         fmt::format(
             R"(,{{"service":"graph","path_prefix":"/v1.0/{}","every":1,"action":{{"status":200,"headers":{{"Content-Type":"application/json"}},"body":"{{\"value\":[]}}"}}}})",
             records);
}

std::uint64_t objects_of(ImportRig& rig, const std::string& type) {
  for (const auto& held : rig.assets().types()) {
    if (held.name == type) return held.objects;
  }
  return 0;
}

const run::DataSetReport& of(const run::Report& report, const std::string& name) {
  for (const auto& set : report.data_sets) {
    if (set.name == name) return set;
  }
  static const run::DataSetReport kNone;
  ADD_FAILURE() << "no data set " << name;
  return kNone;
}

// Assets' user -> groups must be exactly the world's group -> members turned round.
void expect_all_memberships(ImportRig& rig) {
  const world::World& world = rig.sandbox().world();
  std::map<std::string, std::set<std::string>> expected, held;
  for (std::uint32_t group = 0; group < world.sizes().groups; ++group) {
    const world::Roster roster = world.memberships().roster(group);
    for (std::uint32_t i = 0; i < roster.size(); ++i) {
      const world::Reference member = roster.at(i);
      if (member.kind != world::Kind::kUser) continue;
      expected[std::string(world.id(member).view())].insert(
          std::string(world.id(world::Kind::kGroup, group).view()));
    }
  }
  std::map<std::uint32_t, std::string> group_ids;
  rig.assets().each("Entra Group", [&](const AssetsService::HeldObject& object) {
    group_ids[object.id] = object.value("Object ID");
  });
  rig.assets().each("Entra User", [&](const AssetsService::HeldObject& object) {
    for (const std::uint32_t group : object.targets("Groups")) {
      held[object.value("Object ID")].insert(group_ids[group]);
    }
  });
  EXPECT_EQ(held, expected);
}

// https://learn.microsoft.com/graph/throttling-limits: ten a minute, whatever else may be asked.
TEST(Import, AsksForSignInActivityTenTimesAMinuteAndNoMore) {
  sandbox::SandboxSettings settings = small();
  settings.max_page = 7;
  settings.quota = true;
  ImportRig rig(settings);
  ASSERT_EQ(rig.run(only("users: { }, sign_in_activity: on")).state, State::kCompleted);
  std::vector<base::Instant> reads;
  for (const sandbox::JournalEntry& entry : rig.sandbox().journal().entries()) {
    EXPECT_NE(entry.status, 429) << entry.target;
    if (entry.target.find("signInActivity") != std::string::npos) reads.push_back(entry.at);
  }
  ASSERT_GT(reads.size(), 30U);
  for (std::size_t i = 10; i < reads.size(); ++i) {
    EXPECT_GE(reads[i] - reads[i - 10], std::chrono::minutes(1)) << i;
  }
  const base::Duration took = reads.back() - reads.front();
  EXPECT_LE(took, std::chrono::minutes(1) * (reads.size() / 10 + 1)) << "and not much slower";
}

TEST(Import, BringsEverythingOfTheSourceIntoAssets) {
  ImportRig rig(small());
  const run::Report report = rig.run();
  ASSERT_EQ(report.state, State::kCompleted) << report.reason << ": " << report.message;
  EXPECT_EQ(objects_of(rig, "Entra User"), 230u);
  EXPECT_EQ(objects_of(rig, "Entra Group"), 40u);
  EXPECT_EQ(objects_of(rig, "Entra Device"), 60u);
  EXPECT_EQ(objects_of(rig, "Entra Application"), 7u);
  EXPECT_EQ(objects_of(rig, "Entra Service Principal"), 9u);
  expect_all_memberships(rig);
  for (const auto& set : report.data_sets) {
    EXPECT_TRUE(set.complete) << set.name;
    EXPECT_EQ(set.fetched, set.filtered + set.rejected + set.formatted) << set.name;
    EXPECT_EQ(set.formatted, set.submitted) << set.name;
    EXPECT_EQ(set.submitted, set.accepted) << set.name;
  }
}

TEST(Import, BringsAGroupOf100000Members) {
  ImportRig rig(tenant(11, {.users = 100'000, .groups = 1, .memberships = 100'000}));
  const run::Report report = rig.run(only(
      "users: { attributes: [displayName, memberOf] }, groups: { attributes: [displayName] }"));
  ASSERT_EQ(report.state, State::kCompleted) << report.reason << ": " << report.message;
  EXPECT_EQ(of(report, "users").accepted, 100'000u);
  ASSERT_EQ(report.relations.size(), 1u);
  EXPECT_EQ(report.relations[0].pairs, rig.sandbox().world().memberships().roster(0).size());
  EXPECT_GE(report.relations[0].pairs, 99'000u) << "the case is about a large group";
  expect_all_memberships(rig);
}

// How often users are named as managers, by key.
std::map<std::string, std::size_t> reports_of_managers(ImportRig& rig) {
  std::map<std::uint32_t, std::string> keys;
  rig.assets().each("Entra User", [&](const AssetsService::HeldObject& object) {
    keys[object.id] = object.value("Object ID");
  });
  std::map<std::string, std::size_t> reports;
  rig.assets().each("Entra User", [&](const AssetsService::HeldObject& object) {
    for (const std::uint32_t manager : object.targets("Manager")) ++reports[keys[manager]];
  });
  return reports;
}

// A key becomes part of the AQL by which Assets finds what a reference leads to.
TEST(Import, LeadsReferencesToAKeyThatHoldsAql) {
  const std::string data_sets = only("users: { attributes: [displayName, manager] }");
  // One user a page, because a fault replaces the first of a page.
  const auto one_by_one = [] {
    return tenant(11, {.users = 60, .groups = 2, .memberships = 2}, 1);
  };
  ImportRig plain(one_by_one());
  ASSERT_EQ(plain.run(data_sets).state, State::kCompleted);
  auto expected = reports_of_managers(plain);
  ASSERT_FALSE(expected.empty());
  const std::string key = expected.begin()->first;
  for (const std::string odd : {R"(u") OR ("Object ID" like "%)", R"(back\slash and 'quotes' \")",
                                "a\nb = now(-1d); DROP TABLE users"}) {
    ImportRig rig(one_by_one());
    std::string in_json, twice;
    json::append_quoted(in_json, odd);
    json::append_quoted(twice, in_json.substr(1, in_json.size() - 2));
    rig.fault(fmt::format(
        R"({{"service":"graph","every":1,"action":{{"replace":{{"from":"{}","to":{},"everywhere":true}}}}}})",
        key, twice));
    const run::Report report = rig.run(data_sets);
    ASSERT_EQ(report.state, State::kCompleted) << odd << ": " << report.message;
    auto wanted = expected;
    wanted[odd] = wanted.extract(key).mapped();
    EXPECT_EQ(reports_of_managers(rig), wanted) << odd;
  }
}

TEST(Import, ChangesNothingTheSecondTime) {
  ImportRig rig(small());
  ASSERT_EQ(rig.run().state, State::kCompleted);
  const run::Report second = rig.run();
  ASSERT_EQ(second.state, State::kCompleted) << second.message;
  for (const auto& set : second.data_sets) {
    EXPECT_EQ(set.created + set.updated + set.missing, 0u) << set.name;
    EXPECT_EQ(set.unchanged, set.formatted) << set.name;
    EXPECT_EQ(set.expected_unchanged, set.formatted)
        << set.name << ": the hashes agree with Assets";
  }
}

TEST(Import, IsTheSameUnderEverySchedule) {
  std::string first;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    ImportRig rig(small(), seed);
    const run::Report report = rig.run("{ devices: off }");
    ASSERT_EQ(report.state, State::kCompleted) << seed << ": " << report.message;
    expect_all_memberships(rig);
    const std::string block = rig.store().remembered("entra").data_sets.at("users");
    if (first.empty()) first = block;
    EXPECT_EQ(block, first) << "seed " << seed;
  }
}

TEST(Import, ReadsExactlyTheFirstRecordsAndNoPageBeyond) {
  ImportRig rig(small());
  run::Options options;
  options.limit = 100;
  const run::Report report =
      rig.run("{ devices: off, applications: off, service_principals: off }", options);
  ASSERT_EQ(report.state, State::kCompleted) << report.message;
  EXPECT_TRUE(report.limited);
  EXPECT_EQ(of(report, "users").fetched, 100u);
  EXPECT_EQ(of(report, "users").pages, 1u);
  std::set<std::string> expected, held;
  for (std::uint32_t i = 0; i < 100; ++i) {
    expected.insert(std::string(rig.sandbox().world().id(world::Kind::kUser, i).view()));
  }
  rig.assets().each("Entra User", [&](const AssetsService::HeldObject& object) {
    held.insert(object.value("Object ID"));
  });
  EXPECT_EQ(held, expected);
}

TEST(Import, HoldsALimitedRunWhereAbsentMayMeanMissing) {
  ImportRig rig(small());
  rig.missing_objects = "unknown";
  run::Options options;
  options.limit = 10;
  const run::Report held = rig.run("", options);
  EXPECT_EQ(held.state, State::kHeld);
  EXPECT_EQ(held.reason, "partial_not_confirmed");
  EXPECT_TRUE(rig.assets().executions().empty()) << "a held run starts nothing in Assets";
  options.confirm_partial = true;
  EXPECT_EQ(rig.run("", options).state, State::kCompleted);
}

TEST(Import, HoldsWhenTheSourceSuddenlySendsNothing) {
  ImportRig rig(small());
  ASSERT_EQ(rig.run().state, State::kCompleted);
  const std::size_t before = rig.assets().executions().size();
  rig.fault(none_of("users"));
  const run::Report report = rig.run();
  EXPECT_EQ(report.state, State::kHeld) << report.message;
  EXPECT_EQ(report.reason, "gate_empty");
  EXPECT_EQ(report.gate.verdict, "held");
  EXPECT_EQ(rig.assets().executions().size(), before);
  EXPECT_EQ(objects_of(rig, "Entra User"), 230u);
}

TEST(Import, HoldsWhenAChangedFilterMatchesNothing) {
  ImportRig rig(small());
  ASSERT_EQ(rig.run().state, State::kCompleted);
  const run::Report report = rig.run(R"({ users: { where: 'department == "Nowhere"' } })");
  EXPECT_EQ(report.state, State::kHeld) << report.message;
  EXPECT_EQ(report.reason, "gate_empty");
}

TEST(Import, RemembersWhatALimitedRunBroughtBesideWhatWasThere) {
  ImportRig rig(small());
  run::Options options;
  options.limit = 20;
  ASSERT_EQ(rig.run("", options).state, State::kCompleted);
  const auto remembered = [&](const std::string& name) {
    return run::BaselineView::open(rig.store().remembered("entra").data_sets.at(name))->size();
  };
  EXPECT_EQ(remembered("users"), 20u);
  EXPECT_EQ(remembered("applications"), 7u);
  ASSERT_EQ(rig.run().state, State::kCompleted);
  EXPECT_EQ(remembered("users"), 230u);
  const run::Report limited = rig.run("", options);
  ASSERT_EQ(limited.state, State::kCompleted);
  EXPECT_EQ(remembered("users"), 230u) << "20 of them are no reason to forget the others";
  EXPECT_THAT(limited.gate.notices, testing::Contains(testing::HasSubstr("because of a limit")));
}

TEST(Import, HoldsAnEmptySourceAfterARunThatAssetsTookOnlyInPart) {
  auto settings = small();
  settings.assets.faults.next_result = {
      .result = "OK", .errors = {"1 object could not be saved"}, .writes_objects = true};
  ImportRig rig(settings);
  rig.missing_objects = "remove";
  ASSERT_EQ(rig.run().reason, "destination_rejected");
  rig.fault(none_of("users"));
  EXPECT_EQ(rig.run().reason, "gate_empty") << "Assets may hold what was sent";
}

std::size_t calls_of(ImportRig& rig, const std::string& part) {
  std::size_t count = 0;
  for (const auto& entry : rig.sandbox().journal().entries()) {
    count += entry.target.find(part) != std::string::npos ? 1 : 0;
  }
  return count;
}

TEST(Import, GoesBackToWhatWasRememberedWhenAssetsTookNothing) {
  ImportRig other(small());
  ASSERT_EQ(other.run().state, State::kCompleted);
  const std::size_t completing = calls_of(other, "/data");  // the last one
  ImportRig rig(small());
  ASSERT_EQ(rig.run("{ devices: off }").state, State::kCompleted);
  const run::Baseline before = rig.store().remembered("entra");
  rig.fault(fmt::format(
      R"({{"service":"assets","method":"POST","path_regex":"/data$","nth":{},"times":100,"action":{{"status":400}}}})",
      completing));
  const run::Report failed = rig.run();
  ASSERT_EQ(failed.state, State::kFailed) << failed.message;
  EXPECT_EQ(std::ranges::count(rig.store().events, "completing"), 2) << "it got as far as that";
  EXPECT_EQ(rig.store().remembered("entra").data_sets, before.data_sets);
  EXPECT_EQ(rig.store().remembered("entra").run_id, before.run_id);
}

TEST(Import, LetsNoApprovalStandForConfirmingAPartialRun) {
  ImportRig rig(small());
  rig.missing_objects = "remove";
  run::Options options;
  options.limit = 10;
  const run::Report held = rig.run("", options);
  ASSERT_EQ(held.state, State::kHeld);
  options.approval = run::ApprovedFindings{held.run_id, run::findings_json(held.gate.findings),
                                           held.gate.compared_with, "ada"};
  EXPECT_EQ(rig.run("", options).state, State::kHeld);
}

TEST(Import, PassesOnceWithAnApprovalOfTheseFindings) {
  ImportRig rig(small());
  ASSERT_EQ(rig.run().state, State::kCompleted);
  rig.fault(none_of("users"));
  const run::Report held = rig.run();
  ASSERT_EQ(held.state, State::kHeld);
  run::Options options;
  options.approval = run::ApprovedFindings{held.run_id, run::findings_json(held.gate.findings),
                                           held.gate.compared_with, "ada"};
  const run::Report passed = rig.run("", options);
  EXPECT_EQ(passed.state, State::kCompleted) << passed.message;
  EXPECT_EQ(passed.gate.approved_by, "ada");
  EXPECT_EQ(rig.store().used_approvals, std::vector<std::string>{held.run_id});
}

TEST(Import, LetsNoApprovalStandAfterAnotherRunCompleted) {
  ImportRig rig(small());
  ASSERT_EQ(rig.run().state, State::kCompleted);
  rig.fault(none_of("users"));
  const run::Report held = rig.run();
  ASSERT_EQ(held.state, State::kHeld);
  rig.sandbox().faults().clear();
  ASSERT_EQ(rig.run().state, State::kCompleted);
  rig.fault(none_of("users"));
  run::Options options;
  options.approval = run::ApprovedFindings{held.run_id, run::findings_json(held.gate.findings),
                                           held.gate.compared_with, "ada"};
  const run::Report again = rig.run("", options);
  EXPECT_EQ(again.state, State::kHeld);
  EXPECT_THAT(again.gate.notices, testing::Contains(testing::HasSubstr("does not fit any more")));
}

TEST(Import, UsesAnApprovalUpBeforeAnythingStarts) {
  ImportRig rig(small());
  ASSERT_EQ(rig.run().state, State::kCompleted);
  rig.fault(none_of("users"));
  const run::Report held = rig.run();
  run::Options options;
  options.approval = run::ApprovedFindings{held.run_id, run::findings_json(held.gate.findings),
                                           held.gate.compared_with, "ada"};
  rig.store().used_approvals.push_back(held.run_id);  // by a run that died after its start
  const std::size_t before = rig.assets().executions().size();
  const run::Report again = rig.run("", options);
  EXPECT_EQ(again.state, State::kFailed);
  EXPECT_EQ(again.reason, "approval_used") << again.message;
  EXPECT_EQ(rig.assets().executions().size(), before);
}

TEST(Import, DoesNotCallCancelledWhatAssetsGoesOnWith) {
  auto settings = small();
  settings.assets.faults.stuck = true;
  ImportRig rig(settings);
  auto stopping = rig.scheduler().start("stop", [&] {
    base::sleep_for(rig.scheduler(), std::chrono::hours(1), {});
    rig.stop().request_stop();
  });
  const run::Report report = rig.run();
  stopping->join();
  EXPECT_EQ(report.state, State::kCompletedWithRejects) << report.message;
  EXPECT_EQ(report.reason, "not_confirmed");
  EXPECT_NE(report.message.find("goes on processing"), std::string::npos) << report.message;
  EXPECT_LE(*report.ended - report.started, std::chrono::hours(1) + std::chrono::seconds(11));
  EXPECT_FALSE(rig.store().baselines.empty()) << "Assets may hold it";
}

TEST(Import, TakesMissingCountersForNoSuccess) {
  ImportRig rig(small());
  rig.fault(
      R"({"service":"assets","path_regex":"/status$","every":1,"action":{"replace":{"from":"\"objectTypeResultMap\"","to":"\"somethingElse\""}}})");
  const run::Report report = rig.run();
  EXPECT_EQ(report.state, State::kCompletedWithRejects);
  EXPECT_EQ(report.reason, "not_confirmed");
  EXPECT_NE(report.message.find("no counters for"), std::string::npos) << report.message;
}

std::string not_taken(const run::Report& report, const std::string& data_set) {
  for (const run::RejectReport& reject : report.rejects) {
    if (reject.data_set == data_set && reject.reason == "not_taken") return reject.detail;
  }
  return "";
}

TEST(Import, SaysWhereAssetsSaysWhyItTookNothing) {
  auto settings = small();
  settings.assets.faults.next_result = {.errors = {"index broken"}};
  ImportRig rig(settings);
  const run::Report report = rig.run();
  EXPECT_EQ(report.state, State::kFailed);
  EXPECT_EQ(report.reason, "destination_rejected");
  EXPECT_NE(report.message.find("the import's history"), std::string::npos) << report.message;
  EXPECT_EQ(run::to_json(report).find("index broken"), std::string::npos)
      << "it may hold values of objects";
  EXPECT_NE(report.heard.find("index broken"), std::string::npos);
  EXPECT_EQ(run::exit_code(report), 5);
  EXPECT_THAT(not_taken(report, ""), testing::HasSubstr("reports 'FAILED'"));
}

TEST(Import, ListsWhatAssetsDidNotTakeAtItsLimitOfObjects) {
  auto settings = small();
  settings.assets.faults.object_limit = 20;
  ImportRig rig(settings);
  const run::Report report = rig.run(only("users: { exclude: [manager] }"));
  EXPECT_EQ(report.state, State::kCompletedWithRejects);
  EXPECT_EQ(report.reason, "destination_rejected");
  EXPECT_EQ(run::exit_code(report), 7);
  EXPECT_EQ(report.data_sets[0].accepted, 20u);
  EXPECT_THAT(not_taken(report, "users"),
              testing::HasSubstr(
                  "Assets took 20 of 230 objects. The import's history in Assets says why."));
  EXPECT_EQ(report.rejects[0].key, "");
}

TEST(Import, FailsWhenTheLimitOfObjectsLeavesRoomForNone) {
  auto settings = small();
  settings.assets.faults.object_limit = 1;
  ImportRig rig(settings);
  ASSERT_EQ(rig.run(only("organization: { exclude: [domains] }")).state, State::kCompleted);
  const run::Report report = rig.run(only("users: { exclude: [manager] }"));
  EXPECT_EQ(report.state, State::kFailed) << report.message;
  EXPECT_EQ(run::exit_code(report), 5);
  EXPECT_THAT(not_taken(report, "users"), testing::HasSubstr("Assets took 0 of 230 objects."));
}

TEST(Import, ListsWhatAssetsSaysOfAnImportThatEndedFailed) {
  auto settings = small();
  settings.assets.faults.next_result = {
      .result = "FAILED", .errors = {"index broken"}, .writes_objects = true};
  ImportRig rig(settings);
  const run::Report report = rig.run(only("users: { exclude: [manager] }"));
  EXPECT_EQ(report.state, State::kCompletedWithRejects) << "its objects are there";
  EXPECT_EQ(run::exit_code(report), 7);
  EXPECT_EQ(not_taken(report, ""),
            "Assets reports 'FAILED' for the import as a whole. The import's history in Assets "
            "says why.");
}

TEST(Import, SurvivesErrorsOnEveryPage) {
  for (int page = 1; page <= 6; ++page) {
    ImportRig rig(small());
    rig.fault(R"({"service":"graph","nth":)" + std::to_string(page) +
              R"(,"times":1,"action":{"status":503}})");
    const run::Report report = rig.run();
    EXPECT_EQ(report.state, State::kCompleted) << page << ": " << report.message;
    expect_all_memberships(rig);
  }
}

TEST(Import, FailsWithoutTouchingAssetsWhenAPageCannotBeRead) {
  ImportRig rig(small());
  rig.fault(
      R"({"service":"graph","path_prefix":"/v1.0/devices","every":1,"action":{"status":500}})");
  const run::Report report = rig.run();
  EXPECT_EQ(report.state, State::kFailed);
  EXPECT_EQ(report.reason, "source_unavailable") << report.message;
  EXPECT_TRUE(rig.assets().executions().empty());
  EXPECT_TRUE(rig.assets().types().empty()) << "not even the mapping was sent";
  EXPECT_TRUE(rig.store().baselines.empty())
      << "a failed run is never what the next one is compared with";
}

TEST(Import, FailsWhenAPermissionIsMissingAndNamesIt) {
  auto settings = small();
  settings.grants = {"User.Read.All"};
  ImportRig rig(settings);
  const run::Report report = rig.run();
  EXPECT_EQ(report.state, State::kFailed);
  EXPECT_EQ(report.reason, "source_permission") << report.message;
}

TEST(Import, SaysWhichCredentialIsWrong) {
  ImportRig rig(small());
  rig.fault(
      R"({"service":"login","every":1,"action":{"status":401,"headers":{"Content-Type":"application/json"},"body":"{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000222: expired\",\"error_codes\":[7000222]}"}})");
  const run::Report report = rig.run();
  EXPECT_EQ(report.state, State::kFailed);
  EXPECT_EQ(report.reason, "source_sign_in");
  EXPECT_NE(report.message.find("expired"), std::string::npos) << report.message;
}

TEST(Import, SharesWhatTheSourceAllowsWithOtherRunsOfTheProcess) {
  ImportRig rig(small());
  net::Throttles throttles(rig.scheduler());
  rig.throttles = &throttles;
  std::atomic<bool> is_over = false;
  std::size_t most = 0;
  const auto looking = rig.scheduler().start("look", [&] {
    while (!is_over) {
      most = std::max(most, throttles.in_use());
      base::sleep_for(rig.scheduler(), std::chrono::milliseconds(1), {});
    }
  });
  const run::Report report = rig.run();
  is_over = true;
  looking->join();
  EXPECT_EQ(report.state, State::kCompleted) << report.message;
  EXPECT_GT(most, 0U);
  EXPECT_EQ(throttles.in_use(), 0U) << "the run is over";
}

TEST(Import, StaysWithinTheQuotaOfTheSource) {
  auto settings = small();
  settings.quota = true;
  ImportRig rig(settings);
  const run::Report report = rig.run();
  EXPECT_EQ(report.state, State::kCompleted) << report.message;
  EXPECT_EQ(report.source.throttled, 0u);
}

TEST(Import, FollowsNoLinkToAnotherHost) {
  ImportRig rig(small());
  rig.fault(
      R"({"service":"graph","path_prefix":"/v1.0/users","nth":1,"action":{"foreign_link":"https://elsewhere.example"}})");
  auto options = run::Options();
  const run::Report report = rig.run("{ users: { } }", options);
  // 230 users fit on one page, so ask in small ones: the fault only shows where there is a link.
  EXPECT_TRUE(report.reason == "foreign_link" || report.state == State::kCompleted)
      << report.message;
}

TEST(Import, CancelsTheExecutionWhenSendingFails) {
  ImportRig rig(small());
  rig.fault(
      R"({"service":"assets","path_regex":"/executions/[^/]+/data","nth":2,"times":100,"action":{"status":400}})");
  const run::Report report = rig.run();
  EXPECT_EQ(report.state, State::kFailed);
  EXPECT_EQ(report.reason, "destination_rejected") << report.message;
  ASSERT_EQ(rig.assets().executions().size(), 1u);
  EXPECT_EQ(rig.assets().executions()[0].state, "CANCELLED");
  EXPECT_EQ(objects_of(rig, "Entra User"), 0u);
}

TEST(Import, SendsAChunkAgainUnderTheSameNameWhenTheAnswerIsLost) {
  ImportRig rig(small());
  rig.fault(
      R"({"service":"assets","path_regex":"/executions/[^/]+/data","nth":1,"times":1,"action":{"handled":true,"reset":true}})");
  const run::Report report = rig.run();
  ASSERT_EQ(report.state, State::kCompleted) << report.message;
  EXPECT_EQ(objects_of(rig, "Entra User"), 230u);
  EXPECT_EQ(of(report, "users").accepted, 230u);
}

TEST(Import, StopsWhenAskedTo) {
  ImportRig rig(small());
  rig.stop().request_stop();
  const run::Report report = rig.run();
  EXPECT_EQ(report.state, State::kCancelled);
  EXPECT_TRUE(rig.assets().executions().empty());
}

TEST(Import, EndsAtItsDeadline) {
  ImportRig rig(small());
  rig.fault(
      R"({"service":"graph","path_prefix":"/v1.0/groups","every":1,"action":{"delay":60000}})");
  const run::Report report = rig.run("", {}, "deadline: 30s");
  EXPECT_EQ(report.state, State::kFailed);
  EXPECT_EQ(report.reason, "deadline") << report.message;
}

TEST(Import, PlansWithoutSendingOrRemembering) {
  ImportRig rig(small());
  run::Options options;
  options.plan_only = true;
  const run::Report report = rig.run("", options);
  EXPECT_EQ(report.state, State::kCompleted) << report.message;
  EXPECT_EQ(of(report, "users").expected_new, 230u);
  EXPECT_TRUE(rig.store().events.empty());
  EXPECT_TRUE(rig.assets().types().empty());
}

TEST(Import, ReadsManagersOnlyAsFarAsTheLimitNeedsThem) {
  ImportRig rig(small());
  run::Options options;
  options.limit = 10;
  const run::Report report = rig.run("{ users: { include: [manager] } }", options);
  ASSERT_EQ(report.state, State::kCompleted) << report.message;
  EXPECT_EQ(calls_of(rig, "manager"), 1u) << "of three pages";
  const run::Report all = rig.run("{ users: { include: [manager] } }");
  ASSERT_EQ(all.state, State::kCompleted) << all.message;
  EXPECT_EQ(calls_of(rig, "manager"), 1u + 3u);
}

TEST(Import, ReadsNoManagersWhenNoUserIsMeant) {
  ImportRig rig(small());
  const run::Report report =
      rig.run(R"({ users: { include: [manager], where: 'department == "Nowhere"' } })");
  ASSERT_EQ(report.state, State::kCompleted) << report.message;
  EXPECT_EQ(calls_of(rig, "manager"), 0u);
}

TEST(Import, DoesNotTakeAShortListOfManagersForAllOfThem) {
  ImportRig rig(small());
  rig.fault(
      R"({"service":"graph","path_regex":"manager","nth":2,"action":{"status":200,"headers":{"Content-Type":"application/json"},"body":"{\"value\":[]}"}})");
  const run::Report report = rig.run("{ users: { include: [manager] } }");
  EXPECT_EQ(report.state, State::kFailed);
  EXPECT_EQ(report.reason, "source_incomplete");
  EXPECT_NE(report.message.find("130 of 230"), std::string::npos) << report.message;
}

// What the list of managers leaves out of user 3 is asked for alone.
void hide_from_managers(ImportRig& rig) {
  const std::string id(rig.sandbox().world().id(world::Kind::kUser, 3).view());
  rig.fault(
      R"({"service":"graph","path_regex":"/users[?].*manager","every":1,"action":{"replace":{"from":"{\"id\":\")" +
      id + R"(\"","to":"{\"id\":\"somebody-else\""}}})");
}

TEST(Import, ReadsAloneWhoseManagerTheListDidNotShow) {
  ImportRig rig(small());
  ASSERT_EQ(rig.run("{ users: { include: [manager] } }").state, State::kCompleted);
  hide_from_managers(rig);
  const run::Report report = rig.run("{ users: { include: [manager] } }");
  ASSERT_EQ(report.state, State::kCompleted) << report.message;
  EXPECT_EQ(of(report, "users").unchanged, 230u) << "nobody lost a manager";
  EXPECT_THAT(report.notices, testing::Contains(testing::HasSubstr("they were read one by one")));
}

TEST(Import, FailsWhenAUserWhomTheListDidNotShowCannotBeRead) {
  for (const int status : {403, 404}) {
    ImportRig rig(small());
    hide_from_managers(rig);
    rig.fault(R"({"path_regex":"/users/[0-9a-f-]{36}[?]","every":1,"action":{"status":)" +
              std::to_string(status) + "}}");
    const run::Report report = rig.run("{ users: { include: [manager] } }");
    EXPECT_EQ(report.state == State::kCompleted, status == 404) << report.message;
    EXPECT_EQ(report.reason, status == 404 ? "ok" : "source_permission");
    for (const auto& relation : report.relations) {
      EXPECT_EQ(relation.gone, status == 404 && relation.name == "managers" ? 1u : 0u);
    }
  }
}

TEST(Import, DoesNotTakeAGroupForDeletedThatItMayNotRead) {
  ImportRig rig(small());
  rig.fault(R"({"batch":true,"path_regex":"/groups/.*/members","nth":7,"action":{"status":404}})");
  rig.fault(R"({"path_regex":"/groups/[0-9a-f-]{36}$","every":1,"action":{"status":403}})");
  EXPECT_EQ(rig.run().reason, "source_permission");
}

TEST(Import, DoesNotBelieveThatAllGroupsWereDeletedWhileItRead) {
  ImportRig rig(small());
  rig.fault(R"({"batch":true,"path_regex":"/members","every":1,"action":{"status":404}})");
  const run::Report report = rig.run();
  EXPECT_EQ(report.state, State::kFailed);
  EXPECT_EQ(report.reason, "source_incomplete") << report.message;
}

TEST(Import, DoesNotBelieveThatAGroupWasDeletedThatIsStillThere) {
  ImportRig rig(small());
  rig.fault(R"({"batch":true,"path_regex":"/groups/.*/members","nth":7,"action":{"status":404}})");
  const run::Report report = rig.run();
  EXPECT_EQ(report.state, State::kFailed);
  EXPECT_EQ(report.reason, "source_incomplete");
  EXPECT_NE(report.message.find("still there"), std::string::npos) << report.message;
}

TEST(Import, GoesOnWhenAGroupWasDeletedWhileItRead) {
  ImportRig rig(small());
  rig.fault(R"({"batch":true,"path_regex":"/groups/.*/members","nth":7,"action":{"status":404}})");
  rig.fault(R"({"path_regex":"/groups/[0-9a-f-]{36}$","every":1,"action":{"status":404}})");
  const run::Report report = rig.run();
  EXPECT_EQ(report.state, State::kCompleted) << report.message;
  ASSERT_FALSE(report.relations.empty());
  EXPECT_EQ(report.relations[0].gone, 1u);
}

run::Options approving(const run::Report& held) {
  run::Options options;
  options.approval = run::ApprovedFindings{held.run_id, run::findings_json(held.gate.findings),
                                           held.gate.compared_with, "ada"};
  return options;
}

TEST(Import, HoldsWhenARecordWithoutItsKeyWouldLoseItsObject) {
  ImportRig rig(small());
  rig.missing_objects = "remove";
  ASSERT_EQ(rig.run().state, State::kCompleted);
  const std::string id(rig.sandbox().world().id(world::Kind::kUser, 3).view());
  rig.fault(
      R"({"service":"graph","path_prefix":"/v1.0/users","every":1,"action":{"replace":{"from":"\"id\":\")" +
      id + R"(\"","to":"\"id\":null"}}})");
  const run::Report held = rig.run();
  EXPECT_EQ(held.state, State::kHeld) << held.message;
  EXPECT_EQ(held.reason, "gate_parked");
  EXPECT_EQ(of(held, "users").rejected, 1u);
  EXPECT_THAT(
      held.gate.notices,
      testing::Contains(testing::HasSubstr("may be among the records that came without a key")));
  EXPECT_EQ(objects_of(rig, "Entra User"), 230u);
  EXPECT_EQ(rig.run("", {}, "safety: { parked: accept }").state, State::kCompletedWithRejects);
}

// As many records without a key as before, but not the same ones.
TEST(Import, HoldsWhenARecordLosesItsKeyAndAnotherOneGetsOne) {
  ImportRig rig(small());
  rig.missing_objects = "remove";
  const auto lose_key = [&](std::uint32_t user) {
    const std::string id(rig.sandbox().world().id(world::Kind::kUser, user).view());
    rig.sandbox().faults().clear();
    rig.fault(
        R"({"service":"graph","path_prefix":"/v1.0/users","every":1,"action":{"replace":{"from":"\"id\":\")" +
        id + R"(\"","to":"\"id\":null"}}})");
  };
  lose_key(3);
  ASSERT_EQ(rig.run().state, State::kCompletedWithRejects);
  EXPECT_EQ(rig.run().state, State::kCompletedWithRejects) << "the same one is known";
  lose_key(4);
  EXPECT_EQ(rig.run().reason, "gate_parked");
}

// Whose object would go when a record comes under the key of another one?
TEST(Import, HoldsWhenARecordWithTheKeyOfAnotherWouldLoseItsObject) {
  ImportRig rig(small());
  rig.missing_objects = "remove";
  ASSERT_EQ(rig.run().state, State::kCompleted);
  const auto id = [&](std::uint32_t user) {
    return std::string(rig.sandbox().world().id(world::Kind::kUser, user).view());
  };
  rig.fault(
      R"({"service":"graph","path_prefix":"/v1.0/users","every":1,"action":{"replace":{"from":"\"id\":\")" +
      id(8) + R"(\"","to":"\"id\":\")" + id(4) + R"(\""}}})");
  const run::Report held = rig.run();
  EXPECT_EQ(held.reason, "gate_parked") << held.message;
  EXPECT_THAT(held.message, testing::HasSubstr("the key of another record"));
  EXPECT_EQ(objects_of(rig, "Entra User"), 230u);
}

// Assets keeps the object while it is told to; afterwards nobody remembers it.
TEST(Import, AsksOnceBeforeWhatAssetsKeptMayGo) {
  ImportRig rig(small());
  rig.missing_objects = "ignore";
  ASSERT_EQ(rig.run().state, State::kCompleted);
  rig.fault(answer_alone("users", 404));
  rig.fault(
      R"({"service":"graph","path_prefix":"/v1.0/users","every":1,"action":{"drop_row":true}})");
  ASSERT_EQ(rig.run().state, State::kCompleted);
  ASSERT_EQ(rig.run().state, State::kCompleted);
  rig.missing_objects = "remove";
  const run::Report held = rig.run();
  ASSERT_EQ(held.reason, "gate_kept") << held.message;
  EXPECT_EQ(objects_of(rig, "Entra User"), 230u);
  ASSERT_EQ(rig.run("", approving(held)).state, State::kCompleted);
  EXPECT_EQ(rig.run().state, State::kCompleted) << "asked once";
}

TEST(Import, DoesNotAskWhereNothingWasKept) {
  ImportRig rig(small());
  rig.missing_objects = "ignore";
  ASSERT_EQ(rig.run().state, State::kCompleted);
  ASSERT_EQ(rig.run().state, State::kCompleted);
  rig.missing_objects = "remove";
  EXPECT_EQ(rig.run().state, State::kCompleted);
}

TEST(Import, FailsBeyondTheLimitOfRejects) {
  ImportRig rig(small());
  rig.fault(
      R"({"service":"graph","path_prefix":"/v1.0/devices","every":1,"action":{"replace":{"from":"\"id\":\"","to":"\"id\":null,\"was\":\"","everywhere":true}}})");
  const run::Report report = rig.run("", {}, "safety: { reject_limit: 59 }");
  EXPECT_EQ(report.state, State::kFailed);
  EXPECT_EQ(report.reason, "too_many_rejects") << report.message;
  EXPECT_EQ(rig.assets().types().size(), 0u) << "nothing was sent";
  EXPECT_EQ(rig.run("", {}, "safety: { reject_limit: 60 }").state, State::kCompletedWithRejects);
}

TEST(Import, HoldsUntilSomebodySaysToGoOnWithoutADamagedMemory) {
  ImportRig rig(small());
  ASSERT_EQ(rig.run().state, State::kCompleted);
  rig.store().remembered("entra").data_sets.at("users").resize(100);
  const run::Report held = rig.run();
  ASSERT_EQ(held.state, State::kHeld);
  EXPECT_EQ(held.reason, "gate_unreadable");
  run::Options options;
  options.approval = run::ApprovedFindings{held.run_id, run::findings_json(held.gate.findings),
                                           held.gate.compared_with, "ada"};
  EXPECT_EQ(rig.run("", options).state, State::kCompleted);
  EXPECT_EQ(rig.run().state, State::kCompleted) << "remembered anew";
}

// The gate looks at what the last completed run left, whatever happened since.
TEST(Import, StillComparesAfterARunThatFailed) {
  ImportRig rig(small());
  const run::Report first = rig.run();
  ASSERT_EQ(first.state, State::kCompleted);
  rig.fault(
      R"({"service":"graph","path_prefix":"/v1.0/groups","every":1,"action":{"status":403}})");
  ASSERT_EQ(rig.run().state, State::kFailed);
  rig.sandbox().faults().clear();
  rig.fault(none_of("users"));
  const run::Report held = rig.run();
  EXPECT_EQ(held.reason, "gate_empty") << held.message;
  EXPECT_EQ(held.gate.compared_with, first.run_id);
}

TEST(Import, SaysWhichAttributesAreNotSelectedAnyMore) {
  ImportRig rig(small());
  ASSERT_EQ(rig.run().state, State::kCompleted);
  const run::Report second = rig.run("{ users: { exclude: [jobTitle, department] } }");
  ASSERT_EQ(second.state, State::kCompleted) << second.message;
  EXPECT_THAT(second.gate.notices, testing::Contains(testing::HasSubstr(
                                       "Not selected any more in users: job_title, department.")));
}

// The list of users, of which one row is missing; relations still name the user.
constexpr const char* kListWithoutAUser =
    R"({"service":"graph","path_regex":"^/v1.0/users\\?.*displayName","nth":1,"action":{"drop_row":true}})";
std::uint64_t users_asked_for_alone(ImportRig& rig) {
  std::uint64_t asked = 0;
  for (const auto& entry : rig.sandbox().journal().entries()) {
    asked += RE2::PartialMatch(entry.target, "/v1.0/users/[-0-9a-f]+[?](\\$|%24)select=id$");
  }
  return asked;
}

TEST(Import, FailsWhenTheListLeftOutARecordThatTheSourceHas) {
  ImportRig rig(small());
  rig.missing_objects = "remove";
  ASSERT_EQ(rig.run().state, State::kCompleted);
  for (const bool plan_only : {true, false}) {
    rig.fault(kListWithoutAUser);
    run::Options options;
    options.plan_only = plan_only;
    const run::Report second = rig.run("", options);
    EXPECT_EQ(second.state, State::kFailed);
    EXPECT_EQ(second.reason, "source_incomplete");
    EXPECT_THAT(second.message,
                testing::AllOf(testing::HasSubstr("The list of users left out"),
                               testing::HasSubstr("asked alone for 1 object"),
                               testing::HasSubstr("the source has 1. Run again later")));
    EXPECT_EQ(second.destination.execution_id, "") << "nothing was begun";
    EXPECT_EQ(objects_of(rig, "Entra User"), 230u);
    rig.sandbox().faults().clear();
  }
  EXPECT_EQ(users_asked_for_alone(rig), 2u);
  EXPECT_EQ(rig.run().state, State::kCompleted);
}

TEST(Import, BelievesThatARecordWasDeletedWhenTheSourceSaysSoOfItAlone) {
  ImportRig rig(small());
  rig.missing_objects = "remove";
  ASSERT_EQ(rig.run().state, State::kCompleted);
  rig.fault(kListWithoutAUser);
  rig.fault(answer_alone("users", 404));
  const run::Report second = rig.run();
  ASSERT_EQ(second.state, State::kCompleted) << second.message;
  EXPECT_EQ(of(second, "users").expected_missing, 1u);
  EXPECT_EQ(users_asked_for_alone(rig), 1u);
  EXPECT_THAT(second.gate.notices,
              testing::Contains(testing::AllOf(
                  testing::HasSubstr("still named by what refers to them: 1 object."),
                  testing::HasSubstr("asked for alone, the source does not have them"))));
}

TEST(Import, FailsWhenItMayNotAskForARecordThatTheListLeftOut) {
  ImportRig rig(small());
  ASSERT_EQ(rig.run().state, State::kCompleted);
  rig.fault(kListWithoutAUser);
  rig.fault(answer_alone("users", 403));
  const run::Report second = rig.run();
  EXPECT_EQ(second.state, State::kFailed);
  EXPECT_EQ(second.reason, "source_permission") << second.message;
  EXPECT_THAT(second.message, testing::HasSubstr("users: record "));
}

TEST(Import, AsksForTwentyRecordsAndBelievesTheSameOfTheOthers) {
  ImportRig rig(tenant(11, {.users = 230, .groups = 40, .memberships = 900}, 5));
  ASSERT_EQ(rig.run().state, State::kCompleted);
  const auto leave_out = [&] {
    rig.fault(
        R"({"service":"graph","path_regex":"^/v1.0/users\\?.*displayName","every":1,"action":{"drop_row":true}})");
  };
  leave_out();
  rig.fault(answer_alone("users", 404));
  const run::Report second = rig.run();
  ASSERT_EQ(second.state, State::kCompleted) << second.message;
  ASSERT_GT(of(second, "users").expected_missing, 20u);
  EXPECT_EQ(users_asked_for_alone(rig), 20u);
  EXPECT_THAT(second.gate.notices,
              testing::Contains(testing::HasSubstr("asked for 20 of them alone and has none")));
}

// What a filter leaves out is there all the same.
TEST(Import, AsksForNoRecordAloneThatAFilterLeavesOut) {
  ImportRig rig(small());
  const std::string filtered = "{ users: { filter: \"accountEnabled eq true\" } }";
  ASSERT_EQ(rig.run(filtered).state, State::kCompleted);
  const std::string id(rig.sandbox().world().id(world::Kind::kUser, 3).view());
  rig.fault(
      R"({"service":"graph","path_prefix":"/v1.0/users","every":1,"action":{"replace":{"from":"\"id\":\")" +
      id + R"(\"","to":"\"id\":\"a1000000-1111-4aaa-8000-00000000aa99\""}}})");
  const run::Report second = rig.run(filtered);
  ASSERT_EQ(second.state, State::kCompleted) << second.message;
  EXPECT_EQ(of(second, "users").expected_missing, 1u);
  EXPECT_EQ(users_asked_for_alone(rig), 0u);
}

TEST(Import, SaysWhenRecordsAreMissingThatCannotBeAskedForAlone) {
  ImportRig rig(small());
  const std::string with_contacts = "{ org_contacts: on, groups: { include: [memberContacts] } }";
  ASSERT_EQ(rig.run(with_contacts).state, State::kCompleted);
  rig.fault(none_of("contacts"));
  const run::Report second = rig.run(with_contacts);
  EXPECT_EQ(second.reason, "gate_empty") << second.message;
  EXPECT_THAT(second.gate.notices,
              testing::Contains(testing::AllOf(testing::HasSubstr("from the list of org_contacts"),
                                               testing::HasSubstr("or the list left them out"))));
}

// As after a slip in --database.
TEST(Import, HoldsWhenAnotherStoreMustRememberWhatThisOneDoesNot) {
  ImportRig rig(small());
  rig.missing_objects = "remove";
  ASSERT_EQ(rig.run().state, State::kCompleted) << "the first run is nobody's concern";
  rig.store() = MemoryStore();
  const run::Report held = rig.run();
  ASSERT_EQ(held.state, State::kHeld);
  EXPECT_EQ(held.reason, "gate_forgotten");
  EXPECT_EQ(rig.run().reason, "gate_forgotten") << "a held run is no reason to trust the next one";
  EXPECT_EQ(rig.run("", approving(held)).state, State::kCompleted);
  EXPECT_EQ(rig.run().state, State::kCompleted);
}

TEST(Import, DoesNotHoldAFirstRunAfterOneThatFailedOnItsWay) {
  ImportRig rig(small());
  rig.missing_objects = "remove";
  rig.fault(kNoData);
  ASSERT_EQ(rig.run().state, State::kFailed);
  rig.sandbox().faults().clear();
  const run::Report second = rig.run();
  EXPECT_EQ(second.state, State::kCompleted) << second.message;
}

// Nothing of it reached Assets, so that Assets still holds what only the other store knows.
TEST(Import, StaysCarefulAfterARunThatOnlyBeganInAStrangePlace) {
  ImportRig rig(small());
  rig.missing_objects = "remove";
  ASSERT_EQ(rig.run().state, State::kCompleted);
  rig.store() = MemoryStore();
  const run::Report held = rig.run();
  ASSERT_EQ(held.reason, "gate_forgotten");
  rig.fault(kNoData);
  ASSERT_EQ(rig.run("", approving(held)).reason, "destination_rejected");
  rig.sandbox().faults().clear();
  EXPECT_EQ(rig.run().reason, "gate_forgotten") << "the approval was for that run only";

  rig.store() = MemoryStore();
  rig.missing_objects = "ignore";
  rig.fault(kNoData);
  ASSERT_EQ(rig.run().reason, "destination_rejected");
  rig.sandbox().faults().clear();
  rig.missing_objects = "remove";
  EXPECT_EQ(rig.run().reason, "gate_forgotten") << "what had begun before it is nobody's here";
}

// The first run's attempts are explained by what is written down of them, and by nothing else.
TEST(Import, NoticesAnImportBetweenTwoAttemptsOfItsOwn) {
  ImportRig rig(small());
  rig.missing_objects = "remove";
  rig.fault(kNoData);
  ASSERT_EQ(rig.run().state, State::kFailed);
  ASSERT_EQ(rig.run().state, State::kFailed) << "and not held";
  const MemoryStore mine = rig.store();
  rig.sandbox().faults().clear();
  rig.store() = MemoryStore();
  ASSERT_EQ(rig.run().reason, "gate_forgotten");
  rig.missing_objects = "ignore";
  ASSERT_EQ(rig.run().state, State::kCompleted);
  rig.missing_objects = "remove";
  rig.store() = mine;
  EXPECT_EQ(rig.run().reason, "gate_forgotten");
}

// What a limited run brought can go as well as what a whole one did.
TEST(Import, ComparesWithWhatALimitedRunBrought) {
  ImportRig rig(small());
  rig.missing_objects = "remove";
  run::Options first;
  first.limit = 10;
  first.confirm_partial = true;
  ASSERT_EQ(rig.run("{ users: on }", first).state, State::kCompleted);
  rig.fault(none_of("users"));
  EXPECT_EQ(rig.run("{ users: on }").reason, "gate_empty");
}

TEST(Import, RemembersTheValuesOfAttributesThatAreNotSelectedForAWhile) {
  ImportRig rig(small());
  ASSERT_EQ(rig.run("{ users: on }").state, State::kCompleted);
  const run::Report without = rig.run("{ users: { exclude: [jobTitle] } }");
  ASSERT_EQ(without.state, State::kCompleted);
  EXPECT_THAT(without.gate.notices, testing::Contains(testing::HasSubstr("Not selected any more")));
  const run::Report again_without = rig.run("{ users: { exclude: [jobTitle] } }");
  ASSERT_EQ(again_without.state, State::kCompleted);
  EXPECT_THAT(again_without.gate.notices,
              testing::Not(testing::Contains(testing::HasSubstr("Not selected any more"))));
  ASSERT_TRUE(
      rig.sandbox()
          .edits()
          .add(std::string(
              R"([{"data_set": "users", "attribute": "jobTitle", "value": null, "percent": 100}])"))
          .ok());
  const run::Report with = rig.run("{ users: on }");
  EXPECT_EQ(with.reason, "gate_blanked") << with.message;
}

TEST(Import, HoldsWhenAPartOfWhatIsRememberedGotLost) {
  ImportRig rig(small());
  ASSERT_EQ(rig.run().state, State::kCompleted);
  const run::Baseline whole = rig.store().remembered("entra");
  rig.store().remembered("entra").data_sets.at("users") = "";  // known to be lost
  EXPECT_EQ(rig.run().reason, "gate_unreadable");
  rig.store().remembered("entra") = whole;
  rig.store().remembered("entra").data_sets.erase("users");
  rig.store().remembered("entra").is_whole = false;
  const run::Report held = rig.run();
  ASSERT_EQ(held.reason, "gate_unreadable") << held.message;
  EXPECT_EQ(held.gate.findings.size(), 1U) << "the other parts are there";

  // Approved, and then Assets does not take it: what was lost is not what never was.
  rig.fault(kNoData);
  ASSERT_EQ(rig.run("", approving(held)).state, State::kFailed);
  rig.sandbox().faults().clear();
  EXPECT_EQ(rig.run().reason, "gate_unreadable");
}

// A token for another import source, or a second importer of the same name.
TEST(Import, ComparesOnlyWithWhatItsOwnImportSourceHolds) {
  const auto here = [] { return small(); };
  const auto there = [] {
    sandbox::SandboxSettings settings = small();
    settings.seed = 12;
    return settings;
  };
  tests::MemoryStore memory;
  {
    ImportRig rig(here());
    ASSERT_EQ(rig.run().state, State::kCompleted);
    memory = rig.store();
  }
  {
    ImportRig rig(there());
    rig.store() = memory;
    rig.missing_objects = "remove";
    base::sleep_for(rig.scheduler(), std::chrono::hours(1), {});
    const run::Report first = rig.run("{ devices: off }");
    ASSERT_EQ(first.state, State::kCompleted) << first.message << ": held by the other memory";
    EXPECT_EQ(first.gate.compared_with, "");
    EXPECT_EQ(of(first, "users").expected_new, of(first, "users").formatted);
    EXPECT_THAT(first.gate.notices,
                testing::ElementsAre(testing::HasSubstr("Nothing is remembered")));
    run::Options look;
    look.plan_only = true;
    const run::Report plan = rig.run("{ devices: off }", look);
    EXPECT_EQ(plan.gate.compared_with, first.run_id) << "the newest";
    EXPECT_THAT(plan.gate.notices, testing::ElementsAre(testing::HasSubstr("2 import sources")));
    memory = rig.store();
  }
  ImportRig rig(here());
  rig.store() = memory;
  rig.missing_objects = "remove";
  const run::Report back = rig.run("{ devices: off }");
  EXPECT_EQ(back.reason, "gate_dropped") << "the first one still holds devices";
  EXPECT_THAT(back.gate.notices, testing::IsEmpty());
  const std::vector<std::string>& asked = rig.store().asked_leftovers;
  ASSERT_EQ(asked.size(), 3U) << "a plan has nothing to clean up";
  EXPECT_EQ(asked[0], asked[2]);
  EXPECT_NE(asked[0], asked[1]) << "what was left open is asked for where it is";
}

TEST(Import, IsNotAnotherTargetBecauseTheTokenWasRenewed) {
  ImportRig rig(small());
  const run::Report first = rig.run();
  ASSERT_EQ(first.state, State::kCompleted) << first.message;
  const std::string before = rig.assets().token(0);
  net::Request renew;
  renew.method = "POST";
  renew.url = "http://127.0.0.1:9090/_sandbox/assets/token";
  renew.body = R"({"source":0})";
  ASSERT_EQ(rig.client().send(renew, {})->status, 200);
  ASSERT_NE(rig.assets().token(0), before);
  EXPECT_EQ(rig.run().gate.compared_with, first.run_id);
}

TEST(Import, DoesNotCallARunLimitedWhoseLimitLiesBeyondTheEnd) {
  ImportRig rig(small());
  run::Options options;
  options.limit = 100'000;
  const run::Report report = rig.run("", options);
  ASSERT_EQ(report.state, State::kCompleted) << report.message;
  EXPECT_FALSE(report.limited);
  EXPECT_EQ(report.destination.type, "jsm_assets");
  EXPECT_EQ(rig.run().gate.compared_with, report.run_id);
}

TEST(Import, AsksOnceBeforeADataSetThatWasSwitchedOffLosesItsObjects) {
  ImportRig rig(small());
  rig.missing_objects = "remove";
  ASSERT_EQ(rig.run().state, State::kCompleted);
  const run::Report held = rig.run("{ devices: off }");
  ASSERT_EQ(held.state, State::kHeld) << held.message;
  EXPECT_EQ(held.reason, "gate_dropped");
  EXPECT_EQ(objects_of(rig, "Entra Device"), 60u);
  run::Options options;
  options.approval = run::ApprovedFindings{held.run_id, run::findings_json(held.gate.findings),
                                           held.gate.compared_with, "ada"};
  ASSERT_EQ(rig.run("{ devices: off }", options).state, State::kCompleted);
  EXPECT_EQ(rig.run("{ devices: off }").state, State::kCompleted) << "they are gone already";
}

TEST(Import, ComparesADataSetThatWasOffWithWhatItWas) {
  ImportRig rig(small());
  ASSERT_EQ(rig.run().state, State::kCompleted);
  ASSERT_EQ(rig.run("{ devices: off }").state, State::kCompleted);
  rig.fault(none_of("devices"));
  EXPECT_EQ(rig.run().reason, "gate_empty");
}

}  // namespace
}  // namespace muster::tests
