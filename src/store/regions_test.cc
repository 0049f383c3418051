#include "store/regions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/accounts.h"
#include "store/database_look.h"
#include "store/importers.h"
#include "store/site_copy.h"
#include "store/sites.h"
#include "store/test_support.h"

namespace muster::store {
namespace {

using base::Status;
using test::at;
using testing::ElementsAre;
using testing::HasSubstr;

AuditEntry entry(const std::string& site = "") {
  return {.site = site, .at = at(1), .who = "test", .act = "test"};
}
std::string reason(const Status& status) { return status.ok() ? "" : status.error().reason; }

class RegionsTest : public testing::Test {
 protected:
  RegionsTest() {
    for (const std::string& url : {directory_, region_}) EXPECT_TRUE(open_store(url).ok());
    regions_ = open_regions(directory_).value();
    EXPECT_EQ(reason(regions_->put({"eu", "env:EU", at(1)}, entry())), "");
  }
  std::string label() { return regions_->installation().value(); }
  Status add_to(const std::string& url, const std::string& site, std::string_view place) {
    const auto added = open_sites(url).value()->add({.site = site,
                                                     .name = site,
                                                     .created = at(1),
                                                     .region = place == kPinned ? "eu" : "",
                                                     .place = std::string(place)},
                                                    entry(site));
    return added.ok() ? Status() : Status(added.error());
  }

