#include "mapping/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mapping/test_source.h"

namespace muster::mapping {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

DataSetSelection people() {
  DataSetSelection selection;
  selection.data_set = "people";
  selection.mark = {7, 3};
  return selection;
}

std::vector<std::string> findings(bool warnings, const Selection& selection, Plan* plan = nullptr) {
  Plan unused;
  std::vector<std::string> texts;
  for (const auto& finding :
       make_plan(testing::make_source(), selection, "imp", "f.yaml", plan ? *plan : unused)) {
    if (finding.is_warning == warnings) texts.push_back(finding.text());
  }
  return texts;
}

std::vector<std::string> errors(const Selection& selection, Plan* plan = nullptr) {
  return findings(false, selection, plan);
}

std::vector<std::string> names(const catalogue::ObjectType& type) {
  std::vector<std::string> result;
  for (const auto& attribute : type.attributes) result.push_back(attribute.name);
  return result;
}

Plan plan_for(const DataSetSelection& set) {
  Selection selection;
  selection.data_sets = {set};
  Plan plan;
  EXPECT_THAT(errors(selection, &plan), IsEmpty());
  return plan;
}

TEST(Plan, TakesTheCataloguesDefaultsWhenNothingIsSaid) {
  Plan plan;
  EXPECT_THAT(errors({}, &plan), IsEmpty());
  ASSERT_EQ(plan.data_sets.size(), 3u);
  const catalogue::ObjectType& type = plan.type_of(0);
  EXPECT_EQ(type.external_id, "muster/imp/people");
  EXPECT_EQ(type.name, "Demo Person");
  EXPECT_THAT(names(type),
              ElementsAre("Object ID", "Name", "Mail", "State", "Hired", "Born", "Score", "Ratio",
                          "Remote", "Tags", "Team", "Clubs", "Boss"));
  EXPECT_TRUE(type.attributes[0].is_key);
  EXPECT_TRUE(type.attributes[1].is_label);
  EXPECT_EQ(type.attributes[1].external_id, "muster/imp/people/name");
}

TEST(Plan, AsksTheSourceForExactlyWhatIsNeeded) {
  DataSetSelection set = people();
  set.attributes = std::vector<std::string>{"mail", "team"};
  set.where = R"(department == "IT" and not exists(name))";
  const Plan plan = plan_for(set);
  EXPECT_THAT(plan.data_sets[0].fields,
              UnorderedElementsAre("mail", "teams", "department", "name"));
}

TEST(Plan, AsksForWhatTellsHiddenParents) {
  const Plan plan = plan_for(people());
  ASSERT_EQ(plan.data_sets[2].data_set->name, "clubs");
  EXPECT_THAT(plan.data_sets[2].fields, IsEmpty()) << "clubs has no field list to ask for";
}

TEST(Plan, KeepsTheKeyWhateverIsSelected) {
  DataSetSelection set = people();
  set.attributes = std::vector<std::string>{"mail"};
  const Plan plan = plan_for(set);
  EXPECT_THAT(names(plan.type_of(0)), ElementsAre("Object ID", "Mail"));
  EXPECT_TRUE(plan.type_of(0).attributes[0].is_label)
      << "without its usual label the key is the label";
}

TEST(Plan, AppliesIncludeExcludeRenameAndAdd) {
  DataSetSelection set = people();
  set.include = {"nick"};
  set.exclude = {"mail",  "clubs",  "boss",  "tags", "score",
                 "ratio", "remote", "hired", "born", "enabled"};
  set.rename = {{"name", "Full Name"}, {"team", "Squad"}};
  set.add = {{"Badge", "ext.badge", {}, " ", catalogue::AttributeType::kText, {}},
             {"Both", "", {"first", "last"}, " ", catalogue::AttributeType::kText, {}}};
  const Plan plan = plan_for(set);
  EXPECT_THAT(names(plan.type_of(0)),
              ElementsAre("Object ID", "Full Name", "Nick", "Squad", "Badge", "Both"));
  EXPECT_THAT(plan.data_sets[0].fields, ::testing::IsSupersetOf({"ext", "first", "last", "nick"}));
  EXPECT_THAT(plan.relations, IsEmpty()) << "no relation is read for references nobody wants";
}

TEST(Plan, LeavesOutReferencesToDataSetsThatAreOffAndSaysSo) {
  Selection selection;
  DataSetSelection clubs;
  clubs.data_set = "clubs";
  clubs.on = false;
  selection.data_sets = {clubs};
  Plan plan;
  EXPECT_THAT(errors(selection, &plan), IsEmpty());
  EXPECT_THAT(names(plan.type_of(0)), Not(Contains("Clubs")));
  EXPECT_THAT(plan.notices,
              Contains(HasSubstr("\"clubs\" is left out because the data set clubs is off")));
}

TEST(Plan, KnowsWhichRelationsAndMemberTypesAreWanted) {
  const Plan plan = plan_for(people());
  ASSERT_EQ(plan.relations.size(), 2u);
  EXPECT_EQ(plan.relations[0].relation->name, "club_members");
  EXPECT_EQ(plan.relations[0].parent, 2u);
  EXPECT_THAT(plan.relations[0].targets, ElementsAre(ElementsAre(0u), ElementsAre(0u)));
}

TEST(Plan, NamesTheTargetAttributeByItsTitle) {
  Selection selection;
  DataSetSelection teams;
  teams.data_set = "teams";
  teams.rename = {{"id", "Team ID"}};
  selection.data_sets = {teams};
  Plan plan;
  EXPECT_THAT(errors(selection, &plan), IsEmpty());
  const auto& attributes = plan.type_of(0).attributes;
  const auto team = std::find_if(attributes.begin(), attributes.end(),
                                 [](const auto& a) { return a.name == "Team"; });
  ASSERT_NE(team, attributes.end());
  EXPECT_EQ(team->target_attribute, "Team ID");
  EXPECT_EQ(team->target_type, "muster/imp/teams");
}

TEST(Plan, FindsEveryMistakeOfTheSelectionAtOnce) {
  Selection selection;
  DataSetSelection set = people();
  set.exclude = {"mial", "id"};
  set.marks["exclude/mial"] = {9, 17};
  set.where = "department = 1";
  set.rename = {{"name", "A:B"}, {"mail", "Score"}};
  set.add = {{"Dup", "a..b", {}, " ", catalogue::AttributeType::kText, {12, 5}},
             {"None", "", {}, " ", catalogue::AttributeType::kText, {13, 5}},
             {"State", "x", {}, " ", catalogue::AttributeType::kStatus, {14, 5}}};
  DataSetSelection unknown;
  unknown.data_set = "peeple";
  unknown.mark = {20, 3};
  DataSetSelection teams;
  teams.data_set = "teams";
  teams.filter = "x eq 1";
  selection.data_sets = {set, unknown, teams};
  const auto found = errors(selection);
  EXPECT_THAT(
      found,
      Contains(HasSubstr("f.yaml:9:17: people has no attribute \"mial\"; did you mean \"mail\"?")));
  EXPECT_THAT(found, Contains(HasSubstr("\"id\" is the key of people")));
  EXPECT_THAT(found, Contains(HasSubstr("where: ")));
  EXPECT_THAT(found, Contains(HasSubstr("Assets does not allow ':' in the name")));
  EXPECT_THAT(found, Contains(HasSubstr("two attributes would both be named \"Score\"")));
  EXPECT_THAT(found, Contains(HasSubstr("f.yaml:12:5: path \"a..b\"")));
  EXPECT_THAT(found, Contains(HasSubstr("f.yaml:13:5: an added attribute needs")));
  EXPECT_THAT(found, Contains(HasSubstr("f.yaml:14:5: an added attribute cannot be a status")));
  EXPECT_THAT(found,
              Contains(HasSubstr(
                  "f.yaml:20:3: demo has no data set \"peeple\"; did you mean \"people\"?")));
  EXPECT_THAT(found, Contains(HasSubstr("teams cannot be filtered by the source; use `where`")));
}

TEST(Plan, DoubtsKeysThatTheCatalogueDoesNotKnow) {
  Selection selection;
  DataSetSelection set = people();
  set.where = R"(mial == "x" and exists(teams) and nick == "y")";
  set.marks["where"] = {9, 12};
  set.add = {{"Extra", "extra.one", {}, " ", catalogue::AttributeType::kText, {12, 5}}};
  DataSetSelection clubs;
  clubs.data_set = "clubs";
  clubs.where = "secret == false";
  selection.data_sets = {set, clubs};
  EXPECT_THAT(findings(true, selection),
              UnorderedElementsAre(
                  "f.yaml:9:12: warning: where: the catalogue knows no \"mial\" in people; did you "
                  "mean \"mail\"?",
                  "f.yaml:12:5: warning: path: the catalogue knows no \"extra\" in people; the "
                  "source is asked for it all the same"));
}

TEST(Plan, DoubtsMembersThatTheCatalogueDoesNotKnow) {
  const auto source = testing::make_source();
  for (catalogue::DataSet& set : source->data_sets) {
    if (set.name != "people") continue;
    set.attributes.push_back(testing::attribute("profile.name", "Profile Name", "profile_name"));
    set.attributes.push_back(testing::attribute("profile.city", "Profile City", "profile_city"));
    set.attributes.push_back(testing::attribute("custom", "Custom", "custom"));
    catalogue::Attribute twice = testing::attribute("whole", "Whole", "whole");
    twice.path = *json::Path::parse("profile.city");  // named once all the same
    set.attributes.push_back(std::move(twice));
  }
  const auto findings = [&](const std::string& where) {
    Selection selection;
    selection.all_defaults = false;
    selection.data_sets.push_back({.data_set = "people", .where = where});
    Plan plan;
    std::vector<std::string> texts;
    for (const auto& finding : make_plan(source, selection, "demo", "file", plan)) {
      if (finding.message.starts_with("where:")) texts.push_back(finding.message);
    }
    return texts;
  };
  EXPECT_THAT(findings("profile.nme == \"x\""),
              ElementsAre("where: the catalogue knows no \"profile.nme\" in people; did you mean "
                          "\"profile.name\"?"));
  EXPECT_THAT(findings("profile.elsewhere == \"x\""),
              ElementsAre("where: the catalogue knows no \"profile.elsewhere\" in people; under "
                          "profile it knows profile.name, profile.city"));
  // What is there, what holds it, what is inside of it, and whatever is called.
  for (const char* good :
       {"profile.name == \"x\"", "exists(profile)", "custom.any == 1", "profile.* == \"x\""}) {
    EXPECT_THAT(findings(good), IsEmpty()) << good;
  }
}

TEST(Plan, ShowsNothingThatTheCatalogueKeepsOut) {
  const auto source = testing::make_source();
  for (catalogue::DataSet& set : source->data_sets) {
    if (set.name == "people") set.never = {*json::Path::parse("auth.password")};
  }
  Selection selection;
  selection.all_defaults = false;
  DataSetSelection people{.data_set = "people"};
  people.where = "auth.password starts_with \"a\"";
  people.marks["where"] = {7, 3};
  people.add.push_back({.title = "One", .path = "auth.password", .mark = {9, 9}});
  people.add.push_back({.title = "Two", .path = "auth", .mark = {10, 9}});
  people.add.push_back({.title = "Three", .path = "auth.*", .mark = {11, 9}});
  people.add.push_back({.title = "Four", .from = {"name", "auth.password"}, .mark = {12, 9}});
  selection.data_sets.push_back(std::move(people));
  Plan plan;
  std::vector<std::string> errors;
  for (const auto& finding : make_plan(source, selection, "demo", "file", plan)) {
    if (!finding.is_warning) errors.push_back(finding.text());
  }
  const std::string kept =
      "which may hold secrets and which the catalogue keeps out of every import";
  const std::string own =
      "\"auth.password\" of people may hold secrets, which the catalogue keeps "
      "out of every import";
  EXPECT_THAT(errors,
              ::testing::UnorderedElementsAre(
                  "file:7:3: where: " + own, "file:9:9: path: " + own,
                  "file:10:9: path: \"auth\" of people would show \"auth.password\", " + kept,
                  "file:11:9: path: \"auth.*\" of people would show \"auth.password\", " + kept,
                  "file:12:9: from: " + own));
}

TEST(Plan, RefusesASelectionThatImportsNothing) {
  Selection selection;
  for (const char* name : {"people", "teams", "clubs"}) {
    DataSetSelection set;
    set.data_set = name;
    set.on = false;
    selection.data_sets.push_back(set);
  }
  EXPECT_THAT(errors(selection), ElementsAre(HasSubstr("nothing would be imported")));
}

TEST(Plan, TakesTheSmallerOfTwoLimits) {
  Selection selection;
  selection.record_limit = 100;
  DataSetSelection set = people();
  set.limit = 7;
  selection.data_sets = {set};
  Plan plan;
  EXPECT_THAT(errors(selection, &plan), IsEmpty());
  EXPECT_EQ(plan.data_sets[0].limit, 7u);
  EXPECT_EQ(plan.data_sets[1].limit, 100u);
  EXPECT_TRUE(plan.limited);
}

TEST(Plan, HasAFingerprintThatChangesWithWhatIsMeant) {
  const std::string plain = plan_for(people()).data_sets[0].fingerprint;
  DataSetSelection set = people();
  set.exclude = {"mail"};
  EXPECT_EQ(plan_for(set).data_sets[0].fingerprint, plain)
      << "attributes do not change which records are meant";
  set.where = "exists(mail)";
  EXPECT_NE(plan_for(set).data_sets[0].fingerprint, plain);
  set = people();
  set.limit = 5;
  EXPECT_EQ(plan_for(set).data_sets[0].fingerprint, plain)
      << "a reading that a limit cut is never remembered";
}

}  // namespace
}  // namespace muster::mapping
