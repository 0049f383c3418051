#include "service/vault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "store/db.h"
#include "store/store.h"

namespace muster::service {
namespace {

using base::Result;
using base::Secret;
using crypto::KeyEncryptionKey;
using testing::HasSubstr;

class VaultTest : public testing::Test {
 protected:
  VaultTest() {
    std::filesystem::remove_all(folder_);
    EXPECT_TRUE(store::open_store(url_).ok());  // brings the database up to date
    for (const std::string site : {"acme", "globex"}) {
      EXPECT_TRUE(
          db()->run("INSERT INTO sites (site, name, created) VALUES ($1, $1, 0)", site).ok());
    }
  }
  ~VaultTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<store::Db> db() { return store::open_db(url_).value(); }
  Result<std::unique_ptr<Vault>> open(const KeyEncryptionKey& key) {
    return Vault::open(store::open_secrets(url_).value(), key, *scheduler_);
  }
  base::Status put(Vault& vault, const std::string& site, const std::string& name,
                   const std::string& value) {
    return vault.put(site, name, Secret(value), {.at = scheduler_->wall_now(), .who = "anna"});
  }
  Result<std::size_t> rotate(const KeyEncryptionKey& from, const KeyEncryptionKey& to) {
    const auto secrets = store::open_secrets(url_).value();
    return rotate_key(*secrets, from, to);
  }
  static std::string shown(const Result<Secret>& secret) {
    return secret.ok() ? std::string(secret->reveal()) : secret.error().reason;
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("muster_vault_" + std::to_string(getpid()));
  const std::string url_ = "sqlite:" + (folder_ / "test.db").string();
  const std::unique_ptr<base::Scheduler> scheduler_ = base::make_real_scheduler();
  const KeyEncryptionKey key_ = KeyEncryptionKey::generate();
  const KeyEncryptionKey other_ = KeyEncryptionKey::generate();
};

TEST_F(VaultTest, GivesBackWhatWasPut) {
  {
    const auto vault = open(key_).value();
    ASSERT_TRUE(put(*vault, "acme", "token", "hunter2").ok());
    ASSERT_TRUE(put(*vault, "globex", "token", "hunter3").ok());
    EXPECT_EQ(shown(vault->get("acme", "token")), "hunter2");
  }
  const auto later = open(key_).value();
  EXPECT_EQ(shown(later->get("acme", "token")), "hunter2");
  EXPECT_EQ(shown(later->get("globex", "token")), "hunter3");
  EXPECT_EQ(shown(later->get("acme", "client")), "no_such_secret");
  EXPECT_EQ(shown(later->get("nobody", "token")), "no_such_secret");
  EXPECT_EQ(put(*later, "nobody", "token", "x").error().reason, "no_such_site");
}

TEST_F(VaultTest, KeepsNoValueInTheStore) {
  ASSERT_TRUE(put(*open(key_).value(), "acme", "token", "canary-of-a-secret").ok());
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    std::string bytes(std::filesystem::file_size(entry.path()), '\0');
    FILE* const file = std::fopen(entry.path().c_str(), "rb");
    ASSERT_EQ(std::fread(bytes.data(), 1, bytes.size(), file), bytes.size());
    std::fclose(file);
    EXPECT_EQ(bytes.find("canary"), std::string::npos) << entry.path();
  }
}

TEST_F(VaultTest, RefusesAWrongKeyByName) {
  ASSERT_TRUE(open(key_).ok());
  const auto refused = open(other_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, "wrong_key");
  EXPECT_THAT(refused.error().message, HasSubstr(key_.id()));
  EXPECT_THAT(refused.error().message, HasSubstr(other_.id()));
}

TEST_F(VaultTest, OpensNoValueThatWasCopiedElsewhere) {
  const auto vault = open(key_).value();
  ASSERT_TRUE(put(*vault, "acme", "token", "hunter2").ok());
  ASSERT_TRUE(put(*vault, "globex", "token", "hunter3").ok());
  ASSERT_TRUE(put(*vault, "acme", "other", "hunter4").ok());
  const std::string copy =
      "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE site = 'acme' AND "
      "name = 'token') WHERE site = $1 AND name = $2";
  ASSERT_TRUE(db()->run(copy, std::string("globex"), std::string("token")).ok());
  ASSERT_TRUE(db()->run(copy, std::string("acme"), std::string("other")).ok());
  EXPECT_FALSE(vault->get("globex", "token").ok());
  EXPECT_EQ(shown(vault->get("acme", "other")), "sealed_value");
  EXPECT_EQ(shown(vault->get("acme", "token")), "hunter2");
}

// As store::Sites::forget() leaves it; another node is the first to store something again.
TEST_F(VaultTest, TakesTheNewKeyOfASiteThatWasForgotten) {
  const auto running = open(key_).value();
  const auto another = open(key_).value();
  ASSERT_TRUE(put(*running, "acme", "token", "hunter2").ok());
  ASSERT_TRUE(db()->run("DELETE FROM secrets WHERE site = 'acme'").ok());
  ASSERT_TRUE(db()->run("DELETE FROM data_keys WHERE site = 'acme'").ok());
  ASSERT_TRUE(put(*another, "acme", "token", "hunter3").ok());
  EXPECT_EQ(shown(running->get("acme", "token")), "hunter3");
  ASSERT_TRUE(put(*running, "acme", "token", "hunter4").ok());
  EXPECT_EQ(shown(another->get("acme", "token")), "hunter4");
}

TEST_F(VaultTest, RotatesWhileItIsUsed) {
  const auto running = open(key_).value();
  ASSERT_TRUE(put(*running, "acme", "token", "hunter2").ok());
  ASSERT_TRUE(put(*running, "globex", "token", "hunter3").ok());
  EXPECT_EQ(rotate(key_, other_).value(), 2U);
  EXPECT_EQ(rotate(key_, other_).value(), 0U) << "once more changes nothing";
  EXPECT_EQ(open(key_).error().reason, "wrong_key");
  const auto later = open(other_).value();
  EXPECT_EQ(shown(later->get("acme", "token")), "hunter2");
  EXPECT_EQ(shown(running->get("acme", "token")), "hunter2");
  ASSERT_TRUE(put(*running, "acme", "token", "hunter5").ok());
  EXPECT_EQ(shown(later->get("acme", "token")), "hunter5");
  EXPECT_EQ(put(*running, "default", "token", "x").error().reason, "wrong_key")
      << "no site begins under a key that is gone";
}

TEST_F(VaultTest, CompletesARotationThatWasInterrupted) {
  {
    const auto vault = open(key_).value();
    ASSERT_TRUE(put(*vault, "acme", "token", "hunter2").ok());
    ASSERT_TRUE(put(*vault, "globex", "token", "hunter3").ok());
  }
  const std::string globex = store::open_secrets(url_).value()->data_key("globex").value().value();
  ASSERT_TRUE(rotate(key_, other_).ok());
  // As if it had died before globex.
  const auto secrets = store::open_secrets(url_).value();
  ASSERT_TRUE(
      secrets->replace_data_key({"globex", globex}, secrets->data_key("globex").value().value())
          .ok());
  const auto refused = open(other_);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("muster key rotate"));
  EXPECT_EQ(open(key_).error().reason, "wrong_key");
  EXPECT_EQ(rotate(key_, other_).value(), 1U);
  EXPECT_EQ(shown(open(other_).value()->get("globex", "token")), "hunter3");
}

TEST_F(VaultTest, RotatesFromNoOtherKeyThanTheStores) {
  ASSERT_TRUE(put(*open(key_).value(), "acme", "token", "hunter2").ok());
  EXPECT_EQ(rotate(other_, KeyEncryptionKey::generate()).error().reason, "wrong_key");
  EXPECT_EQ(shown(open(key_).value()->get("acme", "token")), "hunter2");
}

}  // namespace
}  // namespace muster::service
