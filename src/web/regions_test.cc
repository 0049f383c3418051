// Sites of other regions through the API: two databases behind one address.
#include "service/regions.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "service/licence.h"
#include "web/test_support.h"

namespace muster::web {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

const std::string kEurope = "/api/v1/sites/europa";

class RegionsApiTest : public ApiTest {
 protected:
  RegionsApiTest() {
    host_with(
        [&](HostTools& tools) { tools.health = [this](std::string_view) { return health_; }; });
    const store::AuditEntry entry{.at = base::WallTime(), .who = "test", .act = "region.added"};
    EXPECT_TRUE(service::add_region(url_, {"eu", eu_, base::WallTime()}, entry).ok());
    region_vault_ =
        service::Vault::open(store::open_secrets(eu_).value(), vault_->key(), *scheduler_).value();
    EXPECT_TRUE(host_->add_region("eu", eu_, region_vault_.get()).ok());
    EXPECT_EQ(add_site(R"({"site":"europa","name":"Europa AG","region":"eu"})").status, 201);
    EXPECT_EQ(as("operator", "PUT", "/api/v1/admins/anna",
                 R"({"roles":{"acme":"admin","europa":"admin"}})")
                  .status,
              200);
  }
  net::ServerResponse add_site(const std::string& body) {
    return as("operator", "POST", "/api/v1/sites", body);
  }
  std::string content_of(const std::string& name) {
    std::string content;
    for (const auto& entry : std::filesystem::directory_iterator(
             std::filesystem::path(folder_.file("x")).parent_path())) {
      if (!entry.path().filename().string().starts_with(name)) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      content.append(std::istreambuf_iterator<char>(in), {});
    }
    EXPECT_FALSE(content.empty()) << name;
    return content;
  }

