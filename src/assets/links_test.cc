// References to what other importers send: Assets must have it already.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assets/fake_assets.h"
#include "assets/jsm_assets.h"
#include "assets/mapping_document.h"

namespace muster::assets {
namespace {

using test::answer;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

catalogue::ObjectSchema linked_schema() {
  catalogue::ObjectSchema schema = test::identity_schema();
  schema.types.resize(1);
  schema.types[0].attributes.push_back({.external_id = "muster/entra/groups/owner",
                                        .name = "Owner",
                                        .locator = "owner",
                                        .type = catalogue::AttributeType::kReference,
                                        .target_type = "muster/hr/persons",
                                        .target_attribute = "Badge",
                                        .target_importer = "hr",
                                        .target_name = "HR Person"});
  return schema;
}

class LinksTest : public testing::Test {
 protected:
  base::Status prepare(const catalogue::ObjectSchema& schema) {
    JsmSettings settings;
    settings.token = base::Secret("token-1");
    settings.trust = std::make_shared<const net::Trust>();
    const auto destination =
        make_jsm_destination(settings, {*scheduler_, assets_, *random_, *logger_});
    return destination->prepare(schema, {}, test::kNotes, {});
  }

  std::unique_ptr<base::Scheduler> scheduler_ = base::make_simulated_scheduler(1);
  std::unique_ptr<base::Random> random_ = base::make_seeded_random(1);
  std::unique_ptr<base::Logger> logger_ = base::make_null_logger();
  test::FakeAssets assets_{*scheduler_};
};

TEST_F(LinksTest, NameTypeAndKeyOfTheOtherImporter) {
  EXPECT_THAT(mapping_document(linked_schema()),
              AllOf(HasSubstr(R"("referenceObjectTypeExternalId":"muster/hr/persons")"),
                    HasSubstr(R"x("objectMappingIQL":"\"Badge\" IN (${owner${0}})")x")));
}

TEST_F(LinksTest, ARefusalSaysWhichImporterHasToRunFirst) {
  assets_.next("PATCH /mapping", answer(400, R"({"errorMessages":["no such type"]})"));
  const base::Status refused = prepare(linked_schema());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, "destination_rejected");
  EXPECT_THAT(
      refused.error().message,
      HasSubstr("It refers to HR Person, which the importer hr brings: run that one first"));
  assets_.next("PATCH /mapping", answer(400, R"({"errorMessages":["no such type"]})"));
  EXPECT_THAT(prepare(test::identity_schema()).error().message, Not(HasSubstr("run that one")));
}

}  // namespace
}  // namespace muster::assets
