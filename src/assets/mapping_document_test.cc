#include "assets/mapping_document.h"

#include <gtest/gtest.h>

#include "assets/test_support.h"
#include "base/checkout_for_tests.h"
#include "base/text.h"
#include "json/value.h"
#include "json/writer.h"

namespace muster::assets {
namespace {

using catalogue::AttributeType;
using catalogue::ObjectAttribute;
using catalogue::ObjectSchema;

json::Document parsed(const ObjectSchema& schema) {
  base::Result<json::Document> document = json::Document::parse(mapping_document(schema));
  EXPECT_TRUE(document.ok());
  return std::move(document).value();
}

const json::Value& at(const json::Value& value, std::string_view key) {
  const json::Value* found = value.find(key);
  EXPECT_NE(found, nullptr) << key;
  static const json::Value kNothing;
  return found ? *found : kNothing;
}

const json::Value& attribute(const json::Document& document, std::size_t type, std::size_t index) {
  return at(at(at(at(document.root(), "schema"), "objectSchema"), "objectTypes").items()[type],
            "attributes")
      .items()[index];
}

std::string query_of(const json::Document& document, std::size_t type, std::size_t index) {
  const json::Value& mapping =
      at(at(document.root(), "mapping"), "objectTypeMappings").items()[type];
  return std::string(
      at(at(mapping, "attributesMapping").items()[index], "objectMappingIQL").text());
}

TEST(MappingDocument, IsTheDocumentOfTheContract) {
  const std::string golden =
      test::content_of(base::checkout_for_tests() + "/src/assets/testdata/identities.json");
  EXPECT_EQ(json::pretty(parsed(test::identity_schema()).root()), base::trim(golden));
}

TEST(MappingDocument, IsTheSameTextEachTime) {
  EXPECT_EQ(mapping_document(test::identity_schema()), mapping_document(test::identity_schema()));
}

TEST(MappingDocument, LeavesOutAnEmptyListOfStatuses) {
  ObjectSchema schema = test::identity_schema();
  schema.types.pop_back();
  const json::Document document = parsed(schema);
  EXPECT_EQ(at(document.root(), "schema").find("statusSchema"), nullptr);
  EXPECT_EQ(at(document.root(), "schema").find("iconSchema"), nullptr);
}

TEST(MappingDocument, NamesEachStatusOnceAndKeepsItsFirstCategory) {
  ObjectSchema schema = test::identity_schema();
  ObjectAttribute& state = schema.types[1].attributes[2];
  state.statuses = {{"true", "Enabled", "active"}, {"yes", "Enabled", "active"}};
  ObjectAttribute other = state;
  other.external_id += "_2";
  other.statuses = {{"1", "Enabled", "pending"}, {"0", "Stale", "pending"}};
  schema.types[1].attributes.push_back(other);
  const json::Document document = parsed(schema);
  ASSERT_EQ(at(attribute(document, 1, 2), "typeValues").items().size(), 1U);
  const auto statuses = at(at(at(document.root(), "schema"), "statusSchema"), "statuses").items();
  ASSERT_EQ(statuses.size(), 2U);
  EXPECT_EQ(at(statuses[0], "name").text(), "Enabled");
  EXPECT_EQ(at(statuses[0], "category").text(), "active");
  EXPECT_EQ(at(statuses[1], "name").text(), "Stale");
}

TEST(MappingDocument, CutsLongDescriptionsBetweenWordsAndCharacters) {
  ObjectSchema schema = test::identity_schema();
  std::string words;
  while (words.size() < 400) words += "word ";
  std::string umlauts = "x";
  while (umlauts.size() < 400) umlauts += "ü";
  schema.types[0].description = words;
  schema.types[1].description = umlauts;
  const json::Document document = parsed(schema);
  const auto types = at(at(at(document.root(), "schema"), "objectSchema"), "objectTypes").items();
  const std::string_view cut_words = at(types[0], "description").text();
  EXPECT_LE(cut_words.size(), 250U);
  EXPECT_TRUE(cut_words.ends_with("word...")) << cut_words;
  const std::string_view cut_umlauts = at(types[1], "description").text();
  EXPECT_LE(cut_umlauts.size(), 250U);
  EXPECT_TRUE(cut_umlauts.ends_with("ü...")) << cut_umlauts;
}

TEST(MappingDocument, EscapesQuotesInQueries) {
  ObjectSchema schema = test::identity_schema();
  schema.types[1].attributes[4].target_attribute = R"(The "real" \ ID)";
  EXPECT_EQ(query_of(parsed(schema), 1, 4), "\"The \\\"real\\\" \\\\ ID\" IN (${group_ids${0}})");
}

TEST(MappingDocument, LetsOneAttributeBeKeyAndLabel) {
  ObjectSchema schema = test::identity_schema();
  schema.types[0].attributes.pop_back();
  schema.types[0].attributes[0].is_label = true;
  const json::Document document = parsed(schema);
  EXPECT_TRUE(at(attribute(document, 0, 0), "label").boolean());
  EXPECT_TRUE(at(attribute(document, 0, 0), "unique").boolean());
}

TEST(MappingDocument, SpeaksTheDestinationsWordsForEveryType) {
  constexpr std::pair<AttributeType, std::string_view> kWords[] = {
      {AttributeType::kText, "text"},
      {AttributeType::kInteger, "integer"},
      {AttributeType::kBoolean, "boolean"},
      {AttributeType::kDouble, "double"},
      {AttributeType::kDate, "date"},
      {AttributeType::kTime, "time"},
      {AttributeType::kDateTime, "date_time"},
      {AttributeType::kUrl, "url"},
      {AttributeType::kEmail, "email"},
      {AttributeType::kTextarea, "textarea"},
      {AttributeType::kSelect, "select"},
      {AttributeType::kIpAddress, "ipaddress"},
      {AttributeType::kReference, "referenced_object"},
      {AttributeType::kStatus, "status"}};
  for (const auto& [type, word] : kWords) {
    ObjectSchema schema = test::identity_schema();
    schema.types[0].attributes[1].type = type;
    EXPECT_EQ(at(attribute(parsed(schema), 0, 1), "type").text(), word);
  }
}

}  // namespace
}  // namespace muster::assets
