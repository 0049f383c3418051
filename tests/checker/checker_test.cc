// The checker must let a good history pass and name the right invariant for each broken one. Broken
// histories are good ones with one thing damaged.
#include "tests/checker/checker.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/checker/rig_history.h"

namespace muster::checker {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::vector<std::string> kSets = {"users", "groups", "licenses"};

sandbox::SandboxSettings small() {
  return tests::tenant(5,
                       {.users = 24,
                        .groups = 5,
                        .memberships = 40,
                        .devices = 4,
                        .contacts = 2,
                        .applications = 2,
                        .service_principals = 2,
                        .administrative_units = 1},
                       10);
}

// Two runs and an edit between them; then a third where nothing changed.
const History& good() {
  static const History kGood = [] {
    tests::ImportRig rig(small());
    RigHistory history(rig, Missing::kRemove);
    EXPECT_EQ(history.run(kSets).state, run::State::kCompleted);
    history.edit(R"([{"data_set":"users","remove_first":2},
                     {"data_set":"users","attribute":"jobTitle","value":"Poet","percent":50}])");
    EXPECT_EQ(history.run(kSets).state, run::State::kCompleted);
    EXPECT_EQ(history.run(kSets).state, run::State::kCompleted);
    return history.history();
  }();
  return kGood;
}

// A run that failed before anything was sent, after one that completed.
const History& failed() {
  static const History kFailed = [] {
    tests::ImportRig rig(small());
    RigHistory history(rig);
    EXPECT_EQ(history.run(kSets).state, run::State::kCompleted);
    rig.fault(
        R"({"service":"graph","path_prefix":"/v1.0/groups","every":1,"action":{"status":403}})");
    EXPECT_EQ(history.run(kSets).state, run::State::kFailed);
    return history.history();
  }();
  return kFailed;
}

std::string all_of(const std::vector<Violation>& violations) {
  std::string text;
  for (const Violation& violation : violations) text += violation.message() + "\n";
  return text;
}

// Every violation has this invariant, and there is one.
void expect_only(const std::string& invariant, const History& history,
                 const std::string& case_name = "") {
  SCOPED_TRACE(case_name);
  const std::vector<Violation> found = check(history);
  ASSERT_THAT(found, Not(IsEmpty())) << "nothing found; " << invariant << " was expected";
  EXPECT_TRUE(std::ranges::any_of(
      found, [&](const Violation& violation) { return violation.invariant == invariant; }))
      << invariant << " was expected:\n"
      << all_of(found);
  for (const Violation& violation : found) {
    EXPECT_THAT(violation.message(), testing::StartsWith(violation.invariant + ": run"));
  }
}

Call& find_call(History& history, const std::string& run,
                const std::function<bool(Call&)>& wanted) {
  for (Call& call : history.calls) {
    if (call.run == run && wanted(call)) return call;
  }
  ADD_FAILURE() << "no such call";
  return history.calls.front();
}

Call& completing_call(History& history, const std::string& run) {
  return find_call(history, run,
                   [](Call& call) { return call.submission && call.submission->completes; });
}

// Not the listing that brings their managers, which may come first.
constexpr const char* kUsers = "/users?$top=999&$select";

Call& page_of(History& history, const std::string& run, const std::string& path) {
  return find_call(history, run, [&](Call& call) {
    return call.page && call.target.find(path) != std::string::npos;
  });
}

TEST(Checker, LetsGoodHistoriesPass) {
  EXPECT_EQ(all_of(check(good())), "");
  EXPECT_EQ(all_of(check(failed())), "");
}

TEST(Checker, LetsEveryKindOfEndingPass) {
  tests::ImportRig rig(small());
  RigHistory history(rig, Missing::kRemove);
  run::Options plan;
  plan.plan_only = true;
  history.run(kSets, plan);
  run::Options limited;
  limited.limit = 7;
  EXPECT_EQ(history.run(kSets, limited).state, run::State::kHeld);
  limited.confirm_partial = true;
  EXPECT_EQ(history.run(kSets, limited).state, run::State::kCompleted);
  EXPECT_EQ(history.run(kSets).state, run::State::kCompleted);
  rig.stop().request_stop();
  EXPECT_EQ(history.run(kSets).state, run::State::kCancelled);
  EXPECT_EQ(all_of(check(history.history())), "");
}

