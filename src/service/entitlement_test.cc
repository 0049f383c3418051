#include "service/entitlement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "service/licence.h"
#include "store/importers.h"
#include "store/test_support.h"

namespace muster::service {
namespace {

using namespace std::chrono_literals;
using base::WallTime;
using std::chrono::days;
using testing::HasSubstr;

class EntitlementTest : public testing::Test {
 protected:
  static std::string made(const std::string& url) {
    EXPECT_TRUE(store::open_store(url).ok());  // brings the database up to date
    return url;
  }
  static store::AuditEntry entry(const std::string& site) {
    return {.site = site, .who = "test", .act = "test"};
  }
  // True: it is back.
  bool add(const std::string& site, const std::string& production = "") {
    return sites_
        ->add({.site = site,
               .name = site,
               .kind = production.empty() ? "production" : "sandbox",
               .production = production,
               .trial_from = entitlements_.now().value()},
              entry(site))
        .value();
  }
  void entitle(const std::string& site, std::optional<WallTime> until) {
    ASSERT_TRUE(sites_->entitle(site, until, entry(site)).ok());
  }
  void put_importer(const std::string& site) {
    ASSERT_TRUE(
        importers_->put(site, {.importer = "entra", .definition = "x"}, "anna", start_).ok());
  }
  // As a service that runs meanwhile.
  void wait(base::Duration time) {
    for (; time > days(10); time -= days(10)) {
      ASSERT_TRUE(base::sleep_for(*scheduler_, days(10), {}));
      ASSERT_TRUE(entitlements_.now().ok());
    }
    ASSERT_TRUE(base::sleep_for(*scheduler_, time, {}));
  }
  std::string standing(const std::string& site) {
    return std::string(to_string(entitlements_.of(site)->standing));
  }
  bool may_run(const std::string& site) { return entitlements_.require(site).ok(); }

