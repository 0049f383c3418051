// Passes, details and expected numbers of a data set.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalogue/test_support.h"

namespace muster::catalogue {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// Line numbers in the tests count from here.
constexpr std::string_view kGood = R"yaml(name: demo
title: Demo
connection: { token: { type: secret }, site: text }
addresses:
  api: { url: "https://demo.example" }
  old: { url: "https://old.example" }
sign_in: { strategy: bearer, token: token }
lanes: { main: { units: 10 }, slow: { units: 1 } }
permissions: { read: {} }
defaults:
  lane: main
  records: items
  fields_parameter: fields
  headers: { X-Api: "1" }
data_sets:
  policies:
    title: Policy
    path: /policies
    parameters: { sort: id }
    permissions: read
    key: id
    label: id
    filter: { parameter: q, join: "({filter}) and ({pass})" }
    passes:
      - { parameters: { kind: "a" } }
      - { parameters: { kind: "b" }, filter: old eq true }
    detail: { path: "/policies/id/{key}", record: policy, lane: slow, units: 2, fields_parameter: section, fields_style: repeat }
    expected: { path: /policies/count, address: old, value: total, parameters: { site: "{site}" }, at_least: 0.8 }
    attributes:
      id: text
      notes: { detail: true }
  rules:
    title: Rule
    key: id
    label: id
    rows: { of: policies, path: "rules[]", detail: true }
    attributes: { id: text }
)yaml";

using test::load;

std::string changed(std::string_view old_text, std::string_view new_text) {
  return test::changed(kGood, old_text, new_text);
}

void expect_finding(std::string_view right, std::string_view wrong, const std::string& finding) {
  test::expect_finding(kGood, right, wrong, finding);
}

TEST(LoadParts, ReadsPassesDetailAndExpected) {
  const Loaded loaded = load(std::string(kGood));
  for (const Finding& finding : loaded.findings) ADD_FAILURE() << finding.text();
  ASSERT_NE(loaded.source, nullptr);
  const DataSet& set = loaded.source->data_sets[0];
  ASSERT_EQ(set.passes.size(), 2u);
  EXPECT_THAT(set.passes[0].parameters, ElementsAre(Pair("kind", "a")));
  EXPECT_EQ(set.passes[1].filter, "old eq true");
  EXPECT_EQ(set.filter.join, "({filter}) and ({pass})");
  EXPECT_TRUE(set.has_detail());
  EXPECT_EQ(set.detail.request.path, "/policies/id/{key}");
  EXPECT_EQ(set.detail.record.text(), "policy");
  EXPECT_EQ(set.detail.key_path.text(), "id");
  EXPECT_EQ(set.detail.request.lane, "slow");
  EXPECT_EQ(set.detail.request.units, 2);
  EXPECT_EQ(set.detail.request.fields_parameter, "section");
  EXPECT_TRUE(set.detail.request.repeats_fields);
  EXPECT_EQ(set.expected.request.path, "/policies/count");
  EXPECT_EQ(set.expected.request.address, "old");
  EXPECT_EQ(set.expected.value.text(), "total");
  EXPECT_EQ(set.expected.at_least, 0.8);
  EXPECT_THAT(set.expected.request.parameters, ElementsAre(Pair("site", "{site}")));
  EXPECT_FALSE(set.find_attribute("id")->detail);
  EXPECT_TRUE(set.find_attribute("notes")->detail);
  EXPECT_TRUE(loaded.source->data_sets[1].rows.detail);
}

TEST(LoadParts, ReadsWhatAnOlderSourceHasInstead) {
  const Loaded loaded = load(changed(
      "    expected:",
      "    older: { path: /old, records: people, detail: { path: \"/old/{key}\", record: p, "
      "into: parts, when: big == true } }\n    expected:"));
  ASSERT_NE(loaded.source, nullptr) << loaded.findings.front().text();
  const DataSet& set = loaded.source->data_sets[0];
  ASSERT_TRUE(set.has_older());
  EXPECT_EQ(set.older.request.path, "/old");
  EXPECT_EQ(set.older.request.records.text(), "people");
  EXPECT_EQ(set.older.request.lane, "main");
  EXPECT_TRUE(set.older.request.parameters.empty());
  EXPECT_EQ(set.older.detail.request.path, "/old/{key}");
  EXPECT_EQ(set.older.detail.key_path.text(), "id");
  EXPECT_EQ(set.older.detail.into, "parts");
  EXPECT_EQ(set.older.detail.when.text(), "big == true");
}