  const std::string eu_ = "sqlite:" + folder_.file("eu.db");
  base::Status health_;
  std::unique_ptr<service::Vault> region_vault_;
};

TEST_F(RegionsApiTest, WhateverIsDoneAtASiteLiesInTheDatabaseOfItsRegionAlone) {
  const std::string definition = "{\"definition\":\"" + definition_of("canary-importer") + "\"}";
  EXPECT_EQ(
      as("admin", "PUT", kEurope + "/contact", R"({"contact":"canary@contact.example"})").status,
      200);
  EXPECT_EQ(as("admin", "PUT", kEurope + "/importers/canary-importer", definition).status, 200);
  EXPECT_EQ(as("admin", "PUT", kEurope + "/secrets/canary-secret", R"({"value":"x"})").status, 200);
  EXPECT_EQ(as("admin", "POST", kEurope + "/notices/test").status, 202);
  EXPECT_EQ(as("admin", "POST", kEurope + "/importers/canary-importer/runs", "{}",
               {{"Idempotency-Key", "canary-key"}})
                .status,
            202);
  EXPECT_EQ(as("auditor", "GET", kEurope + "/importers/canary-refused").status, 404);
  EXPECT_EQ(as("reader", "DELETE", kEurope + "/importers/canary-reader").status, 403);
  EXPECT_THAT(as("admin", "GET", kEurope + "/audit").body, HasSubstr("canary-importer"));
  EXPECT_THAT(as("admin", "GET", kEurope + "/overview").body, HasSubstr("canary-importer"));
  // Of the contents nothing is shown when this fails: they are no text.
  EXPECT_EQ(content_of("test.db").find("canary"), std::string::npos);
  const std::string there = content_of("eu.db");
  for (const std::string canary :
       {"canary-importer", "canary@contact.example", "canary-secret", "canary-key"}) {
    EXPECT_NE(there.find(canary), std::string::npos) << canary;
  }
  EXPECT_TRUE(store::open_accounts(eu_).value()->admins().value().empty());
}

TEST_F(RegionsApiTest, AllSitesAreInOneListWhereverTheyAre) {
  const std::string all = as("operator", "GET", "/api/v1/sites").body;
  EXPECT_THAT(all, HasSubstr(R"("site":"acme")"));
  EXPECT_THAT(all, HasSubstr(R"("site":"europa","name":"Europa AG")"));
  EXPECT_THAT(all, HasSubstr(R"("region":"eu")"));
  EXPECT_THAT(as("stranger", "GET", "/api/v1/sites").body, Not(HasSubstr("europa")));
  EXPECT_EQ(as("stranger", "GET", kEurope).status, 404);
}

TEST_F(RegionsApiTest, ARegionThatDoesNotAnswerStopsItsOwnSitesOnly) {
  health_ = base::Error{base::ErrorKind::kUnavailable, "region_unavailable", "The region eu."};
  const auto refused = as("admin", "GET", kEurope);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(code_of(refused), "region_unavailable");
  EXPECT_EQ(as("stranger", "GET", kEurope).status, 404) << "he does not learn that it is there";
  EXPECT_EQ(as("admin", "GET", "/api/v1/sites/acme").status, 200);
  const std::string listed = as("operator", "GET", "/api/v1/sites").body;
  EXPECT_THAT(listed, HasSubstr(R"("site":"acme")"));
  EXPECT_THAT(listed, HasSubstr(R"("site":"europa","name":"Europa AG")"));
  EXPECT_THAT(listed, HasSubstr(R"("state":"unavailable")"));
  EXPECT_EQ(code_of(add_site(R"({"site":"later","region":"eu"})")), "region_unavailable");
  health_ = base::Status();
  EXPECT_EQ(as("admin", "GET", kEurope).status, 200);
  EXPECT_EQ(add_site(R"({"site":"later","region":"eu"})").status, 201) << "asked for once more";
}

TEST_F(RegionsApiTest, ASiteIsPinnedWhereThereIsARegionAndItsSandboxWithIt) {
  EXPECT_EQ(code_of(add_site(R"({"site":"new","region":"nowhere"})")), "no_such_region");
  EXPECT_EQ(code_of(add_site(R"({"site":"europa","region":"eu"})")), "site_exists");
  EXPECT_EQ(code_of(add_site(R"({"site":"acme","region":"eu"})")), "site_exists");
  EXPECT_EQ(code_of(add_site(R"({"site":"t","kind":"sandbox","production":"acme","region":"eu"})")),
            "region");
  const auto made = add_site(R"({"site":"t","kind":"sandbox","production":"europa"})");
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(member(made, "region"), "eu");
}

TEST_F(RegionsApiTest, ALicenceCountsWhereverItsSiteIs) {
  const auto key = crypto::SigningKey::from(crypto::KeyEncryptionKey::generate().bytes()).value();
  const store::AuditEntry entry{.at = base::WallTime(), .who = "test", .act = "licence.trusted"};
  ASSERT_TRUE(store::open_sites(url_).value()->set_licence_key(key.public_key(), entry).ok());
  const std::string licence = service::issue({"europa", base::WallTime::max()}, key);
  EXPECT_EQ(as("admin", "PUT", kEurope + "/licence", "{\"licence\":\"" + licence + "\"}").status,
            200);
}

TEST_F(RegionsApiTest, ARemovedSiteComesBackInItsRegion) {
  EXPECT_EQ(as("operator", "DELETE", kEurope).status, 200);
  EXPECT_EQ(as("admin", "GET", kEurope).status, 404);
  const auto back = add_site(R"({"site":"europa"})");
  EXPECT_EQ(back.status, 201) << back.body;
  EXPECT_EQ(member(back, "region"), "eu");
}

TEST_F(RegionsApiTest, OperatorsSeeTheRegionsAndWhatIsWrongWithThem) {
  const auto listed = as("operator", "GET", "/api/v1/regions");
  EXPECT_THAT(listed.body, HasSubstr(R"("region":"eu","place":")" + eu_ + '"'));
  EXPECT_THAT(listed.body, HasSubstr(R"("state":"ready","sites":["europa"])"));
  const auto checked = as("operator", "GET", "/api/v1/region-checks");
  EXPECT_EQ(member(checked, "fine"), "true") << checked.body;
  EXPECT_THAT(checked.body, HasSubstr(R"({"region":"","fine":true)"));
  EXPECT_THAT(checked.body, HasSubstr(R"({"region":"eu","fine":true)"));
  EXPECT_EQ(code_of(as("operator", "GET", "/api/v1/region-checks?region=us")), "no_such_region");
  EXPECT_EQ(as("admin", "GET", "/api/v1/regions").status, 403);
  health_ = base::Error{base::ErrorKind::kUnavailable, "region_unavailable", "The region eu."};
  EXPECT_THAT(as("operator", "GET", "/api/v1/regions").body,
              HasSubstr(R"("state":"unavailable","sites":["europa"])"));
}

class MoveApiTest : public RegionsApiTest {
 protected:
  static constexpr const char* kMoves = "/api/v1/moves";

  net::ServerResponse move(const std::string& site, const std::string& to) {
    return as("operator", "POST", kMoves, R"({"site":")" + site + R"(","to":")" + to + "\"}");
  }
  std::string region_of(const std::string& site) {
    return store::open_regions(url_).value()->region_of(site).value();
  }
  void wait_until_over(const std::string& site) {
    for (int looks = 0; looks < 600; ++looks) {
      if (as("operator", "GET", kMoves + ("/" + site)).status == 404) return;
      base::sleep_for(*scheduler_, std::chrono::milliseconds(50), {});
    }
    ADD_FAILURE() << as("operator", "GET", kMoves).body;
  }
};

TEST_F(MoveApiTest, ASiteIsMovedThereAndBackAsOperatorsAsk) {
  ASSERT_EQ(put_importer("europa", "entra").status, 200);
  const auto asked = move("europa", "");
  ASSERT_EQ(asked.status, 202) << asked.body;
  EXPECT_EQ(member(asked, "from"), "eu");
  EXPECT_EQ(member(asked, "asked_by"), "olga");
  EXPECT_EQ(move("europa", "").status, 202) << "once more";
  EXPECT_THAT(as("admin", "GET", kEurope).body, HasSubstr(R"("moving":{"from":"eu","to":"")"));
  EXPECT_THAT(as("admin", "GET", "/api/v1/sites").body, HasSubstr(R"("moving":{"from":"eu")"));
  EXPECT_THAT(as("operator", "GET", kMoves).body, HasSubstr(R"("site":"europa","from":"eu")"));
  EXPECT_EQ(region_of("europa"), "eu") << "nobody has begun";
  host_->mover().start();
  wait_until_over("europa");
  EXPECT_EQ(region_of("europa"), "");
  EXPECT_THAT(as("admin", "GET", kEurope).body, Not(HasSubstr("moving")));
  EXPECT_EQ(as("admin", "GET", kEurope + "/importers/entra").status, 200);
  EXPECT_EQ(code_of(move("europa", "")), "region") << "it is there";
  ASSERT_EQ(move("europa", "eu").status, 202);
  wait_until_over("europa");
  EXPECT_EQ(region_of("europa"), "eu");
  EXPECT_EQ(as("admin", "GET", kEurope + "/importers/entra").status, 200);
  EXPECT_EQ(put_importer("europa", "entra-2").status, 200);
  EXPECT_EQ(std::ranges::count(acts(""), "site.move_ended"), 2);
}

TEST_F(MoveApiTest, WhatCannotBeDoneIsRefusedAndChangesNothing) {
  EXPECT_EQ(code_of(move("europa", "us")), "no_such_region");
  EXPECT_EQ(code_of(move("nowhere", "eu")), "no_such_site");
  EXPECT_EQ(code_of(move("default", "eu")), "region");
  EXPECT_EQ(code_of(move("europa", "eu")), "region");
  EXPECT_EQ(code_of(as("operator", "POST", kMoves, R"({"site":"europa"})")), "body");
  EXPECT_EQ(as("admin", "POST", kMoves, R"({"site":"europa","to":""})").status, 403);
  EXPECT_EQ(code_of(as("operator", "POST", kMoves + std::string("/europa/cancel"))),
            "no_such_move");
  EXPECT_EQ(as("operator", "GET", kMoves).body, R"({"moves":[]})");
  EXPECT_EQ(as("admin", "PUT", kEurope + "/contact", R"({"contact":"a@b.example"})").status, 200);
}

TEST_F(MoveApiTest, WhoeverHasNoKeyRefusesIt) {
  host_with([](HostTools& tools) { tools.vault = nullptr; });
  EXPECT_EQ(code_of(move("europa", "")), "settings");
}

TEST_F(MoveApiTest, OneThatIsTakenBackGoesOnWhereItWas) {
  ASSERT_EQ(put_importer("europa", "entra").status, 200);
  ASSERT_EQ(move("europa", "").status, 202);
  EXPECT_EQ(code_of(move("europa", "us")), "move_under_way");
  const auto back = as("operator", "POST", kMoves + std::string("/europa/cancel"), "{}");
  ASSERT_EQ(back.status, 202) << back.body;
  EXPECT_EQ(member(back, "cancelled"), "true");
  EXPECT_EQ(code_of(move("europa", "")), "move_under_way") << "until it is done";
  host_->mover().start();
  wait_until_over("europa");
  EXPECT_EQ(region_of("europa"), "eu");
  EXPECT_EQ(put_importer("europa", "entra-2").status, 200);
  const auto told = acts("");
  EXPECT_EQ(std::ranges::count(told, "site.move_cancel_asked"), 1);
  EXPECT_EQ(std::ranges::count(told, "site.move_cancelled"), 1);
}

TEST_F(MoveApiTest, WhatIsInTheWayIsToldAndAnotherMachineGoesOn) {
  const auto reopen = [&](service::OwnerPlaces owners) {
    host_with([&](HostTools& tools) { tools.owners = std::move(owners); });
  };
  ASSERT_EQ(move("europa", "").status, 202);
  reopen({{"eu", "env:MUSTER_NOT_SET"}});
  host_->mover().start();
  const std::string target = kMoves + std::string("/europa");
  std::string trouble;
  for (int looks = 0; looks < 200 && trouble.empty(); ++looks) {
    trouble = member(as("operator", "GET", target), "trouble");
    base::sleep_for(*scheduler_, std::chrono::milliseconds(50), {});
  }
  EXPECT_EQ(trouble, "The environment variable MUSTER_NOT_SET is not set.");
  EXPECT_EQ(region_of("europa"), "eu");
  reopen({});
  host_->mover().start();
  wait_until_over("europa");
  EXPECT_EQ(region_of("europa"), "");
}

TEST_F(RegionsApiTest, TheDatabaseOfARegionIsNoInstallation) {
  const auto opened = HostedApi::open(eu_, {*scheduler_, *client_, *random_, *logger_, library_});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().reason, "wrong_region");
}

}  // namespace
}  // namespace muster::web
