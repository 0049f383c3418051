// When details have to be read, and what the listing and the details are asked for then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mapping/plan.h"
#include "mapping/test_source.h"

namespace muster::mapping {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// machines: id, name and, in their details, notes (off) and its memory (off, field HARDWARE);
// parts (off) are rows in their details.
std::shared_ptr<catalogue::Source> make_machines() {
  auto source = std::make_shared<catalogue::Source>();
  source->name = "demo";
  catalogue::DataSet machines = testing::named_set("machines", "Machine");
  machines.request.fields_parameter = "fields";
  machines.filter = {.parameter = "q", .join = "({filter}) and ({pass})"};
  machines.detail.request = {.path = "/machines/{key}", .fields_parameter = "fields"};
  machines.detail.key_path = *json::Path::parse("id");
  for (const char* name : {"notes", "memory"}) {
    machines.attributes.push_back(testing::attribute(name, name, name));
    machines.attributes.back().default_on = false;
    machines.attributes.back().detail = true;
  }
  machines.attributes.back().path = *json::Path::parse("hardware.memory");
  machines.attributes.back().request = "HARDWARE";
  source->data_sets.push_back(std::move(machines));
  catalogue::DataSet parts = testing::named_set("parts", "Part");
  parts.default_on = false;
  parts.request = {};
  parts.rows.of = "machines";
  parts.rows.path = *json::Path::parse("parts[]");
  parts.rows.detail = true;
  source->data_sets.push_back(std::move(parts));
  return source;
}

class DetailPlanTest : public ::testing::Test {
 protected:
  const DataSetPlan& plan(DataSetSelection chosen, bool with_parts = false) {
    chosen.data_set = "machines";
    Selection selection{.data_sets = {std::move(chosen)}};
    if (with_parts) selection.data_sets.push_back({.data_set = "parts"});
    for (const auto& finding : make_plan(source_, selection, "imp", "file.yaml", plan_)) {
      if (!finding.is_warning) ADD_FAILURE() << finding.text();
    }
    return plan_.data_sets[0];
  }
  const std::shared_ptr<catalogue::Source> source_ = make_machines();
  Plan plan_;
};

TEST_F(DetailPlanTest, NothingIsReadOfDetailsThatNobodyWants) {
  const DataSetPlan& set = plan({});
  EXPECT_FALSE(set.needs_detail);
  EXPECT_THAT(set.detail_fields, IsEmpty());
  EXPECT_THAT(set.fields, ElementsAre("id", "name"));
}

TEST_F(DetailPlanTest, AnAttributeOfTheDetailIsAskedForThereAndNotInTheListing) {
  const DataSetPlan& set = plan({.include = {"notes", "memory"}});
  EXPECT_TRUE(set.needs_detail);
  EXPECT_THAT(set.detail_fields, ElementsAre("notes", "HARDWARE"));
  EXPECT_THAT(set.fields, ElementsAre("id", "name"));
}

TEST_F(DetailPlanTest, ADetailThatIsOneMemberIsReadForNothingElse) {
  auto& machines = source_->data_sets[0];
  machines.detail.into = "parts";
  EXPECT_FALSE(plan({.add = {{.title = "Owner", .path = "owner.name"}}}).needs_detail);
  EXPECT_TRUE(plan({.add = {{.title = "Sizes", .path = "parts[].size"}}}).needs_detail);
  EXPECT_TRUE(plan({}, true).needs_detail);
}

TEST_F(DetailPlanTest, AFieldOfBothIsAskedForWhereTheSelectedColumnStands) {
  auto& machines = source_->data_sets[0];
  machines.attributes.push_back(testing::attribute("cores", "Cores", "cores"));
  machines.attributes.back().path = *json::Path::parse("hardware.cores");
  machines.attributes.back().default_on = false;
  EXPECT_THAT(plan({.include = {"cores"}}).fields, ElementsAre("id", "name", "hardware"));
  EXPECT_FALSE(plan_.data_sets[0].needs_detail);
  EXPECT_THAT(plan({.include = {"memory"}}).fields, ElementsAre("id", "name"));
  EXPECT_TRUE(plan_.data_sets[0].needs_detail);
}

TEST_F(DetailPlanTest, AConditionReadsDetailsUnlessTheListingIsKnownToTell) {
  EXPECT_FALSE(plan({.where = "name == \"x\""}).needs_detail);
  EXPECT_TRUE(plan({.where = "notes == \"x\""}).needs_detail);
  EXPECT_THAT(plan_.data_sets[0].detail_fields, ElementsAre("notes"));
  EXPECT_THAT(plan_.data_sets[0].fields, ElementsAre("id", "name"));
  EXPECT_TRUE(plan({.where = "hardware.memory > 5"}).needs_detail);
  EXPECT_THAT(plan_.data_sets[0].detail_fields, ElementsAre("HARDWARE"));
  EXPECT_TRUE(plan({.where = "exists(unheard)"}).needs_detail) << "it may stand there";
}

TEST_F(DetailPlanTest, SoDoesAnAddedAttribute) {
  EXPECT_FALSE(plan({.add = {{.title = "N", .path = "name"}}}).needs_detail);
  EXPECT_TRUE(plan({.add = {{.title = "N", .path = "notes"}}}).needs_detail);
}

TEST_F(DetailPlanTest, RowsInTheDetailsMakeTheirParentReadThem) {
  const DataSetPlan& set = plan({}, true);
  EXPECT_TRUE(set.needs_detail);
  EXPECT_THAT(set.detail_fields, ElementsAre("parts"));
  EXPECT_THAT(set.fields, ElementsAre("id", "name"));
  source_->data_sets[1].rows.request = "PARTS";
  EXPECT_THAT(plan({}, true).detail_fields, ElementsAre("PARTS"));
}

TEST_F(DetailPlanTest, RowsInTheListingAreAskedForThereEvenIfADetailHasTheirFieldToo) {
  source_->data_sets[1].rows.detail = false;
  source_->data_sets[1].rows.path = *json::Path::parse("hardware.parts[]");
  EXPECT_THAT(plan({}, true).fields, ElementsAre("id", "name", "hardware"));
  EXPECT_FALSE(plan_.data_sets[0].needs_detail);
}

TEST_F(DetailPlanTest, PassesArePartOfWhichRecordsAreMeant) {
  const std::string before = plan({}).fingerprint;
  auto& passes = source_->data_sets[0].passes;
  passes = {{.parameters = {{"kind", "a"}}}};
  const std::string one = plan({}).fingerprint;
  passes.push_back({.filter = "old eq true"});
  EXPECT_NE(one, before);
  EXPECT_NE(plan({}).fingerprint, one);
}

TEST_F(DetailPlanTest, TheListingIsAskedForWhatSaysWhichRecordsHaveDetails) {
  auto source = make_machines();
  source->data_sets[0].detail.when = *catalogue::Where::parse("kind == \"big\"");
  const Selection selection{.data_sets = {{.data_set = "machines", .include = {"notes"}}}};
  make_plan(source, selection, "imp", "file.yaml", plan_);
  EXPECT_THAT(plan_.data_sets[0].fields, ElementsAre("id", "name", "kind"));
}

TEST_F(DetailPlanTest, OnlyNamedFieldsAreAskedForWhereTheRestComesByItself) {
  auto source = make_machines();
  catalogue::DataSet& machines = source->data_sets[0];
  machines.request.only_named_fields = true;
  machines.attributes.push_back(testing::attribute("count", "Count", "count"));
  machines.attributes.back().path = *json::Path::parse("stats.count");
  machines.attributes.back().request = "stats";
  machines.attributes.back().default_on = false;
  Selection selection{.data_sets = {{.data_set = "machines"}}};
  make_plan(source, selection, "imp", "file.yaml", plan_);
  EXPECT_THAT(plan_.data_sets[0].fields, IsEmpty());
  selection.data_sets[0].include = {"count"};
  Plan counting;
  make_plan(source, selection, "imp", "file.yaml", counting);
  EXPECT_THAT(counting.data_sets[0].fields, ElementsAre("stats"));
}

}  // namespace
}  // namespace muster::mapping
