#include "service/site_clone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/importers.h"
#include "store/secrets.h"
#include "store/sites.h"
#include "store/test_support.h"

namespace muster::service {
namespace {

using store::test::at;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kDefinition =
    "version: 1\nimporters:\n  - name: entra\n    source: entra\n    connection:\n"
    "      tenant_id: t\n      client_secret: { env: ENTRA }\n    data_sets:\n"
    "      users: { include: [file], limit: 3 }\n    destination:\n      type: jsm_assets\n"
    "      token: { file: /etc/token }\n      people: { token: { secret: jira } }\n";

class SiteCloneTest : public testing::Test {
 protected:
  SiteCloneTest() {
    EXPECT_TRUE(store::open_store(url_).ok());
    const store::AuditEntry entry{.site = "acme", .at = at(1), .who = "test", .act = "test"};
    store::Site site{.site = "acme", .name = "Acme", .created = at(1), .trial_from = at(1)};
    site.contact.email = "it@acme.example";
    EXPECT_TRUE(store::open_sites(url_).value()->add(site, entry).ok());
    for (const std::string& text : {std::string("older"), std::string(kDefinition)}) {
      EXPECT_TRUE(importers_
                      ->put("acme", {.importer = "entra", .definition = text, .from_version = {}},
                            "ada", at(1))
                      .ok());
    }
    const auto secrets = store::open_secrets(url_).value();
    EXPECT_TRUE(secrets->change_key("", "key").ok());
    EXPECT_TRUE(secrets->add_data_key({"acme", "wrapped"}, "key").ok());
    EXPECT_TRUE(secrets->put("acme", {"jira", at(1), "ada"}, "sealed", entry).ok());
  }
  CloneSettings settings(const std::string& from, const std::string& to) const {
    return {.database = url_,
            .from = from,
            .to = to,
            .name = "A copy",
            .trial_from = at(500),
            .entry = {.at = at(600), .who = "bob", .origin = "command line"}};
  }

  const store::test::TemporaryFolder folder_;
  const std::string url_ = store::test::fresh_database(folder_);
  std::unique_ptr<store::Importers> importers_ =
      (store::open_store(url_).value(), store::open_importers(url_).value());
};

TEST_F(SiteCloneTest, ACloneIsASandboxWithPausedImportersAndNoSecrets) {
  EXPECT_EQ(clone_site(settings("acme", "copy")).value(), 1U);
  const auto site = store::open_sites(url_).value()->find("copy").value();
  ASSERT_TRUE(site.has_value());
  EXPECT_EQ(site->kind, "sandbox");
  EXPECT_EQ(site->production, "acme");
  EXPECT_EQ(site->name, "A copy");
  EXPECT_EQ(site->contact.email, "");
  EXPECT_EQ(site->trial_from, at(500));
  const auto importer = importers_->find("copy", "entra").value();
  ASSERT_TRUE(importer.has_value());
  EXPECT_TRUE(importer->is_paused);
  EXPECT_EQ(importer->last_tick, at(600)) << "nothing before is caught up";
  EXPECT_EQ(importer->in_force.changed_by, "bob");
  EXPECT_EQ(importers_->versions("copy", "entra")->size(), 1U);
  const auto secrets = store::open_secrets(url_).value();
  EXPECT_FALSE(secrets->data_key("copy")->has_value());
  EXPECT_TRUE(secrets->list("copy")->empty());
  const auto audit = store::open_audit(url_).value();
  EXPECT_EQ(audit->verify("copy")->mistakes, "");
  EXPECT_EQ(audit->list("copy", 0, 5)->size(), 1U);
  EXPECT_EQ(importers_->find("acme", "entra").value()->in_force.definition, kDefinition);
  EXPECT_FALSE(importers_->find("acme", "entra").value()->is_paused);
}

TEST_F(SiteCloneTest, SecretsOfTheMachineBecomeOnesThatHaveToBeStored) {
  const std::string text = definition_for_clone(kDefinition, "entra", "copy").value();
  EXPECT_THAT(text, Not(HasSubstr("ENTRA")));
  EXPECT_THAT(text, Not(HasSubstr("/etc/token")));
  EXPECT_THAT(text, HasSubstr("entra-client-secret"));
  EXPECT_THAT(text, HasSubstr("entra-destination-token"));
  EXPECT_THAT(text, HasSubstr("jira"));
  EXPECT_THAT(text, HasSubstr("file")) << "an attribute that is called so stays";
  EXPECT_THAT(
      definition_for_clone("importers:\n  - destination: { type: files, dir: /out }\n", "x", "copy")
          .value(),
      HasSubstr("/out-copy"));
}

TEST_F(SiteCloneTest, WhatIsThereIsNeverTheTargetAndWhatIsGoneNeverTheSource) {
  EXPECT_EQ(clone_site(settings("acme", "default")).error().reason, "site_exists");
  EXPECT_EQ(clone_site(settings("nobody", "copy")).error().reason, "no_such_site");
  EXPECT_FALSE(store::open_sites(url_).value()->find("copy")->has_value());
  ASSERT_TRUE(clone_site(settings("acme", "copy")).ok());
  ASSERT_TRUE(clone_site(settings("copy", "second")).ok());
  EXPECT_EQ(store::open_sites(url_).value()->find("second").value()->production, "acme");
}

}  // namespace
}  // namespace muster::service
