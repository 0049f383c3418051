// Data sets whose records stand inside others, and texts that hold JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalogue/test_support.h"

namespace muster::catalogue {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Line numbers in the tests count from here.
constexpr std::string_view kGood = R"(name: demo
title: Demo
connection: { token: { type: secret } }
addresses:
  api: { url: "https://demo.example" }
sign_in: { strategy: bearer, token: token }
lanes: { main: { units: 10 } }
defaults: { lane: main, records: items, key: id, label: id }
data_sets:
  computers:
    title: Computer
    path: /computers
    fields_parameter: section
    embedded_json: [meta.gohai]
    attributes: { id: text }
    references:
      applications: { target: applications, path: "apps[]", compose: "{name} {version}" }
  applications:
    title: Application
    rows: { of: computers, path: "apps[]", when: exists(name), request: APPLICATIONS }
    attributes:
      id: { compose: "{name} {version}" }
)";

using test::load;

std::string changed(std::string_view old_text, std::string_view new_text) {
  return test::changed(kGood, old_text, new_text);
}

void expect_finding(std::string_view right, std::string_view wrong, const std::string& finding) {
  test::expect_finding(kGood, right, wrong, finding);
}

TEST(LoadRows, ReadsWhereRecordsAre) {
  const Loaded loaded = load(std::string(kGood));
  for (const Finding& finding : loaded.findings) ADD_FAILURE() << finding.text();
  ASSERT_NE(loaded.source, nullptr);
  const DataSet& applications = *loaded.source->find_data_set("applications");
  EXPECT_TRUE(applications.is_rows());
  EXPECT_EQ(applications.rows.of, "computers");
  EXPECT_EQ(applications.rows.path.text(), "apps[]");
  EXPECT_EQ(applications.rows.when.text(), "exists(name)");
  EXPECT_EQ(applications.rows.request, "APPLICATIONS");
  EXPECT_TRUE(applications.request.path.empty()) << "no request of its own";
  const DataSet& computers = *loaded.source->find_data_set("computers");
  EXPECT_FALSE(computers.is_rows());
  ASSERT_EQ(computers.embedded_json.size(), 1u);
  EXPECT_EQ(computers.embedded_json[0].text(), "meta.gohai");
  const Reference& reference = computers.references[0];
  EXPECT_EQ(reference.compose.size(), 2u);
  EXPECT_TRUE(reference.many);
  EXPECT_THAT(reference.uses, IsEmpty()) << "asked for by its path";
}

TEST(LoadRows, ReadsAReferenceComposedOfTheRecordItself) {
  const Loaded loaded =
      load(changed("path: \"apps[]\", compose: \"{name} {version}\"", "compose: \"{a.x} {b}\""));
  ASSERT_NE(loaded.source, nullptr) << loaded.findings.front().text();
  const Reference& reference = loaded.source->data_sets[0].references[0];
  EXPECT_FALSE(reference.many);
  EXPECT_THAT(reference.uses, ElementsAre("a", "b"));
}

TEST(LoadRows, SaysWhatIsWrongWithRows) {
  expect_finding("of: computers", "of: computer",
                 "20:17: unknown data set \"computer\"; did you mean \"computers\"?");
  expect_finding("{ of: computers, ", "{ ", "20:11: \"rows\" needs \"of\"");
  expect_finding("path: \"apps[]\", when", "when", "20:11: \"rows\" needs \"path\"");
  expect_finding("of: computers", "off: true, of: computers",
                 "20:13: unknown key \"off\" in \"rows\"; did you mean \"of\"?");
  expect_finding(
      "when: exists(name)", "when: name",
      "20:50: at character 5: expected a comparison such as == \"value\" after the path");
  expect_finding("    rows:", "    path: /apps\n    rows:",
                 "20:11: \"path\" has no meaning beside \"rows\": the records come with those of "
                 "computers");
  expect_finding("    rows:", "    embedded_json: a\n    rows:",
                 "20:20: \"embedded_json\" has no meaning beside \"rows\": the records come with "
                 "those of computers");
  expect_finding("of: computers", "of: applications",
                 "20:17: the records of applications are inside others themselves; name a data set "
                 "with a path of its own");
}

TEST(LoadRows, GivesNoRelationToRecordsWithoutAPath) {
  const std::string yaml =
      std::string(kGood) +
      "relations:\n  users:\n    strategy: per_parent\n    parent: applications\n"
      "    path: \"/a/{key}\"\n    member_key: id\n    target: computers\n";
  const Loaded loaded = load(yaml);
  ASSERT_EQ(loaded.findings.size(), 1u);
  EXPECT_EQ(
      loaded.findings[0].text(),
      "demo.yaml:26:13: the records of applications are inside those of computers; a relation "
      "needs parents with a path of their own");
}

TEST(LoadRows, SaysWhatIsWrongWithEmbeddedJson) {
  expect_finding("[meta.gohai]", "[\"meta[].gohai\"]",
                 "14:20: \"meta[].gohai\" must be names with dots between them");
  expect_finding(
      "[meta.gohai]", "[meta..gohai]",
      "14:20: path \"meta..gohai\": a name is missing before '.' at position 6; write a.b, "
      "a[].b, a[0], a.*, a[name=text] or \"key.with.dot\"");
}

TEST(LoadRows, SaysWhatIsWrongWithAComposedReference) {
  expect_finding("compose: \"{name} {version}\" }\n  app", "compose: \"{name\" }\n  app",
                 "17:70: every { needs its }");
}

}  // namespace
}  // namespace muster::catalogue