  const std::unique_ptr<base::Scheduler> scheduler_ = base::make_simulated_scheduler(1);
  const WallTime start_ = scheduler_->wall_now();
  const store::test::TemporaryFolder folder_;
  const std::string url_ = made("sqlite:" + folder_.file("muster.db"));
  const std::unique_ptr<store::Queue> queue_ = store::open_queue(url_, *scheduler_).value();
  const std::unique_ptr<store::Sites> sites_ = store::open_sites(url_).value();
  const std::unique_ptr<store::Importers> importers_ = store::open_importers(url_).value();
  Entitlements entitlements_{*sites_, *queue_};
};

TEST_F(EntitlementTest, ASiteIsOnTrialForThirtyDays) {
  add("acme");
  EXPECT_EQ(standing("acme"), "trial");
  EXPECT_EQ(entitlements_.of("acme")->until, start_ + days(30));
  wait(days(30) - 1s);
  EXPECT_TRUE(may_run("acme"));
  wait(1s);
  EXPECT_EQ(standing("acme"), "expired");
  const base::Status refused = entitlements_.require("acme");
  EXPECT_EQ(refused.error().reason, "entitlement");
  EXPECT_THAT(refused.error().message, HasSubstr("muster site entitle acme"));
}

TEST_F(EntitlementTest, GoesFromActiveOverGraceToExpiredAndBack) {
  add("acme");
  entitle("acme", start_ + days(100));
  EXPECT_EQ(standing("acme"), "active");
  wait(days(100));
  EXPECT_EQ(standing("acme"), "grace");
  EXPECT_TRUE(may_run("acme"));
  EXPECT_EQ(entitlements_.of("acme")->until, start_ + days(114));
  wait(days(14));
  EXPECT_EQ(standing("acme"), "expired");
  EXPECT_FALSE(may_run("acme"));
  entitle("acme", WallTime::max());
  EXPECT_EQ(standing("acme"), "active");
  EXPECT_FALSE(entitlements_.of("acme")->until);
}

TEST_F(EntitlementTest, TheSiteOfTheCommandLineIsEntitledForEver) {
  wait(days(10'000));
  EXPECT_EQ(standing("default"), "active");
}

TEST_F(EntitlementTest, ASandboxRunsWhileItsProductionSiteDoesAndElseOnItsOwn) {
  add("acme");
  entitle("acme", start_ + days(100));
  add("acme-test", "acme");
  wait(days(60));
  EXPECT_EQ(standing("acme-test"), "active");
  EXPECT_EQ(entitlements_.of("acme-test")->by, "acme");
  wait(days(60));
  EXPECT_FALSE(may_run("acme"));
  EXPECT_FALSE(may_run("acme-test")) << "its own trial is over too";
  entitle("acme-test", WallTime::max());
  EXPECT_TRUE(may_run("acme-test"));
  EXPECT_FALSE(may_run("acme")) << "not the other way round";
}

TEST_F(EntitlementTest, ASandboxBelongsToAProductionSiteThatIsThere) {
  add("acme");
  add("acme-test", "acme");
  for (const std::string production : {"nowhere", "acme-test", "other", ""}) {
    const auto added =
        sites_->add({.site = "other", .name = "other", .kind = "sandbox", .production = production},
                    entry("other"));
    ASSERT_FALSE(added.ok()) << production;
    EXPECT_EQ(added.error().reason, "site") << production;
  }
}

TEST_F(EntitlementTest, ExpiredMeansThatNothingIsDeleted) {
  add("acme");
  put_importer("acme");
  wait(days(400));
  EXPECT_EQ(standing("acme"), "expired");
  EXPECT_FALSE(sites_->forget("acme", entitlements_.now().value(), entry("acme")).value());
  EXPECT_EQ(importers_->list("acme")->size(), 1U);
}

TEST_F(EntitlementTest, ARemovedSiteComesBackWithItsConfigurationAndItsTrial) {
  add("acme");
  put_importer("acme");
  wait(days(20));
  ASSERT_TRUE(sites_->remove("acme", entitlements_.now().value() + kKeptTime, entry("acme")).ok());
  EXPECT_EQ(standing("acme"), "removed");
  EXPECT_FALSE(may_run("acme"));
  EXPECT_EQ(sites_->remove("acme", start_, entry("acme")).error().kind, base::ErrorKind::kMissing);
  wait(days(5));
  EXPECT_TRUE(add("acme"));
  EXPECT_EQ(importers_->list("acme")->size(), 1U);
  EXPECT_EQ(standing("acme"), "trial");
  EXPECT_EQ(entitlements_.of("acme")->until, start_ + days(30)) << "the one it had";
  EXPECT_EQ(sites_->add({.site = "acme", .name = "acme"}, entry("acme")).error().reason,
            "site_exists");
}

TEST_F(EntitlementTest, WhatWasKeptOfARemovedSiteIsForgottenButNotItsTrial) {
  add("acme");
  add("beta");
  put_importer("acme");
  put_importer("beta");
  ASSERT_TRUE(sites_->remove("acme", start_ + days(40), entry("acme")).ok());
  EXPECT_FALSE(sites_->forget("acme", start_ + days(39), entry("acme")).value());
  EXPECT_EQ(importers_->list("acme")->size(), 1U);
  EXPECT_TRUE(sites_->forget("acme", start_ + days(40), entry("acme")).value());
  EXPECT_FALSE(sites_->forget("acme", start_ + days(40), entry("acme")).value()) << "once";
  EXPECT_TRUE(importers_->list("acme")->empty());
  EXPECT_EQ(importers_->list("beta")->size(), 1U);
  wait(days(50));
  EXPECT_TRUE(add("acme"));
  EXPECT_EQ(standing("acme"), "expired");
}

TEST_F(EntitlementTest, AClockThatIsSetBackProlongsNothing) {
  add("acme");
  wait(days(31));
  EXPECT_FALSE(may_run("acme"));
  // Another machine, or this one after somebody set its clock: where time begins.
  const auto earlier = base::make_simulated_scheduler(1);
  const auto queue = store::open_queue(url_, *earlier).value();
  Entitlements then(*sites_, *queue);
  EXPECT_EQ(then.require("acme").error().reason, "entitlement");
  EXPECT_GE(then.now().value(), start_ + days(31) - 10min);
}

TEST_F(EntitlementTest, TimeGoesOnAfterAClockWasSetBack) {
  add("acme");
  wait(days(29));
  EXPECT_TRUE(may_run("acme"));
  // Other clocks, as the simulated one does not go back.
  const auto earlier = base::make_simulated_scheduler(1);
  const auto queue = store::open_queue(url_, *earlier).value();
  Entitlements then(*sites_, *queue);
  EXPECT_TRUE(then.require("acme").ok());
  for (int day = 0; day < 2; ++day) {
    ASSERT_TRUE(base::sleep_for(*earlier, days(1), {}));
    static_cast<void>(then.now());
  }
  EXPECT_EQ(then.require("acme").error().reason, "entitlement");
}

TEST_F(EntitlementTest, AClockThatWasYearsAheadForAMomentCountsAsSomeWeeks) {
  add("acme");
  entitle("acme", start_ + days(365));
  ASSERT_TRUE(sites_->latest(start_ + days(365 * 70)).ok());
  EXPECT_TRUE(may_run("acme"));
  add("globex");
  EXPECT_EQ(standing("globex"), "trial");
  EXPECT_LE(entitlements_.of("globex")->until, start_ + days(91));
}

TEST_F(EntitlementTest, ARemovedSiteComesBackAsItWas) {
  add("acme");
  add("acme-test", "acme");
  ASSERT_TRUE(
      sites_->set_contact("acme-test", {.email = "ops@example.com"}, entry("acme-test")).ok());
  ASSERT_TRUE(sites_->remove("acme-test", start_ + days(90), entry("acme-test")).ok());
  EXPECT_TRUE(add("acme-test"));
  const auto back = sites_->find("acme-test").value();
  EXPECT_EQ(back->kind, "sandbox");
  EXPECT_EQ(back->production, "acme");
  EXPECT_EQ(back->contact.email, "ops@example.com");
}

TEST_F(EntitlementTest, ALicenceEntitlesTheSiteThatItNamesAndNoOther) {
  const auto key = crypto::SigningKey::from(base::Secret(std::string(32, 'k'))).value();
  const auto other = crypto::SigningKey::from(base::Secret(std::string(32, 'o'))).value();
  add("acme");
  add("beta");
  const std::string licence = issue({"acme", start_ + days(365)}, key);
  EXPECT_THAT(use_licence(*sites_, "acme", licence, sites_->licence_key().value(), entry("acme"))
                  .error()
                  .message,
              HasSubstr("licence trust"));
  ASSERT_TRUE(sites_->set_licence_key(other.public_key(), entry("")).ok());
  EXPECT_EQ(use_licence(*sites_, "acme", licence, sites_->licence_key().value(), entry("acme"))
                .error()
                .reason,
            "licence");
  ASSERT_TRUE(sites_->set_licence_key(key.public_key(), entry("")).ok());
  EXPECT_EQ(use_licence(*sites_, "beta", licence, sites_->licence_key().value(), entry("beta"))
                .error()
                .reason,
            "licence");
  EXPECT_EQ(standing("acme"), "trial");
  EXPECT_TRUE(use_licence(*sites_, "acme", " " + licence + "\n", sites_->licence_key().value(),
                          entry("acme"))
                  .ok());
  EXPECT_EQ(entitlements_.of("acme")->until, start_ + days(365));
  EXPECT_EQ(use_licence(*sites_, "acme", licence, sites_->licence_key().value(), entry("acme"))
                .error()
                .reason,
            "licence_older")
      << "it takes nothing away";
  ASSERT_TRUE(sites_->entitle("acme", std::nullopt, entry("acme")).ok());
  EXPECT_EQ(use_licence(*sites_, "acme", licence, sites_->licence_key().value(), entry("acme"))
                .error()
                .reason,
            "licence_older")
      << "the operator ended it";
  EXPECT_TRUE(use_licence(*sites_, "acme", issue({"acme", base::WallTime::max()}, key),
                          sites_->licence_key().value(), entry("acme"))
                  .ok());
  EXPECT_EQ(entitlements_.of("acme")->until, std::nullopt) << "for ever";
}

TEST_F(EntitlementTest, ALicenceThatWasChangedCountsForNothing) {
  const auto key = crypto::SigningKey::from(base::Secret(std::string(32, 'k'))).value();
  const std::string licence = issue({"acme", start_ + days(365)}, key);
  ASSERT_TRUE(read_licence(licence, key.public_key()).ok());
  for (std::size_t at = 0; at < licence.size(); ++at) {
    std::string changed = licence;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    // The last letter of a signature has bits to spare, which decoders refuse or ignore.
    if (at + 1 == licence.size()) continue;
    EXPECT_FALSE(read_licence(changed, key.public_key()).ok()) << at;
    EXPECT_FALSE(read_licence(licence.substr(0, at), key.public_key()).ok()) << at;
  }
}

TEST_F(EntitlementTest, ReadsUntilWhen) {
  EXPECT_EQ(read_until("2026-12-31").value(), base::parse_utc("2027-01-01T00:00:00Z"));
  EXPECT_EQ(read_until("ever").value(), WallTime::max());
  EXPECT_EQ(read_until("trial").value(), std::nullopt);
  EXPECT_EQ(read_until("2026-12-31T10:00:00+01:00").value(),
            base::parse_utc("2026-12-31T09:00:00Z"));
  EXPECT_EQ(read_until("soon").error().kind, base::ErrorKind::kSettings);
}

}  // namespace
}  // namespace muster::service
