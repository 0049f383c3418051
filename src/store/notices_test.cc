#include "store/notices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/sites.h"
#include "store/test_support.h"

namespace muster::store {
namespace {

using namespace std::chrono_literals;
using test::at;

class NoticesTest : public testing::Test {
 protected:
  NoticesTest() {
    EXPECT_TRUE(open_store(url_).ok());  // brings the database up to date
    const auto sites = open_sites(url_).value();
    EXPECT_TRUE(sites->add({.site = "acme", .name = "Acme"}, {.site = "acme"}).ok());
    notices_ = open_notices(url_).value();
  }

  bool add(const std::string& name, const std::string& site = "default",
           const std::vector<std::string>& channels = {"email", "webhook"}) {
    return notices_
        ->add({.site = site,
               .notice = name,
               .at = at(100),
               .kind = "run.failed",
               .importer = "entra",
               .run_id = "r-1",
               .subject = "subject",
               .body = "body"},
              channels)
        .value();
  }

  const test::TemporaryFolder folder_;
  const std::string url_ = test::fresh_database(folder_);
  std::unique_ptr<Notices> notices_;
};

TEST_F(NoticesTest, TellsTheSameOnce) {
  EXPECT_TRUE(add("one"));
  EXPECT_FALSE(add("one"));
  EXPECT_TRUE(add("one", "acme", {}));
  const auto listed = notices_->list("default", 10).value();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].notice.subject, "subject");
  ASSERT_EQ(listed[0].deliveries.size(), 2U);
  EXPECT_EQ(listed[0].deliveries[0].channel, "email");
  EXPECT_EQ(listed[0].deliveries[0].state, "waiting");
  EXPECT_TRUE(notices_->list("acme", 10).value().at(0).deliveries.empty());
}

TEST_F(NoticesTest, GivesEachDeliveryToOneAndAgainWhenItsLeaseEnds) {
  add("one", "default", {"email"});
  add("two", "acme", {"webhook"});
  EXPECT_FALSE(notices_->take(at(99), 60s).value());
  const Delivery one = notices_->take(at(100), 60s).value().value();
  const auto other = open_notices(url_).value();
  const Delivery two = other->take(at(100), 60s).value().value();
  EXPECT_NE(one.notice.site, two.notice.site);
  EXPECT_EQ(two.notice.body, "body");
  EXPECT_FALSE(notices_->take(at(100), 60s).value());
  ASSERT_TRUE(notices_->delivered(two).ok());
  const Delivery again = notices_->take(at(160), 60s).value().value();
  EXPECT_EQ(again.notice.site, one.notice.site);
  EXPECT_EQ(again.tries, 2);
  ASSERT_TRUE(notices_->failed(one, std::nullopt, "too late").ok());
  EXPECT_TRUE(notices_->take(at(300), 60s).value()) << "whoever lost it settles nothing";
}

TEST_F(NoticesTest, TriesAgainWhenItIsTimeUntilItIsGivenUp) {
  add("one", "default", {"email"});
  Delivery delivery = notices_->take(at(100), 60s).value().value();
  ASSERT_TRUE(notices_->failed(delivery, at(500), "no answer").ok());
  EXPECT_EQ(notices_->list("default", 1)->at(0).deliveries.at(0).problem, "no answer");
  EXPECT_FALSE(notices_->take(at(499), 60s).value());
  delivery = notices_->take(at(500), 60s).value().value();
  ASSERT_TRUE(notices_->failed(delivery, std::nullopt, "no answer").ok());
  EXPECT_FALSE(notices_->take(at(9'999), 60s).value());
  EXPECT_EQ(notices_->list("default", 1)->at(0).deliveries.at(0).state, "given_up");
}

}  // namespace
}  // namespace muster::store
