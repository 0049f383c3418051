// What an identity makes of the object type of one of its members.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mapping/formatter.h"
#include "mapping/identifiers.h"
#include "mapping/plan.h"
#include "mapping/test_source.h"

namespace muster::mapping {
namespace {

using catalogue::IdentifierKind;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class PlanIdentity : public ::testing::Test {
 protected:
  PlanIdentity() {
    identity->name = "person";
    identity->title = "Person";
    identity->description = "People, whoever knows them";
    identity->label = "Full Name";
    identity->match = {IdentifierKind::kSerialNumber, IdentifierKind::kEmail};
    identity->members = {{"imp", "people"}, {"other", "users"}};
    place.identity = identity;
    place.identifiers = {{IdentifierKind::kEmail, "mail"}};
  }

  std::vector<std::string> make() {
    Selection selection;
    selection.data_sets = {chosen};
    selection.identities["people"] = place;
    std::vector<std::string> texts;
    for (const auto& finding : make_plan(source, selection, "imp", "f.yaml", plan)) {
      if (!finding.is_warning) texts.push_back(finding.text());
    }
    return texts;
  }
  const catalogue::ObjectAttribute& attribute(std::string_view name) const {
    for (const auto& each : plan.type_of(0).attributes) {
      if (each.name == name) return each;
    }
    ADD_FAILURE() << name;
    return plan.type_of(0).attributes[0];
  }

  std::shared_ptr<catalogue::Source> source = testing::make_source();
  std::shared_ptr<Identity> identity = std::make_shared<Identity>();
  IdentityPlace place;
  DataSetSelection chosen{.data_set = "people", .mark = {7, 3}};
  Plan plan;
};

TEST_F(PlanIdentity, GivesTheObjectTypeToAllMembersAlike) {
  EXPECT_THAT(make(), IsEmpty());
  const catalogue::ObjectType& type = plan.type_of(0);
  EXPECT_EQ(type.external_id, "muster::identity/person");
  EXPECT_EQ(type.name, "Person");
  EXPECT_EQ(attribute("Mail").external_id, "muster::identity/person/mail");
  EXPECT_EQ(attribute("Full Name").external_id, "muster::identity/person/full_name");
  EXPECT_TRUE(attribute("Full Name").is_label) << "whatever the member calls it";
}

TEST_F(PlanIdentity, MakesItsOwnKeyAndKeepsTheRecordsAsAnAttribute) {
  EXPECT_THAT(make(), IsEmpty());
  EXPECT_FALSE(attribute("Object ID").is_key);
  EXPECT_TRUE(attribute("Identity").is_key);
  EXPECT_EQ(attribute("Identity").locator, "identity_key");
  EXPECT_EQ(plan.data_sets[0].identity->key_attribute, plan.type_of(0).attributes.size() - 1);
}

TEST_F(PlanIdentity, ReferencesOfTheImporterFollow) {
  EXPECT_THAT(make(), IsEmpty());
  EXPECT_EQ(attribute("Boss").target_type, "muster::identity/person");
  EXPECT_EQ(attribute("Boss").target_attribute, "Object ID");
  EXPECT_EQ(attribute("Team").target_type, "muster/imp/teams");
}

TEST_F(PlanIdentity, AsksForWhatIdentifiesEvenIfItIsNotSelected) {
  chosen.attributes = std::vector<std::string>{"name"};
  place.identifiers[IdentifierKind::kSerialNumber] = "nick";
  place.newest = "hired";
  EXPECT_THAT(make(), IsEmpty());
  for (const char* field : {"mail", "nick", "hired"}) {
    EXPECT_THAT(plan.data_sets[0].fields, Contains(field));
  }
}

TEST_F(PlanIdentity, NeverSendsABlankUnlessItIsTold) {
  EXPECT_THAT(make(), IsEmpty());
  Formatter formatter(plan, 0);
  const json::Document record = *json::Document::parse(R"({"id":"u-1","name":"Ada","mail":""})");
  std::string out;
  formatter.format(record.root(), out);
  EXPECT_THAT(out, Not(HasSubstr("mail")));
  identity->send_blanks = true;
  EXPECT_THAT(make(), IsEmpty());
  Formatter sending(plan, 0);
  out.clear();
  sending.format(record.root(), out);
  EXPECT_THAT(out, HasSubstr(R"("mail":"")"));
}

TEST_F(PlanIdentity, ASharedAttributeIsTheSameForAll) {
  identity->shared["state"] = {.title = "STATE",
                               .description = "of all",
                               .statuses = {{"", "Enabled", "active"}, {"", "Gone", "inactive"}},
                               .order = {1, 0}};
  identity->shared["full name"] = {.title = "Full Name", .order = {0, 1}};
  EXPECT_THAT(make(), IsEmpty());
  EXPECT_EQ(attribute("STATE").description, "of all");
  EXPECT_EQ(attribute("STATE").statuses.size(), 2U);
  ASSERT_EQ(plan.data_sets[0].identity->shared.size(), 1U) << "the name is sent by everybody";
  EXPECT_THAT(plan.data_sets[0].identity->shared[0].earlier, ElementsAre(1U));
  EXPECT_THAT(plan.data_sets[0].identity->shared[0].others, ElementsAre(1U));
}

TEST_F(PlanIdentity, SaysWhatAMemberLacks) {
  place.identifiers.clear();
  EXPECT_THAT(make(), ElementsAre(HasSubstr("it has none of the identifiers under `match`")));
  source->data_sets[0].identifiers[IdentifierKind::kEmail] = "mail";
  EXPECT_THAT(make(), IsEmpty()) << "the catalogue knows";
  place.identifiers[IdentifierKind::kEmail] = "mial";
  EXPECT_THAT(make(), ElementsAre(HasSubstr("no attribute \"mial\"; did you mean \"mail\"?")));
  place.identifiers.clear();
  chosen.attributes = std::vector<std::string>{"mail"};
  EXPECT_THAT(make(), ElementsAre(HasSubstr("select its \"name\" too")));
  chosen.attributes = std::nullopt;
  chosen.rename = {{"mail", "Identity"}};
  EXPECT_THAT(make(), Contains(HasSubstr("\"Identity\" is the key of Person")));
}

TEST_F(PlanIdentity, ReadsIdentifiersFromARecordAndForgetsTheirValues) {
  place.identifiers[IdentifierKind::kSerialNumber] = "nick";
  place.newest = "hired";
  EXPECT_THAT(make(), IsEmpty());
  Identifiers identifiers(plan, 0);
  const auto read = [&](const char* text) {
    identifiers.read(json::Document::parse(text)->root());
    return identifiers.values();
  };
  const auto first =
      read(R"({"nick":"SER-0001","mail":"Ada@X.example","hired":"2020-01-01T00:00:00Z"})");
  ASSERT_TRUE(first[0] && first[1]);
  EXPECT_GT(identifiers.newest(), 0);
  EXPECT_EQ(read(R"({"nick":" ser-0001 ","mail":"ada@x.example"})"), first);
  EXPECT_EQ(identifiers.newest(), 0);
  const auto placeholder = read(R"({"nick":"Default string","mail":"ada@x.example"})");
  EXPECT_FALSE(placeholder[0]);
  EXPECT_EQ(placeholder[1], first[1]);
  EXPECT_EQ(identifiers.placeholders(), 1U);
  const auto swapped = read(R"({"nick":"ada@x.example","mail":"ser-0001@x"})");
  EXPECT_NE(swapped[0], first[1]) << "a serial number is no address";
}

}  // namespace
}  // namespace muster::mapping
