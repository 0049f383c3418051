#include "cli/report_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace muster::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

run::Report report() {
  run::Report made;
  made.run_id = "0197f0c2";
  made.state = run::State::kCompletedWithRejects;
  made.reason = "rejects";
  made.message = "5,299 objects in 2 object types; 1 record could not become objects.";
  made.started = *base::parse_utc("2026-11-23T03:00:00Z");
  made.ended = *base::parse_utc("2026-11-23T03:02:05Z");
  made.data_sets = {{.name = "users",
                     .object_type = "Entra User",
                     .fetched = 5010,
                     .filtered = 10,
                     .rejected = 1,
                     .formatted = 4999,
                     .submitted = 4999,
                     .accepted = 4999,
                     .created = 4000,
                     .updated = 900,
                     .unchanged = 99,
                     .missing = 7,
                     .expected_new = 1,
                     .expected_changed = 2,
                     .expected_unchanged = 3,
                     .expected_missing = 4},
                    {.name = "groups",
                     .object_type = "Entra Group",
                     .fetched = 300,
                     .formatted = 300,
                     .submitted = 300,
                     .accepted = 300,
                     .unchanged = 300}};
  made.rejects = {{"users", "u-17", "empty_key", "id: no value"}};
  made.source = {61, 4'567'890, 2, 120, 12.5};
  made.destination = {"e-1", "OK", 11, 1'234'567};
  made.gate.verdict = "pass";
  return made;
}

TEST(ReportText, ShowsPerObjectTypeWhatWasReadSentAndCountedByAssets) {
  EXPECT_EQ(
      run_table(report()),
      "                                                 ------- counted by Assets --------\n"
      "object type  fetched  filtered  rejected   sent    new  changed  unchanged  missing\n"
      "Entra User     5,010        10         1  4,999  4,000      900         99        7\n"
      "Entra Group      300         0         0    300      0        0        300        0\n"
      "all            5,310        10         1  5,299  4,000      900        399        7\n");
}

TEST(ReportText, ShowsADashWhereNobodyCounted) {
  run::Report files = report();
  files.destination = {.chunks = 1, .type = "files", .directory = "/out"};
  EXPECT_EQ(run_table(files),
            "                                                 -- no earlier run to compare ---\n"
            "object type  fetched  filtered  rejected   sent  new  changed  unchanged  missing\n"
            "Entra User     5,010        10         1  4,999    -        -          -        -\n"
            "Entra Group      300         0         0    300    -        -          -        -\n"
            "all            5,310        10         1  5,299    -        -          -        -\n");
  EXPECT_EQ(comparison_text(files), "");
  run::Report failed = report();
  failed.state = run::State::kFailed;
  EXPECT_THAT(run_table(failed), HasSubstr("4,999    -        -          -        -\n"));
  run::Report one_unknown = report();
  one_unknown.data_sets[1].unchanged = 0;  // Assets reported no counters for it
  EXPECT_THAT(run_table(one_unknown),
              AllOf(HasSubstr("    300      -        -          -        -\n"),
                    HasSubstr("  5,299  4,000      900         99        7\n")));
}

TEST(ReportText, ShowsMustersComparisonWhereAssetsDidNotCount) {
  run::Report held = report();
  held.state = run::State::kHeld;
  held.gate.compared_with = "0197aaaa";
  held.gate.notices = {"groups: filter, where or limit changed, so nothing is compared."};
  EXPECT_EQ(run_table(held),
            "                                                 -- against last completed run --\n"
            "object type  fetched  filtered  rejected   sent  new  changed  unchanged  missing\n"
            "Entra User     5,010        10         1  4,999    1        2          3        4\n"
            "Entra Group      300         0         0    300    -        -          -        -\n"
            "all            5,310        10         1  5,299    1        2          3        4\n"
            "-: not compared, because filter, where or limit changed since run 0197aaaa: Entra "
            "Group.\n");
}

TEST(ReportText, TellsWhereAssetsAndMusterCountDifferently) {
  run::Report both = report();
  both.gate.compared_with = "0197aaaa";
  both.data_sets[1].expected_unchanged = 300;
  EXPECT_THAT(comparison_text(both),
              AllOf(HasSubstr("differently against the last completed run, 0197aaaa:\n\n"),
                    HasSubstr("Entra User     1        2          3        4\n\n"),
                    Not(HasSubstr("Entra Group")), HasSubstr("They differ when")));
  both.data_sets.erase(both.data_sets.begin());
  EXPECT_EQ(comparison_text(both),
            "muster counts the same against the last completed run, 0197aaaa.\n");
  both.gate.notices = {"groups: filter, where or limit changed, so nothing is compared."};
  EXPECT_EQ(comparison_text(both), "");
}

TEST(ReportText, ExplainsWhyAFirstRunFoundObjectsInAssets) {
  EXPECT_THAT(comparison_text(report()), HasSubstr("Assets held 1,299 of these objects already"));
  run::Report all_new = report();
  all_new.data_sets[0].updated = all_new.data_sets[0].unchanged = 0;
  all_new.data_sets[1].created = std::exchange(all_new.data_sets[1].unchanged, 0);
  EXPECT_EQ(comparison_text(all_new), "");
}

TEST(ReportText, SaysWhatTheRunNoticedOnce) {
  run::Report noticed = report();
  noticed.data_sets[0].repeated = 3;
  noticed.data_sets[0].dropped_values = 2;
  noticed.relations = {{.name = "group_members", .hidden = 1}};
  noticed.notices = {"users: 3 records came more than once."};
  EXPECT_EQ(notices_text(noticed), "Note: users: 3 records came more than once.\n");
}

