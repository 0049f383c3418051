#include "assets/people.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assets/fake_jira.h"
#include "base/text.h"

namespace muster::assets {
namespace {

using base::ErrorKind;
using test::answer;
using test::FakeSite;
using test::kBearerJira;
using test::kSite;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using namespace std::chrono_literals;

class PeopleTest : public testing::Test {
 protected:
  PeopleTest() {
    settings_.site_url = kSite;
    settings_.account = "bot@acme.example";
    settings_.token = base::Secret("token-1");
    settings_.trust = std::make_shared<const net::Trust>();
    settings_.attempts = 3;
    settings_.requests_per_minute = 10'000;
  }

  People& people() {
    if (!people_) people_ = make_people(settings_, {*scheduler_, site_, *random_, *logger_});
    return *people_;
  }
  base::Status open() { return people().open(objects_, stop_.get_token()); }
  void must_open() {
    const base::Status opened = open();
    ASSERT_TRUE(opened.ok()) << opened.error().text();
  }
  std::vector<Person> read() {
    std::vector<Person> all;
    const base::Status done =
        people().read([&](Person person) { all.push_back(std::move(person)); }, stop_.get_token());
    EXPECT_TRUE(done.ok()) << done.error().text();
    return all;
  }
  // The accounts of each address.
  std::vector<std::vector<std::string>> find(const std::vector<std::string>& emails) {
    std::vector<std::vector<std::string>> all(emails.size());
    std::vector<int> answered(emails.size());
    found_ = people().find(
        emails,
        [&](std::span<const FoundAccounts> batch) -> base::Status {
          for (const FoundAccounts& found : batch) {
            all[found.email] = found.accounts;
            ++answered[found.email];
          }
          return {};
        },
        stop_.get_token());
    if (found_.ok()) {
      EXPECT_THAT(answered, testing::Each(1));
    }
    return all;
  }
  // So many that the list of all accounts is read.
  std::vector<std::string> many(std::vector<std::string> emails) {
    for (int i = 0; i < 300; ++i) emails.push_back(fmt::format("filler{}@acme.example", i));
    return emails;
  }
  void expect_error(const base::Status& status, ErrorKind kind, const std::string& reason,
                    const std::string& words) {
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, kind) << status.error().text();
    EXPECT_EQ(status.error().reason, reason) << status.error().text();
    EXPECT_THAT(status.error().message, HasSubstr(words));
    EXPECT_THAT(status.error().text(), Not(HasSubstr("token-1")));
    EXPECT_THAT(status.error().text(), Not(HasSubstr("%40")));
  }

