#include "store/importers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "store/store.h"
#include "store/test_support.h"

namespace muster::store {
namespace {

using test::at;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ImportersTest : public testing::Test {
 protected:
  ImportersTest() {
    EXPECT_TRUE(open_store(url_).ok());  // brings the database up to date
    EXPECT_TRUE(test::open_unguarded(url_)
                    ->run("INSERT INTO sites (site, name, created) VALUES ('acme', 'Acme', 0)")
                    .ok());
    importers_ = open_importers(url_).value();
  }

  base::Result<Importer> put(const std::string& definition,
                             std::optional<std::int64_t> from_version = {},
                             const std::string& site = "default") {
    return importers_->put(
        site, {.importer = "entra", .definition = definition, .from_version = from_version}, "anna",
        at(++changes_));
  }

  const test::TemporaryFolder folder_;
  const std::string url_ = test::fresh_database(folder_);
  std::unique_ptr<Importers> importers_;
  std::int64_t changes_ = 0;
};

TEST_F(ImportersTest, KeepsEveryVersion) {
  ASSERT_TRUE(put("a").ok());
  ASSERT_TRUE(put("b").ok());
  const std::optional<Importer> found = importers_->find("default", "entra").value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->in_force.version, 2);
  EXPECT_EQ(found->in_force.definition, "b");
  EXPECT_EQ(found->in_force.changed, at(2));
  EXPECT_EQ(found->in_force.changed_by, "anna");
  EXPECT_FALSE(found->is_paused);
  EXPECT_EQ(found->last_tick, at(2)) << "a schedule begins when it was made";
  const std::vector<ImporterVersion> versions = importers_->versions("default", "entra").value();
  ASSERT_THAT(versions, SizeIs(2));
  EXPECT_EQ(versions[0].definition, "b");
  EXPECT_EQ(versions[1].definition, "a");
}

TEST_F(ImportersTest, MakesNoVersionWhenNothingChanged) {
  ASSERT_TRUE(put("a").ok());
  EXPECT_EQ(put("a")->in_force.version, 1);
  EXPECT_EQ(importers_->find("default", "entra").value()->in_force.changed, at(1));
}

TEST_F(ImportersTest, RefusesAChangeOfAnOlderVersion) {
  ASSERT_TRUE(put("a", 0).ok());
  ASSERT_TRUE(put("b", 1).ok());
  EXPECT_EQ(put("c", 1).error().reason, "version_conflict");
  EXPECT_EQ(importers_->find("default", "entra").value()->in_force.definition, "b");
}

TEST_F(ImportersTest, LetsOneOfTwoChangesAtTheSameTimeWin) {
  ASSERT_TRUE(put("a").ok());
  std::atomic<int> refused{0};
  std::vector<std::thread> editors;
  for (const std::string definition : {"b", "c", "d"}) {
    editors.emplace_back([&, definition] {
      const auto changed = open_importers(url_).value()->put(
          "default", {.importer = "entra", .definition = definition, .from_version = 1}, "x",
          at(9));
      if (!changed.ok()) {
        EXPECT_EQ(changed.error().reason, "version_conflict");
        ++refused;
      }
    });
  }
  for (std::thread& editor : editors) editor.join();
  EXPECT_EQ(refused, 2);
  EXPECT_THAT(importers_->versions("default", "entra").value(), SizeIs(2));
}

TEST_F(ImportersTest, RemovesOneAndGoesOnCountingWhenItComesBack) {
  const AuditEntry entry{.act = "importer.removed"};
  ASSERT_TRUE(put("a").ok());
  ASSERT_TRUE(put("b").ok());
  EXPECT_EQ(importers_->remove("acme", "entra", entry).error().reason, "no_such_importer");
  ASSERT_TRUE(importers_->remove("default", "entra", entry).ok());
  EXPECT_FALSE(importers_->find("default", "entra").value());
  EXPECT_THAT(importers_->versions("default", "entra").value(), SizeIs(2)) << "every change kept";
  EXPECT_EQ(put("c", 2).error().reason, "version_conflict") << "it is gone";
  EXPECT_EQ(put("c", 0)->in_force.version, 3);
}

TEST_F(ImportersTest, LetsOneOfTwoBringARemovedOneBack) {
  ASSERT_TRUE(put("a").ok());
  ASSERT_TRUE(importers_->remove("default", "entra", {}).ok());
  std::atomic<int> made{0};
  std::vector<std::thread> editors;
  for (const std::string definition : {"b", "c", "d"}) {
    editors.emplace_back([&, definition] {
      const auto put = open_importers(url_).value()->put(
          "default", {.importer = "entra", .definition = definition, .from_version = 0}, "x",
          at(9));
      if (put.ok()) ++made;
      EXPECT_TRUE(put.ok() || put.error().reason == "version_conflict");
    });
  }
  for (std::thread& editor : editors) editor.join();
  EXPECT_EQ(made, 1);
}

TEST_F(ImportersTest, KeepsSitesApart) {
  ASSERT_TRUE(put("a").ok());
  ASSERT_TRUE(put("of acme", {}, "acme").ok());
  EXPECT_EQ(importers_->find("default", "entra").value()->in_force.definition, "a");
  EXPECT_THAT(importers_->list("acme").value(), SizeIs(1));
  EXPECT_THAT(importers_->list("").value(), SizeIs(2));
  EXPECT_THAT(importers_->versions("acme", "entra").value(), SizeIs(1));
  EXPECT_TRUE(importers_->pause("acme", "entra", true).ok());
  EXPECT_FALSE(importers_->find("default", "entra").value()->is_paused);
  EXPECT_FALSE(put("a", {}, "nobody").ok()) << "no such site";
}

TEST_F(ImportersTest, PausesAndResumes) {
  ASSERT_TRUE(put("a").ok());
  ASSERT_TRUE(importers_->pause("default", "entra", true).ok());
  EXPECT_TRUE(importers_->find("default", "entra").value()->is_paused);
  ASSERT_TRUE(put("b").ok());
  EXPECT_TRUE(importers_->find("default", "entra").value()->is_paused)
      << "a change resumes nothing";
  ASSERT_TRUE(importers_->pause("default", "entra", false).ok());
  EXPECT_FALSE(importers_->find("default", "entra").value()->is_paused);
  EXPECT_EQ(importers_->pause("default", "jamf", true).error().reason, "no_such_importer");
}

TEST_F(ImportersTest, NeverGoesBackToAnEarlierTick) {
  ASSERT_TRUE(put("a").ok());
  ASSERT_TRUE(importers_->pass_over("default", "entra", at(7'200)).ok());
  ASSERT_TRUE(importers_->pass_over("default", "entra", at(3'600)).ok());
  EXPECT_EQ(importers_->find("default", "entra").value()->last_tick, at(7'200));
}

TEST_F(ImportersTest, KeepsTheLastTickOfAScheduleThatDidNotChange) {
  ASSERT_TRUE(put("a").ok());
  ASSERT_TRUE(importers_
                  ->put("default",
                        {.importer = "entra", .definition = "b", .has_new_schedule = false}, "anna",
                        at(500))
                  .ok());
  EXPECT_EQ(importers_->find("default", "entra").value()->last_tick, at(1));
}

TEST_F(ImportersTest, TakesBackATickThatWasAheadOfTheClock) {
  ASSERT_TRUE(put("a").ok());
  ASSERT_TRUE(importers_->pass_over("default", "entra", at(900'000)).ok());
  ASSERT_TRUE(importers_->take_back("default", "entra", at(7'200)).ok());
  EXPECT_EQ(importers_->find("default", "entra").value()->last_tick, at(7'200));
  ASSERT_TRUE(importers_->take_back("default", "entra", at(9'000)).ok());
  EXPECT_EQ(importers_->find("default", "entra").value()->last_tick, at(7'200));
}

TEST_F(ImportersTest, KnowsNothingOfAnUnknownOne) {
  EXPECT_FALSE(importers_->find("default", "entra").value());
  EXPECT_THAT(importers_->versions("default", "entra").value(), IsEmpty());
}

}  // namespace
}  // namespace muster::store
