// Over SQLite; over a server when MUSTER_TEST_POSTGRES names one (tests/support/with_postgres.py).
#include "service/backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "service/backup_files.h"
#include "service/vault.h"
#include "store/accounts.h"
#include "store/importers.h"
#include "store/jobs.h"
#include "store/notices.h"
#include "store/sites.h"
#include "store/test_support.h"

namespace muster::service {
namespace {

using base::ErrorKind;
using base::Status;
using store::test::at;
using store::test::begun;
using store::test::ended;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class BackupTest : public testing::Test {
 protected:
  using Rows = std::map<std::string, std::vector<store::Row>>;

  static void ok(const Status& status) { ASSERT_TRUE(status.ok()) << status.error().text(); }

  // Something in every table that belongs to a site.
  void fill(const std::string& url, const std::string& site) {
    const store::AuditEntry entry{.site = site, .at = at(1), .who = "test", .act = "test"};
    ASSERT_TRUE(
        store::open_sites(url)
            .value()
            ->add({.site = site, .name = site, .created = at(1), .trial_from = at(77)}, entry)
            .ok());
    const auto rows = store::open_store(url, site).value();
    rows->hash_key().value();
    store::BaselineRow baseline{.run_id = "r-1", .data_sets = {{"users", std::string("b\0k", 3)}}};
    baseline.books = {{"device", "entra", "machines", "here", "b"}};
    ok(rows->run_started(begun("r-1")));
    ok(rows->approve({"r-1", "entra", "[]", "ada", at(5), ""}));
    ok(rows->run_ended(ended(begun("r-1")), &baseline));
    ok(rows->run_started(begun("r-2", "entra", 2'000)));
    ok(rows->run_execution("r-2", "execution-2"));
    const auto importers = store::open_importers(url).value();
    importers->put(site, {.importer = "entra", .definition = "x", .from_version = {}}, "ada", at(1))
        .value();
    ok(importers->pause(site, "entra", true));
    ok(store::open_jobs(url).value()->ask({.site = site,
                                           .job_id = "j-" + site,
                                           .importer = "entra",
                                           .trigger = "manual",
                                           .tick = {},
                                           .options = {},
                                           .due = at(1),
                                           .run_id = {}},
                                          entry));
    store::open_notices(url)
        .value()
        ->add({.site = site, .notice = "n", .at = at(1), .kind = "x", .subject = "x"}, {"email"})
        .value();
    ok(store::open_accounts(url).value()->put_admin(
        {.admin = "of-" + site, .password = {}, .is_operator = true, .roles = {{site, "admin"}}},
        {.at = at(1), .who = "test", .act = "test"}));
    const auto vault = Vault::open(store::open_secrets(url).value(), key_, *scheduler_).value();
    ok(vault->put(site, "token", base::Secret("canary-5c1f"), entry));
  }

  CreateSettings creating(const std::string& site = "") const {
    return {.database = url_,
            .place = folder_.file("backups"),
            .site = site,
            .muster = "1.2.3",
            .entry = {.at = at(9'000), .who = "ada", .origin = "command line"}};
  }
  Backup create(const std::string& site = "") {
    base::Result<Backup> made = create_backup(creating(site), key_);
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().text());
    return made.value();
  }
  static RestoreSettings restoring(const std::string& url, const std::string& path,
                                   const std::string& site = "", bool replaces = false) {
    return {.database = url,
            .path = path,
            .site = site,
            .replaces = replaces,
            .entry = {.at = at(9'500), .who = "ada", .origin = "command line"}};
  }
  std::vector<Restored> restore(const RestoreSettings& settings) {
    auto restored = restore_backup(settings, key_, key_);
    EXPECT_TRUE(restored.ok()) << (restored.ok() ? "" : restored.error().text());
    return restored.ok() ? restored.value() : std::vector<Restored>();
  }
  std::string empty_store() {
    const std::string url = empties_.emplace_back(std::make_unique<Empty>())->url;
    EXPECT_TRUE(store::open_store(url).ok());
    return url;
  }
  std::string sqlite_store(const std::string& name) const {
    const std::string url = "sqlite:" + folder_.file(name);
    EXPECT_TRUE(store::open_store(url).ok());
    return url;
  }

  static Rows rows_of(const std::string& url, const std::string& owner) {
    const auto snapshot = store::SiteSnapshot::open(url).value();
    Rows rows;
    for (const store::Table& table : snapshot->tables(owner)) {
      std::vector<store::Row>& of_table = rows[table.name];
      const auto take = [&](const store::Row& row) { return of_table.push_back(row), Status(); };
      EXPECT_TRUE(snapshot->read(owner, table, take).ok());
    }
    return rows;
  }

  // What restoring changes on purpose.
  static Rows without_changes(Rows rows) {
    for (const std::string table : {"runs", "jobs", "audit", "audit_heads"}) rows.erase(table);
    return rows;
  }

  static std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void write_file(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }
  static std::string file_in(const Backup& backup, const std::string& site) {
    return backup.path + "/" + file_of(site);
  }

  struct Empty {
    store::test::TemporaryFolder folder;
    const std::string url = store::test::fresh_database(folder);
  };
  const store::test::TemporaryFolder folder_;
  const std::string url_ = store::test::fresh_database(folder_);
  const crypto::KeyEncryptionKey key_ = crypto::KeyEncryptionKey::generate();
  const std::unique_ptr<base::Scheduler> scheduler_ = base::make_real_scheduler();
  std::vector<std::unique_ptr<Empty>> empties_;
};

// Whoever adds a table with a site adds a row of it above.
TEST_F(BackupTest, EveryTableThatHasSitesIsInTheBundleOfASite) {
  ASSERT_TRUE(store::open_store(url_).ok());
  fill(url_, "acme");
  for (const auto& [table, rows] : rows_of(url_, "acme"))
    EXPECT_THAT(rows, Not(IsEmpty())) << table;
  const std::vector<Verified> verified = verify_backup(create("acme").path, key_).value();
  ASSERT_EQ(verified.size(), 1U);
  EXPECT_EQ(verified[0].bundle.manifest.kind, "production");
  EXPECT_EQ(verified[0].bundle.manifest.muster, "1.2.3");
  EXPECT_THAT(verified[0].bundle.rows, testing::Each(testing::Ge(1U)));
  EXPECT_GE(verified[0].audit_entries, 1);
}

TEST_F(BackupTest, AWholeInstallationComesBackInAnEmptyStoreOfEitherEngine) {
  ASSERT_TRUE(store::open_store(url_).ok());
  fill(url_, "acme");
  fill(url_, "beta");
  const Backup backup = create();
  EXPECT_EQ(backup.files.size(), 4U) << "the installation, the first site and two more";
  for (const std::string& other : {empty_store(), sqlite_store("other.db")}) {
    EXPECT_EQ(restore(restoring(other, backup.path)).size(), 4U);
    for (const std::string site : {"acme", "beta", "default"}) {
      EXPECT_EQ(without_changes(rows_of(url_, site)), without_changes(rows_of(other, site)))
          << site;
      const auto audit = store::open_audit(other).value();
      EXPECT_EQ(audit->verify(site)->mistakes, "");
      EXPECT_EQ(audit->list(site, 0, 1)->at(0).act, "backup.restored");
    }
    EXPECT_EQ(store::open_audit(other).value()->verify("")->mistakes, "");
    EXPECT_EQ(store::open_accounts(other).value()->admins()->size(), 2U);
    const auto vault = Vault::open(store::open_secrets(other).value(), key_, *scheduler_).value();
    EXPECT_EQ(vault->get("acme", "token")->reveal(), "canary-5c1f");
    const Rows before = rows_of(other, "acme");
    const auto again = restore_backup(restoring(other, backup.path), key_, key_);
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.error().reason, "store_not_empty");
    EXPECT_EQ(rows_of(other, "acme"), before);
  }
}

TEST_F(BackupTest, WhatIsReadIsOfOneInstantWhileOthersWrite) {
  ASSERT_TRUE(store::open_store(url_).ok());
  fill(url_, "acme");
  const auto snapshot = store::SiteSnapshot::open(url_).value();
  ok(store::open_store(url_, "acme").value()->run_started(begun("later", "entra", 3'000)));
  for (const store::Table& table : snapshot->tables("acme")) {
    if (table.name != "runs") continue;
    int runs = 0;
    ok(snapshot->read("acme", table, [&](const store::Row&) { return ++runs, Status(); }));
    EXPECT_EQ(runs, 2);
  }
}

TEST_F(BackupTest, RunsThatWereRunningAreAbandonedAndSchedulesStayAsTheyWere) {
  ASSERT_TRUE(store::open_store(url_).ok());
  fill(url_, "acme");
  const std::string other = empty_store();
  const auto restored = restore(restoring(other, create("acme").path));
  ASSERT_EQ(restored.size(), 1U);
  EXPECT_EQ(restored[0].abandoned, 1U);
  EXPECT_EQ(restored[0].skipped_roles, 1U) << "of an admin who is not there";
  const auto run = store::open_store(other, "acme").value()->run("r-2").value();
  ASSERT_TRUE(run.has_value());
  EXPECT_EQ(run->state, "abandoned");
  EXPECT_EQ(run->reason, "process_died");
  EXPECT_EQ(run->execution_id, "execution-2") << "the next run cancels it";
  EXPECT_EQ(run->ended, at(9'500));
  EXPECT_THAT(run->report, HasSubstr("\"abandoned\""));
  const auto importer = store::open_importers(other).value()->find("acme", "entra").value();
  EXPECT_TRUE(importer->is_paused);
  EXPECT_EQ(importer->last_tick, at(1));
}

TEST_F(BackupTest, ASiteIsReplacedOnlyWhenToldAndKeepsItsTrialAndAuditLog) {
  ASSERT_TRUE(store::open_store(url_).ok());
  fill(url_, "acme");
  const Backup backup = create("acme");
  const auto sites = store::open_sites(url_).value();
  const store::AuditEntry entry{.site = "acme", .at = at(9'100), .who = "ada", .act = "later"};
  ok(sites->extend("acme", at(60'000), entry));
  ok(sites->entitle("acme", at(50'000), entry));
  ok(store::open_store(url_, "acme").value()->run_started(begun("later", "other", 3'000)));
  const auto refused = restore_backup(restoring(url_, backup.path), key_, key_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, "site_exists");
  EXPECT_THAT(refused.error().message, HasSubstr("--replace"));
  ASSERT_TRUE(store::open_store(url_, "acme").value()->run("later")->has_value());

  restore(restoring(url_, backup.path, "acme", true));
  EXPECT_FALSE(store::open_store(url_, "acme").value()->run("later")->has_value());
  const auto site = sites->find("acme").value();
  EXPECT_EQ(site->trial_from, at(77));
  EXPECT_EQ(site->active_until, at(50'000)) << "a backup takes back no entitlement and gives none";
  const auto audit = store::open_audit(url_).value();
  EXPECT_EQ(audit->verify("acme")->mistakes, "");
  std::vector<std::string> acts;
  for (const auto& found : audit->list("acme", 0, 4).value()) acts.push_back(found.act);
  EXPECT_THAT(acts, testing::ElementsAre("backup.restored", "later", "later", "backup.created"));
  EXPECT_EQ(sites->extend("acme", at(60'000), entry).error().reason, "licence_older")
      << "a licence that was used is not used again";
}

TEST_F(BackupTest, ASiteWhoseAuditLogTellsAnotherStoryIsNotReplaced) {
  ASSERT_TRUE(store::open_store(url_).ok());
  fill(url_, "acme");
  const Backup backup = create("acme");
  const std::string other = empty_store();
  ok(store::open_audit(other).value()->append(
      {.site = "acme", .at = at(3), .who = "eve", .act = "something else"}));
  const auto refused = restore_backup(restoring(other, backup.path, "", true), key_, key_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, "other_history");
  EXPECT_FALSE(store::open_sites(other).value()->find("acme")->has_value());
}

TEST_F(BackupTest, AnImporterThatRunsKeepsItsSiteFromBeingReplaced) {
  ASSERT_TRUE(store::open_store(url_).ok());
  fill(url_, "acme");
  const Backup backup = create("acme");
  const auto lock = store::open_store(url_, "acme").value()->lock_importer("entra").value();
  const auto refused = restore_backup(restoring(url_, backup.path, "", true), key_, key_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, "already_running");
}

TEST_F(BackupTest, DamageIsRefusedWithASentenceAndNothingIsChanged) {
  ASSERT_TRUE(store::open_store(url_).ok());
  fill(url_, "acme");
  const Backup backup = create("acme");
  std::filesystem::remove(backup.path + "/backup.json");  // there was none in older ones
  const std::string path = file_in(backup, "acme");
  const std::string whole = read_file(path);
  const std::string other = empty_store();
  const Rows before = rows_of(other, "acme");
  const auto expect_refused = [&](const std::string& bytes, const std::string& what) {
    write_file(path, bytes);
    const auto verified = verify_backup(backup.path, key_);
    ASSERT_FALSE(verified.ok()) << what;
    const auto restored = restore_backup(restoring(other, backup.path), key_, key_);
    ASSERT_FALSE(restored.ok()) << what;
    EXPECT_THAT(restored.error().where, HasSubstr("site-acme.bundle")) << what;
    EXPECT_THAT(restored.error().reason, testing::AnyOf("bundle", "sealed_value", "wrong_key"));
    EXPECT_EQ(rows_of(other, "acme"), before) << what;
  };
  for (std::size_t byte = 0; byte < whole.size(); byte += whole.size() / 25 + 1) {
    std::string changed = whole;
    changed[byte] ^= 1;
    expect_refused(changed, "byte " + std::to_string(byte));
    expect_refused(whole.substr(0, byte), std::to_string(byte) + " bytes");
  }
  expect_refused(whole.substr(0, whole.size() - 1), "the last byte is missing");
  expect_refused(whole + "x", "a byte more");
  write_file(path, whole);
  EXPECT_EQ(restore(restoring(other, backup.path)).size(), 1U);
}

TEST_F(BackupTest, WhatIsMissingOrShorterThanItsLabelSaysIsNoticed) {
  ASSERT_TRUE(store::open_store(url_).ok());
  fill(url_, "acme");
  const Backup backup = create();
  EXPECT_TRUE(backup.is_whole());
  EXPECT_EQ(backup.label->kind, BackupKind::kManual);
  EXPECT_FALSE(backup.label->expires);
  EXPECT_TRUE(verify_backup(backup.path, key_).ok());
  std::filesystem::remove(file_in(backup, "acme"));
  const auto verified = verify_backup(backup.path, key_);
  ASSERT_FALSE(verified.ok());
  EXPECT_EQ(verified.error().reason, "bundle");
  EXPECT_THAT(verified.error().text(), HasSubstr("site-acme.bundle"));
  EXPECT_FALSE(restore_backup(restoring(empty_store(), backup.path), key_, key_).ok());
  EXPECT_FALSE(list_backups(folder_.file("backups"))->front().is_whole());
}

TEST_F(BackupTest, NothingElseIsTakenForABackup) {
  ASSERT_TRUE(store::open_store(url_).ok());
  fill(url_, "acme");
  const Backup backup = create("acme");
  const std::string other = empty_store();
  const auto reason = [&](const std::string& path) {
    const auto restored = restore_backup(restoring(other, path), key_, key_);
    return restored.ok() ? "" : restored.error().reason;
  };
  EXPECT_EQ(reason(folder_.file("nothing")), "backup");
  EXPECT_EQ(reason(folder_.file("backups")), "backup") << "a folder of backups is none";
  EXPECT_EQ(restore_backup(restoring(other, backup.path, "beta"), key_, key_).error().reason,
            "no_such_site");
  const std::string renamed = backup.path + "/site-beta.bundle";
  std::filesystem::rename(file_in(backup, "acme"), renamed);
  EXPECT_EQ(reason(backup.path), "bundle") << "one site's under another's name";
  std::filesystem::create_symlink(renamed, file_in(backup, "acme"));
  EXPECT_EQ(reason(file_in(backup, "acme")), "backup") << "a link";
  EXPECT_FALSE(store::open_sites(other).value()->find("acme")->has_value());
  EXPECT_FALSE(store::open_sites(other).value()->find("beta")->has_value());
}

TEST_F(BackupTest, AnotherKeyOpensNothingAndSecretsGoUnderTheKeyOfTheNewStore) {
  ASSERT_TRUE(store::open_store(url_).ok());
  fill(url_, "acme");
  const crypto::KeyEncryptionKey other_key = crypto::KeyEncryptionKey::generate();
  const auto created = create_backup(creating(), other_key);
  ASSERT_FALSE(created.ok());
  EXPECT_EQ(created.error().reason, "wrong_key");
  EXPECT_THAT(list_backups(folder_.file("backups")).value(), IsEmpty());
  const Backup backup = create("acme");
  EXPECT_THAT(read_file(file_in(backup, "acme")), Not(HasSubstr("canary-5c1f")));
  const std::string other = empty_store();
  EXPECT_EQ(restore_backup(restoring(other, backup.path), other_key, other_key).error().reason,
            "wrong_key");
  EXPECT_EQ(store::open_secrets(other).value()->key_id().value(), "") << "nothing was changed";
  ASSERT_TRUE(restore_backup(restoring(other, backup.path), key_, other_key).ok());
  const auto vault =
      Vault::open(store::open_secrets(other).value(), other_key, *scheduler_).value();
  EXPECT_EQ(vault->get("acme", "token")->reveal(), "canary-5c1f");
}

TEST_F(BackupTest, ABackupOfAnOlderStoreIsBroughtUpToDateAndOneOfANewerIsRefused) {
  const std::string old = "sqlite:" + folder_.file("old.db");
  const auto steps = store::embedded_migrations();
  {
    const auto db = store::open_db(old).value();
    ok(store::migrate(*db, steps.first(12)));
    ok(
        db->run_script("INSERT INTO sites (site, name, created, trial_from) "
                       "VALUES ('acme', 'Acme', 5, 7);"
                       "INSERT INTO runs (site, run_id, importer, state, reason, message, started, "
                       "ended, report, execution_id) VALUES ('acme', 'r', 'entra', 'completed', "
                       "'ok', '', 1, 2, '{}', '')"));
  }
  const auto bundle_of_old = [&] {
    const auto snapshot = store::SiteSnapshot::open(old).value();
    std::string bytes;
    EXPECT_TRUE(write_bundle(*snapshot, {.site = "acme", .kind = "production", .muster = "9"}, key_,
                             [&](std::string_view more) { return bytes += more, Status(); })
                    .ok());
    return bytes;
  };
  ASSERT_TRUE(store::open_store(url_).ok());
  fill(url_, "acme");
  const Backup backup = create("acme");
  std::filesystem::remove(backup.path + "/backup.json");  // there was none in older ones
  write_file(file_in(backup, "acme"), bundle_of_old());
  EXPECT_EQ(verify_backup(backup.path, key_)->at(0).bundle.manifest.schema, 12);
  const std::string other = empty_store();
  restore(restoring(other, backup.path));
  EXPECT_EQ(store::open_store(other, "acme").value()->run("r").value()->state, "completed");
  EXPECT_EQ(store::open_sites(other).value()->find("acme").value()->name, "Acme");
  {
    const auto db = store::open_db(old).value();
    ok(store::migrate(*db, steps));
    ok(db->run("INSERT INTO schema_migrations (number, name, checksum) VALUES (9999, 'x', 'x')"));
  }
  write_file(file_in(backup, "acme"), bundle_of_old());
  const auto refused = restore_backup(restoring(empty_store(), backup.path), key_, key_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, "bundle_newer");
}

TEST_F(BackupTest, ExpiredAndRemovedSitesAreBackedUpToo) {
  ASSERT_TRUE(store::open_store(url_).ok());
  fill(url_, "acme");
  ok(store::open_sites(url_).value()->remove("acme", at(90'000),
                                             {.site = "acme", .at = at(8), .act = "site.removed"}));
  const Backup backup = create("acme");
  const std::string other = empty_store();
  restore(restoring(other, backup.path));
  EXPECT_EQ(store::open_sites(other).value()->find("acme").value()->kept_until, at(90'000));
  EXPECT_EQ(list_backups(folder_.file("backups"))->size(), 1U);
  EXPECT_EQ(create_backup(creating("nobody"), key_).error().reason, "no_such_site");
}

}  // namespace
}  // namespace muster::service
