#include "sandbox/jira/jira_service.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "sandbox/test_support.h"

namespace muster::sandbox::jira {
namespace {

using test::kOrigin;
using test::Reply;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

class JiraStage : public testing::Test, public test::Stage {
 protected:
  static net::Header basic(std::string_view account, std::string_view token) {
    return {"Authorization", "Basic " + base::base64_encode(fmt::format("{}:{}", account, token))};
  }
  Reply ask(const std::string& path) {
    return send("GET", "/jira" + path, {basic(jira.account, jira.api_token)});
  }
  Reply ask_as_reader(const std::string& path) {
    return send("GET", "/jira" + path, {basic(jira.reader, jira.reader_token)});
  }
  static std::vector<std::string> ids(const Reply& reply) {
    std::vector<std::string> found;
    const json::Document document = reply.json();
    for (const json::Value& user : document.root().items()) {
      found.emplace_back(user.find("accountId")->text());
    }
    return found;
  }
  std::vector<std::string> search(const std::string& query) {
    return ids(ask("/rest/api/3/user/search?query=" + base::percent_encode(query)));
  }
  // The first account for which `test` holds.
  template <typename Test>
  const Account& some(Test test) {
    const auto& all = sandbox.jira().accounts().all();
    const auto found = std::ranges::find_if(all, test);
    EXPECT_NE(found, all.end());
    return *found;
  }

  const Connection::Jira jira = sandbox.connection(kOrigin).jira;
};

TEST_F(JiraStage, FindsAnAccountByItsAddressWhateverItsCase) {
  const Account& plain = some([](const Account& account) {
    return account.active && !account.hides_email && !account.deleted && !account.email.empty();
  });
  EXPECT_THAT(search(plain.email), Contains(plain.id));
  std::string other = plain.email;
  other[0] = static_cast<char>(other[0] ^ 32);
  EXPECT_THAT(search(other), Contains(plain.id));
  EXPECT_THAT(search(plain.email.substr(0, 6)), Contains(plain.id));
  EXPECT_THAT(search("nobody@nowhere.example"), IsEmpty());
}

TEST_F(JiraStage, FindsAHiddenAddressOnlyAsAWholeAndDoesNotShowIt) {
  const Account& hidden = some([](const Account& account) {
    return account.hides_email && account.email.find("elsewhere") == std::string::npos;
  });
  EXPECT_THAT(search(hidden.email), Contains(hidden.id));
  EXPECT_THAT(search(hidden.email.substr(0, hidden.email.size() - 1)), Not(Contains(hidden.id)));
  const Reply reply = ask("/rest/api/3/user/search?query=" + base::percent_encode(hidden.email));
  EXPECT_THAT(reply.body, Not(HasSubstr(hidden.email)));
}

TEST_F(JiraStage, FindsNoInactiveAccountAndListsIt) {
  const Account& inactive = some([](const Account& account) { return !account.active; });
  EXPECT_THAT(search(inactive.email), Not(Contains(inactive.id)));
  EXPECT_THAT(ids(ask("/rest/api/3/users/search?maxResults=1000")), Contains(inactive.id));
}

TEST_F(JiraStage, HasPeopleOfEveryOddKind) {
  std::map<std::string, std::set<std::string>> by_email;
  for (const Account& account : sandbox.jira().accounts().all()) {
    if (account.type != "atlassian" || !account.active || account.deleted) continue;
    by_email[base::to_lower_ascii(account.email)].insert(account.id);
  }
  const auto several =
      std::ranges::count_if(by_email, [](const auto& e) { return e.second.size() > 1; });
  EXPECT_GT(several, 5);
  EXPECT_LT(several, 100);
  for (const char* type : {"app", "customer"}) {
    some([&](const Account& account) { return account.type == type; });
  }
}

TEST_F(JiraStage, ListsEverybodyInPagesThatMayHoldFewer) {
  std::set<std::string> seen;
  bool short_page = false;
  for (std::size_t start = 0;;) {
    const std::vector<std::string> page =
        ids(ask(fmt::format("/rest/api/3/users/search?startAt={}&maxResults=100", start)));
    if (page.empty()) break;
    short_page = short_page || page.size() < 100;
    seen.insert(page.begin(), page.end());
    start += page.size();
  }
  const auto& all = sandbox.jira().accounts().all();
  EXPECT_EQ(seen.size(),
            static_cast<std::size_t>(std::ranges::count(all, false, &Account::deleted)));
  EXPECT_TRUE(short_page);
}

TEST_F(JiraStage, TellsSomebodyUnknownNothingButRefusesOnlyWhatNeedsSomebody) {
  const std::vector<net::Header> wrong = {basic(jira.account, "wrong")};
  EXPECT_EQ(send("GET", "/jira/rest/api/3/myself", wrong).status, 401);
  EXPECT_EQ(send("GET", "/jira/rest/servicedeskapi/assets/workspace", wrong).status, 401);
  EXPECT_EQ(send("GET", "/jira/rest/api/3/user/search?query=a", wrong).body, "[]");
  EXPECT_EQ(send("GET", "/jira/rest/api/3/users/search", wrong).body, "[]");
  EXPECT_THAT(send("GET", "/jira/rest/api/3/mypermissions?permissions=USER_PICKER", wrong).body,
              HasSubstr(R"("havePermission":false)"));
  EXPECT_EQ(send("GET", "/jira/_edge/tenant_info").text("cloudId"), sandbox.jira().cloud_id());
}

TEST_F(JiraStage, ShowsNobodyToWhoMayNotBrowseUsers) {
  EXPECT_EQ(ask_as_reader("/rest/api/3/myself").status, 200);
  EXPECT_EQ(ask_as_reader("/rest/api/3/user/search?query=a").body, "[]");
  EXPECT_THAT(ask_as_reader("/rest/api/3/mypermissions?permissions=USER_PICKER").body,
              HasSubstr(R"("havePermission":false)"));
  EXPECT_THAT(ask("/rest/api/3/mypermissions?permissions=USER_PICKER").body,
              HasSubstr(R"("havePermission":true)"));
}

TEST_F(JiraStage, RefusesWhatJiraRefuses) {
  EXPECT_EQ(ask("/rest/api/3/user/search").status, 400);
  EXPECT_EQ(ask("/rest/api/3/user/search?username=a").status, 400);
  EXPECT_EQ(ask("/rest/api/3/users/search?startAt=x").status, 400);
  EXPECT_EQ(ask("/rest/api/3/mypermissions").status, 400);
  EXPECT_EQ(ask("/rest/api/3/elsewhere").status, 404);
}

TEST_F(JiraStage, KeepsAJournalOfWhoAsked) {
  ask("/rest/api/3/myself");
  ask_as_reader("/rest/api/3/myself");
  const std::vector<JournalEntry> entries = sandbox.journal().entries();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].owner, jira.account);
  EXPECT_EQ(entries[0].target, "/jira/rest/api/3/myself");
  EXPECT_EQ(entries[1].owner, jira.reader);
}