TEST(Checker, NamesACompletedRunWhoseListingNeverEnded) {
  History history = good();
  std::erase_if(history.calls, [](const Call& call) {
    return call.run == "1" && call.page && call.target.find(kUsers) != std::string::npos &&
           call.page->next.empty();
  });
  expect_only("I1", history);
}

TEST(Checker, NamesACompletedRunThatSwallowedAnErrorOnAPage) {
  History history = good();
  Call& page = page_of(history, "1", "/groups?");
  page.status = 503;
  page.page.reset();
  expect_only("I1", history);
}

TEST(Checker, NamesACompletedRunThatNeverReadARelation) {
  History history = good();
  std::erase_if(history.calls, [](const Call& call) {
    return call.run == "1" && call.target.find("/members") != std::string::npos;
  });
  expect_only("I1", history);
}

TEST(Checker, NamesACompletedRunWhoseChunkAssetsNeverTook) {
  History history = good();
  ASSERT_GT(history.executions.at(0).chunks.size(), 1U);
  history.executions[0].chunks.erase(history.executions[0].chunks.begin());
  EXPECT_THAT(all_of(check(history)),
              HasSubstr("I1: run 1 (completed): completed although Assets never took the chunk"));
}

TEST(Checker, NamesAParentThatIsOnNoPageOfARelationAlthoughTheSourceHeldIt) {
  History history = good();
  Call& page = find_call(history, "1", [](Call& call) {
    return call.page && call.target.find("expand=manager") != std::string::npos;
  });
  ASSERT_FALSE(page.page->keys.empty());
  page.page->keys.erase(page.page->keys.begin());
  EXPECT_THAT(all_of(check(history)), HasSubstr("I1: run 1 (completed): completed although 'man"));
}

TEST(Checker, NamesARecordThatTheSourceHeldAndNoPageShowed) {
  History history = good();
  Page& page = *page_of(history, "1", kUsers).page;
  history.truths[0].data_sets["users"].push_back(history.truths[0].data_sets["users"][0]);
  history.truths[0].data_sets["users"].back().key = "overlooked";
  EXPECT_FALSE(page.keys.empty());
  expect_only("I1", history);
}

TEST(Checker, NamesCountsThatDoNotAddUp) {
  History history = good();
  history.runs[0].report->data_sets[0].fetched += 1;
  expect_only("I2", history);
  history = good();
  history.runs[0].report->data_sets[0].accepted -= 1;
  expect_only("I2", history);
  history = good();
  history.runs[0].report->data_sets[0].rejected += 1;
  history.runs[0].report->data_sets[0].fetched += 1;
  expect_only("I2", history);
}

TEST(Checker, NamesRejectsThatAreNotListed) {
  History history = good();
  run::Report& report = *history.runs[0].report;
  report.state = run::State::kCompletedWithRejects;
  history.runs[0].final_states = {"completed_with_rejects"};
  report.reason = "destination_rejected";
  expect_only("I2", history);
  report.rejects.push_back({"", "", "not_taken", "Assets reports 'FAILED'."});
  EXPECT_THAT(all_of(check(history)), testing::Not(HasSubstr("I2")));
}

TEST(Checker, NamesARunWithoutOneFinalState) {
  History history = good();
  history.runs[1].final_states = {};
  expect_only("I3", history);
  history.runs[1].final_states = {"completed", "abandoned"};
  expect_only("I3", history);
  history.runs[1].final_states = {"failed"};
  expect_only("I3", history);
  history = good();
  history.runs[1].report->reason = "whatever";
  expect_only("I3", history);
  history = good();
  history.runs[1].report->message = "";
  expect_only("I3", history);
  history = good();
  history.runs[1].report.reset();
  expect_only("I3", history);
  history = good();
  history.runs[1].after_stop = std::chrono::seconds(11);
  expect_only("I3", history);
}

