#include "run/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "run/run_store.h"
#include "source/test_complete.h"

namespace muster::run {
namespace {

using testing::HasSubstr;

Comparison seen(std::uint64_t before, std::uint64_t missing, std::uint64_t first_missing = 0) {
  Comparison comparison;
  comparison.before = before;
  comparison.now = before - missing;
  comparison.unchanged = before - missing;
  comparison.missing = missing;
  for (std::uint64_t key = 0; key < missing; ++key) {
    comparison.missing_keys.add({0, first_missing + key});
    comparison.gone_keys.add({0, first_missing + key});
  }
  return comparison;
}

GateQuestion question_about(std::optional<Comparison> comparison, bool whole = true) {
  GateQuestion question;
  question.data_sets.push_back({"users",
                                "Entra User",
                                source::CompleteForTests::make("users", whole),
                                std::move(comparison),
                                {{"ext/mail", "Mail"}}});
  question.absent_means_missing = true;
  question.compared_with = "run-1";
  return question;
}

std::string reason_of(const Judgement& judgement) {
  return judgement.findings.empty() ? "" : judgement.findings[0].reason;
}

TEST(Gate, LetsACompleteReadingPass) {
  EXPECT_TRUE(Gate::judge(question_about({})).pass);
  EXPECT_TRUE(Gate::judge(question_about(seen(1'000, 0))).pass);
}

TEST(Gate, NeverPassesWithoutTheProofOfEveryDataSetAndRelation) {
  GateQuestion question = question_about({});
  question.relations.emplace_back("members", std::nullopt);
  const Judgement judgement = Gate::judge(question);
  EXPECT_FALSE(judgement.pass);
  EXPECT_THAT(judgement.incomplete, testing::ElementsAre("members"));
}

TEST(Gate, HoldsOnlyWhenBothLimitsOfMissingObjectsAreExceeded) {
  EXPECT_TRUE(Gate::judge(question_about(seen(1'000, 200))).pass) << "20 % is not more than 20 %";
  EXPECT_TRUE(Gate::judge(question_about(seen(400, 100))).pass) << "100 is not more than 100";
  EXPECT_EQ(reason_of(Gate::judge(question_about(seen(1'000, 201)))), "gate_missing");
}

TEST(Gate, JudgesADataSetByItsOwnLimits) {
  GateQuestion question = question_about(seen(1'000, 50));
  question.safety.data_sets["users"] = {.max_missing_percent = 1, .max_missing_objects = 10};
  EXPECT_EQ(reason_of(Gate::judge(question)), "gate_missing");
  question.data_sets[0].data_set = "groups";
  EXPECT_TRUE(Gate::judge(question).pass);
}

GateQuestion shared_question(std::uint64_t foreign) {
  GateQuestion question = question_about({});
  question.to_assets = true;
  question.data_sets[0].is_shared = true;
  question.data_sets[0].foreign = foreign;
  question.data_sets[0].needs_consent = foreign > 0;
  question.data_sets[0].others = {"intune", "jamf"};
  return question;
}

TEST(Gate, HoldsTheFirstRunBesideObjectsOfOthers) {
  const Judgement judgement = Gate::judge(shared_question(40));
  ASSERT_EQ(reason_of(judgement), "gate_shared");
  EXPECT_THAT(judgement.findings[0].text,
              HasSubstr("40 objects come only from intune, jamf, and this importer has not run"));
  EXPECT_TRUE(Gate::judge(shared_question(0)).pass) << "nobody else is there";
  GateQuestion into_files = shared_question(40);
  into_files.to_assets = false;
  EXPECT_TRUE(Gate::judge(into_files).pass);
}

// The object type keeps what is absent, or its importers could not share it.
TEST(Gate, DoesNotHoldASharedTypeForWhatIsAbsentInPart) {
  GateQuestion question = question_about({}, false);
  EXPECT_EQ(reason_of(Gate::judge(question)), "partial_not_confirmed");
  question.data_sets[0].is_shared = true;
  EXPECT_TRUE(Gate::judge(question).pass);
  GateQuestion gone = question_about(seen(1'000, 500));
  gone.data_sets[0].is_shared = true;
  EXPECT_EQ(reason_of(Gate::judge(gone)), "gate_missing") << "something is wrong with the source";
}

TEST(Gate, HoldsWhenWhatIsRememberedOfKeysIsDamaged) {
  GateQuestion question = question_about({});
  question.data_sets[0].damaged_book = true;
  EXPECT_EQ(reason_of(Gate::judge(question)), "gate_unreadable");
}

TEST(Gate, HoldsWhenNothingIsLeftHoweverLittleThereWas) {
  EXPECT_EQ(reason_of(Gate::judge(question_about(seen(3, 3)))), "gate_empty");
}

TEST(Gate, HoldsWhenASmallSourceIsAnotherOne) {
  Comparison comparison = seen(90, 90);
  comparison.now = comparison.added = 80;
  const Judgement judgement = Gate::judge(question_about(comparison));
  ASSERT_EQ(reason_of(judgement), "gate_replaced");
  EXPECT_THAT(judgement.findings[0].text, HasSubstr("another tenant"));
  comparison.missing = 89;
  comparison.changed = 1;
  EXPECT_TRUE(Gate::judge(question_about(comparison)).pass) << "one is the same";
  Comparison few = seen(4, 4);
  few.now = few.added = 3;
  EXPECT_TRUE(Gate::judge(question_about(few)).pass);
  comparison.changed = 0;
  comparison.rebased = true;
  EXPECT_TRUE(Gate::judge(question_about(comparison)).pass) << "other records are meant";
}

TEST(Gate, HoldsWhenAnAttributeWouldBeEmptied) {
  Comparison comparison = seen(1'000, 0);
  comparison.blanked.push_back({"ext/mail", 900, 300, {{1, 2}}});
  const Judgement judgement = Gate::judge(question_about(comparison));
  ASSERT_EQ(reason_of(judgement), "gate_blanked");
  EXPECT_EQ(judgement.findings[0].attribute, "Mail");
  EXPECT_THAT(judgement.findings[0].sample,
              testing::ElementsAre("00000000000000010000000000000002"));
}

TEST(Gate, DoesNotJudgeWhatIsMissingWhenOtherRecordsAreMeant) {
  Comparison comparison = seen(1'000, 900);
  comparison.rebased = true;
  EXPECT_TRUE(Gate::judge(question_about(comparison)).pass);
  comparison.blanked.push_back({"ext/mail", 100, 100, {}});
  EXPECT_EQ(reason_of(Gate::judge(question_about(comparison))), "gate_blanked")
      << "seen on objects of both runs";
}

TEST(Gate, HoldsWhenAParkedRecordsObjectWouldBeTreatedAsMissing) {
  Comparison comparison = seen(1'000, 0);
  comparison.parked = 1;
  GateQuestion question = question_about(comparison);
  const Judgement judgement = Gate::judge(question);
  ASSERT_EQ(reason_of(judgement), "gate_parked");
  EXPECT_THAT(judgement.findings[0].text, HasSubstr("1 object of the last completed run"));
  question.absent_means_missing = false;
  EXPECT_TRUE(Gate::judge(question).pass) << "Assets keeps what is absent";
  question.absent_means_missing = true;
  question.safety.accept_parked = true;
  EXPECT_TRUE(Gate::judge(question).pass);
  question.data_sets[0].comparison->parked = 900;
  EXPECT_EQ(reason_of(Gate::judge(question)), "gate_missing") << "accepted as missing, not as many";
}

TEST(Gate, SuspectsNewRecordsWithoutAKeyToBeTheMissingObjects) {
  Comparison comparison = seen(1'000, 2);
  comparison.nameless = 5;
  const Judgement judgement = Gate::judge(question_about(comparison));
  ASSERT_EQ(reason_of(judgement), "gate_parked");
  EXPECT_EQ(judgement.findings[0].affected, 2u);
  comparison.missing = 0;
  EXPECT_TRUE(Gate::judge(question_about(comparison)).pass);
}

TEST(Gate, HoldsOnceWhenAssetsKeptMoreThanAnybodyRemembers) {
  Comparison comparison = seen(1'000, 0);
  comparison.kept = true;
  GateQuestion question = question_about(comparison);
  const Judgement held = Gate::judge(question);
  ASSERT_EQ(reason_of(held), "gate_kept");
  EXPECT_THAT(held.findings[0].text, HasSubstr("run-1"));
  question.absent_means_missing = false;
  EXPECT_TRUE(Gate::judge(question).pass) << "it still keeps them";
  question.absent_means_missing = true;
  question.data_sets[0].is_shared = true;
  EXPECT_TRUE(Gate::judge(question).pass) << "objects of others are always kept";
}

TEST(Gate, HoldsWhenWhatIsRememberedCannotBeRead) {
  Comparison comparison;
  comparison.unreadable = true;
  comparison.now = 40;
  GateQuestion question = question_about(comparison);
  const Judgement held = Gate::judge(question);
  ASSERT_EQ(reason_of(held), "gate_unreadable");
  const ApprovedFindings approval{"run-2", findings_json(held.findings), "run-1", "ada"};
  question.approval = &approval;
  EXPECT_TRUE(Gate::judge(question).pass) << "one run may pass without the comparison";
  question.data_sets[0].comparison->now = 39;
  EXPECT_FALSE(Gate::judge(question).pass) << "with not fewer objects than were looked at";
}

TEST(Gate, HoldsWhenADataSetThatWasSwitchedOffWouldLoseItsObjects) {
  GateQuestion question = question_about(seen(10, 0));
  question.dropped = {{"devices", "Entra Device", 60}};
  const Judgement judgement = Gate::judge(question);
  ASSERT_EQ(reason_of(judgement), "gate_dropped");
  EXPECT_THAT(judgement.findings[0].text, HasSubstr("60 objects"));
  question.absent_means_missing = false;
  EXPECT_TRUE(Gate::judge(question).pass);
}

// A slip in --database makes an empty store, with which nothing would ever be missing.
TEST(Gate, HoldsWhereNothingIsRememberedOfAPlaceThatWasImportedToBefore) {
  GateQuestion question = question_about({});
  question.compared_with = "";
  question.is_strange_place = true;
  const Judgement held = Gate::judge(question);
  ASSERT_EQ(reason_of(held), "gate_forgotten");
  EXPECT_THAT(held.findings[0].text, HasSubstr("another database"));
  const ApprovedFindings approval{"run-2", findings_json(held.findings), "", "ada"};
  question.approval = &approval;
  EXPECT_TRUE(Gate::judge(question).pass);
  question.approval = nullptr;
  question.absent_means_missing = false;
  EXPECT_TRUE(Gate::judge(question).pass) << "Assets keeps what is absent";
}

TEST(Gate, HoldsALimitedRunWhereAbsentMayMeanMissing) {
  GateQuestion question = question_about({}, false);
  EXPECT_EQ(reason_of(Gate::judge(question)), "partial_not_confirmed");
  question.confirm_partial = true;
  EXPECT_TRUE(Gate::judge(question).pass);
}

class GateApproval : public testing::Test {
 protected:
  ApprovedFindings approve(const GateQuestion& question) {
    return {"run-2", findings_json(Gate::judge(question).findings), "run-1", "ada"};
  }
};

TEST_F(GateApproval, PassesWithTheSameFindingsOrOnlySomeOfThem) {
  GateQuestion question = question_about(seen(1'000, 500));
  question.dropped = {{"devices", "Entra Device", 60, "keys of devices"}};
  const ApprovedFindings approval = approve(question);
  question.approval = &approval;
  const Judgement judgement = Gate::judge(question);
  EXPECT_TRUE(judgement.pass);
  EXPECT_EQ(judgement.approved_by, "ada");
  question.data_sets[0].comparison = seen(1'000, 0);
  EXPECT_TRUE(Gate::judge(question).pass);
}

// Every kind of finding that is about objects. 90 others are not the 90 that somebody looked at.
TEST_F(GateApproval, DoesNotCoverAsManyOrFewerOtherObjects) {
  const auto expect_bound = [&](const std::string& reason, GateQuestion question,
                                const std::function<void(GateQuestion&)>& change) {
    const ApprovedFindings approval = approve(question);
    question.approval = &approval;
    EXPECT_TRUE(Gate::judge(question).pass) << reason;
    change(question);
    const Judgement judgement = Gate::judge(question);
    EXPECT_EQ(reason_of(judgement), reason);
    EXPECT_FALSE(judgement.pass) << reason;
    EXPECT_THAT(judgement.notices, testing::ElementsAre(HasSubstr("not what was approved")));
  };
  expect_bound("gate_missing", question_about(seen(1'000, 500)), [](GateQuestion& question) {
    question.data_sets[0].comparison = seen(1'000, 500, 500);
  });
  expect_bound("gate_missing", question_about(seen(1'000, 500)), [](GateQuestion& question) {
    question.data_sets[0].comparison = seen(1'000, 400, 500);
  });
  expect_bound("gate_empty", question_about(seen(3, 3)),
               [](GateQuestion& question) { question.data_sets[0].comparison = seen(3, 3, 1); });
  Comparison comparison = seen(1'000, 0);
  comparison.blanked.push_back({"ext/mail", 900, 300, {}});
  expect_bound("gate_blanked", question_about(comparison), [](GateQuestion& question) {
    question.data_sets[0].comparison->blanked[0].keys.add({1, 1});
  });
  comparison = seen(1'000, 0);
  comparison.parked = 1;
  expect_bound("gate_parked", question_about(comparison), [](GateQuestion& question) {
    question.data_sets[0].comparison->parked_keys.add({1, 1});
  });
  comparison = seen(1'000, 2);
  comparison.nameless = 2;
  expect_bound("gate_parked", question_about(comparison), [](GateQuestion& question) {
    question.data_sets[0].comparison->gone_keys.add({1, 1});
  });
  GateQuestion dropped = question_about(seen(10, 0));
  dropped.dropped = {{"devices", "Entra Device", 60, "keys"}};
  expect_bound("gate_dropped", dropped,
               [](GateQuestion& question) { question.dropped[0].keys = "other keys"; });
  // With accepted parked records, of what is gone, whichever way.
  comparison = seen(1'000, 500);
  comparison.parked = 100;
  GateQuestion accepting = question_about(comparison);
  accepting.safety.accept_parked = true;
  expect_bound("gate_missing", accepting, [](GateQuestion& question) {
    question.data_sets[0].comparison->gone_keys.add({1, 1});
  });
}

TEST_F(GateApproval, DoesNotCoverAnotherAttributeOfTheSameObjects) {
  Comparison comparison = seen(1'000, 0);
  comparison.blanked.push_back({"ext/mail", 900, 300, {}});
  GateQuestion question = question_about(comparison);
  const ApprovedFindings approval = approve(question);
  question.approval = &approval;
  question.data_sets[0].comparison->blanked[0].attribute = "ext/phone";
  EXPECT_FALSE(Gate::judge(question).pass);
}

// What is held without a comparison was looked at in one import source.
TEST_F(GateApproval, DoesNotCoverAnotherImportSource) {
  GateQuestion forgotten = question_about({});
  forgotten.is_strange_place = true;
  Comparison unreadable, kept = seen(10, 0);
  unreadable.unreadable = true;
  kept.kept = true;
  GateQuestion of_a_book = question_about({});
  of_a_book.data_sets[0].damaged_book = true;
  for (GateQuestion question : {forgotten, question_about(unreadable), question_about(kept),
                                of_a_book, shared_question(40)}) {
    question.target = "workspace/1/importsource/1";
    const std::string reason = reason_of(Gate::judge(question));
    ApprovedFindings approval = approve(question);
    approval.compared_with = question.compared_with;
    question.approval = &approval;
    EXPECT_TRUE(Gate::judge(question).pass) << reason;
    question.target = "workspace/1/importsource/2";
    EXPECT_FALSE(Gate::judge(question).pass) << reason;
  }
}

TEST_F(GateApproval, OfDamagedObjectsDoesNotCoverDamagedKeys) {
  Comparison unreadable;
  unreadable.unreadable = true;
  GateQuestion question = question_about(unreadable);
  const ApprovedFindings approval = approve(question);
  question = question_about({});
  question.data_sets[0].damaged_book = true;
  question.approval = &approval;
  EXPECT_EQ(reason_of(Gate::judge(question)), "gate_unreadable");
  EXPECT_FALSE(Gate::judge(question).pass);
}

TEST_F(GateApproval, OfAnOlderMusterThatNamedNoObjectsCoversNone) {
  GateQuestion question = question_about(seen(1'000, 500));
  const ApprovedFindings approval{
      "run-2", R"([{"data_set":"users","reason":"gate_missing","affected":500,"of":1000}])",
      "run-1", "ada"};
  question.approval = &approval;
  EXPECT_FALSE(Gate::judge(question).pass);
}

TEST_F(GateApproval, DoesNotCoverMoreThanWasApproved) {
  GateQuestion question = question_about(seen(1'000, 500));
  const ApprovedFindings approval = approve(question);
  question.approval = &approval;
  question.data_sets[0].comparison = seen(1'000, 501);
  const Judgement judgement = Gate::judge(question);
  EXPECT_FALSE(judgement.pass);
  EXPECT_THAT(judgement.notices, testing::ElementsAre(HasSubstr("not what was approved")));
}

// It is about a setting in Assets: how many objects there are changes with every run of the others.
TEST_F(GateApproval, OfASharedObjectTypeHoldsWhateverItsSize) {
  GateQuestion question = shared_question(40);
  const ApprovedFindings approval = approve(question);
  question.approval = &approval;
  question.data_sets[0].foreign = 50;
  EXPECT_TRUE(Gate::judge(question).pass);
}

TEST_F(GateApproval, IsVoidWhenAnotherRunIsTheComparison) {
  GateQuestion question = question_about(seen(1'000, 500));
  const ApprovedFindings approval = approve(question);
  question.approval = &approval;
  question.compared_with = "run-3";
  const Judgement judgement = Gate::judge(question);
  EXPECT_FALSE(judgement.pass);
  EXPECT_THAT(judgement.notices, testing::ElementsAre(HasSubstr("does not fit any more")));
}

TEST_F(GateApproval, IsNotNotedWhereNoneWasNeeded) {
  GateQuestion question = question_about(seen(1'000, 500));
  const ApprovedFindings approval = approve(question);
  question.approval = &approval;
  question.data_sets[0].comparison = seen(1'000, 1);
  EXPECT_EQ(Gate::judge(question).approved_by, "");
}

}  // namespace
}  // namespace muster::run
