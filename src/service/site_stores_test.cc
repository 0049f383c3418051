#include "service/site_stores.h"

#include <gtest/gtest.h>

#include "store/test_support.h"

namespace muster::service {
namespace {

TEST(SiteStores, KeepsThoseOpenThatWereUsedLast) {
  const store::test::TemporaryFolder folder;
  const auto scheduler = base::make_real_scheduler();
  SiteStores stores("sqlite:" + folder.file("test.db"), *scheduler);
  const std::shared_ptr<store::Store> first = stores.of("first").value();
  const std::shared_ptr<store::Store> second = stores.of("second").value();
  EXPECT_EQ(stores.of("first").value(), first);
  for (std::size_t i = 2; i <= kStoresOpen; ++i) {
    ASSERT_TRUE(stores.of("site-" + std::to_string(i)).ok());
  }
  EXPECT_EQ(stores.of("first").value(), first) << "used after the second one";
  EXPECT_NE(stores.of("second").value(), second);
  EXPECT_TRUE(second->runs("", 1).ok()) << "whoever has one may go on";
}

TEST(SiteStores, SaysWhyOneCannotBeOpened) {
  const auto scheduler = base::make_real_scheduler();
  SiteStores stores("sqlite:/proc/none/muster.db", *scheduler);
  EXPECT_EQ(stores.of("first").error().reason, "store_unavailable");
}

}  // namespace
}  // namespace muster::service
