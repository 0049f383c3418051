// That a site meets nothing of another, whatever a statement asks for, is the database's promise on
// PostgreSQL. So these tests speak SQL, as the role that the service works with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "store/accounts.h"
#include "store/importers.h"
#include "store/jobs.h"
#include "store/notices.h"
#include "store/secrets.h"
#include "store/sites.h"
#include "store/test_support.h"

namespace muster::store {
namespace {

using base::ErrorKind;
using test::at;
using test::begun;
using test::ended;
using testing::HasSubstr;

// Whose rows of other sites the installation sees, and the two in which it has rows of its own.
const std::set<std::string> kSeenByInstallation = {"sites", "importers",   "importer_versions",
                                                   "jobs",  "admin_roles", "data_keys",
                                                   "audit", "audit_heads", "notice_deliveries"};

class IsolationTest : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("MUSTER_TEST_POSTGRES") == nullptr) {
      GTEST_SKIP() << "the file of SQLite has one owner";
    }
    folder_ = std::make_unique<test::TemporaryFolder>();
    url_ = test::fresh_database(*folder_);
    all_ = test::open_unguarded(url_);
    db_ = open_db(url_).value();
    for (const std::string site : {"acme", "beta"}) fill(site);
    Statement rows =
        all_->query(
                "SELECT c.table_name FROM information_schema.columns c WHERE "
                "c.table_schema = 'public' AND c.column_name = 'site' ORDER BY c.table_name")
            .value();
    while (rows.step().value()) tables_.push_back(rows.text(0));
    ASSERT_GE(tables_.size(), 14U);
  }

  // Something in every table that has sites.
  void fill(const std::string& site) {
    const AuditEntry entry{.site = site, .at = at(1), .who = "test", .act = "test"};
    open_sites(url_).value()->add({.site = site, .name = site, .created = at(1)}, entry).value();
    const auto store = open_store(url_, site).value();
    store->hash_key().value();
    BaselineRow baseline{.run_id = "r-1", .data_sets = {{"users", "block"}}};
    baseline.books = {{"device", "intune", "machines", "here", "b"}};
    ok(store->run_started(begun("r-1")));
    ok(store->approve({"r-1", "entra", "[]", "ada", at(5), ""}));
    ok(store->run_ended(ended(begun("r-1")), &baseline));
    open_importers(url_)
        .value()
        ->put(site, {.importer = "entra", .definition = "x", .from_version = {}}, "ada", at(1))
        .value();
    ok(open_jobs(url_).value()->ask({.site = site,
                                     .job_id = "j-" + site,
                                     .importer = "entra",
                                     .trigger = "manual",
                                     .tick = {},
                                     .options = {},
                                     .due = at(1),
                                     .run_id = {}},
                                    entry));
    const auto secrets = open_secrets(url_).value();
    if (site == "acme") ok(secrets->change_key("", "key"));
    secrets->add_data_key({site, "wrapped"}, "key").value();
    ok(secrets->put(site, {"token", at(1), "ada"}, "sealed", entry));
    open_notices(url_)
        .value()
        ->add({.site = site, .notice = "n", .at = at(1), .kind = "x", .subject = "x"}, {"email"})
        .value();
    ok(open_accounts(url_).value()->put_admin(
        {.admin = "of-" + site, .password = {}, .is_operator = true, .roles = {{site, "admin"}}},
        {.at = at(1), .who = "test", .act = "test"}));
  }

  static void ok(const base::Status& status) { ASSERT_TRUE(status.ok()) << status.error().text(); }
  static std::int64_t count(Db& db, const std::string& rows) {
    base::Result<Statement> row = db.query("SELECT count(*) FROM " + rows);
    const base::Result<bool> step = row.ok() ? row->step() : base::Result<bool>(row.error());
    EXPECT_TRUE(step.ok()) << rows << ": " << (step.ok() ? "" : step.error().text());
    return step.ok() && *step ? row->integer(0) : -1;
  }
  std::int64_t seen(const std::string& rows, const Scope& scope) {
    const Db::Hold hold(*db_, scope);
    return count(*db_, rows);
  }
  // Changed by a statement that is either refused or finds nothing.
  std::int64_t changed(const std::string& sql, const Scope& scope) {
    base::Result<Transaction> transaction = Transaction::begin(*db_, scope);
    EXPECT_TRUE(transaction.ok());
    return db_->run(sql).ok() ? db_->changed_rows() : 0;
  }
  // A copy of its first row that says it were of `site`.
  static std::string insert(const std::string& table, const std::string& site) {
    return "INSERT INTO " + table + " SELECT (jsonb_populate_record(t, '{\"site\": \"" + site +
           "\"}')).* FROM " + table + " t LIMIT 1";
  }
  void expect_refused(const std::string& sql, const Scope& scope) {
    base::Result<Transaction> transaction = Transaction::begin(*db_, scope);
    ASSERT_TRUE(transaction.ok());
    const base::Status status = db_->run(sql);
    ASSERT_FALSE(status.ok()) << sql;
    EXPECT_THAT(status.error().message, HasSubstr("does not let this user do it")) << sql;
  }

  std::unique_ptr<test::TemporaryFolder> folder_;
  std::string url_;
  std::unique_ptr<Db> all_;  // without any guard
  std::unique_ptr<Db> db_;
  std::vector<std::string> tables_;
};