  const std::unique_ptr<base::Scheduler> scheduler_ = base::make_simulated_scheduler(7);
  const std::unique_ptr<base::Random> random_ = base::make_seeded_random(7);
  const std::unique_ptr<base::Logger> logger_ = base::make_null_logger();
  FakeSite site_{*scheduler_};
  PeopleSettings settings_;
  PeopleObjects objects_{.target = "workspace/ws/importsource/src",
                         .type_id = "401",
                         .type_name = "Entra User",
                         .key_attribute = "Object ID",
                         .email_attribute = "Mail",
                         .account_attribute = "Jira account"};
  std::stop_source stop_;
  std::unique_ptr<People> people_;
  base::Status found_;
};

// ---- opening ----------------------------------------------------------------------------------

TEST_F(PeopleTest, SignsInWithAccountAndTokenAtSiteAndAssets) {
  must_open();
  EXPECT_THAT(site_.credentials,
              ElementsAre("Basic " + base::base64_encode("bot@acme.example:token-1")));
  EXPECT_EQ(site_.count("GET assets/objecttype/401/attributes"), 1U);
  EXPECT_EQ(site_.count("POST"), 0U) << "the attribute is there";
}

TEST_F(PeopleTest, SendsABearerTokenBelowTheIdOfTheSiteAndNeverToTheSite) {
  settings_.account.clear();
  must_open();
  EXPECT_EQ(site_.urls.at(0), std::string(kSite) + "/_edge/tenant_info");
  EXPECT_THAT(site_.credentials, ElementsAre("Bearer token-1", "none"));
  for (std::size_t i = 1; i < site_.urls.size(); ++i) {
    EXPECT_THAT(site_.urls[i], testing::StartsWith(std::string(kBearerJira)));
  }
}

TEST_F(PeopleTest, TakesNoOddIdOfASiteIntoItsAddresses) {
  settings_.account.clear();
  site_.scripts["GET jira/_edge/tenant_info"].push_back(answer(200, R"({"cloudId":"../x"})"));
  expect_error(open(), ErrorKind::kSettings, "people_settings", "site_url");
}

TEST_F(PeopleTest, SaysThatTheTokenIsWrong) {
  site_.scripts["GET jira/rest/api/3/myself"].push_back(answer(401, "no"));
  expect_error(open(), ErrorKind::kDenied, "people_sign_in", "api_token");
}

TEST_F(PeopleTest, AsksForThePermissionBecauseASearchWithoutItFindsNobody) {
  site_.may_browse = false;
  expect_error(open(), ErrorKind::kDenied, "people_permission", "Browse users and groups");
}

TEST_F(PeopleTest, GoesNowhereWhenTheSiteHasOtherAssetsThanTheImportWentTo) {
  site_.workspace = "another";
  expect_error(open(), ErrorKind::kSettings, "people_settings", "site_url");
  EXPECT_EQ(site_.count("GET assets"), 0U);
}

TEST_F(PeopleTest, MakesTheAttributeWhereThereIsNone) {
  site_.has_attribute = false;
  must_open();
  EXPECT_EQ(site_.count("POST assets/objecttypeattribute/401"), 1U);
}

TEST_F(PeopleTest, LooksAgainWhenTheAnswerToMakingTheAttributeGotLost) {
  site_.has_attribute = false;
  site_.scripts["POST assets/objecttypeattribute/401"].push_back(test::lost_answer());
  const base::Status lost = open();
  expect_error(lost, ErrorKind::kSettings, "people_settings", "has no attribute");
  EXPECT_EQ(site_.count("POST"), 1U) << "not sent twice";
}

TEST_F(PeopleTest, SaysWhoCanMakeTheAttribute) {
  site_.has_attribute = false;
  site_.scripts["POST assets/objecttypeattribute/401"].push_back(answer(403));
  expect_error(open(), ErrorKind::kDenied, "people_settings", "by hand, of type User");
}

TEST_F(PeopleTest, LeavesAnAttributeOfAnotherTypeAlone) {
  site_.attribute_type = 0;
  expect_error(open(), ErrorKind::kSettings, "people_settings", "not of type User");
}

TEST_F(PeopleTest, NeedsTheNumberOfTheType) {
  objects_.type_id = "";
  expect_error(open(), ErrorKind::kSettings, "people_settings", "Entra User");
  EXPECT_THAT(site_.calls, IsEmpty());
}

TEST_F(PeopleTest, ChecksWithoutChangingAnything) {
  site_.has_attribute = false;
  EXPECT_TRUE(people().check(objects_.target, stop_.get_token()).ok());
  EXPECT_EQ(site_.count("POST"), 0U);
}

// ---- reading ----------------------------------------------------------------------------------

TEST_F(PeopleTest, ReadsEveryPageAndWhoHasAnAccount) {
  for (int i = 0; i < 250; ++i) site_.objects.push_back({fmt::format("u-{}", i), "", ""});
  site_.objects[1] = {"u-1", "ada@acme.example", "a-1"};
  must_open();
  const std::vector<Person> all = read();
  ASSERT_EQ(all.size(), 250U);
  EXPECT_EQ(all[1].object_id, "2");
  EXPECT_EQ(all[1].object_key, "IT-2");
  EXPECT_EQ(all[1].key, "u-1");
  EXPECT_EQ(all[1].email, "ada@acme.example");
  EXPECT_THAT(all[1].accounts, ElementsAre("a-1"));
  EXPECT_THAT(all[0].accounts, IsEmpty());
  EXPECT_EQ(site_.count("POST assets/object/aql?"), 3U);
}

// No value of an object or of an address may become part of a question to Assets or Jira.
TEST_F(PeopleTest, AsksNothingThatAKeyOrAnAddressSays) {
  const std::string key = R"(u-1" OR objectType = "Laptop)";
  const std::string email = "ada@acme.example\" OR 1=1&maxResults=1#' -- %22";
  // As they stand in a JSON text.
  site_.objects = {{R"(u-1\" OR objectType = \"Laptop)",
                    R"(ada@acme.example\" OR 1=1&maxResults=1#' -- %22)", ""},
                   {"u-2", "bob@acme.example", ""}};
  site_.accounts = {{"b-1", "bob@acme.example"}};
  must_open();
  const std::vector<Person> all = read();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].key, key);
  EXPECT_EQ(all[0].email, email);
  const auto found = find({email, "bob@acme.example"});
  ASSERT_TRUE(found_.ok()) << found_.error().text();
  EXPECT_THAT(found[0], IsEmpty());
  EXPECT_THAT(found[1], ElementsAre("b-1"));
  for (const std::string& url : site_.urls) {
    EXPECT_THAT(url, Not(HasSubstr("Laptop")));
    EXPECT_THAT(url, Not(HasSubstr("OR 1=1"))) << "it must be percent-encoded";
    EXPECT_THAT(url, Not(HasSubstr("&maxResults=1#")));
  }
}

