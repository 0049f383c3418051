#include "crypto/signature.h"
#include "service/licence.h"
#include "web/test_support.h"

namespace muster::web {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kAcme = "/api/v1/sites/acme";

class SiteRoutesTest : public ApiTest {
 protected:
  static std::string standing(const net::ServerResponse& answer) {
    const json::Document document = read(answer);
    return std::string(json::scalar_text(*document.root().find("entitlement")->find("state")));
  }
  // As if it had begun long ago.
  void end_trial(const std::string& site) {
    ASSERT_TRUE(store::open_db(url_)
                    .value()
                    ->run("UPDATE sites SET trial_from = 0 WHERE site = $1", site)
                    .ok());
  }
  net::ServerResponse ask_for_run() {
    return as("admin", "POST", kAcme + "/importers/entra/runs", "{}");
  }
};

TEST_F(SiteRoutesTest, AnExpiredSiteRunsNothingAndShowsAndTakesEverything) {
  put_importer("acme", "entra");
  EXPECT_EQ(ask_for_run().status, 202);
  end_trial("acme");
  EXPECT_EQ(standing(as("admin", "GET", kAcme)), "expired");
  EXPECT_EQ(ask_for_run().status, 409);
  EXPECT_EQ(code_of(ask_for_run()), "entitlement");
  EXPECT_THAT(as("admin", "GET", kAcme + "/importers/entra").body, HasSubstr("tenant_id"));
  EXPECT_EQ(as("admin", "PUT", kAcme + "/importers/entra",
               importer_body("entra", "    deadline: 1h\\n"), {{"If-Match", "*"}})
                .status,
            200);
  EXPECT_EQ(as("admin", "PUT", kAcme + "/entitlement", R"({"until":"ever"})").status, 403);
  EXPECT_EQ(as("operator", "PUT", kAcme + "/entitlement", R"({"until":"soon"})").status, 422);
  EXPECT_EQ(standing(as("operator", "PUT", kAcme + "/entitlement", R"({"until":"ever"})")),
            "active");
  EXPECT_EQ(ask_for_run().status, 202);
}

TEST_F(SiteRoutesTest, AnAdminBringsALicence) {
  const auto key = crypto::SigningKey::from(base::Secret(std::string(32, 'k'))).value();
  ASSERT_TRUE(
      store::open_sites(url_).value()->set_licence_key(key.public_key(), {.act = "trust"}).ok());
  const std::string licence =
      service::issue({"acme", scheduler_->wall_now() + std::chrono::days(365)}, key);
  const auto bring = [&](const std::string& role, const std::string& site) {
    return as(role, "PUT", "/api/v1/sites/" + site + "/licence",
              "{\"licence\":\"" + licence + "\"}");
  };
  EXPECT_EQ(bring("auditor", "acme").status, 403);
  EXPECT_EQ(code_of(bring("operator", "globex")), "licence");
  EXPECT_EQ(standing(bring("admin", "acme")), "active");
  EXPECT_EQ(code_of(bring("admin", "acme")), "licence_older");
  EXPECT_THAT(as("admin", "GET", kAcme + "/audit").body, HasSubstr("site.licensed"));
}

TEST_F(SiteRoutesTest, ARemovedSiteIsGoneForAdminsAndComesBackAsItWas) {
  put_importer("acme", "entra");
  EXPECT_EQ(standing(as("operator", "DELETE", kAcme)), "removed");
  EXPECT_EQ(as("admin", "GET", kAcme).status, 404);
  EXPECT_THAT(as("admin", "GET", "/api/v1/sites").body, Not(HasSubstr("acme")));
  EXPECT_THAT(as("operator", "GET", "/api/v1/sites").body, HasSubstr("acme"));
  EXPECT_EQ(as("operator", "POST", "/api/v1/sites", R"({"site":"acme"})").status, 201);
  EXPECT_EQ(standing(as("admin", "GET", kAcme)), "trial");
  EXPECT_EQ(as("admin", "GET", kAcme + "/importers/entra").status, 200);
}

TEST_F(SiteRoutesTest, KnowsWhatKindASiteIs) {
  EXPECT_EQ(as("operator", "POST", "/api/v1/sites",
               R"({"site":"acme-test","kind":"sandbox","production":"nowhere"})")
                .status,
            422);
  const auto made = as("operator", "POST", "/api/v1/sites",
                       R"({"site":"acme-test","kind":"sandbox","production":"acme"})");
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(member(made, "production"), "acme");
}

TEST_F(SiteRoutesTest, TellsWhoIsToldAndTestsIt) {
  EXPECT_EQ(as("admin", "POST", kAcme + "/notices/test").status, 422) << "nobody would be";
  for (const std::string wrong : {R"({"contact":"nobody"})", R"({"contact":"a@b\r\nBcc: c@d"})",
                                  R"({"contact":"a@b","webhook":"ftp://x","webhook_secret":"s"})",
                                  R"({"contact":"a@b","webhook":"https://hooks.example"})"}) {
    EXPECT_EQ(as("admin", "PUT", kAcme + "/contact", wrong).status, 422) << wrong;
  }
  const auto set = as("admin", "PUT", kAcme + "/contact", R"({"contact":"it@acme.example"})");
  EXPECT_EQ(member(set, "contact"), "it@acme.example");
  EXPECT_EQ(as("admin", "POST", kAcme + "/notices/test").status, 202);
  const auto hooked = as("admin", "PUT", kAcme + "/contact",
                         R"({"contact":"it@acme.example","webhook":"https://hooks.example/T0/B0",)"
                         R"("webhook_secret":"hook"})");
  EXPECT_EQ(member(hooked, "webhook"), "https://hooks.example/T0/B0");
  EXPECT_EQ(member(as("auditor", "GET", kAcme), "webhook"), "https://hooks.example/...")
      << "whoever only reads could post there";
  EXPECT_THAT(as("admin", "GET", kAcme + "/audit").body, Not(HasSubstr("B0")));
  const auto listed = as("auditor", "GET", kAcme + "/notices");
  EXPECT_THAT(listed.body, HasSubstr(R"("kind":"test")"));
  EXPECT_THAT(listed.body, HasSubstr(R"("state":"waiting")"));
  EXPECT_THAT(as("stranger", "GET", "/api/v1/sites/globex/notices").body,
              HasSubstr(R"("notices":[])"));
}

}  // namespace
}  // namespace muster::web
