#include "store/site_copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "store/site_columns.h"
#include "store/sites.h"
#include "store/test_support.h"

namespace muster::store {
namespace {

using base::Status;
using test::at;
using testing::UnorderedElementsAre;

class SiteCopyTest : public testing::Test {
 protected:
  SiteCopyTest() {
    EXPECT_TRUE(open_store(url_).ok());
    EXPECT_TRUE(open_sites(url_)
                    .value()
                    ->add({.site = "acme", .name = "Acme", .created = at(1), .trial_from = at(50)},
                          {.site = "acme", .at = at(1), .who = "test", .act = "test"})
                    .ok());
    EXPECT_TRUE(open_store(url_, "acme").value()->run_started(test::begun("r-1")).ok());
  }
  static Table table(const std::string& name, const std::vector<Table>& tables) {
    return *std::ranges::find(tables, name, &Table::name);
  }
  std::vector<Row> rows_of(const std::string& url, const std::string& site,
                           const std::string& name) {
    const auto snapshot = SiteSnapshot::open(url).value();
    std::vector<Row> rows;
    const auto take = [&](const Row& row) { return rows.push_back(row), Status(); };
    EXPECT_TRUE(snapshot->read(site, table(name, snapshot->tables("")), take).ok());
    return rows;
  }

  const test::TemporaryFolder folder_, other_folder_;
  const std::string url_ = test::fresh_database(folder_);
};

// Whoever adds a table that must not leave its database says so in site_tables.cc, and here.
TEST_F(SiteCopyTest, EveryTableIsCopiedButThoseOfTheDatabaseItself) {
  const auto db = open_db(url_).value();
  std::vector<std::string> left = db->tables().value();
  for (const Table& copied : tables_of(*db).value()) std::erase(left, copied.name);
  EXPECT_THAT(
      left, UnorderedElementsAre("schema_migrations", "encryption_key", "sessions", "set_up_token",
                                 "idempotency_keys", "person_erasures", "scheduled_backup"));
}

// Whoever adds a column to a site's own row says in site_columns.h what becomes of it.
TEST_F(SiteCopyTest, OfEveryColumnOfASiteIsSaidWhatBecomesOfIt) {
  const auto db = open_db(url_).value();
  std::vector<std::string> columns, known;
  for (const Column& column : table("sites", tables_of(*db).value()).columns) {
    columns.push_back(column.name);
  }
  for (const SiteColumn& column : kSiteColumns) known.emplace_back(column.name);
  EXPECT_THAT(known, testing::UnorderedElementsAreArray(columns));
}

TEST_F(SiteCopyTest, WhatOthersReferToComesFirst) {
  const auto db = open_db(url_).value();
  const std::vector<Table> tables = tables_of(*db).value();
  const auto place = [&](const std::string& name) {
    return std::ranges::find(tables, name, &Table::name) - tables.begin();
  };
  EXPECT_LT(place("sites"), place("importer_versions"));
  EXPECT_LT(place("importer_versions"), place("importers"));
  EXPECT_LT(place("baselines"), place("baseline_blocks"));
  EXPECT_LT(place("data_keys"), place("secrets"));
  EXPECT_LT(place("admins"), place("admin_roles"));
}

TEST_F(SiteCopyTest, ASnapshotHoldsTheRowsOfOneSiteOnly) {
  EXPECT_EQ(rows_of(url_, "acme", "runs").size(), 1U);
  EXPECT_EQ(rows_of(url_, "default", "runs").size(), 0U);
  EXPECT_EQ(rows_of(url_, "acme", "sites").size(), 1U);
}

TEST_F(SiteCopyTest, WhatIsNotCommittedWasNeverWritten) {
  const std::vector<Row> runs = rows_of(url_, "acme", "runs");
  const std::string other = test::fresh_database(other_folder_);
  ASSERT_TRUE(open_store(other).ok());
  for (const bool commits : {false, true}) {
    const auto writer = SiteWriter::open(other, {}).value();
    ASSERT_TRUE(writer->begin("acme").ok());
    const auto db = open_db(url_).value();
    ASSERT_TRUE(writer->begin_table(table("runs", tables_of(*db).value())).ok());
    for (const Row& row : runs) ASSERT_TRUE(writer->add(row).ok());
    ASSERT_TRUE(writer->end().ok());
    EXPECT_EQ(writer->unfinished()->size(), 1U);
    if (commits) {
      ASSERT_TRUE(writer->commit().ok());
    }
  }
  EXPECT_EQ(rows_of(other, "acme", "runs"), runs);
}

TEST_F(SiteCopyTest, TablesAndColumnsThatAreNotHereAreRefused) {
  const std::string other = test::fresh_database(other_folder_);
  ASSERT_TRUE(open_store(other).ok());
  const auto writer = SiteWriter::open(other, {}).value();
  ASSERT_TRUE(writer->begin("acme").ok());
  const auto reason = [&](const Table& wanted) {
    const Status begun = writer->begin_table(wanted);
    return begun.ok() ? "" : begun.error().reason;
  };
  EXPECT_EQ(reason({.name = "nothing", .columns = {}}), "bundle");
  EXPECT_EQ(reason({.name = "encryption_key", .columns = {{"key_id", ColumnType::kText}}}),
            "bundle");
  EXPECT_EQ(reason({.name = "admins", .columns = {{"admin", ColumnType::kText}}}), "bundle")
      << "of the installation, in the bundle of a site";
  EXPECT_EQ(reason({.name = "runs", .columns = {{"run_id; --", ColumnType::kText}}}), "bundle");
  EXPECT_EQ(reason({.name = "runs", .columns = {{"run_id", ColumnType::kBytes}}}), "bundle");
  EXPECT_EQ(reason({.name = "runs", .columns = {{"run_id", ColumnType::kText}}}), "");
}

}  // namespace
}  // namespace muster::store