TEST_F(IsolationTest, EveryTableWithASiteHasItsGuardForced) {
  for (const std::string& table : tables_) {
    Statement row = all_->query(
                            "SELECT relrowsecurity AND relforcerowsecurity, relowner::regrole "
                            "FROM pg_class WHERE oid = $1::regclass",
                            table)
                        .value();
    ASSERT_TRUE(row.step().value()) << table;
    EXPECT_EQ(row.text(0), "t") << table;
    EXPECT_EQ(row.text(1), "muster_owner") << table;
    for (const std::string site : {"acme", "beta"}) {
      EXPECT_GE(count(*all_, table + " WHERE site = '" + site + "'"), 1)
          << table << ": this test has to put rows into it";
    }
  }
}

TEST_F(IsolationTest, ASiteSeesItsOwnRowsAndNoOthers) {
  for (const std::string& table : tables_) {
    EXPECT_GE(seen(table, of_site("acme")), 1) << table;
    EXPECT_EQ(seen(table + " WHERE site <> 'acme'", of_site("acme")), 0) << table;
  }
}

TEST_F(IsolationTest, ASiteChangesNothingOfAnother) {
  for (const std::string& table : tables_) {
    EXPECT_EQ(changed("UPDATE " + table + " SET site = site WHERE site = 'beta'", of_site("acme")),
              0)
        << table;
    EXPECT_EQ(changed("DELETE FROM " + table + " WHERE site = 'beta'", of_site("acme")), 0)
        << table;
    expect_refused(insert(table, "beta"), of_site("acme"));
    expect_refused("UPDATE " + table + " SET site = 'beta'", of_site("acme"));
  }
}

TEST_F(IsolationTest, WithoutASiteThereIsNothing) {
  for (const std::string& table : tables_) {
    EXPECT_EQ(seen(table, Scope()), 0) << table;
    EXPECT_EQ(seen(table, of_site("")), 0) << table;
    EXPECT_EQ(seen(table, of_site("*")), 0) << table;
    EXPECT_EQ(changed("UPDATE " + table + " SET site = site", Scope()), 0) << table;
    EXPECT_EQ(changed("DELETE FROM " + table, Scope()), 0) << table;
    const Db::Hold hold(*db_);
    // What the sites' own statements set is gone with their transactions, on every connection.
    EXPECT_EQ(count(*db_, table), 0) << table;
  }
}

TEST_F(IsolationTest, NothingOfASiteIsLeftOnTheConnection) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(seen("runs", of_site("acme")), 1);
    EXPECT_EQ(seen("runs", Scope()), 0);
    {
      Transaction transaction = Transaction::begin(*db_, of_site("beta")).value();
      EXPECT_EQ(count(*db_, "runs WHERE site = 'beta'"), 1);
      ok(transaction.commit());
    }
    EXPECT_EQ(seen("runs", Scope()), 0);
  }
}

TEST_F(IsolationTest, AStatementThatFailsLeavesAConnectionThatWorks) {
  const Db::Hold hold(*db_, of_site("acme"));
  EXPECT_FALSE(db_->run("SELECT nonsense FROM runs").ok());
  EXPECT_EQ(count(*db_, "runs"), 1);
  EXPECT_EQ(
      db_->run("INSERT INTO sites (site, name, created) VALUES ('acme', 'x', 0)").error().kind,
      ErrorKind::kConflict);
  EXPECT_EQ(count(*db_, "runs"), 1);
}

TEST_F(IsolationTest, AConnectionThatBrokeIsMadeAnew) {
  const Db::Hold hold(*db_, of_site("acme"));
  EXPECT_EQ(count(*db_, "runs"), 1);
  ASSERT_TRUE(all_->run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                        "datname = current_database() AND usename = 'muster_app'")
                  .ok());
  base::Status status = db_->run("UPDATE runs SET message = 'x'");
  if (!status.ok()) {
    EXPECT_EQ(status.error().reason, "store_unavailable");
  }
  EXPECT_EQ(count(*db_, "runs"), 1);
}

