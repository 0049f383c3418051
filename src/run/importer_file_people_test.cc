#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "run/importer.h"

namespace muster::run {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The destination begins at line 9, its people at line 15.
constexpr const char* kFile = R"(version: 1
importers:
- name: entra
  source: entra
  connection:
    tenant_id: 11111111-2222-3333-4444-555555555555
    client_id: 66666666-7777-8888-9999-000000000000
    client_secret: {{ env: SECRET }}
  data_sets: {{ users: {{ add: [ {{ name: Second mail, path: otherMails, type: text }} ] }} }}
  destination:
    type: jsm_assets
    token: {{ env: TOKEN }}
    schema: {{ name: IT }}
    missing_objects: remove
    people:
{})";

constexpr const char* kGood =
    "      data_set: users\n"
    "      email: mail\n"
    "      site_url: https://acme.atlassian.net\n"
    "      account: bot@acme.example\n"
    "      api_token: { env: JIRA_API_TOKEN }\n";

class ImporterFilePeople : public testing::Test {
 protected:
  ImporterFile load(std::string_view people) {
    return load_importers_text(fmt::format(kFile, people), "f.yaml", library_);
  }
  std::vector<std::string> findings(std::string_view people) {
    std::vector<std::string> lines;
    for (const auto& finding : load(people).findings) lines.push_back(finding.text());
    return lines;
  }
  // kGood with one line replaced, or left out.
  static std::string with(std::string_view key, std::string_view line) {
    std::string out;
    for (const std::string_view each : base::split(kGood, '\n')) {
      if (each.empty()) continue;
      const bool is_it = base::trim(each).starts_with(key);
      if (is_it && line.empty()) continue;
      out.append(is_it ? fmt::format("      {}", line) : std::string(each)).append("\n");
    }
    return out;
  }
  static std::string with_more(std::string_view line) {
    return fmt::format("{}      {}\n", kGood, line);
  }

  const catalogue::Library library_ = catalogue::Library::bundled();
};

TEST_F(ImporterFilePeople, AreOffUnlessTheyAreAskedFor) {
  const ImporterFile file = load("      \n");
  EXPECT_THAT(file.findings, IsEmpty());
  EXPECT_FALSE(file.importers.at(0).destination.people);
}

TEST_F(ImporterFilePeople, AreReadWithTheirDefaults) {
  const ImporterFile file = load(kGood);
  ASSERT_THAT(findings(kGood), IsEmpty());
  const PeopleSettings& people = *file.importers.at(0).destination.people;
  EXPECT_EQ(people.data_set, "users");
  EXPECT_EQ(people.email, "mail");
  EXPECT_EQ(people.attribute, "Jira account");
  EXPECT_EQ(people.site_url, "https://acme.atlassian.net");
  EXPECT_EQ(people.account, "bot@acme.example");
  EXPECT_EQ(people.token.env, "JIRA_API_TOKEN");
  EXPECT_EQ(people.token_field(), "api_token");
  EXPECT_EQ(people.requests_per_minute, 500U);
  EXPECT_TRUE(people.match_hidden);
  EXPECT_FALSE(people.trust.allow_private_address);
}

TEST_F(ImporterFilePeople, MaySayMore) {
  const std::string text =
      "      data_set: users\n"
      "      email: Second mail\n"
      "      attribute: Atlassian account\n"
      "      site_url: http://127.0.0.1:9090/jira\n"
      "      bearer_token: { file: token }\n"
      "      allow_private_address: true\n"
      "      ca_file: ca.pem\n"
      "      requests_per_minute: 60\n"
      "      hidden_emails: skip\n";
  ASSERT_THAT(findings(text), IsEmpty());
  const ImporterFile file = load(text);
  const PeopleSettings& people = *file.importers.at(0).destination.people;
  EXPECT_EQ(people.attribute, "Atlassian account");
  EXPECT_EQ(people.token.file, "token");
  EXPECT_EQ(people.token_field(), "bearer_token");
  EXPECT_TRUE(people.trust.allow_private_address);
  EXPECT_EQ(people.trust.ca_file, "ca.pem");
  EXPECT_EQ(people.requests_per_minute, 60U);
  EXPECT_FALSE(people.match_hidden);
}

TEST_F(ImporterFilePeople, MustNotHoldTheSecretAndDoNotRepeatIt) {
  EXPECT_THAT(findings(with("api_token", "api_token: ATATT3x-clear")),
              ElementsAre("f.yaml:20:18: api_token: a secret must not stand in this file; write "
                          "{ env: JIRA_API_TOKEN } and set that variable, or { file: PATH }"));
}

TEST_F(ImporterFilePeople, NeedOneWholeWayToSignIn) {
  const char* together =
      "f.yaml:16:7: people: {} is missing; account (the e-mail address of the Atlassian account) "
      "and api_token belong together";
  EXPECT_THAT(findings(with("api_token", "")),
              ElementsAre(fmt::format(fmt::runtime(together), "api_token")));
  EXPECT_THAT(findings(with("account", "")),
              ElementsAre(fmt::format(fmt::runtime(together), "account")));
  EXPECT_THAT(findings(with_more("bearer_token: { env: X }")),
              ElementsAre("f.yaml:21:21: people: either account and api_token, or bearer_token "
                          "alone"));
  const std::string neither =
      "      data_set: users\n      email: mail\n      site_url: https://acme.atlassian.net\n";
  EXPECT_THAT(findings(neither),
              ElementsAre("f.yaml:16:7: people: needs account and api_token, or bearer_token"));
  EXPECT_THAT(findings(with("account", "account: a:b")),
              ElementsAre("f.yaml:19:16: account: an e-mail address without a colon"));
}