TEST_F(PeopleTest, ReadsAccountsHoweverAssetsWritesThem) {
  site_.objects = {{"u-1", "", ""}};
  must_open();
  for (const char* value : {R"({"value":"a-1"})", R"({"displayValue":"Ada","searchValue":"a-1"})",
                            R"({"value":"x","user":{"key":"a-1"}})"}) {
    site_.scripts["POST assets/object/aql"].push_back(answer(
        200, fmt::format(R"({{"values":[{{"id":"1","objectKey":"IT-1","attributes":[)"
                         R"({{"objectTypeAttributeId":"13","objectAttributeValues":[{}]}}]}}],)"
                         R"("last":true}})",
                         value)));
    const std::vector<Person> all = read();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_THAT(all[0].accounts, ElementsAre("a-1")) << value;
  }
}

TEST_F(PeopleTest, EndsWhenAssetsGivesTheSamePageForEver) {
  must_open();
  const net::Response page =
      answer(200, R"({"values":[{"id":"1","objectKey":"IT-1"}],"isLast":false})");
  for (int i = 0; i < 5; ++i) site_.scripts["POST assets/object/aql"].push_back(page);
  const base::Status read = people().read([](Person) {}, stop_.get_token());
  expect_error(read, ErrorKind::kMalformed, "people_unavailable", "again");
}

// ---- finding ----------------------------------------------------------------------------------

TEST_F(PeopleTest, FindsOneAccountNoneOrSeveral) {
  site_.accounts = {{"a-1", "Ada@acme.example"},
                    {"b-1", "bob@acme.example"},
                    {"b-2", "BOB@acme.example"},
                    {"c-1", "cyd@acme.example.org"}};
  for (const bool list : {false, true}) {
    std::vector<std::string> emails = {"ada@acme.example", "bob@acme.example", "cyd@acme.example"};
    // Searching is by the beginning of what is written there, here with its capitals.
    if (!list) site_.accounts[0].email = "ada@acme.example";
    if (!list) site_.accounts[2].email = "bob@acme.example";
    const auto found = find(list ? many(emails) : emails);
    ASSERT_TRUE(found_.ok()) << found_.error().text();
    EXPECT_THAT(found[0], ElementsAre("a-1"));
    EXPECT_THAT(found[1], ElementsAre("b-1", "b-2"));
    EXPECT_THAT(found[2], IsEmpty()) << "only the beginning of another address";
    EXPECT_EQ(site_.count("GET jira/rest/api/3/users/search") > 0, list);
    EXPECT_EQ(site_.count("GET jira/rest/api/3/user/search"), 3U);
  }
}