TEST_F(IsolationTest, TheInstallationLooksIntoFewTablesAndWritesIntoFewer) {
  for (const std::string& table : tables_) {
    const std::int64_t foreign = seen(table + " WHERE site IN ('acme', 'beta')", of_installation());
    if (!kSeenByInstallation.contains(table) || table == "audit") {
      EXPECT_EQ(foreign, 0) << table;
    } else {
      EXPECT_GE(foreign, 2) << table;
    }
    if (table == "admin_roles") continue;  // who may do what where is said here
    EXPECT_EQ(changed("UPDATE " + table + " SET site = site WHERE site IN ('acme', 'beta')",
                      of_installation()),
              0)
        << table;
    EXPECT_EQ(
        changed("DELETE FROM " + table + " WHERE site IN ('acme', 'beta')", of_installation()), 0)
        << table;
  }
}

TEST_F(IsolationTest, TheServicesRoleCannotWidenItsRightsOrRewriteTheAuditLog) {
  for (const std::string sql : {
           "UPDATE audit SET who = 'eve'",
           "DELETE FROM audit",
           "DELETE FROM audit_heads",
           "TRUNCATE runs",
           "CREATE TABLE mine (x BIGINT)",
           "INSERT INTO schema_migrations VALUES (9999, 'x', 'x')",
           "SET ROLE muster_owner",
       }) {
    expect_refused(sql, of_site("acme"));
  }
  for (const std::string sql : {"ALTER TABLE runs NO FORCE ROW LEVEL SECURITY",
                                "ALTER TABLE runs DISABLE ROW LEVEL SECURITY", "DROP TABLE runs",
                                "DROP POLICY of_site ON runs", "ALTER ROLE muster_app BYPASSRLS"}) {
    EXPECT_FALSE(db_->run(sql).ok()) << sql;
  }
}

TEST_F(IsolationTest, TheOwnerIsHeldToItToo) {
  const auto owner = open_db(test::url_as(std::getenv("MUSTER_TEST_POSTGRES"), "muster_owner",
                                          url_.substr(url_.rfind('/') + 1)))
                         .value();
  for (const std::string& table : tables_) EXPECT_EQ(count(*owner, table), 0) << table;
}

TEST_F(IsolationTest, StepsOfTheSchemaChangeRowsOfAllSitesAndPutTheGuardBack) {
  const auto owner = open_db(test::url_as(std::getenv("MUSTER_TEST_POSTGRES"), "muster_owner",
                                          url_.substr(url_.rfind('/') + 1)))
                         .value();
  std::vector<Migration> steps(embedded_migrations().begin(), embedded_migrations().end());
  const int next = steps.back().number + 1;
  steps.push_back(
      {next, "later", "aaa", "UPDATE runs SET message = 'later'; CREATE TABLE later (x BIGINT);"});
  ok(migrate(*owner, steps));
  EXPECT_EQ(count(*all_, "runs WHERE message = 'later'"), 2);
  EXPECT_EQ(count(*owner, "runs"), 0);
  EXPECT_EQ(seen("later", Scope()), 0) << "who works with the old tables works with the new one";
}

TEST_F(IsolationTest, TheServicesRoleSaysWhoHasToBuildTheTables) {
  const test::TemporaryFolder folder;
  const std::string owned = test::empty_database(folder);
  const auto db = open_db(test::url_as(owned, "muster_app")).value();
  const base::Status status = migrate(*db, embedded_migrations());
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "store_unavailable");
  EXPECT_THAT(status.error().message, HasSubstr("muster migrate"));
  EXPECT_THAT(status.error().message, HasSubstr("muster_app"));
  EXPECT_EQ(count(*test::open_unguarded(owned), "pg_tables WHERE schemaname = 'public'"), 0);
}

TEST_F(IsolationTest, OnlyWhoIsHeldToItMayWorkWithTheTables) {
  const auto owner = open_db(test::url_as(std::getenv("MUSTER_TEST_POSTGRES"), "muster_owner",
                                          url_.substr(url_.rfind('/') + 1)))
                         .value();
  for (const std::string user : {"postgres", "muster_owner", "nobody\"; DROP TABLE runs; --"}) {
    EXPECT_EQ(grant_access(*owner, user).error().kind, ErrorKind::kSettings) << user;
  }
  EXPECT_THAT(missing_guard(*all_).value(), HasSubstr("superuser"));
  EXPECT_EQ(missing_guard(*db_).value(), "");
}

}  // namespace
}  // namespace muster::store
