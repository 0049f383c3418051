// What is remembered and then damaged must never look as if nothing had been remembered.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "store/test_support.h"

namespace muster::store {
namespace {

using test::begun;
using test::ended;
using test::TemporaryFolder;

// A run completed, and what it left is in the database.
class LostMemoryTest : public testing::Test {
 protected:
  LostMemoryTest() {
    store_ = open_store(url_).value();
    const BaselineRow row{.run_id = "r-1",
                          .data_sets = {{"users", "all users"}, {"groups", "all groups"}},
                          .target = "here"};
    RunRow run = begun("r-1");
    run.destination = "jsm_assets";
    store_->run_started(run).value();
    store_->run_starting("r-1", "here", "e-0", "").value();
    store_->run_ended(ended(run), &row).value();
  }
  void damage(const std::string& sql) { ASSERT_TRUE(open_db(url_).value()->run_script(sql).ok()); }
  BaselineRow found() { return store_->baseline("entra", "here").value().value_or(BaselineRow()); }
  void remember(const std::string& run_id, const BaselineRow& row) {
    ASSERT_TRUE(store_->run_started(begun(run_id)).ok());
    ASSERT_TRUE(store_->run_ended(ended(begun(run_id)), &row).ok());
  }

  const TemporaryFolder folder_;
  const std::string url_ = test::fresh_database(folder_);
  std::unique_ptr<Store> store_;
};

TEST_F(LostMemoryTest, TellsABlockThatGotLostFromOneThatNeverWas) {
  EXPECT_EQ(found().data_sets.at("groups"), "all groups");
  damage("DELETE FROM baseline_blocks WHERE data_set = 'users'");
  EXPECT_EQ(found().data_sets.at("users"), "");
  EXPECT_EQ(found().data_sets.at("groups"), "all groups");
  EXPECT_TRUE(found().is_whole) << "it is known which";
  EXPECT_FALSE(found().data_sets.contains("devices"));

  BaselineRow groups{.run_id = "r-2", .data_sets = {{"groups", "new"}}, .target = "here"};
  remember("r-2", groups);
  EXPECT_EQ(found().data_sets.at("users"), "") << "lost until it is remembered anew";
  groups.data_sets = {{"users", "new users"}};
  remember("r-3", groups);
  EXPECT_EQ(found().data_sets.at("users"), "new users");
}

TEST_F(LostMemoryTest, TakesNoBlockForAnotherOne) {
  damage("UPDATE baseline_blocks SET block = 'all groups' WHERE data_set = 'users'");
  EXPECT_EQ(found().data_sets.at("users"), "");
  damage("UPDATE baseline_blocks SET data_set = 'grouqs' WHERE data_set = 'groups'");
  EXPECT_EQ(found().data_sets.at("groups"), "");
  EXPECT_EQ(found().data_sets.at("grouqs"), "");
}

TEST_F(LostMemoryTest, SaysThatItIsNotWholeWhenNobodyKnowsWhatItWasMadeOf) {
  damage("UPDATE baselines SET parts = substr(parts, 1, length(parts) - 1)");
  EXPECT_FALSE(found().is_whole);
  damage("DELETE FROM baselines");
  EXPECT_FALSE(found().is_whole) << "a run completed and left one";
  EXPECT_EQ(found().run_id, "r-1");
  EXPECT_FALSE(store_->baseline("entra", "").value()->is_whole);
  EXPECT_FALSE(store_->baseline("entra", "there").value()) << "no run completed there";
  remember("r-2", {.run_id = "r-2", .data_sets = {{"users", "new"}}, .target = "here"});
  EXPECT_TRUE(found().is_whole);
}

TEST_F(LostMemoryTest, TrustsWhatAnOlderMusterRemembered) {
  damage("UPDATE baselines SET parts = ''");
  EXPECT_TRUE(found().is_whole);
  EXPECT_EQ(found().data_sets.at("users"), "all users");
  remember("r-2", {.run_id = "r-2", .data_sets = {{"groups", "new"}}, .target = "here"});
  damage("DELETE FROM baseline_blocks WHERE data_set = 'users'");
  EXPECT_EQ(found().data_sets.at("users"), "") << "noted as soon as something is remembered";
}

// Tables and indexes name the importer in many places; wherever one letter changes, the memory is
// as it was, or an error, or not whole: never as if nothing had been remembered.
TEST_F(LostMemoryTest, IsNeverTakenForNoneWhereAByteOfTheFileChanged) {
  const std::string path = folder_.file("muster.db");
  if (url_ != "sqlite:" + path) GTEST_SKIP() << "about the file of SQLite";
  store_.reset();  // moves what is in the log into the file
  std::string bytes;
  {
    std::ifstream file(path, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
  }
  std::size_t tried = 0;
  for (std::size_t at = bytes.find("entra"); at != std::string::npos;
       at = bytes.find("entra", at + 1)) {
    SCOPED_TRACE(at);
    std::string damaged = bytes;
    damaged[at + 2] ^= 4;
    std::ofstream(path, std::ios::binary | std::ios::trunc) << damaged;
    ++tried;
    const auto store = open_store(url_);
    if (!store.ok()) continue;
    const auto row = (*store)->baseline("entra", "here");
    if (!row.ok()) continue;
    ASSERT_TRUE(*row);
    if (!(*row)->is_whole) continue;
    for (const std::string name : {"users", "groups"}) {
      ASSERT_TRUE((*row)->data_sets.contains(name)) << name;
      const std::string block = (*row)->data_sets.at(name);
      EXPECT_TRUE(block.empty() || block == "all " + name) << block;
    }
  }
  EXPECT_GE(tried, 6U) << "rows and indexes of runs, baselines and blocks";
}

}  // namespace
}  // namespace muster::store
