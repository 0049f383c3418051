#include "service/prerequisites.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "net/http_date.h"
#include "net/test_support.h"
#include "service/test_support.h"
#include "store/db.h"
#include "store/store.h"

namespace muster::service {
namespace {

using testing::HasSubstr;
using State = Prerequisite::State;

// Says what time it is, as servers do.
class Clock final : public net::HttpClient {
 public:
  explicit Clock(base::WallTime time) : time_(time) {}
  base::Result<net::Response> send(const net::Request&, const base::Stop&) override {
    return net::Response{.status = 401, .headers = {{"Date", net::format_http_date(time_)}}};
  }

 private:
  const base::WallTime time_;
};

class PrerequisitesTest : public testing::Test {
 protected:
  PrerequisitesTest() {
    folder_ = testing::TempDir() + "/muster_prerequisites";
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~PrerequisitesTest() override { std::filesystem::remove_all(folder_); }

  Prerequisite server(base::Duration behind) {
    Clock clock(scheduler_->wall_now() + std::chrono::floor<std::chrono::microseconds>(behind));
    return check_server("Assets", "https://assets.example/", std::make_shared<net::Trust>(), clock,
                        *scheduler_, {});
  }
  std::string database() const { return "sqlite:" + folder_ + "/made/muster.db"; }
  const Prerequisite& named(const std::vector<Prerequisite>& all, std::string_view what) {
    for (const Prerequisite& one : all) {
      if (one.what == what) return one;
    }
    ADD_FAILURE() << what;
    return all.front();
  }

  std::unique_ptr<base::Scheduler> scheduler_ = base::make_real_scheduler();
  std::string folder_;
};

TEST_F(PrerequisitesTest, AServerIsFineWhateverItAnswersUnlessItsClockDiffers) {
  EXPECT_EQ(server(std::chrono::seconds(20)).state, State::kFine);
  for (const auto behind : {std::chrono::hours(2), std::chrono::hours(-2)}) {
    const Prerequisite found = server(behind);
    EXPECT_EQ(found.state, State::kFailed);
    EXPECT_THAT(found.found, HasSubstr(behind > std::chrono::hours(0) ? "behind" : "ahead"));
    EXPECT_THAT(found.advice, HasSubstr("clock"));
  }
}

TEST_F(PrerequisitesTest, AClockThatIsYearsBehindIsFound) {
  EXPECT_EQ(named(check_machine(at("2020-01-01T00:00")), "clock").state, State::kFailed);
  EXPECT_EQ(named(check_machine(at("2027-01-01T00:00")), "clock").state, State::kFine);
  EXPECT_EQ(named(check_machine(at("2027-01-01T00:00")), "time zones").state, State::kFine);
}

TEST_F(PrerequisitesTest, AStoreIsLookedAtAndNotChanged) {
  const StoreCheck before = check_store(database(), std::nullopt, *scheduler_);
  EXPECT_FALSE(before.is_usable);
  EXPECT_EQ(named(before.found, "store").state, State::kRemark);
  EXPECT_THAT(named(before.found, "space for the store").found, HasSubstr("MiB"));
  EXPECT_FALSE(check_store(database(), std::nullopt, *scheduler_).is_usable) << "as before";
  ASSERT_TRUE(store::open_store(database()).ok());
  const StoreCheck after = check_store(database(), std::nullopt, *scheduler_);
  EXPECT_TRUE(after.is_usable);
  EXPECT_EQ(named(after.found, "store").state, State::kFine);
  EXPECT_EQ(named(after.found, "key").found, "not needed yet");
}

TEST_F(PrerequisitesTest, AKeyThatNobodyUsedYetIsNotMadeTheStoresKey) {
  ASSERT_TRUE(store::open_store(database()).ok());
  for (int i = 0; i < 2; ++i) {
    const auto key = crypto::KeyEncryptionKey::generate();
    EXPECT_EQ(named(check_store(database(), key, *scheduler_).found, "key").state, State::kFine);
  }
  ASSERT_TRUE(open_vault(database(), crypto::KeyEncryptionKey::generate(), *scheduler_).ok());
  const auto other = crypto::KeyEncryptionKey::generate();
  const StoreCheck wrong = check_store(database(), other, *scheduler_);
  EXPECT_EQ(named(wrong.found, "key").state, State::kFailed);
}

TEST_F(PrerequisitesTest, ACertificateThatEndsSoonIsFoundAndOneThatCannotBeRead) {
  const net::test::Certificate certificate;  // of two days
  ASSERT_TRUE(certificate.made);
  const auto look = [&](std::chrono::days later) {
    return check_certificate(certificate.certificate_file, scheduler_->wall_now() + later).state;
  };
  EXPECT_EQ(look(std::chrono::days(-30)), State::kFine);
  EXPECT_EQ(look(std::chrono::days(0)), State::kRemark);
  EXPECT_EQ(look(std::chrono::days(3)), State::kFailed);
  EXPECT_EQ(check_certificate(folder_ + "/none.pem", scheduler_->wall_now()).state, State::kFailed);
}

}  // namespace
}  // namespace muster::service
