// What a catalogue says without effect, or cannot mean.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalogue/embedded.h"
#include "catalogue/test_support.h"

namespace muster::catalogue {
namespace {

constexpr std::string_view kGood = R"yaml(name: demo
title: Demo
connection: { token: { type: secret }, tenant: text }
addresses: { api: { url: "https://demo.example" } }
sign_in: { strategy: bearer, token: token }
lanes: { main: { units: 10 } }
permissions: { read: {} }
defaults: { lane: main, records: items, key: id, label: id, member_key: id }
data_sets:
  teams:
    title: Team
    path: "/{tenant}/teams"
    permissions: read
    paging: { strategy: next_link, next: next }
    attributes: { id: text }
    references:
      people: { target: people, relation: members, side: parent }
  people:
    title: Person
    path: /people
    attributes: { id: text }
    references:
      boss: { target_source: entra, target: users, target_attribute: mail, path: boss, many: true }
relations:
  members:
    parent: teams
    strategy: per_parent
    path: "/teams/{key}/members"
    target: people
)yaml";

void expect_finding(std::string_view right, std::string_view wrong, const std::string& finding) {
  test::expect_finding(kGood, right, wrong, finding);
}

TEST(LoadChecks, HaveNothingToSayOfAGoodCatalogue) {
  EXPECT_THAT(test::load(std::string(kGood)).findings, testing::IsEmpty());
}

TEST(LoadChecks, HaveNothingToSayOfTheBundledCatalogues) {
  const auto read = [](std::string_view name) -> std::optional<std::string> {
    for (const base::EmbeddedFile& file : embedded_files()) {
      if (file.name == name) return std::string(file.text);
    }
    return std::nullopt;
  };
  for (const base::EmbeddedFile& file : embedded_files()) {
    if (!file.name.ends_with(".yaml")) continue;
    for (const Finding& finding : load_source(file.text, std::string(file.name), read).findings) {
      ADD_FAILURE() << finding.text();
    }
  }
}

TEST(LoadChecks, TellWhatNothingUses) {
  expect_finding("main: { units: 10 }", "main: { units: 10 }, slow: { units: 1 }",
                 "6:31: warning: nothing uses the lane \"slow\"");
  expect_finding("read: {}", "read: {}, write: {}",
                 "7:26: warning: nothing uses the permission \"write\"");
  expect_finding(
      "    references:\n      people: { target: people, relation: members, side: parent }\n", "",
      "23:3: warning: nothing uses the relation \"members\"");
  EXPECT_NE(test::load(test::changed(kGood, "read: {}", "read: {}, write: {}")).source, nullptr);
}

TEST(LoadChecks, RefuseSecretsInURLs) {
  expect_finding("/{tenant}/teams", "/{token}/teams",
                 "12:11: \"token\" is a secret and must not stand in a URL, which logs show");
  expect_finding(
      "{ strategy: bearer, token: token }",
      "{ strategy: oauth2_client_credentials, address: api, path: \"/{token}\", client_id: "
      "tenant, client_secret: token }",
      "5:69: \"token\" is a secret and must not stand in a URL, which logs show");
}

TEST(LoadChecks, RefuseKeysThatTheStrategyHasNoUseFor) {
  for (const auto& [key, column] : {std::pair("position_parameter: at", 68),
                                    {"first_page: 1", 60},
                                    {"first_key: a", 59},
                                    {"key_path: id", 58}}) {
    const std::string name(key, std::string_view(key).find(':'));
    expect_finding(
        "next: next }", fmt::format("next: next, {} }}", key),
        fmt::format("14:{}: \"{}\" has no effect with the strategy next_link", column, name));
  }
  expect_finding("{ strategy: next_link, next: next }", "{ strategy: single, total: count }",
                 "14:40: \"total\" has no effect with the strategy single");
  expect_finding("{ strategy: next_link, next: next }",
                 "{ strategy: next_link, next: next, page_size: 50 }",
                 "14:13: \"page_size\" needs a \"size_parameter\", which tells the source");
  expect_finding("    target: people\n", "    target: people\n    parent_key: team\n",
                 "30:17: \"parent_key\" has no effect with this relation's strategy");
  expect_finding("    target: people\n", "    target: people\n    batch_size: 5\n",
                 "30:17: \"batch_size\" has no effect with this relation's strategy");
}

TEST(LoadChecks, RefuseASignInWithoutHeaders) {
  expect_finding("{ strategy: bearer, token: token }", "{ strategy: headers, headers: {} }",
                 "5:40: \"headers\" must not be empty: { X-Api-Key: FIELD }");
}

TEST(LoadChecks, RefuseRecordsThatAreNoList) {
  const std::string finding =
      "\"records\" is the path of one list; members of an object (.*) or of several lists cannot "
      "be "
      "read as records";
  expect_finding("path: /people\n", "path: /people\n    records: items.*\n", "21:14: " + finding);
  expect_finding("path: /people\n", "path: /people\n    records: 'pages[].items'\n",
                 "21:14: " + finding);
}

TEST(LoadChecks, LetAParameterHoldTheKeyOfWhatIsAskedFor) {
  const std::string in_parameter =
      test::changed(kGood, "path: \"/teams/{key}/members\"",
                    "path: /members\n    parameters: { team: \"{key}\", tenant: \"{tenant}\" }");
  EXPECT_THAT(test::load(in_parameter).findings, testing::IsEmpty());
  expect_finding("path: \"/teams/{key}/members\"", "path: /members",
                 "28:11: the path must hold {key}, the parent's key");
  expect_finding("path: /people\n", "path: /people\n    parameters: { of: \"{key}\" }\n",
                 "21:17: {key} is only known where a parent or a record is asked for");
}

TEST(LoadChecks, FindReferencesIntoOtherSourcesThatLeadNowhere) {
  const Library library = Library::bundled();
  const auto finding = [&](std::string_view right, std::string_view wrong) {
    const YamlFile file = parse_yaml(test::changed(kGood, right, wrong), "demo.yaml");
    const Findings findings = check_foreign_targets(file.root, "demo.yaml", library);
    return findings.size() == 1 ? findings[0].text() : std::to_string(findings.size());
  };
  EXPECT_EQ(finding("title: Person", "title: Person"), "0");
  EXPECT_EQ(finding("target_source: entra", "target_source: entrra"),
            "demo.yaml:23:30: unknown source \"entrra\"; did you mean \"entra\"?");
  EXPECT_EQ(finding("target: users", "target: usres"),
            "demo.yaml:23:45: unknown data set of entra \"usres\"; did you mean \"users\"?");
  EXPECT_EQ(finding("target_attribute: mail", "target_attribute: mial"),
            "demo.yaml:23:70: unknown attribute of users \"mial\"; did you mean \"mail\"?");
}

}  // namespace
}  // namespace muster::catalogue
