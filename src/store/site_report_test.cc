#include "store/site_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "store/importers.h"
#include "store/sites.h"
#include "store/table_words.h"
#include "store/test_support.h"

namespace muster::store {
namespace {

using test::at;
using testing::UnorderedElementsAreArray;

class SiteReportTest : public testing::Test {
 protected:
  SiteReportTest() {
    EXPECT_TRUE(open_store(url_).ok());
    for (const char* const site : {"acme", "beta"}) {
      EXPECT_TRUE(open_sites(url_)
                      .value()
                      ->add({.site = site, .name = site, .created = at(1)},
                            {.site = site, .at = at(1), .who = "olga", .act = "site.added"})
                      .ok());
    }
  }
  TableReport of(const std::string& table, const std::string& site = "acme") {
    const DatabaseReport report = report_of_site(url_, site).value();
    const auto found = std::ranges::find(report.tables, table, &TableReport::table);
    return found == report.tables.end() ? TableReport() : *found;
  }

  const test::TemporaryFolder folder_;
  const std::string url_ = test::fresh_database(folder_);
};

// Whoever adds a table says in table_words.h what it holds, or no report can be made.
TEST_F(SiteReportTest, OfEveryTableIsSaidWhatItHolds) {
  std::vector<std::string> known;
  for (const TableWords& words : kTableWords) known.emplace_back(words.table);
  EXPECT_THAT(known, UnorderedElementsAreArray(test::open_unguarded(url_)->tables().value()));
}

TEST_F(SiteReportTest, ATableThatNobodyNamedFailsIt) {
  ASSERT_TRUE(test::open_unguarded(url_)
                  ->run_script("CREATE TABLE newcomers (site TEXT NOT NULL PRIMARY KEY)")
                  .ok());
  const base::Result<DatabaseReport> report = report_of_site(url_, "acme");
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().kind, base::ErrorKind::kBug);
  EXPECT_THAT(report.error().message, testing::HasSubstr("newcomers"));
}

TEST_F(SiteReportTest, CountsAndMeasuresTheRowsOfTheSiteAlone) {
  const auto importers = open_importers(url_).value();
  const auto put = [&](const std::string& site, const std::string& definition,
                       const std::string& who, std::int64_t when) {
    ASSERT_TRUE(importers
                    ->put(site, {.importer = "entra", .definition = definition, .from_version = {}},
                          who, at(when))
                    .ok());
  };
  put("acme", "twelve bytes", "anna", 20);
  put("beta", "beta's own definition, longer", "bert", 99);
  const TableReport one = of("importer_versions");
  // importer, version, definition, changed, changed_by
  EXPECT_EQ(one.rows, 1);
  EXPECT_EQ(one.bytes, 5 + 8 + 12 + 8 + 4);
  EXPECT_EQ(one.words, "configuration version");
  put("acme", "thirteen bytes", "carl", 30);
  const TableReport two = of("importer_versions");
  EXPECT_EQ(two.rows, 2);
  EXPECT_EQ(two.oldest, at(20));
  EXPECT_EQ(two.newest, at(30));
  EXPECT_EQ(two.last_by, "carl");
  EXPECT_FALSE(two.stays);
  EXPECT_TRUE(of("audit").stays);
  EXPECT_EQ(of("audit").last_by, "olga");
  EXPECT_EQ(of("runs").rows, 0);
}

}  // namespace
}  // namespace muster::store