TEST_F(PeopleTest, TakesNeitherAppsNorCustomersNorWhoLeft) {
  site_.accounts = {{"c-1", "ada@acme.example", "", "Ada", "customer"},
                    {"p-1", "ada@acme.example", "", "App", "app"},
                    {"x-1", "ada@acme.example", "", "Ada", "atlassian", false}};
  EXPECT_THAT(find({"ada@acme.example"})[0], IsEmpty());
  EXPECT_THAT(find(many({"ada@acme.example"}))[0], IsEmpty());
}

TEST_F(PeopleTest, TrustsAHiddenAddressThatWasFoundAsAWhole) {
  site_.accounts = {{"h-1", "", "ada@acme.example"},
                    {"n-1", "", "other@acme.example", "bob@acme.example"}};
  for (const bool list : {false, true}) {
    std::vector<std::string> emails = {"ada@acme.example", "bob@acme.example"};
    const auto found = find(list ? many(emails) : emails);
    EXPECT_THAT(found[0], ElementsAre("h-1"));
    EXPECT_THAT(found[1], IsEmpty()) << "found by a display name that looks like the address";
  }
}

TEST_F(PeopleTest, LeavesHiddenAddressesAloneWhereThatIsWanted) {
  settings_.match_hidden = false;
  site_.accounts = {{"h-1", "", "ada@acme.example"}};
  EXPECT_THAT(find({"ada@acme.example"})[0], IsEmpty());
  const std::size_t searches = site_.count("GET jira/rest/api/3/user/search");
  EXPECT_THAT(find(many({"ada@acme.example"}))[0], IsEmpty());
  EXPECT_EQ(site_.count("GET jira/rest/api/3/user/search"), searches);
}

TEST_F(PeopleTest, ListsInPagesThatMayBeShort) {
  for (int i = 0; i < 250; ++i) {
    site_.accounts.push_back({fmt::format("a-{}", i), fmt::format("p{}@acme.example", i)});
  }
  site_.page = 70;
  const auto found = find(many({"p0@acme.example", "p249@acme.example"}));
  EXPECT_THAT(found[0], ElementsAre("a-0"));
  EXPECT_THAT(found[1], ElementsAre("a-249"));
  EXPECT_EQ(site_.count("GET jira/rest/api/3/users/search"), 5U);
  EXPECT_EQ(site_.count("GET jira/rest/api/3/user/search"), 0U) << "nobody hides an address";
}

TEST_F(PeopleTest, WaitsAsLongAsJiraSays) {
  site_.accounts = {{"a-1", "ada@acme.example"}};
  site_.scripts["GET jira/rest/api/3/user/search"].push_back(
      answer(429, "", {{"Retry-After", "17"}}));
  EXPECT_THAT(find({"ada@acme.example"})[0], ElementsAre("a-1"));
  ASSERT_EQ(site_.times.size(), 2U);
  EXPECT_GE(site_.times[1] - site_.times[0], 17s);
  EXPECT_EQ(people().traffic().throttled, 1U);
  EXPECT_EQ(people().traffic().requests, 2U);
  EXPECT_GE(people().traffic().waited_seconds, 17);
}

TEST_F(PeopleTest, KeepsToItsBudget) {
  settings_.requests_per_minute = 60;
  std::vector<std::string> emails;
  for (int i = 0; i < 150; ++i) emails.push_back(fmt::format("p{}@acme.example", i));
  find(emails);
  ASSERT_EQ(site_.times.size(), 150U);
  for (std::size_t i = 60; i < 150; ++i) {
    EXPECT_GT(site_.times[i] - site_.times[i - 60], 60s - 1ms) << i;
  }
}