TEST_F(ImporterFilePeople, NameADataSetThatIsOn) {
  EXPECT_THAT(findings(with("data_set", "data_set: usres")),
              ElementsAre("f.yaml:16:17: unknown data set \"usres\"; did you mean \"users\"?"));
  EXPECT_THAT(
      findings(with("data_set", "data_set: org_contacts")),
      ElementsAre("f.yaml:16:17: data_set: org_contacts is off; switch it on to fill in its "
                  "Jira accounts"));
  EXPECT_THAT(findings(with("data_set", "")), ElementsAre(HasSubstr("people needs \"data_set\"")));
}

TEST_F(ImporterFilePeople, NameAnAttributeThatIsSentAndCanBeAnAddress) {
  EXPECT_THAT(findings(with("email", "email: mial")),
              ElementsAre(HasSubstr("f.yaml:17:14: unknown or unselected attribute of users "
                                    "\"mial\"; did you mean \"mail\"?")));
  EXPECT_THAT(findings(with("email", "email: accountEnabled")),
              ElementsAre(HasSubstr("an attribute of type email or text is needed")));
  EXPECT_THAT(findings(with("email", "")), ElementsAre(HasSubstr("people needs \"email\"")));
}

TEST_F(ImporterFilePeople, NeedAnAttributeOfTheirOwn) {
  EXPECT_THAT(findings(with_more("attribute: display name")),
              ElementsAre(HasSubstr("f.yaml:21:18: attribute: \"display name\" is an imported "
                                    "attribute of Entra User")));
  EXPECT_THAT(findings(with_more("attribute: \"a=b\"")),
              ElementsAre(HasSubstr("f.yaml:21:18: attribute: ")));
}

TEST_F(ImporterFilePeople, NeedAddressesThatCanBeUsed) {
  EXPECT_THAT(findings(with("site_url", "site_url: acme.atlassian.net")),
              ElementsAre(HasSubstr("f.yaml:18:17: site_url: ")));
  EXPECT_THAT(findings(with("site_url", "site_url: http://127.0.0.1/jira")),
              ElementsAre(HasSubstr("needs allow_private_address: true beside it")));
  EXPECT_THAT(findings(with("site_url", "")), ElementsAre(HasSubstr("people needs \"site_url\"")));
}

TEST_F(ImporterFilePeople, HaveNoUnknownKeysOrImpossibleNumbers) {
  EXPECT_THAT(findings(with_more("atribute: X")),
              ElementsAre(HasSubstr("did you mean \"attribute\"?")));
  EXPECT_THAT(findings(with_more("requests_per_minute: 501")),
              ElementsAre(HasSubstr("f.yaml:21:28: ")));
  EXPECT_THAT(findings(with_more("hidden_emails: maybe")), ElementsAre(HasSubstr("match")));
  EXPECT_THAT(findings("      yes\n"), ElementsAre(HasSubstr("people")));
}

TEST_F(ImporterFilePeople, ArePartOfTheAssetsDestinationOnly) {
  const std::string text =
      "version: 1\nimporters:\n- name: e\n  source: entra\n  connection: { tenant_id: t.example, "
      "client_id: c, client_secret: { env: S } }\n  destination:\n    type: files\n    dir: "
      "out\n    people: { data_set: users }\n";
  const ImporterFile file = load_importers_text(text, "f.yaml", library_);
  ASSERT_EQ(file.findings.size(), 1U);
  EXPECT_THAT(file.findings[0].text(),
              HasSubstr("f.yaml:9:5: unknown key \"people\" in destination"));
}

TEST_F(ImporterFilePeople, MissTheirSecretAndCaFileBeforeTheRun) {
  unsetenv("JIRA_API_TOKEN");
  setenv("SECRET", "s", 1);
  setenv("TOKEN", "t", 1);
  const ImporterFile file = load(with_more("ca_file: /nowhere/ca.pem"));
  const auto missing = check_places(file.importers.at(0), Places::kSourceAndDestination);
  ASSERT_EQ(missing.size(), 2U);
  EXPECT_THAT(missing[0].text(), HasSubstr("f.yaml:20:18: api_token: the environment variable "
                                           "JIRA_API_TOKEN is not set"));
  EXPECT_THAT(missing[1].text(), HasSubstr("f.yaml:21:16: ca_file"));
  EXPECT_THAT(check_places(file.importers.at(0), Places::kSource), IsEmpty());
  setenv("JIRA_API_TOKEN", "j", 1);
  wipe_variables(file.importers.at(0));
  EXPECT_EQ(std::getenv("JIRA_API_TOKEN"), nullptr);
}

}  // namespace
}  // namespace muster::run