TEST_F(JiraStage, LetsABearerInOnlyBelowTheIdOfTheSite) {
  const std::vector<net::Header> bearer = {{"Authorization", "Bearer " + jira.bearer_token}};
  const std::string site = "/assets/ex/jira/" + sandbox.jira().cloud_id();
  EXPECT_EQ(send("GET", site + "/rest/api/3/myself", bearer).status, 200);
  EXPECT_EQ(send("GET",
                 fmt::format("{}/jsm/assets/workspace/{}/v1/usage", site,
                             sandbox.assets().workspace_id()),
                 bearer)
                .status,
            200);
  EXPECT_EQ(send("GET", "/jira/rest/api/3/myself", bearer).status, 401);
  EXPECT_EQ(send("GET", site + "/rest/api/3/myself").status, 401);
  EXPECT_EQ(send("GET", "/assets/ex/jira/another/rest/api/3/myself", bearer).status, 404);
}

TEST_F(JiraStage, SaysWhatIsTrueOfItsAccounts) {
  const Reply page = send("GET", "/_sandbox/truth/jira.accounts?offset=0&limit=10");
  EXPECT_EQ(page.rows(), 10U);
  EXPECT_EQ(page.text("count"), std::to_string(sandbox.jira().accounts().all().size()));
  EXPECT_EQ(page.text("next"), "10");
}

}  // namespace
}  // namespace muster::sandbox::jira
