#include "store/secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/test_support.h"

namespace muster::store {
namespace {

using test::at;
using testing::ElementsAre;
using testing::IsEmpty;

class SecretsTest : public testing::Test {
 protected:
  SecretsTest() {
    EXPECT_TRUE(open_store(url_).ok());  // brings the database up to date
    EXPECT_TRUE(test::open_unguarded(url_)
                    ->run("INSERT INTO sites (site, name, created) VALUES ('acme', 'Acme', 0)")
                    .ok());
    secrets_ = open_secrets(url_).value();
  }

  std::vector<std::string> names(const std::string& site) {
    std::vector<std::string> names;
    const std::vector<SecretRow> rows = secrets_->list(site).value();
    for (const SecretRow& row : rows) names.push_back(row.name);
    return names;
  }
  void give_key(const std::string& site) {
    ASSERT_TRUE(secrets_->change_key("", "key-1").ok());
    ASSERT_EQ(secrets_->add_data_key({site, "wrapped " + site}, "key-1").value(),
              "wrapped " + site);
  }

  const test::TemporaryFolder folder_;
  const std::string url_ = test::fresh_database(folder_);
  std::unique_ptr<Secrets> secrets_;
};

TEST_F(SecretsTest, KeepsOneKeyNameUntilItIsChangedFromThatOne) {
  EXPECT_EQ(secrets_->key_id().value(), "");
  EXPECT_EQ(secrets_->change_key("key-0", "key-1").error().reason, "wrong_key");
  ASSERT_TRUE(secrets_->change_key("", "key-1").ok());
  EXPECT_TRUE(secrets_->change_key("", "key-1").ok()) << "it is that one";
  EXPECT_EQ(secrets_->change_key("", "key-2").error().reason, "wrong_key");
  EXPECT_EQ(secrets_->change_key("key-3", "key-2").error().reason, "wrong_key");
  EXPECT_EQ(secrets_->key_id().value(), "key-1");
  EXPECT_TRUE(secrets_->change_key("key-1", "key-2").ok());
  EXPECT_TRUE(secrets_->change_key("key-1", "key-2").ok()) << "an interrupted rotation";
  EXPECT_EQ(secrets_->key_id().value(), "key-2");
}

TEST_F(SecretsTest, KeepsTheFirstDataKeyOfASite) {
  give_key("acme");
  EXPECT_EQ(secrets_->add_data_key({"acme", "another"}, "key-1").value(), "wrapped acme");
  EXPECT_EQ(secrets_->data_key("acme").value(), "wrapped acme");
  EXPECT_FALSE(secrets_->data_key("default").value());
  EXPECT_EQ(secrets_->add_data_key({"default", "late"}, "key-0").error().reason, "wrong_key")
      << "the key was changed meanwhile";
  EXPECT_EQ(secrets_->add_data_key({"nobody", "x"}, "key-1").error().reason, "no_such_site");
}

TEST_F(SecretsTest, ReplacesADataKeyOnlyWhenItIsTheOneThatWasRead) {
  give_key("acme");
  EXPECT_EQ(secrets_->replace_data_key({"acme", "new"}, "other").error().reason,
            "version_conflict");
  ASSERT_TRUE(secrets_->replace_data_key({"acme", "new"}, "wrapped acme").ok());
  const std::vector<WrappedKey> keys = secrets_->data_keys().value();
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].site, "acme");
  EXPECT_EQ(keys[0].wrapped, "new");
}

TEST_F(SecretsTest, KeepsSecretsOfEachSiteApart) {
  give_key("acme");
  give_key("default");
  const std::string bytes("\0sealed\xff", 8);
  ASSERT_TRUE(secrets_->put("acme", {"token", at(1), "anna"}, bytes, {}).ok());
  ASSERT_TRUE(secrets_->put("acme", {"client", at(2), "anna"}, "c", {}).ok());
  ASSERT_TRUE(secrets_->put("default", {"token", at(3), "bert"}, "d", {}).ok());
  EXPECT_EQ(secrets_->find("acme", "token").value(), bytes);
  EXPECT_EQ(secrets_->find("default", "token").value(), "d");
  EXPECT_FALSE(secrets_->find("default", "client").value());
  EXPECT_THAT(names("acme"), ElementsAre("client", "token"));
  EXPECT_EQ(secrets_->remove("default", "client", {}).error().reason, "no_such_secret");
  ASSERT_TRUE(secrets_->remove("acme", "token", {}).ok());
  EXPECT_THAT(names("acme"), ElementsAre("client"));
  EXPECT_THAT(names("default"), ElementsAre("token"));
  EXPECT_THAT(names("nobody"), IsEmpty());
}

TEST_F(SecretsTest, ReplacesAValueAndSaysWhoDid) {
  give_key("acme");
  ASSERT_TRUE(secrets_->put("acme", {"token", at(1), "anna"}, "a", {}).ok());
  ASSERT_TRUE(secrets_->put("acme", {"token", at(2), "bert"}, "b", {}).ok());
  EXPECT_EQ(secrets_->find("acme", "token").value(), "b");
  const std::vector<SecretRow> rows = secrets_->list("acme").value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].changed_by, "bert");
  EXPECT_EQ(rows[0].changed, at(2));
}

}  // namespace
}  // namespace muster::store
