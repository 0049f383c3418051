#include "store/site_moves.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/accounts.h"
#include "store/database_look.h"
#include "store/importers.h"
#include "store/jobs.h"
#include "store/notices.h"
#include "store/queue.h"
#include "store/regions.h"
#include "store/secrets.h"
#include "store/sites.h"
#include "store/test_support.h"

namespace muster::store {
namespace {

using base::Status;
using test::at;
using testing::ElementsAre;

AuditEntry entry(const std::string& site = "") {
  return {.site = site, .at = at(1), .who = "test", .act = "test"};
}
template <typename Outcome>
std::string reason(const Outcome& outcome) {
  return outcome.ok() ? "" : outcome.error().reason;
}

class SiteMovesTest : public testing::Test {
 protected:
  SiteMovesTest() {
    EXPECT_TRUE(open_store(url_).ok());
    sites_ = open_sites(url_).value();
    EXPECT_TRUE(
        sites_->add({.site = "acme", .name = "Acme", .created = at(1)}, entry("acme")).ok());
    importers_ = open_importers(url_).value();
    EXPECT_EQ(reason(put_importer()), "");
    queue_ = open_queue(url_, *scheduler_).value();
  }
  base::Result<Importer> put_importer() {
    const AuditEntry by = entry("acme");
    return importers_->put(
        "acme", {.importer = "x", .definition = "x" + std::to_string(++made_), .from_version = {}},
        "ada", at(1), &by);
  }
  static Job job(const std::string& id) {
    return {.site = "acme", .job_id = id, .importer = "x", .trigger = "manual", .due = at(1)};
  }
  void end_all() {
    while (const auto lease = queue_->take({.worker = "w"}).value()) {
      EXPECT_TRUE(queue_->finish(*lease).ok());
    }
  }