TEST_F(PeopleTest, GivesUpInWordsThatNameNobody) {
  for (int i = 0; i < 3; ++i) {
    site_.scripts["GET jira/rest/api/3/user/search"].push_back(answer(503, "ada@acme.example"));
  }
  find({"ada@acme.example"});
  expect_error(found_, ErrorKind::kUnavailable, "people_unavailable", "Searching for people");
  EXPECT_THAT(found_.error().text(), Not(HasSubstr("ada")));

  site_.scripts["GET jira/rest/api/3/user/search"].push_back(answer(200, "<html>ada"));
  find({"ada@acme.example"});
  expect_error(found_, ErrorKind::kMalformed, "people_unavailable", "no JSON");
  site_.scripts["GET jira/rest/api/3/user/search"].push_back(answer(200, R"({"ada":1})"));
  find({"ada@acme.example"});
  expect_error(found_, ErrorKind::kMalformed, "people_unavailable", "no list of people");
}

TEST_F(PeopleTest, StopsWhenAskedTo) {
  stop_.request_stop();
  find({"ada@acme.example"});
  ASSERT_FALSE(found_.ok());
  EXPECT_EQ(found_.error().kind, ErrorKind::kCancelled);
}

TEST_F(PeopleTest, EndsTheSearchWhenItsCallerFails) {
  std::vector<std::string> emails;
  for (int i = 0; i < 150; ++i) emails.push_back(fmt::format("p{}@acme.example", i));
  const base::Status found = people().find(
      emails,
      [](std::span<const FoundAccounts>) -> base::Status {
        return base::Error{ErrorKind::kDenied, "people_permission", "No."};
      },
      stop_.get_token());
  EXPECT_EQ(found.error().reason, "people_permission");
  EXPECT_EQ(site_.calls.size(), 100U) << "one batch";
}

// ---- writing ----------------------------------------------------------------------------------

TEST_F(PeopleTest, WritesAccountsAndTellsWhatBecameOfEach) {
  site_.objects = {{"u-1", "", ""}, {"u-2", "", "b-1"}, {"u-3", "", ""}};
  must_open();
  site_.scripts["PUT assets/object/3"].push_back(answer(400, "a-3 does not exist"));
  std::vector<Written> written;
  const std::vector<AccountChange> changes = {{"1", "a-1"}, {"2", "b-2"}, {"3", "a-3"}, {"9", "z"}};
  ASSERT_TRUE(people().write(changes, written, stop_.get_token()).ok());
  EXPECT_THAT(written,
              ElementsAre(Written::kDone, Written::kDone, Written::kRefused, Written::kGone));
  EXPECT_EQ(site_.objects[0].account, "a-1");
  EXPECT_EQ(site_.objects[1].account, "b-2");
}

TEST_F(PeopleTest, WritesAgainWhenTheAnswerGotLost) {
  site_.objects = {{"u-1", "", ""}};
  must_open();
  site_.scripts["PUT assets/object/1"].push_back(test::lost_answer());
  std::vector<Written> written;
  const std::vector<AccountChange> changes = {{"1", "a-1"}};
  ASSERT_TRUE(people().write(changes, written, stop_.get_token()).ok());
  EXPECT_THAT(written, ElementsAre(Written::kDone));
}

TEST_F(PeopleTest, StopsWritingWhenItMayNotAndSaysWhatIsDone) {
  for (int i = 0; i < 50; ++i) site_.objects.push_back({"u", "", ""});
  must_open();
  site_.scripts["PUT assets/object/5"].push_back(answer(403, "a-4"));
  std::vector<AccountChange> changes;
  for (int i = 0; i < 50; ++i) changes.push_back({std::to_string(i + 1), fmt::format("a-{}", i)});
  std::vector<Written> written;
  const base::Status done = people().write(changes, written, stop_.get_token());
  expect_error(done, ErrorKind::kDenied, "people_permission", "Object Schema Developer");
  ASSERT_EQ(written.size(), 50U);
  EXPECT_EQ(written[0], Written::kDone);
  EXPECT_EQ(written[4], Written::kNot);
  EXPECT_EQ(written[49], Written::kNot);
}

}  // namespace
}  // namespace muster::assets
