// A site is brought back from a backup through the API.
#include "store/site_moves.h"
#include "web/test_support.h"

namespace muster::web {
namespace {

using testing::Contains;
using testing::HasSubstr;

class RestoreApiTest : public ApiTest {
 protected:
  RestoreApiTest() {
    host_with([&](HostTools& tools) {
      tools.backups = service::BackupPlan{.place = folder_.file("backups"), .schedule = {}};
    });
    EXPECT_EQ(put_importer("acme", "entra").status, 200);
    EXPECT_EQ(as("admin", "PUT", "/api/v1/sites/acme/secrets/x", R"({"value":"then"})").status,
              200);
    add_run("acme", "run-then", run::State::kCompleted);
    name_ = member(as("operator", "POST", "/api/v1/backups"), "name");
    EXPECT_NE(name_, "");
    EXPECT_EQ(put_importer("acme", "later").status, 200);
    EXPECT_EQ(put_importer("globex", "theirs").status, 200);
    add_run("acme", "run-later", run::State::kCompleted);
  }
  net::ServerResponse restore(const std::string& site, const std::string& backup,
                              Headers headers = {}) {
    return as("operator", "POST", "/api/v1/backups/" + backup + "/restore",
              R"({"site":")" + site + "\"}", std::move(headers));
  }

  std::string name_;
};

TEST_F(RestoreApiTest, OneSiteIsAsItWasAndItsAuditLogGoesOn) {
  const auto done = restore("acme", name_, {{"Idempotency-Key", "once"}});
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(as("admin", "GET", "/api/v1/sites/acme/importers/entra").status, 200);
  EXPECT_EQ(as("admin", "GET", "/api/v1/sites/acme/importers/later").status, 404);
  EXPECT_EQ(as("admin", "GET", "/api/v1/sites/acme/runs/run-then").status, 200);
  EXPECT_EQ(as("admin", "GET", "/api/v1/sites/acme/runs/run-later").status, 404);
  EXPECT_EQ(as("stranger", "GET", "/api/v1/sites/globex/importers/theirs").status, 200);
  EXPECT_THAT(acts("acme"), Contains("backup.restored"));
  EXPECT_EQ(member(as("admin", "GET", "/api/v1/sites/acme/audit/verification"), "whole"), "true");
  EXPECT_THAT(as("admin", "GET", "/api/v1/sites/acme/audit").body,
              HasSubstr(R"("who":"olga","origin":"10.0.0.1","act":"backup.restored")"));
  EXPECT_EQ(vault_->get("acme", "x")->reveal(), "then") << "whoever serves it needs no restart";
  EXPECT_EQ(put_importer("acme", "after").status, 200);
  EXPECT_EQ(restore("acme", name_, {{"Idempotency-Key", "once"}}).body, done.body);
  EXPECT_EQ(as("admin", "GET", "/api/v1/sites/acme/importers/after").status, 200)
      << "it was done once";
}

TEST_F(RestoreApiTest, WhatCannotBeBroughtBackChangesNothing) {
  EXPECT_EQ(code_of(restore("acme", "20200101T000000000Z")), "no_such_backup");
  EXPECT_EQ(restore("acme", "..").status, 404);
  EXPECT_EQ(code_of(restore("nowhere", name_)), "no_such_site");
  EXPECT_EQ(
      as("admin", "POST", "/api/v1/backups/" + name_ + "/restore", R"({"site":"acme"})").status,
      403);
  {
    const auto lock = store::open_store(url_, "acme").value()->lock_importer("later").value();
    EXPECT_EQ(code_of(restore("acme", name_)), "already_running");
  }
  const store::SiteMove move{.site = "acme", .from = "", .to = "eu"};
  ASSERT_TRUE(store::open_site_moves(url_).value()->begin(move, {}).ok());
  EXPECT_EQ(code_of(restore("acme", name_)), "site_moving");
  EXPECT_EQ(as("admin", "GET", "/api/v1/sites/acme/importers/later").status, 200);
}

}  // namespace
}  // namespace muster::web
