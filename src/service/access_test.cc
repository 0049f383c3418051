#include "service/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "store/db.h"
#include "store/sites.h"
#include "store/store.h"
#include "store/test_support.h"

namespace muster::service {
namespace {

using base::Secret;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class AccessTest : public testing::Test {
 protected:
  AccessTest() {
    EXPECT_TRUE(store::open_store(url_).ok());  // brings the database up to date
    accounts_ = store::open_accounts(url_).value();
    audit_ = store::open_audit(url_).value();
    access_ = std::make_unique<Access>(*accounts_, *audit_, *scheduler_);
  }

  SignedIn set_up() {
    const Secret token = access_->first_start().value();
    return access_->set_up(token.reveal(), {"olga", Secret("correct horse")}, "10.0.0.1").value();
  }
  base::Result<SignedIn> sign_in(const std::string& name, const std::string& password) {
    return access_->sign_in({name, Secret(password)}, "10.0.0.2");
  }
  std::string reason_of(const Secret& session) {
    const auto caller = access_->by_session(session, "10.0.0.1");
    return caller.ok() ? "" : caller.error().reason;
  }
  void wait(base::Duration duration) { base::sleep_for(*scheduler_, duration, {}); }
  std::vector<std::string> acts() {
    std::vector<std::string> acts;
    const auto entries = audit_->list("", 0, 100).value();
    for (const auto& entry : entries) acts.push_back(entry.act + " " + entry.target);
    return acts;
  }

  const store::test::TemporaryFolder folder_;
  const std::string url_ = "sqlite:" + folder_.file("test.db");
  // Time passes only where the test says so.
  const std::unique_ptr<base::Scheduler> scheduler_ = base::make_simulated_scheduler(1);
  std::unique_ptr<store::Accounts> accounts_;
  std::unique_ptr<store::Audit> audit_;
  std::unique_ptr<Access> access_;
};

TEST_F(AccessTest, TheFirstStartMakesOneOperator) {
  const Secret replaced = access_->first_start().value();
  const Secret token = access_->first_start().value();
  const Credential olga{"olga", Secret("correct horse")};
  EXPECT_EQ(access_->set_up("guessed", olga, "").error().reason, "set_up");
  EXPECT_EQ(access_->set_up(replaced.reveal(), olga, "").error().reason, "set_up");
  EXPECT_EQ(access_->set_up(token.reveal(), {"olga", Secret("short")}, "").error().reason,
            "password");
  EXPECT_EQ(access_->set_up(token.reveal(), {"Olga", Secret("correct horse")}, "").error().reason,
            "admin_name");
  const auto in = access_->set_up(token.reveal(), olga, "10.0.0.1");
  ASSERT_TRUE(in.ok());
  const Caller caller = access_->by_session(in->session, "10.0.0.1").value();
  EXPECT_TRUE(caller.is_operator);
  EXPECT_TRUE(caller.may(Role::kAdmin, "any site"));
  EXPECT_EQ(access_->set_up(token.reveal(), olga, "").error().reason, "set_up") << "once";
  EXPECT_TRUE(access_->first_start().value().empty());
  EXPECT_THAT(acts(), testing::ElementsAre("admin.signed_in olga", "admin.set_up olga"));
}

TEST_F(AccessTest, TheSetUpTokenEndsAfterADay) {
  const Secret token = access_->first_start().value();
  wait(kSetUpWithin);
  EXPECT_EQ(access_->set_up(token.reveal(), {"olga", Secret("correct horse")}, "").error().reason,
            "set_up");
}

TEST_F(AccessTest, SignsInWhoKnowsThePassword) {
  set_up();
  const auto in = sign_in("olga", "correct horse");
  ASSERT_TRUE(in.ok());
  EXPECT_EQ(access_->by_session(in->session, "").value().admin, "olga");
  EXPECT_EQ(sign_in("olga", "wrong horse").error().reason, "wrong_password");
  EXPECT_EQ(sign_in("nobody", "correct horse").error().message,
            sign_in("olga", "wrong horse").error().message)
      << "it does not tell which names there are";
  EXPECT_THAT(acts(), Contains("admin.wrong_password olga"));
  EXPECT_THAT(acts(), Contains("admin.wrong_password somebody"));
  EXPECT_THAT(acts(), Not(Contains(HasSubstr("nobody")))) << "a password may have been typed there";
}

TEST_F(AccessTest, HoldsBackWhoGuessesAndLocksNobodyOut) {
  set_up();
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(sign_in("olga", "wrong horse").ok());
    EXPECT_FALSE(sign_in("nobody", "wrong horse").ok());
  }
  EXPECT_EQ(access_->hold_back("olga"), base::Duration::zero()) << "mistyping costs nothing";
  base::Duration before{};
  for (int i = 0; i < 4; ++i) {
    EXPECT_FALSE(sign_in("olga", "wrong horse").ok());
    EXPECT_FALSE(sign_in("nobody", "wrong horse").ok());
    EXPECT_GT(access_->hold_back("olga"), before);
    EXPECT_EQ(access_->hold_back("olga"), access_->hold_back("nobody"));
    before = access_->hold_back("olga");
  }
  EXPECT_LE(before, seconds(5));
  EXPECT_TRUE(sign_in("olga", "correct horse").ok());
  EXPECT_EQ(access_->hold_back("olga"), base::Duration::zero());
}

TEST_F(AccessTest, ASessionEndsWhenNothingIsAskedForHalfAnHour) {
  const SignedIn in = set_up();
  for (int i = 0; i < 3; ++i) {
    wait(minutes(29));
    EXPECT_EQ(reason_of(in.session), "");
  }
  wait(minutes(30));
  EXPECT_EQ(reason_of(in.session), "not_signed_in");
}

TEST_F(AccessTest, ASessionEndsAfterEightHours) {
  const SignedIn in = set_up();
  for (int i = 0; i < 23; ++i) {
    wait(minutes(20));
    EXPECT_EQ(reason_of(in.session), "");
  }
  wait(minutes(20));
  EXPECT_EQ(reason_of(in.session), "not_signed_in");
}

TEST_F(AccessTest, ASessionEndsWithItsOwner) {
  set_up();
  const store::Admin anna{.admin = "anna",
                          .password = access_->hash_password(Secret("battery staple")).value(),
                          .roles = {{"default", "auditor"}}};
  ASSERT_TRUE(accounts_->put_admin(anna, {.who = "olga", .act = "admin.put"}).ok());
  const SignedIn in = sign_in("anna", "battery staple").value();
  const Caller caller = access_->by_session(in.session, "").value();
  EXPECT_TRUE(caller.may(Role::kAuditor, "default"));
  EXPECT_FALSE(caller.may(Role::kAdmin, "default"));
  EXPECT_FALSE(caller.may(Role::kAuditor, "acme"));
  store::Admin closed = anna;
  closed.is_disabled = true;
  ASSERT_TRUE(accounts_->put_admin(closed, {.who = "olga", .act = "admin.put"}).ok());
  EXPECT_EQ(reason_of(in.session), "not_signed_in");
  EXPECT_EQ(sign_in("anna", "battery staple").error().reason, "wrong_password");
}

TEST_F(AccessTest, SignsOut) {
  const SignedIn in = set_up();
  ASSERT_TRUE(access_->sign_out(access_->by_session(in.session, "").value()).ok());
  EXPECT_EQ(reason_of(in.session), "not_signed_in");
}

TEST_F(AccessTest, PersonalTokensHaveAScopeAndAnEnd) {
  const Caller olga = access_->by_session(set_up().session, "").value();
  const auto reads = access_->make_token(olga, "pipeline", "read", hours(24)).value();
  const auto writes = access_->make_token(olga, "pipeline", "write", hours(48)).value();
  EXPECT_FALSE(access_->by_token(reads.text.reveal(), "").value().may_write);
  EXPECT_TRUE(access_->by_token(writes.text.reveal(), "").value().may_write);
  EXPECT_EQ(access_->by_token(reads.row.token, "").error().reason, "token")
      << "its public name is no token";
  wait(hours(24));
  EXPECT_EQ(access_->by_token(reads.text.reveal(), "").error().reason, "token");
  EXPECT_TRUE(access_->by_token(writes.text.reveal(), "").ok());
  ASSERT_TRUE(accounts_->remove_token("olga", writes.row.token, {.act = "token.removed"}).ok());
  EXPECT_EQ(access_->by_token(writes.text.reveal(), "").error().reason, "token");
  EXPECT_EQ(access_->make_token(olga, "x", "read", kTokenLongest + seconds(1)).error().reason,
            "token");
}

TEST_F(AccessTest, KeepsNoTokenAndNoPassword) {
  const SignedIn in = set_up();
  const Caller olga = access_->by_session(in.session, "").value();
  const auto token = access_->make_token(olga, "pipeline", "read", hours(24)).value();
  const auto db = store::open_db(url_).value();
  for (const std::string table : {"admins", "sessions", "api_tokens", "audit", "set_up_token"}) {
    auto rows = db->query("SELECT * FROM " + table).value();
    while (rows.step().value()) {
      for (int column = 0; column < (table == "set_up_token" ? 3 : 5); ++column) {
        const std::string text = rows.text(column);
        EXPECT_THAT(text, Not(HasSubstr(std::string(in.session.reveal())))) << table;
        EXPECT_THAT(text, Not(HasSubstr(std::string(token.text.reveal())))) << table;
        EXPECT_THAT(text, Not(HasSubstr("correct horse"))) << table;
      }
    }
  }
}

TEST_F(AccessTest, WhoeverWaitsToBeCheckedGetsATurn) {
  set_up();
  std::vector<std::unique_ptr<base::Scheduler::Thread>> threads;
  int ok = 0;
  for (int i = 0; i < 6; ++i) {
    threads.push_back(scheduler_->start("sign in", [&] {
      if (sign_in("olga", "correct horse").ok()) ++ok;
    }));
  }
  for (auto& thread : threads) thread->join();
  EXPECT_EQ(ok, 6);
}

}  // namespace
}  // namespace muster::service
