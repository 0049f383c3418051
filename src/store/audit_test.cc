#include "store/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "store/importers.h"
#include "store/sites.h"
#include "store/test_support.h"

namespace muster::store {
namespace {

using test::at;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class AuditTest : public testing::Test {
 protected:
  AuditTest() {
    EXPECT_TRUE(open_store(url_).ok());  // brings the database up to date
    audit_ = open_audit(url_).value();
  }

  void append(const std::string& act, const std::string& site = "") {
    const base::Status written = audit_->append({.site = site,
                                                 .at = at(++written_),
                                                 .who = "anna",
                                                 .origin = "10.0.0.7",
                                                 .act = act,
                                                 .target = "entra",
                                                 .before = "a",
                                                 .after = "b"});
    EXPECT_TRUE(written.ok()) << written.error().text();
  }
  std::vector<std::string> acts(const std::string& site, std::int64_t before = 0,
                                std::size_t limit = 10) {
    std::vector<std::string> acts;
    const std::vector<AuditEntry> entries = audit_->list(site, before, limit).value();
    for (const AuditEntry& entry : entries) acts.push_back(entry.act);
    return acts;
  }
  std::string mistakes(const std::string& site = "") { return audit_->verify(site)->mistakes; }
  void tamper(const std::string& sql) {
    ASSERT_TRUE(test::open_unguarded(url_)->run_script(sql).ok());
  }

  const test::TemporaryFolder folder_;
  const std::string url_ = test::fresh_database(folder_);
  std::unique_ptr<Audit> audit_;
  std::int64_t written_ = 0;
};

TEST_F(AuditTest, ListsEachSitesEntriesNewestFirst) {
  append("one");
  append("two", "default");
  append("three");
  append("four");
  EXPECT_THAT(acts(""), ElementsAre("four", "three", "one"));
  EXPECT_THAT(acts("", 3), ElementsAre("three", "one"));
  EXPECT_THAT(acts("", 0, 1), ElementsAre("four"));
  EXPECT_THAT(acts("default"), ElementsAre("two"));
  EXPECT_THAT(acts("nobody"), IsEmpty());
  EXPECT_THAT(audit_->chains().value(), ElementsAre("", "default"));
}

TEST_F(AuditTest, IsWholeAsLongAsNobodyTouchesIt) {
  EXPECT_EQ(mistakes(), "") << "an empty one too";
  for (int i = 0; i < 5; ++i) append("act");
  const AuditState state = audit_->verify("").value();
  EXPECT_EQ(state.mistakes, "");
  EXPECT_EQ(state.entries, 5);
  EXPECT_EQ(state.head, audit_->list("", 0, 1).value().front().hash);
}

TEST_F(AuditTest, NoticesEveryChange) {
  for (const std::string column : {"who", "origin", "act", "target", "before_it", "after_it"}) {
    append("act");
    append("act");
    tamper("UPDATE audit SET " + column + " = 'x' WHERE number = 1");
    EXPECT_THAT(mistakes(), HasSubstr("Entry 1")) << column;
    tamper("DELETE FROM audit; DELETE FROM audit_heads");
  }
  append("act");
  tamper("UPDATE audit SET at = at + 1");
  EXPECT_NE(mistakes(), "");
}

TEST_F(AuditTest, NoticesWhatIsMissing) {
  for (int i = 0; i < 3; ++i) append("act");
  tamper("DELETE FROM audit WHERE number = 2");
  EXPECT_THAT(mistakes(), HasSubstr("Entry 2 is missing"));
}

TEST_F(AuditTest, NoticesACutEnd) {
  for (int i = 0; i < 3; ++i) append("act");
  tamper("DELETE FROM audit WHERE number = 3");
  EXPECT_THAT(mistakes(), HasSubstr("newest"));
}

TEST_F(AuditTest, NoticesAnEntryThatWasReplacedTogetherWithItsHash) {
  append("one");
  append("two");
  const test::TemporaryFolder folder;
  const std::string other = test::fresh_database(folder);
  ASSERT_TRUE(open_store(other).ok());
  AuditEntry forged = audit_->list("", 2, 1).value().front();
  forged.act = "forged";
  ASSERT_TRUE(open_audit(other).value()->append(forged).ok());
  const auto db = test::open_unguarded(other);
  auto row = db->query("SELECT hash, opening FROM audit").value();
  ASSERT_TRUE(row.step().value());
  const std::string hash = row.text(0), opening = row.text(1);
  ASSERT_TRUE(test::open_unguarded(url_)
                  ->run("UPDATE audit SET act = 'forged', hash = $1, opening = $2 WHERE number = 1",
                        Blob{hash}, Blob{opening})
                  .ok());
  EXPECT_THAT(mistakes(), HasSubstr("Entry 2"));
}

TEST_F(AuditTest, NoticesAnEntryMovedToAnotherSite) {
  append("act", "default");
  tamper("UPDATE audit SET site = 'acme'; UPDATE audit_heads SET site = 'acme'");
  EXPECT_NE(mistakes("acme"), "");
}

TEST_F(AuditTest, NoticesBytesThatMovedFromOneFieldToTheNext) {
  append("ab");
  tamper("UPDATE audit SET act = 'abe', target = 'ntra'");
  EXPECT_NE(mistakes(), "");
}

TEST_F(AuditTest, TellsOfAnImporterOnlyWhatWasDone) {
  const auto importers = open_importers(url_).value();
  const AuditEntry told{.site = "default", .at = at(1), .who = "anna", .act = "importer.put"};
  const auto put = [&](const std::string& definition, std::optional<std::int64_t> from) {
    return importers->put("default",
                          {.importer = "entra", .definition = definition, .from_version = from},
                          "anna", at(1), &told);
  };
  ASSERT_TRUE(put("a", 0).ok());
  ASSERT_TRUE(put("a", 1).ok()) << "nothing changed";
  EXPECT_FALSE(put("b", 0).ok()) << "outdated";
  EXPECT_EQ(acts("default").size(), 1U);
  ASSERT_TRUE(importers->pause("default", "entra", true, &told).ok());
  EXPECT_FALSE(importers->pause("default", "nothing", true, &told).ok());
  EXPECT_EQ(acts("default").size(), 2U);
}

TEST_F(AuditTest, TellsOfASiteOnce) {
  const auto sites = open_sites(url_).value();
  const Site acme{.site = "acme", .name = "Acme", .created = at(3)};
  const AuditEntry told{.site = "acme", .at = at(1), .who = "olga", .act = "site.added"};
  ASSERT_TRUE(sites->add(acme, told).ok());
  EXPECT_EQ(sites->add(acme, told).error().reason, "site_exists");
  EXPECT_THAT(acts("acme"), ElementsAre("site.added"));
  EXPECT_EQ(sites->list()->front().name, "Acme");
}

TEST_F(AuditTest, KeepsOneChainWhenSeveralWriteAtOnce) {
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([this] {
      const auto own = open_audit(url_).value();
      for (int i = 0; i < 10; ++i) EXPECT_TRUE(own->append({.at = at(1), .act = "act"}).ok());
    });
  }
  for (std::thread& writer : writers) writer.join();
  const AuditState state = audit_->verify("").value();
  EXPECT_EQ(state.mistakes, "");
  EXPECT_EQ(state.entries, 40);
}

}  // namespace
}  // namespace muster::store