TEST(Checker, NamesRunsOfOneImporterAtTheSameTime) {
  History history = good();
  history.runs[0].ended = history.runs[1].begun + 1;
  expect_only("I4", history);
}

TEST(Checker, NamesARunThatOverlapsWithALongerOneThatBeganEarlier) {
  History history = good();
  history.runs[0].ended = history.runs[2].begun + 1;
  history.runs[1].begun = history.runs[0].ended + 1;  // these two are fine
  history.runs[2].begun = history.runs[0].ended - 1;
  std::swap(history.runs[1], history.runs[2]);
  const std::vector<Violation> found = check(history);
  EXPECT_THAT(all_of(found), HasSubstr("I4: run 3 (completed): it ran at the same time as run 1"));
}

TEST(Checker, NamesACallWithoutTheLock) {
  History history = good();
  history.runs[1].ended = completing_call(history, "2").at - 1;
  EXPECT_THAT(all_of(check(history)), HasSubstr("I4: run 2 (completed): it did not hold the"));
}

TEST(Checker, NamesARunThatWentBeyondTheLimitsUnapproved) {
  History history = good();
  history.importers[0].limits.max_missing_percent = 1;  // two of 24 users were removed
  history.importers[0].limits.max_missing_objects = 1;
  expect_only("I6", history);
}

TEST(Checker, JudgesADataSetByItsOwnLimits) {
  const Limits strict{.max_missing_percent = 1, .max_missing_objects = 1};
  History history = good();
  history.importers[0].own_limits["users"] = strict;
  expect_only("I6", history, "two of 24 users were removed");
  history = good();
  history.importers[0].limits = strict;
  history.importers[0].own_limits["users"] = Limits{.max_blanked_percent = 100};
  EXPECT_EQ(all_of(check(history)), "");
}

// The second run cannot make an object of the first user: `from` in the first page becomes `to`.
History with_a_parked_record(const std::string& from, const std::string& to) {
  tests::ImportRig rig(small());
  RigHistory history(rig, Missing::kRemove);
  history.accept_parked();
  EXPECT_EQ(history.run(kSets).state, run::State::kCompleted);
  rig.fault(fmt::format(
      R"({{"service":"graph","path_prefix":"/v1.0/users?$top=999&$select","times":1,"action":{{"replace":{{"from":{},"to":{}}}}}}})",
      from, to));
  EXPECT_EQ(history.run(kSets).state, run::State::kCompletedWithRejects);
  return history.history();
}

History with_a_record_that_is_too_large() {
  return with_a_parked_record(
      R"("\"displayName\":\"")",
      R"("\"displayName\":\")" + std::string((std::size_t{1} << 20) + 1, 'x') + '"');
}