TEST(ReportText, KnowsWhetherThereIsAnythingToShow) {
  run::Report failed;
  EXPECT_FALSE(was_read(failed));
  failed.data_sets = {{.name = "users"}};
  EXPECT_FALSE(was_read(failed));
  failed.data_sets[0].complete = true;
  EXPECT_TRUE(was_read(failed));
}

TEST(ReportText, ShowsInAPlanWhatIsExpected) {
  EXPECT_EQ(
      plan_table(report()),
      "                                                   -- no earlier run to compare ---\n"
      "object type  fetched  filtered  rejected  objects  new  changed  unchanged  missing\n"
      "Entra User     5,010        10         1    4,999    1        2          3        4\n"
      "Entra Group      300         0         0      300    0        0          0        0\n"
      "all            5,310        10         1    5,299    1        2          3        4\n");
}

TEST(ReportText, ShowsHowManyLinksEachRelationGave) {
  run::Report linked = report();
  linked.relations = {{"group_members", true, 300, 40'000, 0, 0, 0}};
  EXPECT_EQ(relations_text(linked),
            "relation       looked into   links\n"
            "group_members          300  40,000\n\n");
  EXPECT_EQ(relations_text({}), "");
}

TEST(ReportText, SaysHowRecordsBecameObjectsOfAnIdentity) {
  run::Report report;
  run::DataSetReport set{.name = "computers", .object_type = "Device"};
  set.identity = {.name = "device",
                  .matches = {{"serial_number", 1'200, 300, {}}, {"placeholder", 4, 0, {}}},
                  .left_to_others = 1};
  report.data_sets = {set};
  EXPECT_EQ(identity_text(report),
            "one identity  matched                    records  known to others\n"
            "Device        by serial number             1,200              300\n"
            "Device        a placeholder was ignored        4                0\n"
            "Device: 1 value is left to importers that come before this one.\n\n");
  EXPECT_EQ(identity_text({}), "");
}

TEST(ReportText, ListsRejectsAndSaysHowManyMoreThereAre) {
  run::Report many = report();
  many.data_sets[0].rejected = 2500;
  EXPECT_EQ(rejects_text(many, 5),
            "rejected in  key   reason     detail\n"
            "users        u-17  empty_key  id: no value\n"
            "... and 2,499 more; `muster runs show 0197f0c2 --json` lists up to 1,000.\n");
  EXPECT_EQ(rejects_text({}, 5), "");
}

TEST(ReportText, TellsTheGatesVerdict) {
  run::Report each = report();
  EXPECT_EQ(gate_text(each),
            "Gate: passed, nothing is held.\n"
            "Compared with: nothing, no run of this importer has completed yet.\n"
            "  All objects count as new, also those that Assets may hold already.\n");
  each.gate = {
      "held", "0197aaaa", "", {{"users", "gate_missing", "", 60, 100, "60 of 100 are gone."}}, {}};
  EXPECT_EQ(gate_text(each), "Gate: held.\n  60 of 100 are gone.\nCompared with: run 0197aaaa.\n");
  each.gate.verdict = "pass";
  each.gate.approved_by = "ada";
  EXPECT_THAT(gate_text(each), HasSubstr("passed with the approval of ada"));
  each.gate = {};
  EXPECT_EQ(gate_text(each), "Gate: not reached.\n");
}

TEST(ReportText, TellsWhatWentOverTheWire) {
  EXPECT_EQ(traffic_text(report()),
            "Source: 61 requests, 4.4 MiB, 120 resource units; asked 2 times to slow down, waited "
            "12.5 s.\n"
            "Destination: 11 chunks, 1.2 MiB, execution e-1.\n");
}

TEST(ReportText, WarnsWhenTheIncludedObjectsDoNotSuffice) {
  EXPECT_EQ(budget_text(report()),
            "Object budget: 5,299 of the 50,000 objects that Premium and Enterprise include per "
            "site (10.5 %).\n");
  const auto share_of = [](std::uint64_t objects) {
    run::Report one = report();
    one.data_sets = {{.name = "users", .formatted = objects}};
    const std::string text = budget_text(one);
    return text.substr(text.find('('), text.find(')') - text.find('('));
  };
  EXPECT_EQ(share_of(0), "(0.0 %");
  EXPECT_EQ(share_of(1), "(under 0.1 %");
  EXPECT_EQ(share_of(49'999), "(99.9 %");
  EXPECT_EQ(share_of(50'000), "(100.0 %");
  EXPECT_EQ(share_of(120'000), "(240.0 %");
  run::Report large = report();
  large.data_sets[0].formatted = 50'001;
  EXPECT_THAT(budget_text(large), HasSubstr("Extra objects have to be bought"));
}

TEST(ReportText, EndsWithStateSentenceReasonAndTime) {
  EXPECT_EQ(verdict_text(report()),
            "completed_with_rejects: 5,299 objects in 2 object types; 1 record could not become "
            "objects. [rejects] (2 min 5 s)");
}

TEST(ReportText, DoesNotLetALimitedRunOrOneIntoFilesPassForAFullImport) {
  run::Report run = report();
  run.state = run::State::kCompleted;
  run.reason = "ok";
  run.message = "7 objects in 1 object type.";
  run.limited = true;
  EXPECT_EQ(
      verdict_text(run),
      "completed (partial): 7 objects in 1 object type. Limited run: records beyond the limit "
      "were not read. (2 min 5 s)");
  run.limited = false;
  run.destination = {.type = "files", .directory = "/out"};
  EXPECT_EQ(verdict_text(run),
            "completed: 7 objects in 1 object type. Written to /out; nothing was sent to Assets. "
            "(2 min 5 s)");
  run.state = run::State::kHeld;
  EXPECT_THAT(verdict_text(run), Not(HasSubstr("Written")));
}

}  // namespace
}  // namespace muster::cli
