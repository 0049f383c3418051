#include "store/accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "store/test_support.h"

namespace muster::store {
namespace {

using test::at;
using testing::ElementsAre;
using testing::Pair;

class AccountsTest : public testing::Test {
 protected:
  AccountsTest() {
    EXPECT_TRUE(open_store(url_).ok());  // brings the database up to date
    EXPECT_TRUE(test::open_unguarded(url_)
                    ->run("INSERT INTO sites (site, name, created) VALUES ('acme', 'Acme', 0)")
                    .ok());
    accounts_ = open_accounts(url_).value();
    audit_ = open_audit(url_).value();
  }

  static AuditEntry entry(const std::string& act) {
    return {.at = at(1), .who = "test", .origin = "here", .act = act};
  }
  base::Status put(Admin admin) { return accounts_->put_admin(admin, entry("put")); }
  std::size_t entries() { return audit_->list("", 0, 100).value().size(); }
  static Session session_of(const std::string& admin, const std::string& token) {
    return {.token_hash = token,
            .session = "name of " + token,
            .admin = admin,
            .origin = "10.0.0.7",
            .created = at(100),
            .last_seen = at(100),
            .ends = at(1000)};
  }

  const test::TemporaryFolder folder_;
  const std::string url_ = test::fresh_database(folder_);
  std::unique_ptr<Accounts> accounts_;
  std::unique_ptr<Audit> audit_;
  const Admin boss_{.admin = "boss", .password = "hash", .is_operator = true, .created = at(1)};
};

TEST_F(AccountsTest, KeepsAdminsWithTheirRoles) {
  ASSERT_TRUE(put(boss_).ok());
  ASSERT_TRUE(put({.admin = "anna", .roles = {{"acme", "admin"}, {"default", "auditor"}}}).ok());
  ASSERT_TRUE(put({.admin = "anna", .password = "p", .roles = {{"acme", "auditor"}}}).ok());
  const std::vector<Admin> admins = accounts_->admins().value();
  ASSERT_EQ(admins.size(), 2U);
  EXPECT_EQ(admins[0].admin, "anna");
  EXPECT_EQ(admins[0].password, "p");
  EXPECT_THAT(admins[0].roles, ElementsAre(Pair("acme", "auditor")));
  EXPECT_TRUE(admins[1].is_operator);
  EXPECT_FALSE(accounts_->admin("nobody").value());
  EXPECT_EQ(put({.admin = "bert", .roles = {{"nowhere", "admin"}}}).error().reason, "no_such_site");
  EXPECT_FALSE(accounts_->admin("bert").value()) << "all or nothing";
}

TEST_F(AccountsTest, AnIdentityBelongsToOneAccount) {
  const OpenIdentity anna{"https://login.example", "1"}, other{"https://login.example", "2"};
  ASSERT_TRUE(put(boss_).ok());
  ASSERT_TRUE(put({.admin = "anna", .identity = anna}).ok());
  ASSERT_TRUE(put({.admin = "anna", .roles = {{"acme", "admin"}}, .identity = anna}).ok());
  EXPECT_EQ(accounts_->admin_of(anna).value()->admin, "anna");
  EXPECT_THAT(accounts_->admin_of(anna).value()->roles, ElementsAre(Pair("acme", "admin")));
  EXPECT_FALSE(accounts_->admin_of(other).value());
  EXPECT_FALSE(accounts_->admin_of({"https://other.example", "1"}).value());
  EXPECT_EQ(put({.admin = "bert", .identity = anna}).error().reason, "identity_taken");
  EXPECT_FALSE(accounts_->admin("bert").value());
  ASSERT_TRUE(put({.admin = "anna", .identity = other}).ok());
  EXPECT_TRUE(put({.admin = "bert", .identity = anna}).ok());
  ASSERT_TRUE(put({.admin = "anna"}).ok());
  EXPECT_FALSE(accounts_->admin_of(other).value());
}

TEST_F(AccountsTest, LeavesAlwaysSomebodyWhoMayDoEverything) {
  ASSERT_TRUE(put(boss_).ok());
  Admin lesser = boss_;
  lesser.is_operator = false;
  EXPECT_EQ(put(lesser).error().reason, "last_operator");
  Admin disabled = boss_;
  disabled.is_disabled = true;
  EXPECT_EQ(put(disabled).error().reason, "last_operator");
  EXPECT_EQ(accounts_->remove_admin("boss", entry("removed")).error().reason, "last_operator");
  EXPECT_TRUE(accounts_->admin("boss").value()->is_operator);
  EXPECT_EQ(entries(), 1U) << "what was not done is not told";
}

TEST_F(AccountsTest, LeavesAnOperatorWhenTwoRemoveEachOther) {
  for (int round = 0; round < 10; ++round) {
    for (const std::string name : {"olga", "otto"}) {
      ASSERT_TRUE(put({.admin = name, .is_operator = true}).ok());
    }
    std::vector<std::thread> threads;
    for (const std::string name : {"olga", "otto"}) {
      threads.emplace_back([&, name] {
        const base::Status removed =
            open_accounts(url_).value()->remove_admin(name, entry("removed"));
        EXPECT_TRUE(removed.ok() || removed.error().reason == "last_operator");
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(accounts_->admins()->size(), 1U);
  }
}

TEST_F(AccountsTest, EndsSessionsThatBeganWithAnotherPassword) {
  ASSERT_TRUE(put(boss_).ok());
  ASSERT_TRUE(accounts_->add_session(session_of("boss", "s1"), entry("in")).ok());
  ASSERT_TRUE(put(boss_).ok());
  EXPECT_TRUE(accounts_->session("s1").value()) << "the same password";
  Admin changed = boss_;
  changed.password = "another";
  ASSERT_TRUE(put(changed).ok());
  EXPECT_FALSE(accounts_->session("s1").value());
}

TEST_F(AccountsTest, FindsTokensByTheirHashOnly) {
  ASSERT_TRUE(put(boss_).ok());
  const ApiToken token{.token_hash = "t1",
                       .token = "name of t1",
                       .admin = "boss",
                       .name = "ci",
                       .scope = "write",
                       .created = at(1),
                       .ends = at(9)};
  ASSERT_TRUE(accounts_->add_token(token, entry("token")).ok());
  EXPECT_EQ(accounts_->token("t1").value()->name, "ci");
  EXPECT_FALSE(accounts_->token("name of t1").value());
  EXPECT_EQ(accounts_->tokens("boss")->size(), 1U);
  EXPECT_EQ(accounts_->remove_token("anna", "name of t1", entry("token")).error().reason,
            "no_such_token");
  EXPECT_TRUE(accounts_->remove_token("boss", "name of t1", entry("token")).ok());
  EXPECT_TRUE(accounts_->tokens("boss")->empty());
}

TEST_F(AccountsTest, EndsSessionsAndTokensWithTheAccount) {
  ASSERT_TRUE(put(boss_).ok());
  ASSERT_TRUE(put({.admin = "anna"}).ok());
  ASSERT_TRUE(accounts_->add_session(session_of("anna", "s1"), entry("in")).ok());
  ASSERT_TRUE(accounts_
                  ->add_token({.token_hash = "t1",
                               .token = "name of t1",
                               .admin = "anna",
                               .name = "ci",
                               .scope = "read",
                               .created = at(1),
                               .ends = at(9)},
                              entry("token"))
                  .ok());
  EXPECT_TRUE(accounts_->session("s1").value());
  EXPECT_EQ(accounts_->token("t1").value()->scope, "read");
  ASSERT_TRUE(put({.admin = "anna", .is_disabled = true}).ok());
  EXPECT_FALSE(accounts_->session("s1").value());
  EXPECT_FALSE(accounts_->token("t1").value());
  EXPECT_TRUE(accounts_->remove_admin("anna", entry("removed")).ok());
  EXPECT_EQ(accounts_->remove_admin("anna", entry("removed")).error().reason, "no_such_admin");
}

TEST_F(AccountsTest, EndsOnlyOnesOwnSessions) {
  ASSERT_TRUE(put(boss_).ok());
  ASSERT_TRUE(put({.admin = "anna"}).ok());
  ASSERT_TRUE(accounts_->add_session(session_of("anna", "s1"), entry("in")).ok());
  EXPECT_EQ(accounts_->end_session("boss", "name of s1", entry("out")).error().reason,
            "no_such_session");
  ASSERT_TRUE(accounts_->touch_session("s1", at(200)).ok());
  EXPECT_EQ(accounts_->session("s1").value()->last_seen, at(200));
  EXPECT_TRUE(accounts_->end_session("anna", "name of s1", entry("out")).ok());
  EXPECT_FALSE(accounts_->session("s1").value());
}

TEST_F(AccountsTest, ForgetsSessionsWhoseTimeIsOver) {
  ASSERT_TRUE(put(boss_).ok());
  ASSERT_TRUE(accounts_->add_session(session_of("boss", "s1"), entry("in")).ok());
  EXPECT_EQ(accounts_->forget_ended(at(150), std::chrono::seconds(100)).value(), 0);
  EXPECT_EQ(accounts_->forget_ended(at(200), std::chrono::seconds(100)).value(), 1);
  ASSERT_TRUE(accounts_->add_session(session_of("boss", "s2"), entry("in")).ok());
  ASSERT_TRUE(accounts_->touch_session("s2", at(999)).ok());
  ASSERT_TRUE(accounts_->touch_session("s2", at(900)).ok());
  EXPECT_EQ(accounts_->session("s2").value()->last_seen, at(999)) << "never goes back";
  EXPECT_EQ(accounts_->forget_ended(at(1'000), std::chrono::seconds(100)).value(), 1)
      << "after the longest time";
}

TEST_F(AccountsTest, TakesTheSetUpTokenOnce) {
  ASSERT_TRUE(accounts_->put_set_up_token("old", at(100)).ok());
  ASSERT_TRUE(accounts_->put_set_up_token("new", at(100)).ok());
  const auto use = [&](const std::string& token, std::int64_t now) {
    return accounts_->use_set_up_token(token, at(now), boss_, entry("set-up")).value();
  };
  EXPECT_FALSE(use("old", 50));
  EXPECT_FALSE(use("new", 100)) << "too late";
  EXPECT_TRUE(use("new", 50));
  EXPECT_FALSE(use("new", 50));
  ASSERT_TRUE(accounts_->put_set_up_token("later", at(100)).ok());
  EXPECT_FALSE(use("later", 50)) << "there is an admin";
}

}  // namespace
}  // namespace muster::store