TEST(Checker, NamesAParkedRecordWhoseObjectWentAlthoughNobodyAcceptsThat) {
  for (const History& parked : {with_a_record_that_is_too_large(),
                                with_a_parked_record(R"("\"id\":")", R"("\"no_id\":")")}) {
    EXPECT_EQ(all_of(check(parked)), "");
    History history = parked;
    history.importers[0].accepts_parked = false;
    EXPECT_THAT(all_of(check(history)), HasSubstr("I6: run 2 (completed_with_rejects): nobody "
                                                  "approved it, but it passed the gate with users: "
                                                  "1 of 24 go although their records are there"));
    history.importers[0].says_ignore = true;  // then nothing goes
    EXPECT_EQ(all_of(check(history)), "");
    // Accepted, it is one like any that is missing.
    history = parked;
    history.importers[0].limits.max_missing_percent = 1;
    history.importers[0].limits.max_missing_objects = 0;
    EXPECT_THAT(all_of(check(history)),
                HasSubstr("passed the gate with users: 1 of 24 are missing"));
  }
}

TEST(Checker, NamesAnObjectThatWentBesidesTheParkedOnesThatMayGo) {
  History history = with_a_record_that_is_too_large();
  for (Call& call : history.calls) {
    if (call.run != "2" || !call.submission) continue;
    auto& users = call.submission->objects["users"];
    if (!users.empty()) users.pop_back();
  }
  EXPECT_THAT(all_of(check(history)), HasSubstr("I11: run 2"));
}

TEST(Checker, NamesARunThatWentOnOrEndedForItsRejectsAgainstTheLimit) {
  History history = with_a_record_that_is_too_large();
  history.importers[0].reject_limit = 1;
  EXPECT_EQ(all_of(check(history)), "");
  history.importers[0].reject_limit = 0;
  expect_only("I6", history);
  history = failed();
  history.runs[1].report->reason = "too_many_rejects";
  expect_only("I3", history);
}

// As if `run` had been sent the pages that `other` was sent, the moment it began.
void reads_as(History& history, const std::string& run, const std::string& other) {
  const auto reader = std::ranges::find(history.runs, run, &checker::Run::label);
  std::erase_if(history.calls, [&](const Call& call) { return call.run == run; });
  for (const Call& call : std::vector<Call>(history.calls)) {
    if (call.run != other || !call.page) continue;
    history.calls.push_back(call);
    history.calls.back().run = run;
    history.calls.back().at = history.calls.back().answered = reader->begun;
  }
}

TEST(Checker, NamesAnApprovalThatNeverWasOrWasUsedTwice) {
  History history = good();
  history.importers[0].limits.max_missing_percent = 1;
  history.importers[0].limits.max_missing_objects = 1;
  const run::Finding finding{.data_set = "users",
                             .reason = "gate_missing",
                             .affected = 2,
                             .of = 24,
                             .text = "Two of 24 are missing."};
  // Another run was held for this, and approved for the second.
  checker::Run held = history.runs[1];
  held.label = "held";
  held.begun = held.ended = history.runs[0].ended;
  held.report->run_id = "held-run";
  held.report->state = run::State::kHeld;
  held.report->reason = "gate_missing";
  held.report->gate.verdict = "held";
  held.report->gate.findings = {finding};
  held.final_states = {"held"};
  history.runs.insert(history.runs.begin() + 1, held);
  reads_as(history, "held", "2");
  checker::Run& passed = history.runs[2];
  passed.approval_of = "held-run";
  passed.report->gate.findings = {finding};
  passed.report->gate.approved_by = "ada";
  EXPECT_EQ(all_of(check(history)), "");

  History never = history;
  never.runs[2].approval_of = "some-run";
  expect_only("I6", never);
  History more = history;
  more.runs[2].report->gate.findings[0].affected = 3;
  expect_only("I6", more);
  // The gate counts one in both runs, and two are missing.
  History understated = history;
  understated.runs[1].report->gate.findings[0].affected = 1;
  understated.runs[2].report->gate.findings[0].affected = 1;
  expect_only("I6", understated);
  // As many others.
  History others = history;
  others.runs[2].report->gate.findings[0].keys_hash = "another";
  expect_only("I6", others);
  // The gate says that they are the same, but the held run had read them.
  History kept = history;
  reads_as(kept, "held", "1");
  expect_only("I6", kept);
  // The gate says that there was nothing to approve.
  History silent = history;
  silent.runs[1].report->gate.findings[0].data_set = "groups";
  silent.runs[2].report->gate.findings.clear();
  expect_only("I6", silent);
  History twice = history;
  twice.runs[3].approval_of = "held-run";
  twice.runs[3].report->gate.findings = {finding};
  twice.runs[3].report->gate.approved_by = "ada";
  expect_only("I6", twice);
}

TEST(Checker, NamesAFailedRunThatTouchedAssets) {
  History history = failed();
  Call start = find_call(history, "1", [](Call& call) {
    return call.method == "POST" && call.target.ends_with("/executions");
  });
  start.run = "2";
  start.at = history.runs[1].begun;
  history.calls.push_back(start);
  expect_only("I7", history);

  history = failed();
  history.holdings.back().types["Entra User"].begin()->second.label = "Another";
  expect_only("I7", history);

  history = good();
  history.runs[2].report->state = run::State::kCancelled;
  history.runs[2].report->reason = "cancelled";
  history.runs[2].final_states = {"cancelled"};
  expect_only("I7", history);
}

TEST(Checker, LetsARunFailThatAssetsRejectedAndNobodyCouldWriteDown) {
  const auto is_named = [](std::size_t run, const std::string& itself) {
    History history = good();
    history.runs[run].report->state = run::State::kFailed;
    history.runs[run].report->reason = "store_unavailable";
    history.runs[run].report->message = "The database cannot be written. The run itself: " + itself;
    history.runs[run].final_states = {"abandoned"};
    return all_of(check(history)).find("I7: ") != std::string::npos;
  };
  const std::string rejected = "Assets processed the data but reports 'FAILED'.";
  EXPECT_FALSE(is_named(2, rejected));
  EXPECT_TRUE(is_named(2, "30 objects in 3 object types.")) << "then it has completed";
  EXPECT_TRUE(is_named(1, rejected)) << "but Assets changed";
}

TEST(Checker, NamesARunThatCancelsWhatIsNotItsOwn) {
  const auto cancel = [](History& history, const std::string& run, const std::string& id) {
    Call call = find_call(history, run, [](Call& one) {
      return one.method == "POST" && one.target.ends_with("/executions");
    });
    call.method = "DELETE";
    call.target += "/" + id;
    call.started.clear();
    history.calls.push_back(call);
  };
  // Its own.
  History history = good();
  cancel(history, "2", history.executions.at(1).id);
  EXPECT_EQ(all_of(check(history)), "");
  const std::string message = "I7: run 2 (completed): it called DELETE";
  history = good();
  cancel(history, "2", history.executions.at(0).id);  // of a run that completed
  EXPECT_THAT(all_of(check(history)), HasSubstr(message));
  history = good();
  cancel(history, "2", "");  // all of them
  EXPECT_THAT(all_of(check(history)), HasSubstr(message));
  history = good();
  history.executions.push_back(history.executions.at(0));
  history.executions.back().id = "somebody-elses";
  cancel(history, "2", "somebody-elses");
  EXPECT_THAT(all_of(check(history)), HasSubstr(message));
  // The earlier run died, so it has to be cleaned up.
  history = good();
  history.runs[0].report.reset();
  history.runs[0].died = true;
  cancel(history, "2", history.executions.at(0).id);
  EXPECT_THAT(all_of(check(history)), Not(HasSubstr(message)));
  // Nothing at all by a run that the gate did not let pass.
  history = failed();
  Call again = find_call(history, "1", [](Call& one) {
    return one.method == "POST" && one.target.ends_with("/executions");
  });
  again.run = "2";
  again.at = history.runs[1].begun;
  history.calls.push_back(again);
  EXPECT_THAT(all_of(check(history)),
              HasSubstr("I7: run 2 (failed): the gate had not let it pass"));
}

TEST(Checker, NamesASecondObjectForOneKey) {
  History history = good();
  history.holdings.back().duplicates.push_back({"Entra User", "u-1"});
  expect_only("I9", history);
  history = good();
  history.holdings.back().types["Entra User"].begin()->second.id += 1000;
  expect_only("I9", history);
}

TEST(Checker, NamesAChunkThatIsSentAgainUnderAnotherName) {
  History history = good();
  Call again = find_call(history, "1", [](Call& call) {
    return call.submission && !call.submission->objects.empty();
  });
  again.submission->client_generated_id += "-again";
  history.calls.push_back(again);
  expect_only("I9", history);
}

TEST(Checker, NamesChangesByTheSameDataAgain) {
  History history = good();
  history.runs[2].report->data_sets[0].updated = 1;
  expect_only("I9", history);
}

TEST(Checker, NamesALimitThatWasNotKept) {
  tests::ImportRig rig(small());
  RigHistory rig_history(rig, Missing::kRemove);
  run::Options options;
  options.limit = 7;
  options.confirm_partial = true;
  ASSERT_EQ(rig_history.run({"users"}, options).state, run::State::kCompleted);
  const History limited = rig_history.history();
  EXPECT_EQ(all_of(check(limited)), "");

  History history = limited;
  history.runs[0].confirm_partial = false;
  expect_only("I10", history, "nobody confirmed it");
  history = limited;
  history.runs[0].report->limited = false;
  expect_only("I10", history, "the report hides it");
  history = limited;
  history.runs[0].limit = 6;  // the seventh is one too many
  expect_only("I10", history, "one too many");
  history = limited;
  std::ranges::reverse(history.truths[0].data_sets["users"]);
  expect_only("I10", history, "not the first ones");
  // One page of ten is enough for seven.
  history = limited;
  const Call page = page_of(history, "1", "/users?$top=7");
  Call next = page;
  next.target = page.page->next.substr(page.page->next.find("/graph"));
  next.page->next = "";
  next.page->keys = {"more"};
  history.calls.push_back(next);
  expect_only("I10", history, "a page too many");
}

TEST(Checker, NamesARecordThatWasLostWithoutBeingListed) {
  History history = good();
  page_of(history, "1", kUsers).page->keys.push_back("lost");
  expect_only("I11", history);
}

TEST(Checker, NamesASecretInWhatARunSays) {
  History history = good();
  history.runs[0].texts.push_back("token " + history.secrets[0] + " was refused");
  expect_only("I12", history);
}

TEST(Checker, NamesCallsAndCredentialsThatWentAstray) {
  History history = good();
  page_of(history, "1", kUsers).origin = "https://elsewhere.example";
  expect_only("I15", history);
  history = good();
  page_of(history, "1", kUsers).credential = Credential::kDestination;
  expect_only("I15", history);
  page_of(history, "1", kUsers).credential = Credential::kUnknown;
  expect_only("I15", history);
}

TEST(Checker, NamesThreadsThatAreLeft) {
  History history = good();
  history.runs[0].threads_left = 1;
  expect_only("I19", history);
}

TEST(Checker, ComparesWhatAssetsHoldsWithTheSource) {
  const auto users = [](History& history) -> std::map<std::string, Object>& {
    return history.holdings.back().types["Entra User"];
  };
  const auto expect_whole = [](const History& history, const std::string& what) {
    const std::vector<Violation> found = check(history);
    EXPECT_TRUE(std::ranges::any_of(found,
                                    [&](const Violation& one) {
                                      return one.invariant == "whole" &&
                                             one.evidence.find(what) != std::string::npos;
                                    }))
        << what << " was expected:\n"
        << all_of(found);
  };
  History history = good();
  users(history).begin()->second.label = "Somebody else";
  expect_whole(history, "is called 'Somebody else'");
  history = good();
  users(history).begin()->second.values["Job Title"] = {"Juggler"};
  expect_whole(history, "has Job Title = [Juggler]");
  history = good();
  users(history).begin()->second.references["Groups"].insert("g-1");
  expect_whole(history, "which the source does not say");
  history = good();
  for (auto& [key, user] : users(history)) user.references.erase("Groups");
  expect_whole(history, "although both are there");
  history = good();
  users(history).erase(users(history).begin());
  expect_whole(history, "Assets does not have it");
  history = good();
  users(history)["ghost"] = {};
  expect_whole(history, "without having been handed over");
  // What Assets removes must be removed.
  history = good();
  for (std::size_t i = 2; i < history.holdings.size(); ++i) {
    history.holdings[i].types["Entra User"]["stale"] = {};
  }
  expect_whole(history, "should have been removed");
}

TEST(Checker, NamesADataSetThatVanishedBecauseItWasSwitchedOff) {
  History history = good();
  Selection& selection = history.runs[2].selection;
  std::erase_if(selection.data_sets, [](const DataSet& set) { return set.name == "licenses"; });
  history.holdings.back().types["Entra License"].clear();
  expect_only("I6", history);
}

TEST(Timeline, ShowsEveryEventInOrder) {
  const std::string text = timeline(good());
  EXPECT_THAT(text, HasSubstr("GET /graph/v1.0/users"));
  EXPECT_THAT(text, HasSubstr("COMPLETES"));
  EXPECT_THAT(text, HasSubstr("the last page"));
  EXPECT_LT(text.find("Assets holds nothing"), text.find("COMPLETES"));
}

}  // namespace
}  // namespace muster::checker
