#include "service/person_erasure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "service/regions.h"
#include "service/site_report.h"
#include "store/accounts.h"
#include "store/secrets.h"
#include "store/test_support.h"

namespace muster::service {
namespace {

using base::Status;
using store::test::at;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kAnna = "anna.canary@acme.example";

std::string bytes_of(const std::filesystem::path& folder) {
  std::string bytes;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ifstream opened(file.path(), std::ios::binary);
    bytes += std::string(std::istreambuf_iterator<char>(opened), {});
  }
  return bytes;
}

// The installation's own database and one of a region, with a site in each.
class PersonErasureTest : public testing::Test {
 protected:
  PersonErasureTest() {
    for (const std::string& url : {own_, eu_}) EXPECT_TRUE(store::open_store(url).ok());
    ok(add_region(own_, {"eu", eu_, at(1)}, by("olga", "", "region.added")));
    const auto regions = store::open_regions(own_).value();
    ok(regions->pin({"pinned", "Pinned", "eu"}, by("olga", "", "site.pinned")));
    add_site(own_, "acme", store::kHere);
    add_site(eu_, "pinned", store::kPinned);
    const auto accounts = store::open_accounts(own_).value();
    for (const char* const name : {"olga", kAnna}) {
      ok(accounts->put_admin({.admin = name, .password = {}, .is_operator = true, .created = at(1)},
                             by(kAnna, "", "admin.put")));
    }
  }
  static void ok(const Status& status) { ASSERT_TRUE(status.ok()) << status.error().text(); }
  static store::AuditEntry by(const std::string& who, const std::string& site,
                              const std::string& act) {
    return {.site = site, .at = at(1), .who = who, .origin = "10.0.0.7", .act = act};
  }
  static void add_site(const std::string& url, const std::string& site, std::string_view place) {
    const auto added =
        store::open_sites(url).value()->add({.site = site,
                                             .name = site,
                                             .created = at(1),
                                             .region = place == store::kPinned ? "eu" : "",
                                             .place = std::string(place)},
                                            by(kAnna, site, "site.added"));
    ASSERT_TRUE(added.ok()) << added.error().text();
  }
  base::Result<ErasedPerson> erase() {
    return erase_person(
        {.directory = own_, .names = {kAnna}, .pseudonym = "", .entry = by("root", "", "")});
  }

  const store::test::TemporaryFolder folder_, eu_folder_;
  const std::string own_ = "sqlite:" + folder_.file("muster.db");
  const std::string eu_ = "sqlite:" + eu_folder_.file("eu.db");
};

TEST_F(PersonErasureTest, IsOnePseudonymInEveryRegion) {
  ASSERT_THAT(bytes_of(folder_.file("")), HasSubstr(kAnna));
  ASSERT_THAT(bytes_of(eu_folder_.file("")), HasSubstr(kAnna));
  const auto erased = erase();
  ASSERT_TRUE(erased.ok()) << erased.error().text();
  EXPECT_THAT(bytes_of(folder_.file("")), Not(HasSubstr("canary")));
  EXPECT_THAT(bytes_of(eu_folder_.file("")), Not(HasSubstr("canary")));
  for (const auto& [url, site] : {std::pair(own_, "acme"), std::pair(eu_, "pinned")}) {
    const auto audit = store::open_audit(url).value();
    EXPECT_EQ(audit->verify(site)->mistakes, "") << site;
    EXPECT_EQ(audit->list(site, 0, 10)->back().who, erased->pseudonym) << site;
  }
}

TEST_F(PersonErasureTest, BeginsNothingWhenARegionDoesNotAnswer) {
  std::filesystem::remove_all(eu_folder_.file(""));
  std::ofstream(eu_folder_.file("").substr(0, eu_folder_.file("").size() - 1)) << "no folder";
  const auto erased = erase();
  ASSERT_FALSE(erased.ok());
  EXPECT_EQ(erased.error().reason, "region_unavailable");
  EXPECT_FALSE(store::open_accounts(own_).value()->admin(kAnna)->value().is_disabled);
}

TEST_F(PersonErasureTest, TheReportOfAPinnedSiteTellsBothDatabases) {
  const auto scheduler = base::make_real_scheduler();
  const SiteReport report = report_site({own_, "pinned", ""}, *scheduler).value();
  EXPECT_THAT(report.data.place, HasSubstr("eu.db"));
  ASSERT_TRUE(report.directory.has_value());
  EXPECT_THAT(report.directory->place, HasSubstr("muster.db"));
  EXPECT_THAT(to_json(report), HasSubstr(R"("region":"eu")"));
  EXPECT_EQ(report.access.size(), 2U);
  EXPECT_EQ(report.last->who, kAnna);
  EXPECT_FALSE(report_site({own_, "acme", ""}, *scheduler)->directory.has_value());
}

}  // namespace
}  // namespace muster::service