  const test::TemporaryFolder folder_, other_folder_;
  const std::string directory_ = test::fresh_database(folder_);
  const std::string region_ = test::fresh_database(other_folder_);
  std::unique_ptr<Regions> regions_;
};

TEST_F(RegionsTest, ADatabaseIsOfOneRegionOfOneInstallationForGood) {
  EXPECT_EQ(reason(require_region(region_, "")), "");
  EXPECT_EQ(reason(require_region(region_, "eu")), "wrong_region") << "it was not labelled yet";
  EXPECT_EQ(reason(label_database(region_, "eu", label())), "");
  EXPECT_EQ(reason(label_database(region_, "eu", label())), "") << "once more";
  EXPECT_EQ(reason(require_region(region_, "eu")), "");
  EXPECT_EQ(region_of_database(region_).value(), "eu");
  for (const std::string wrong : {"", "us"}) {
    EXPECT_EQ(reason(require_region(region_, wrong)), "wrong_region") << wrong;
  }
  EXPECT_EQ(reason(label_database(region_, "us", label())), "wrong_region");
  EXPECT_EQ(reason(label_database(region_, "eu", "another installation")), "wrong_region");
  EXPECT_EQ(reason(label_database(directory_, "eu", label())), "wrong_region");
}

TEST_F(RegionsTest, WhatIsInUseDoesNotBecomeARegion) {
  EXPECT_EQ(reason(add_to(region_, "acme", kHere)), "");
  const Status refused = label_database(region_, "eu", label());
  EXPECT_EQ(reason(refused), "wrong_region");
  EXPECT_THAT(refused.error().message, HasSubstr("is in use already"));
}

TEST_F(RegionsTest, CommandLineRunsInADatabaseAreUseToo) {
  EXPECT_TRUE(open_store(region_).value()->run_started(test::begun("r-1")).ok());
  EXPECT_EQ(reason(label_database(region_, "eu", label())), "wrong_region");
}

TEST_F(RegionsTest, ADatabaseOfARegionHasNoSiteOfItsOwn) {
  EXPECT_EQ(reason(label_database(region_, "eu", label())), "");
  EXPECT_TRUE(look_into(region_).value().sites.empty());
}

TEST_F(RegionsTest, OfASiteElsewhereTheDirectoryKnowsNameAndRegionAndItsPeople) {
  EXPECT_EQ(regions_->region_of("acme").value(), "");
  EXPECT_EQ(reason(regions_->pin({"acme", "Acme Inc.", "eu"}, entry())), "");
  EXPECT_EQ(reason(regions_->pin({"acme", "Acme Inc.", "eu"}, entry())), "") << "once more";
  EXPECT_EQ(reason(regions_->pin({"acme", "Acme Inc.", "us"}, entry())), "site_exists");
  EXPECT_EQ(regions_->region_of("acme").value(), "eu");
  ASSERT_EQ(regions_->pins().value().size(), 1U);
  EXPECT_EQ(regions_->pins().value().front().name, "Acme Inc.");
  const auto sites = open_sites(directory_).value();
  EXPECT_FALSE(sites->find("acme").value()) << "it is none of this database";
  EXPECT_EQ(sites->list().value().size(), 1U) << "the first site";
  EXPECT_EQ(reason(add_to(directory_, "acme", kHere)), "site_exists");
  EXPECT_EQ(
      reason(open_accounts(directory_)
                 .value()
                 ->put_admin({.admin = "ada", .is_operator = true, .roles = {{"acme", "admin"}}},
                             entry())),
      "");
  EXPECT_THAT(with_rows(directory_, {"acme", "default"}).value(), ElementsAre())
      << "neither its name nor its people are data of it";
}

TEST_F(RegionsTest, ASiteThatIsHereIsNotPinnedElsewhere) {
  EXPECT_EQ(reason(add_to(directory_, "acme", kHere)), "");
  EXPECT_EQ(reason(regions_->pin({"acme", "Acme", "eu"}, entry())), "site_exists");
}

TEST_F(RegionsTest, ARegionStaysAsLongAsASiteIsThere) {
  EXPECT_EQ(reason(regions_->pin({"acme", "Acme", "eu"}, entry())), "");
  EXPECT_EQ(reason(regions_->remove("eu", entry())), "region_in_use");
  EXPECT_EQ(reason(regions_->put({"us", "env:US", at(1)}, entry())), "");
  EXPECT_EQ(reason(regions_->remove("us", entry())), "");
  EXPECT_EQ(reason(regions_->remove("us", entry())), "no_such_region");
}

TEST_F(RegionsTest, ARegionCanGetAnotherAddress) {
  EXPECT_EQ(reason(regions_->put({"eu", "file:/etc/muster/eu", at(9)}, entry())), "");
  const std::optional<Region> found = regions_->find("eu").value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->place, "file:/etc/muster/eu");
  EXPECT_EQ(found->added, at(1));
}

TEST_F(RegionsTest, RowsInTheWrongDatabaseAreFound) {
  EXPECT_EQ(reason(label_database(region_, "eu", label())), "");
  EXPECT_EQ(reason(add_to(region_, "acme", kPinned)), "");
  EXPECT_TRUE(
      open_importers(region_)
          .value()
          ->put("acme", {.importer = "x", .definition = "x", .from_version = {}}, "ada", at(1))
          .ok());
  EXPECT_THAT(with_rows(region_, {"acme", "beta"}).value(), ElementsAre("acme"));
  EXPECT_THAT(with_rows(directory_, {"acme"}).value(), ElementsAre());
  const DatabaseLook look = look_into(region_).value();
  EXPECT_EQ(look.region, "eu");
  EXPECT_EQ(look.installation, label());
  EXPECT_EQ(look.schema, look.known);
  EXPECT_EQ(look.guard, "");
  EXPECT_FALSE(look.is_owner);
  EXPECT_TRUE(look.unguarded.empty());
  ASSERT_EQ(look.sites.size(), 1U);
  EXPECT_EQ(look.sites.front().place, kPinned);
}

TEST_F(RegionsTest, TheDatabaseOfNoMusterYetIsEmpty) {
  const test::TemporaryFolder folder;
  const DatabaseLook look = look_into(test::empty_database(folder)).value();
  EXPECT_EQ(look.schema, 0);
  EXPECT_TRUE(look.sites.empty());
}

TEST_F(RegionsTest, ACopyComesUpInItsRegionOnlyUnlessThatIsMeant) {
  EXPECT_EQ(reason(label_database(region_, "eu", label())), "");
  EXPECT_EQ(reason(add_to(region_, "acme", kPinned)), "");
  const auto snapshot = SiteSnapshot::open(region_).value();
  const std::vector<Table> tables = snapshot->tables("acme");
  const Table& sites = *std::ranges::find(tables, "sites", &Table::name);
  std::vector<Row> rows;
  const auto take = [&](const Row& row) { return rows.push_back(row), Status(); };
  ASSERT_TRUE(snapshot->read("acme", sites, take).ok());
  for (const bool adopts : {false, true}) {
    const auto writer = SiteWriter::open(directory_, {.adopts = adopts}).value();
    ASSERT_EQ(reason(writer->begin("acme")), "");
    ASSERT_EQ(reason(writer->begin_table(sites)), "");
    EXPECT_EQ(reason(writer->add(rows.front())), adopts ? "" : "other_region");
    if (!adopts) continue;
    ASSERT_EQ(reason(writer->end()), "");
    ASSERT_EQ(reason(writer->commit()), "");
  }
  const std::optional<Site> site = open_sites(directory_).value()->find("acme").value();
  ASSERT_TRUE(site);
  EXPECT_EQ(site->place, kHere);
}

TEST(RegionUrlTest, KnowsWhetherAUrlHoldsAPassword) {
  for (const std::string held :
       {"postgresql://ada:secret@db/muster", "postgresql://db/muster?password=secret"}) {
    EXPECT_TRUE(holds_password(held)) << held;
  }
  for (const std::string none :
       {"postgresql://ada@db/muster", "postgresql:///muster?sslmode=require",
        "sqlite:/var/lib/muster.db"}) {
    EXPECT_FALSE(holds_password(none)) << none;
  }
}

}  // namespace
}  // namespace muster::store