  const test::TemporaryFolder folder_;
  const std::string url_ = test::fresh_database(folder_);
  const std::unique_ptr<base::Scheduler> scheduler_ = base::make_real_scheduler();
  int made_ = 0;
  std::unique_ptr<Sites> sites_;
  std::unique_ptr<Importers> importers_;
  std::unique_ptr<Queue> queue_;
};

TEST_F(SiteMovesTest, WhileASiteLeavesNothingOfItChangesAndItIsStillSeen) {
  ASSERT_EQ(reason(hold_site(url_, "acme", entry("acme"))), "");
  EXPECT_EQ(reason(hold_site(url_, "acme", entry("acme"))), "") << "once more";
  EXPECT_EQ(reason(put_importer()), "site_moving");
  EXPECT_EQ(reason(sites_->set_contact("acme", {"a@b.example", "", ""}, entry("acme"))),
            "site_moving");
  EXPECT_EQ(reason(sites_->remove("acme", at(9), entry("acme"))), "site_moving");
  EXPECT_EQ(reason(open_audit(url_).value()->append(entry("acme"))), "site_moving");
  EXPECT_EQ(reason(open_jobs(url_).value()->ask(job("j-1"), entry("acme"))), "site_moving");
  ASSERT_TRUE(sites_->find("acme").value());
  EXPECT_EQ(sites_->find("acme").value()->place, kLeaving);
  EXPECT_EQ(importers_->list("acme").value().size(), 1U);
  ASSERT_EQ(reason(release_site(url_, "acme", entry("acme"))), "");
  EXPECT_EQ(reason(release_site(url_, "acme", entry("acme"))), "") << "once more";
  EXPECT_EQ(sites_->find("acme").value()->place, kHere);
  EXPECT_EQ(reason(put_importer()), "");
}

TEST_F(SiteMovesTest, NoWorkerTakesAJobOfASiteThatLeavesAndNoTickIsNoted) {
  ASSERT_EQ(reason(open_jobs(url_).value()->ask(job("j-1"), entry("acme"))), "");
  ASSERT_EQ(reason(hold_site(url_, "acme", entry("acme"))), "");
  EXPECT_FALSE(queue_->take({.worker = "w"}).value());
  Job tick = job("j-2");
  tick.trigger = "schedule";
  tick.tick = at(7);
  EXPECT_FALSE(queue_->add(tick).value());
  EXPECT_NE(importers_->find("acme", "x").value()->last_tick, at(7));
  EXPECT_TRUE(is_at_rest(url_, "acme", at(1)).value()) << "nobody has it";
  ASSERT_EQ(reason(release_site(url_, "acme", entry("acme"))), "");
  EXPECT_TRUE(queue_->add(tick).value());
  EXPECT_TRUE(queue_->take({.worker = "w"}).value());
}

TEST_F(SiteMovesTest, AJobUnderWayIsWaitedForAndThatOfADeadWorkerIsOver) {
  ASSERT_EQ(reason(open_jobs(url_).value()->ask(job("j-1"), entry("acme"))), "");
  ASSERT_TRUE(queue_->take({.worker = "w"}).value());
  ASSERT_EQ(reason(hold_site(url_, "acme", entry("acme"))), "");
  const base::WallTime now = queue_->now().value();
  EXPECT_FALSE(is_at_rest(url_, "acme", now).value());
  EXPECT_TRUE(is_at_rest(url_, "acme", now + std::chrono::minutes(2)).value());
  EXPECT_TRUE(queue_->pending("acme", "x").value().empty());
}

TEST_F(SiteMovesTest, WhatRunsOfASiteThatLeavesCanBeCancelledAndWhatWaitsCannot) {
  const auto jobs = open_jobs(url_).value();
  ASSERT_TRUE(jobs->ask(job("j-1"), entry("acme")).ok());
  ASSERT_TRUE(jobs->ask(job("j-2"), entry("acme")).ok());
  const auto lease = queue_->take({.worker = "w"}).value();
  ASSERT_TRUE(lease);
  const std::string running = lease->job.job_id, waiting = running == "j-1" ? "j-2" : "j-1";
  ASSERT_EQ(reason(hold_site(url_, "acme", entry("acme"))), "");
  EXPECT_EQ(reason(jobs->cancel("acme", waiting, entry("acme"))), "site_moving");
  EXPECT_EQ(reason(jobs->cancel("acme", running, entry("acme"))), "");
  EXPECT_TRUE(jobs->find("acme", running).value()->is_cancelled);
  EXPECT_FALSE(jobs->find("acme", waiting).value()->is_cancelled) << "undone with its entry";
}

TEST_F(SiteMovesTest, NoNoticeGoesOutWhileItsSiteLeaves) {
  const auto notices = open_notices(url_).value();
  ASSERT_TRUE(notices
                  ->add({.site = "acme", .notice = "n", .at = at(1), .kind = "x", .subject = "x"},
                        {"email"})
                  .value());
  ASSERT_EQ(reason(hold_site(url_, "acme", entry("acme"))), "");
  EXPECT_FALSE(notices->take(at(9), std::chrono::minutes(1)).value());
  ASSERT_EQ(reason(release_site(url_, "acme", entry("acme"))), "");
  EXPECT_TRUE(notices->take(at(9), std::chrono::minutes(1)).value());
}

TEST_F(SiteMovesTest, TheDirectoryNamesOneDatabaseAndThenTheOther) {
  const auto regions = open_regions(url_).value();
  const auto moves = open_site_moves(url_).value();
  for (const std::string region : {"eu", "us"}) {
    ASSERT_EQ(reason(regions->put({region, "env:X", at(1)}, entry())), "");
  }
  const SiteMove move{.site = "acme", .from = "", .to = "eu", .begun = at(2)};
  EXPECT_EQ(reason(moves->switch_over(move, {}, {}, entry())), "site_moving") << "not begun";
  ASSERT_EQ(reason(moves->begin(move, entry())), "");
  EXPECT_EQ(reason(moves->begin(move, entry())), "") << "once more";
  EXPECT_EQ(reason(moves->begin({.site = "acme", .from = "", .to = "us"}, entry())),
            "move_under_way");
  EXPECT_EQ(reason(moves->switch_over(move, {}, {}, entry())), "site_moving") << "not held";
  ASSERT_EQ(reason(hold_site(url_, "acme", entry("acme"))), "");
  EXPECT_EQ(regions->region_of("acme").value(), "");
  ASSERT_EQ(reason(moves->switch_over(move, {}, {}, entry())), "");
  EXPECT_EQ(regions->region_of("acme").value(), "eu");
  EXPECT_TRUE(moves->find("acme").value()->is_switched);
  EXPECT_FALSE(sites_->find("acme").value());
  EXPECT_EQ(reason(moves->switch_over(move, {}, {}, entry())), "site_moving") << "done already";
  ASSERT_EQ(reason(moves->end("acme", entry())), "");
  EXPECT_TRUE(moves->list().value().empty());
}

TEST_F(SiteMovesTest, AMoveIsLeftToServicesAndToldHowFarItIs) {
  const auto moves = open_site_moves(url_).value();
  const SiteMove by_hand{.site = "acme", .from = "", .to = "eu", .begun = at(2)};
  ASSERT_EQ(reason(moves->begin(by_hand, entry())), "");
  EXPECT_FALSE(moves->find("acme").value()->by_service);
  SiteMove asked = by_hand;
  asked.by_service = true;
  asked.asked_by = "olga";
  ASSERT_EQ(reason(moves->begin(asked, entry())), "");
  EXPECT_TRUE(moves->find("acme").value()->by_service);
  EXPECT_EQ(moves->find("acme").value()->begun, at(2)) << "it is the same move";
  ASSERT_EQ(reason(moves->note_trouble("acme", "no key")), "");
  EXPECT_EQ(moves->find("acme").value()->trouble, "no key");
  EXPECT_FALSE(moves->note("acme", {"copying", 3, 9}).value());
  const SiteMove found = moves->find("acme").value().value();
  EXPECT_EQ(found.asked_by, "olga");
  EXPECT_EQ(found.stage, "copying");
  EXPECT_EQ(found.rows_copied, 3U);
  EXPECT_EQ(found.rows_total, 9U);
  EXPECT_EQ(found.trouble, "") << "it goes on";
}

TEST_F(SiteMovesTest, OneThatIsToBeTakenBackSwitchesNoMore) {
  const auto regions = open_regions(url_).value();
  const auto moves = open_site_moves(url_).value();
  ASSERT_EQ(reason(regions->put({"eu", "env:X", at(1)}, entry())), "");
  const SiteMove move{.site = "acme", .from = "", .to = "eu", .begun = at(2)};
  EXPECT_EQ(reason(moves->ask_back("acme", entry())), "no_such_move");
  ASSERT_EQ(reason(moves->begin(move, entry())), "");
  ASSERT_EQ(reason(hold_site(url_, "acme", entry("acme"))), "");
  ASSERT_EQ(reason(moves->ask_back("acme", entry())), "");
  EXPECT_TRUE(moves->note("acme", {.stage = "comparing"}).value());
  EXPECT_EQ(reason(moves->switch_over(move, {}, {}, entry())), "site_moving");
  EXPECT_EQ(regions->region_of("acme").value(), "");
  EXPECT_EQ(reason(moves->begin(move, entry())), "move_under_way");
  ASSERT_EQ(reason(moves->end("acme", entry())), "");
  ASSERT_EQ(reason(moves->begin(move, entry())), "");
  ASSERT_EQ(reason(moves->switch_over(move, {}, {}, entry())), "");
  EXPECT_EQ(reason(moves->ask_back("acme", entry())), "site_moving") << "too late";
}

TEST_F(SiteMovesTest, WhatIsInForceIsNeverErased) {
  EXPECT_EQ(reason(erase_site(url_, "acme", true)), "site_moving");
  EXPECT_TRUE(importers_->find("acme", "x").value());
}

TEST_F(SiteMovesTest, ErasingTakesTheOwnerOfTheTablesAndLeavesTheNameWhereItIsWanted) {
  const auto regions = open_regions(url_).value();
  const auto moves = open_site_moves(url_).value();
  ASSERT_EQ(reason(regions->put({"eu", "env:X", at(1)}, entry())), "");
  ASSERT_EQ(reason(open_accounts(url_).value()->put_admin(
                {.admin = "ada", .is_operator = true, .roles = {{"acme", "admin"}}}, entry())),
            "");
  ASSERT_EQ(reason(sites_->set_contact("acme", {"canary@contact.example", "", ""}, entry("acme"))),
            "");
  const SiteMove move{.site = "acme", .from = "", .to = "eu", .begun = at(2)};
  ASSERT_EQ(reason(moves->begin(move, entry())), "");
  ASSERT_EQ(reason(hold_site(url_, "acme", entry("acme"))), "");
  ASSERT_EQ(reason(moves->switch_over(move, {}, {}, entry())), "");
  std::string owner = url_;
  if (const char* const server = std::getenv("MUSTER_TEST_POSTGRES")) {
    EXPECT_EQ(reason(require_erasable(url_)), "settings");
    EXPECT_NE(reason(erase_site(url_, "acme", true)), "") << "services cannot do it";
    owner = test::url_as(server, "muster_owner", url_.substr(url_.rfind('/') + 1));
  }
  EXPECT_EQ(reason(require_erasable(owner)), "");
  ASSERT_EQ(reason(erase_site(owner, "acme", true)), "");
  EXPECT_EQ(reason(erase_site(owner, "acme", true)), "") << "once more";
  EXPECT_THAT(with_rows(url_, {"acme"}).value(), ElementsAre());
  ASSERT_EQ(regions->pins().value().size(), 1U);
  EXPECT_EQ(regions->pins().value().front().name, "Acme");
  EXPECT_EQ(open_accounts(url_).value()->admin("ada").value()->roles.size(), 1U);
  const auto db = test::open_unguarded(url_);
  const Db::Hold hold(*db, of_site("acme"));
  Statement row = db->query("SELECT contact FROM sites WHERE site = 'acme'").value();
  ASSERT_TRUE(row.step().value());
  EXPECT_EQ(row.text(0), "");
}

}  // namespace
}  // namespace muster::store