TEST(LoadParts, ReadsADetailThatIsAList) {
  const Loaded loaded = load(changed("record: policy, lane: slow",
                                     "list: true, into: rules, paging: { strategy: next_link, "
                                     "next: more }, lane: slow"));
  ASSERT_NE(loaded.source, nullptr) << loaded.findings.front().text();
  const Detail& detail = loaded.source->data_sets[0].detail;
  EXPECT_TRUE(detail.is_list);
  EXPECT_EQ(detail.into, "rules");
  EXPECT_EQ(detail.request.records.text(), "items") << "as in the data set";
  EXPECT_EQ(detail.request.paging.strategy, Paging::Strategy::kNextLink);
  EXPECT_EQ(detail.request.paging.next.text(), "more");
  expect_finding("record: policy, lane: slow", "list: true, lane: slow",
                 "27:13: \"detail\" needs \"into\"");
  expect_finding("record: policy, lane: slow",
                 "list: true, into: rules, record: policy, lane: slow",
                 "27:68: unknown key \"record\" in \"detail\"; did you mean \"records\"?");
}

TEST(LoadParts, TakeFromTheListingWhereAndHowToAskButNotWhat) {
  const Loaded loaded =
      load(changed("lane: slow, units: 2, fields_parameter: section, fields_style: repeat", ""));
  ASSERT_NE(loaded.source, nullptr) << loaded.findings.front().text();
  const Request& request = loaded.source->data_sets[0].detail.request;
  EXPECT_EQ(request.lane, "main");
  EXPECT_THAT(request.headers, ElementsAre(Pair("X-Api", "1")));
  EXPECT_THAT(request.permissions, ElementsAre("read"));
  EXPECT_TRUE(request.parameters.empty());
  EXPECT_EQ(request.fields_parameter, "");
}

TEST(LoadParts, TellsEveryMistakeOfPasses) {
  const std::string passes =
      "passes:\n      - { parameters: { kind: \"a\" } }\n"
      "      - { parameters: { kind: \"b\" }, filter: old eq true }";
  expect_finding(passes, "passes: []",
                 "24:13: \"passes\" must be a list of { parameters, filter }");
  expect_finding("filter: { parameter: q, join: \"({filter}) and ({pass})\" }", "filter: off",
                 "26:46: a pass can only filter where the data set has \"filter\" with "
                 "\"parameter\"");
  expect_finding(", join: \"({filter}) and ({pass})\"", "",
                 "25:7: passes that filter need \"join\" under \"filter\", for an importer that "
                 "filters too");
  for (const char* join :
       {"\"({filter})\"", "\"{pass}{pass}{filter}\"", "\"{pass} {filter} {x}\""}) {
    expect_finding("\"({filter}) and ({pass})\"", join,
                   "23:35: \"join\" must hold {filter} and {pass} once each, such as "
                   "\"({filter}) and ({pass})\"");
  }
}

TEST(LoadParts, TellsEveryMistakeOfDetails) {
  expect_finding("/policies/id/{key}", "/policies/id",
                 "27:21: the path must hold {key}, the record's key");
  expect_finding("lane: slow, ", "lane: fast, ",
                 "27:65: unknown lane \"fast\"; possible: main, slow");
  expect_finding("record: policy", "record: \"policies[]\"",
                 "27:51: a detail is one object of one record; the path must not hold []");
  expect_finding("      id: text\n      notes: { detail: true }\n",
                 "      id: { detail: true }\n      notes: { detail: true }\n",
                 "30:7: the key \"id\" must stand in the listing");
  expect_finding("id: text\n      notes: { detail: true }",
                 "id: { compose: \"{a} {b}\" }\n      notes: { detail: true }",
                 "27:13: \"detail\" needs \"key_path\", because the key \"id\" is worked out");
}

TEST(LoadParts, TellsWhatStandsInNoDetailAndWhichDetailNobodyReads) {
  const std::string detail =
      "    detail: { path: \"/policies/id/{key}\", record: policy, lane: slow, units: 2, "
      "fields_parameter: section, fields_style: repeat }\n";
  std::vector<std::string> texts;
  for (const Finding& found : load(changed(detail, "")).findings) texts.push_back(found.text());
  EXPECT_THAT(texts,
              ElementsAre("demo.yaml:30:7: \"notes\" stands in the detail, but policies has no "
                          "\"detail\"",
                          "demo.yaml:35:52: \"rules[]\" stand in the detail, but policies has no "
                          "\"detail\""));
  EXPECT_TRUE(load(changed("notes: { detail: true }", "notes: text")).findings.empty())
      << "the rules are read from it";
  std::string yaml = changed("notes: { detail: true }", "notes: text");
  yaml.replace(yaml.find(", detail: true }"), 16, " }");
  ASSERT_EQ(load(yaml).findings.size(), 1u);
  EXPECT_EQ(load(yaml).findings[0].text(),
            "demo.yaml:27:13: no attribute, reference or rows say \"detail: true\", so that no "
            "detail would ever be read");
}

