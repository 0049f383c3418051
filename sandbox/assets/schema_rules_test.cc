#include "sandbox/assets/schema_rules.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/checkout_for_tests.h"
#include "sandbox/assets/test_support.h"

namespace muster::sandbox::assets {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// F6. tests/tools/run_validation.sh has a JSON Schema validator judge the same files.
TEST(AssetsSchemaRules, JudgeEveryCaseAsTheJsonSchemaDoes) {
  const std::filesystem::path cases = base::checkout_for_tests() + "/tests/tools/mapping_cases";
  std::size_t judged = 0;
  for (const auto& entry : std::filesystem::directory_iterator(cases)) {
    const std::string name = entry.path().filename();
    const auto document = json::Document::parse(read_file(entry.path()));
    ASSERT_TRUE(document.ok()) << name;
    const auto violations = check_mapping_schema(document->root());
    EXPECT_EQ(violations.empty(), name.starts_with("valid-"))
        << name << (violations.empty() ? "" : ": " + violations[0].pointer + violations[0].message);
    ++judged;
  }
  EXPECT_GT(judged, 90u);
}

TEST(AssetsSchemaRules, NamePlaceAndFaultOfEveryViolation) {
  const auto document = json::Document::parse(
      R"({"schema":{"objectSchema":{"name":1,"description":"","objectTypes":[{"name":"x"}]}},
          "mapping":{}})");
  ASSERT_TRUE(document.ok());
  const auto violations = check_mapping_schema(document->root());
  ASSERT_EQ(violations.size(), 3u);
  EXPECT_EQ(violations[0].pointer, "/schema/objectSchema/name");
  EXPECT_EQ(violations[0].message, "must be a string");
  EXPECT_EQ(violations[1].pointer, "/schema/objectSchema/objectTypes/0");
  EXPECT_EQ(violations[1].message, "must have required property 'description'");
  EXPECT_EQ(violations[2].pointer, "/mapping");
}

}  // namespace
}  // namespace muster::sandbox::assets
