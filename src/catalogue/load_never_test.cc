// What catalogues keep out of every import.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalogue/never.h"
#include "catalogue/test_support.h"

namespace muster::catalogue {
namespace {

constexpr std::string_view kGood = R"yaml(name: demo
title: Demo
connection: { token: { type: secret } }
addresses: { api: { url: "https://demo.example" } }
sign_in: { strategy: bearer, token: token }
lanes: { main: { units: 10 } }
defaults: { lane: main, records: items, key: id, label: id, member_key: id }
data_sets:
  tests:
    title: Test
    path: /tests
    never: [config, -config.request.url, "keys[].value", "steps[].password"]
    attributes:
      id: text
      url: { path: config.request.url }
      keyCount: { type: integer, path: "keys[]", combine: count }
      firstKey: { type: date, path: "keys[].end", combine: least }
  steps:
    title: Step
    rows: { of: tests, path: "steps[]" }
    attributes:
      id: text
)yaml";

void expect_finding(std::string_view right, std::string_view wrong, const std::string& finding) {
  test::expect_finding(kGood, right, wrong, finding);
}

TEST(Never, LetsACatalogueShowWhatIsHarmless) {
  EXPECT_THAT(test::load(std::string(kGood)).findings, testing::IsEmpty());
}

TEST(Never, IsObeyedByTheCatalogueItself) {
  const std::string config =
      "\"config\", which may hold secrets and which the catalogue keeps out "
      "of every import";
  expect_finding("path: config.request.url", "path: config.request.auth",
                 "15:7: \"config.request.auth\" of tests is part of " + config);
  expect_finding("path: config.request.url", "path: 'config.request.*'",
                 "15:7: \"config.request.*\" of tests is part of " + config);
  expect_finding(
      "path: config.request.url", "type: textarea, path: config, combine: json",
      "15:7: \"config\" of tests may hold secrets, which the catalogue keeps out of every "
      "import");
  expect_finding("path: config.request.url", "path: '*'",
                 "15:7: \"*\" of tests would show " + config);
  expect_finding("path: config.request.url", "compose: '{id} {config.name}'",
                 "15:7: \"config.name\" of tests is part of " + config);
  expect_finding("path: config.request.url", "first_of: [id, config.name]",
                 "15:7: \"config.name\" of tests is part of " + config);
  expect_finding("path: config.request.url",
                 "choices: [{ when: 'config.name == \"x\"', value: a }]",
                 "15:7: \"config.name\" of tests is part of " + config);
  expect_finding(
      "path: \"keys[].end\", combine: least", "path: \"keys[].value\", combine: least",
      "17:7: \"keys[].value\" of tests may hold secrets, which the catalogue keeps out of "
      "every import");
}

TEST(Never, HoldsForRowsInsideTheRecords) {
  const std::string kept =
      "which may hold secrets and which the catalogue keeps out of every import";
  const auto source = test::load(std::string(kGood)).source;
  const DataSet& rows = *source->find_data_set("steps");
  EXPECT_EQ(why_kept_out(*source, rows, *json::Path::parse("name")), std::nullopt);
  EXPECT_NE(why_kept_out(*source, rows, *json::Path::parse("password")), std::nullopt);
  expect_finding("path: \"steps[]\" }", "path: \"config.steps[]\" }",
                 "22:7: \"config.steps[].id\" of tests is part of \"config\", " + kept);
}

TEST(Never, RefusesExceptionsFromNothing) {
  expect_finding("-config.request.url, ", "-config.request.url, -name, ",
                 "12:12: \"-name\": no other path of \"never\" keeps name out");
}

TEST(Never, LetsConditionsAskWhetherSomethingIsThere) {
  const auto source = test::load(std::string(kGood)).source;
  const DataSet& set = *source->find_data_set("tests");
  const auto why = [&](const char* path, Use use) {
    return why_kept_out(*source, set, *json::Path::parse(path), use).has_value();
  };
  EXPECT_TRUE(why("keys", Use::kValue));
  EXPECT_FALSE(why("keys", Use::kCondition));  // comparing does not look into objects
  EXPECT_TRUE(why("keys[0].value", Use::kCondition));
  EXPECT_TRUE(why("keys[].*", Use::kCondition));
  EXPECT_TRUE(why("config.request.url.*.x.*", Use::kValue) == false);  // inside what is harmless
}

// The contracts of the sources name these.
TEST(Never, KeepsTheSecretsOfTheBundledSourcesOut) {
  const Library library = Library::bundled();
  const std::tuple<const char*, const char*, const char*> kSecrets[] = {
      {"datadog", "azure_accounts", "client_secret"},
      {"datadog", "aws_accounts", "attributes.auth_config.access_key_id"},
      {"datadog", "aws_accounts", "attributes.*.access_key_id"},
      {"datadog", "synthetics", "config.request.basicAuth.password"},
      {"datadog", "synthetics", "config.configVariables[].pattern"},
      {"datadog", "synthetics", "*"},
      {"okta", "applications", "credentials.oauthClient.client_secret"},
      {"okta", "applications", "settings.app.password"},
      {"okta", "users", "credentials.password"},
      {"jamf", "mobile_devices", "airPlayPassword"},
      {"jamf", "mobile_devices", "general.airPlayPassword"},
      {"jamf", "computer_extension_attributes", "scriptContents"},
      {"jamf", "computer_prestages", "accountSettings.adminPassword"},
      {"jamf", "mac_profiles", "general.payloads"},
      {"jamf", "mobile_profiles", "general.payloads"},
      {"intune", "managed_devices", "activationLockBypassCode"},
      {"entra", "applications", "keyCredentials[].key"},
      {"entra", "service_principals", "passwordCredentials[0].secretText"},
      {"kandji", "blueprints", "enrollment_code.code"},
      {"snipe-it", "licenses", "product_key"},
  };
  for (const auto& [name, data_set, path] : kSecrets) {
    const auto source = library.find(name);
    const DataSet* set = source->find_data_set(data_set);
    EXPECT_NE(why_kept_out(*source, *set, *json::Path::parse(path)), std::nullopt)
        << name << " " << data_set << " " << path;
  }
}

}  // namespace
}  // namespace muster::catalogue