TEST(LoadParts, TellsEveryMistakeOfExpected) {
  expect_finding("value: total, ", "", "28:15: \"expected\" needs \"value\"");
  expect_finding("address: old", "address: odd",
                 "28:49: unknown address \"odd\"; did you mean \"old\"?");
  expect_finding("\"{site}\"", "\"{side}\"",
                 "28:88: unknown connection field \"side\"; did you mean \"site\"?");
  expect_finding("at_least: 0.8", "at_least: 80",
                 "28:110: \"at_least\" must be a number from 0.01 to 1, not \"80\"");
}

// With a relation that names policies.
std::string with_record(std::string_view record) {
  std::string yaml = changed("    expected:", fmt::format("    record: {}\n    expected:", record));
  return yaml + R"yaml(relations:
  owners: { parent: policies, strategy: per_parent, path: "/policies/{key}/owners", member_key: id, target: policies }
)yaml";
}

std::vector<std::string> findings_of(const std::string& yaml) {
  std::vector<std::string> texts;
  for (const Finding& found : load(yaml).findings) texts.push_back(found.text());
  return texts;
}

TEST(LoadParts, ReadsHowOneRecordIsAskedForAlone) {
  const std::string yaml = with_record("{ path: \"/policies/id/{key}\" }");
  const Loaded loaded = load(yaml);
  ASSERT_NE(loaded.source, nullptr) << loaded.findings.front().text();
  const DataSet& set = loaded.source->data_sets[0];
  ASSERT_TRUE(set.has_record());
  EXPECT_EQ(set.record.path, "/policies/id/{key}");
  EXPECT_EQ(set.record.lane, "main");
  EXPECT_EQ(set.record.fields_parameter, "fields") << "as the list";
  EXPECT_THAT(set.record.fields_always, ElementsAre("id"));
  EXPECT_THAT(set.record.headers, ElementsAre(Pair("X-Api", "1")));
  EXPECT_THAT(set.record.permissions, ElementsAre("read"));
  EXPECT_TRUE(set.record.parameters.empty());
  EXPECT_FALSE(loaded.source->data_sets[1].has_record());

  const auto fields_of = [&](std::string_view right, std::string_view wrong) {
    const Loaded other = load(test::changed(yaml, right, wrong));
    EXPECT_NE(other.source, nullptr) << other.findings.front().text();
    return other.source->data_sets[0].record.fields_always;
  };
  EXPECT_THAT(fields_of("      id: text\n", "      id: { request: ID }\n"), ElementsAre("ID"));
  EXPECT_THAT(fields_of("{key}\" }\n    exp", "{key}\", fields_for: named }\n    exp"),
              ElementsAre())
      << "the key comes without being asked for";
}

TEST(LoadParts, TellsEveryMistakeOfRecords) {
  EXPECT_THAT(findings_of(with_record("{ path: /policies }")),
              ElementsAre("demo.yaml:28:21: the path must hold {key}, the record's key"));
  EXPECT_THAT(findings_of(with_record("{ path: \"/policies/{key}\", lane: fast }")),
              ElementsAre("demo.yaml:28:46: unknown lane \"fast\"; possible: main, slow"));
  EXPECT_THAT(findings_of(with_record("{ lane: slow }")),
              ElementsAre("demo.yaml:28:13: needs \"path\""));
  EXPECT_THAT(
      findings_of(test::changed(with_record("{ path: \"/policies/{key}\" }"), "      id: text\n",
                                "      id: { compose: \"{a} {b}\" }\n")),
      ::testing::Contains("demo.yaml:28:13: a record cannot be asked for by the key "
                          "\"id\", because it is worked out"));
  EXPECT_THAT(findings_of(changed("    expected:",
                                  "    record: { path: \"/policies/{key}\" }\n    expected:")),
              ElementsAre("demo.yaml:28:13: no relation names records of policies, so that none "
                          "of them would ever be asked for alone"));
}

TEST(LoadParts, HaveNoMeaningForRows) {
  expect_finding("    rows: {", "    expected: { path: /count, value: n }\n    rows: {",
                 "36:15: \"expected\" has no meaning beside \"rows\": the records come with those "
                 "of policies");
}

}  // namespace
}  // namespace muster::catalogue
