// References into another source lead to what another importer sends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mapping/formatter.h"
#include "mapping/plan.h"
#include "mapping/test_source.h"

namespace muster::mapping {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// The demo source with a reference from its people to the persons of another source.
std::shared_ptr<catalogue::Source> linked_source() {
  auto source = testing::make_source();
  catalogue::Reference account;
  account.name = "account";
  account.title = "Account";
  account.locator = "account";
  account.target_source = "hr";
  account.target = "persons";
  account.many = false;
  account.path = *json::Path::parse("accountId");
  source->data_sets[0].references.push_back(std::move(account));
  return source;
}

std::shared_ptr<catalogue::Source> hr_source() {
  auto source = std::make_shared<catalogue::Source>();
  source->name = "hr";
  source->data_sets.push_back(testing::named_set("persons", "HR Person"));
  source->data_sets[0].attributes.push_back(testing::attribute("mail", "E-mail", "mail"));
  source->data_sets.push_back(testing::named_set("offices", "HR Office"));
  return source;
}

// As the importer "staff" of hr sends it.
Link link_to_hr(const Selection& chosen = {}) {
  Plan plan;
  EXPECT_THAT(make_plan(hr_source(), chosen, "staff", "f.yaml", plan), IsEmpty());
  return {.importer = "staff", .source = hr_source(), .types = plan.schema.types};
}

Selection linked() {
  Selection selection;
  selection.links["hr"] = link_to_hr();
  return selection;
}

std::vector<std::string> plan_with(const Selection& selection, Plan& plan) {
  std::vector<std::string> texts;
  for (const auto& finding : make_plan(linked_source(), selection, "imp", "f.yaml", plan)) {
    if (!finding.is_warning) texts.push_back(finding.text());
  }
  return texts;
}

const catalogue::ObjectAttribute* find(const Plan& plan, std::string_view name) {
  for (const auto& attribute : plan.type_of(0).attributes) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

std::string formatted(const Plan& plan, const char* record) {
  Formatter formatter(plan, 0);
  std::string out;
  const json::Document document = *json::Document::parse(record);
  EXPECT_EQ(formatter.format(document.root(), out), Formatter::Verdict::kFormatted);
  return out;
}

TEST(Links, LeadToTheObjectTypeOfTheImporterThatIsNamed) {
  Plan plan;
  EXPECT_THAT(plan_with(linked(), plan), IsEmpty());
  const catalogue::ObjectAttribute* account = find(plan, "Account");
  ASSERT_NE(account, nullptr);
  EXPECT_EQ(account->type, catalogue::AttributeType::kReference);
  EXPECT_EQ(account->target_type, "muster/staff/persons");
  EXPECT_EQ(account->target_attribute, "Object ID");
  EXPECT_EQ(account->target_importer, "staff");
  EXPECT_EQ(account->target_name, "HR Person");
  EXPECT_FALSE(account->many);
  EXPECT_THAT(plan.data_sets[0].fields, Contains("accountId"));
  EXPECT_THAT(formatted(plan, R"({"id":"u-1","accountId":"p-7"})"),
              HasSubstr(R"("account":["p-7"])"));
}

TEST(Links, AreSilentlyLeftOutWhenNobodyReadsTheOtherSource) {
  Plan plan;
  EXPECT_THAT(plan_with({}, plan), IsEmpty());
  EXPECT_EQ(find(plan, "Account"), nullptr);
  EXPECT_THAT(plan.notices, IsEmpty());
  EXPECT_THAT(plan.data_sets[0].fields, Not(Contains("accountId"))) << "asked for in vain";
}

TEST(Links, AreToldWhereOneCouldBeNamed) {
  Selection selection;
  selection.unlinked["hr"] = "staff";
  Plan plan;
  EXPECT_THAT(plan_with(selection, plan), IsEmpty());
  EXPECT_THAT(plan.notices, ElementsAre(HasSubstr("`links`: { hr: staff }")));
}

TEST(Links, MustBeNamedWhenTheReferenceIsAskedFor) {
  Selection selection;
  selection.data_sets = {{.data_set = "people", .include = {"account"}, .mark = {7, 3}}};
  Plan plan;
  EXPECT_THAT(plan_with(selection, plan),
              ElementsAre(AllOf(HasSubstr("f.yaml:7:3"), HasSubstr("{ hr: NAME }"))));
}

TEST(Links, AreToldWhenTheOtherImporterDoesNotBringWhatTheyLeadTo) {
  Selection off;
  off.data_sets = {{.data_set = "persons", .on = false}};
  Selection selection;
  selection.links["hr"] = link_to_hr(off);
  Plan plan;
  EXPECT_THAT(plan_with(selection, plan), IsEmpty());
  EXPECT_EQ(find(plan, "Account"), nullptr);
  EXPECT_THAT(plan.notices,
              ElementsAre(HasSubstr("the data set persons of the importer staff is off")));
}

TEST(Links, FollowANameThatTheOtherImporterGave) {
  Selection renamed;
  renamed.data_sets = {{.data_set = "persons", .rename = {{"id", "Staff ID"}}}};
  Selection selection;
  selection.links["hr"] = link_to_hr(renamed);
  Plan plan;
  EXPECT_THAT(plan_with(selection, plan), IsEmpty());
  EXPECT_EQ(find(plan, "Account")->target_attribute, "Staff ID");
}

AddedAttribute added_reference() {
  return {.title = "Buddy",
          .path = "buddies[]",
          .type = catalogue::AttributeType::kReference,
          .mark = {9, 5},
          .target_source = "hr",
          .target = "persons",
          .target_attribute = "mail"};
}

std::vector<std::string> plan_adding(const AddedAttribute& added, Plan& plan) {
  Selection selection = linked();
  selection.data_sets = {{.data_set = "people", .add = {added}}};
  return plan_with(selection, plan);
}

TEST(Links, MayBeAddedByPathAndFoundByAnyAttribute) {
  Plan plan;
  EXPECT_THAT(plan_adding(added_reference(), plan), IsEmpty());
  const catalogue::ObjectAttribute* buddy = find(plan, "Buddy");
  ASSERT_NE(buddy, nullptr);
  EXPECT_EQ(buddy->target_type, "muster/staff/persons");
  EXPECT_EQ(buddy->target_attribute, "E-mail");
  EXPECT_TRUE(buddy->many);
  EXPECT_THAT(plan.data_sets[0].fields, Contains("buddies"));
  EXPECT_THAT(formatted(plan, R"({"id":"u-1","buddies":["a@x","b@x"]})"),
              HasSubstr(R"("added_buddy":["a@x","b@x"])"));
}

TEST(Links, AddedOnesMayStayInTheSource) {
  AddedAttribute added = added_reference();
  added.target_source = "";
  added.target = "teams";
  added.target_attribute = "";
  Plan plan;
  EXPECT_THAT(plan_adding(added, plan), IsEmpty());
  EXPECT_EQ(find(plan, "Buddy")->target_type, "muster/imp/teams");
  EXPECT_EQ(find(plan, "Buddy")->target_attribute, "Object ID");
}

TEST(Links, AddedOnesSayWhatDoesNotExist) {
  const auto problem = [](auto&& change) {
    AddedAttribute added = added_reference();
    change(added);
    Plan plan;
    const std::vector<std::string> texts = plan_adding(added, plan);
    return texts.empty() ? std::string() : texts.front();
  };
  EXPECT_THAT(problem([](AddedAttribute& a) { a.target = "person"; }),
              HasSubstr("hr has no data set \"person\"; did you mean \"persons\"?"));
  EXPECT_THAT(problem([](AddedAttribute& a) { a.target_attribute = "mial"; }),
              HasSubstr("persons of hr has no attribute \"mial\"; did you mean \"mail\"?"));
  EXPECT_THAT(problem([](AddedAttribute& a) { a.target_source = "crm"; }),
              HasSubstr("{ crm: NAME }"));
  EXPECT_THAT(problem([](AddedAttribute& a) { a.target_source = ""; }),
              HasSubstr("demo has no data set \"persons\" that is on"));
  EXPECT_THAT(problem([](AddedAttribute& a) { a.path = ""; }), HasSubstr("needs `path`"));
}

}  // namespace
}  // namespace muster::mapping
