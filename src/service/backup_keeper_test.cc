#include "service/backup_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "service/backup_files.h"
#include "service/test_support.h"
#include "store/regions.h"
#include "store/secrets.h"
#include "store/sites.h"
#include "store/test_support.h"

namespace muster::service {
namespace {

using namespace std::chrono_literals;
using base::Stop;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class NoClient : public net::HttpClient {
 public:
  base::Result<net::Response> send(const net::Request&, const Stop&) override {
    ADD_FAILURE() << "nobody is asked";
    return base::Error{};
  }
};

// Time is virtual, and begins at 2026-01-01T00:00:00Z, a Thursday.
class BackupKeeperTest : public testing::Test {
 protected:
  BackupKeeperTest() {
    EXPECT_TRUE(store::open_store(url_).ok());  // brings the database up to date
    turns_ = store::open_backup_turns(url_, *scheduler_).value();
    sites_ = store::open_sites(url_).value();
    notices_ = store::open_notices(url_).value();
    audit_ = store::open_audit(url_).value();
    notifier_ = std::make_unique<Notifier>(*sites_, *notices_);
    vault_ = Vault::open(store::open_secrets(url_).value(),
                         crypto::KeyEncryptionKey(base::Secret(std::string(32, 'k'))), *scheduler_)
                 .value();
    add_site("acme");
  }

  void add_site(const std::string& site) {
    const store::AuditEntry entry{.site = site, .at = now(), .who = "test", .act = "test"};
    EXPECT_TRUE(sites_->add({.site = site, .name = site, .trial_from = now()}, entry).ok());
  }
  std::unique_ptr<BackupKeeper> keeper(const run::ScheduleSettings& schedule, Retention keep = {},
                                       const std::string& region = "",
                                       const std::string& node = "node-1") {
    auto made = BackupKeeper::make(
        {.scheduler = *scheduler_,
         .client = client_,
         .random = *random_,
         .logger = *logger_,
         .turns = *turns_,
         .notifier = *notifier_,
         .vault = vault_.get(),
         .database = url_,
         .region = region,
         .node = node},
        {.place = place_, .schedule = schedule, .retention = keep, .muster = "1.2.3"});
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().text());
    return std::move(made).value();
  }
  static run::ScheduleSettings nightly() { return daily(2h + 30min); }

  base::WallTime now() const { return scheduler_->wall_now(); }
  void wait(base::Duration by) { base::sleep_for(*scheduler_, by, Stop()); }
  void look(BackupKeeper& keeper) {
    const base::Status looked = keeper.look(Stop());
    EXPECT_TRUE(looked.ok()) << looked.error().text();
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    if (!std::filesystem::exists(place_)) return found;
    for (const Backup& backup : list_backups(place_).value()) found.push_back(backup.name);
    return found;
  }
  std::vector<std::string> entries() const {  // of the folder
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(place_)) {
      found.push_back(entry.path().filename().string());
    }
    return found;
  }
  std::vector<std::string> told() const {
    std::vector<std::string> kinds;
    for (const auto& view : notices_->list("default", 100).value())
      kinds.push_back(view.notice.kind);
    return kinds;
  }
  std::vector<std::string> acts() const {
    std::vector<std::string> found;
    for (const auto& entry : audit_->list("", 0, 200).value()) found.push_back(entry.act);
    return found;
  }

  const store::test::TemporaryFolder folder_;
  // A file: its clock is the virtual one.
  const std::string url_ = "sqlite:" + folder_.file("muster.db");
  std::string place_ = folder_.file("backups");
  const std::unique_ptr<base::Scheduler> scheduler_ = base::make_simulated_scheduler(1);
  const std::unique_ptr<base::Random> random_ = base::make_system_random();
  NoClient client_;
  std::string log_;
  const std::unique_ptr<base::Logger> logger_ =
      base::make_sink_logger(base::LogLevel::kInfo, base::LogFormat::kText,
                             [this](std::string_view line) { log_.append(line) += '\n'; });
  std::unique_ptr<store::BackupTurns> turns_;
  std::unique_ptr<store::Sites> sites_;
  std::unique_ptr<store::Notices> notices_;
  std::unique_ptr<store::Audit> audit_;
  std::unique_ptr<Notifier> notifier_;
  std::unique_ptr<Vault> vault_;
};

TEST_F(BackupKeeperTest, MakesOneForEachTickAndNoneBefore) {
  const auto keeper = this->keeper(nightly());
  look(*keeper);
  EXPECT_THAT(names(), IsEmpty());
  wait(2h + 31min);
  look(*keeper);
  look(*keeper);
  ASSERT_THAT(names(), SizeIs(1));
  const Backup made = list_backups(place_)->front();
  EXPECT_TRUE(made.is_scheduled());
  EXPECT_TRUE(made.is_whole());
  EXPECT_EQ(made.label->kind, BackupKind::kMonthly) << "the first one of January";
  EXPECT_EQ(shown(made.label->tick.value()), "2026-01-01 02:30");
  EXPECT_EQ(shown(made.label->expires.value()).substr(0, 10), "2027-01-01");
  EXPECT_THAT(made.files, SizeIs(3)) << "the installation, default and acme";
  EXPECT_TRUE(verify_backup(made.path, vault_->key()).ok());
  EXPECT_EQ(turns_->look()->name, made.name);
  EXPECT_THAT(acts(), Contains("backup.created"));
  wait(24h);
  look(*keeper);
  EXPECT_THAT(names(), SizeIs(2));
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(BackupKeeperTest, CatchesUpOnceAfterATimeWithoutAnybody) {
  const auto keeper = this->keeper(nightly());
  look(*keeper);
  wait(10 * 24h);
  look(*keeper);
  look(*keeper);
  ASSERT_THAT(names(), SizeIs(1));
  EXPECT_EQ(shown(list_backups(place_)->front().label->tick.value()), "2026-01-10 02:30");
}

TEST_F(BackupKeeperTest, OfTwoNodesOneMakesIt) {
  const auto first = keeper(nightly(), {}, "", "node-1");
  const auto second = keeper(nightly(), {}, "", "node-2");
  look(*first);
  wait(3h);
  {
    const auto one = scheduler_->start("one", [&] { look(*first); });
    const auto two = scheduler_->start("two", [&] { look(*second); });
  }
  look(*second);
  EXPECT_THAT(names(), SizeIs(1));
}

// Its process died after the backup was there, and before that was noted.
TEST_F(BackupKeeperTest, ATickWhoseBackupIsThereGetsNoOther) {
  const auto keeper = this->keeper(nightly());
  look(*keeper);
  wait(3h);
  const base::WallTime tick = turns_->look()->tick;
  look(*keeper);
  ASSERT_THAT(names(), SizeIs(1));
  const store::BackupTurn turn = turns_->take("died", 1min).value().value();
  ASSERT_TRUE(turns_->made(turn, tick, {"", {}, 0}).ok());
  ASSERT_TRUE(turns_->give_back(turn).ok());
  look(*keeper);
  EXPECT_THAT(names(), SizeIs(1));
  EXPECT_EQ(turns_->look()->name, names().front());
}

TEST_F(BackupKeeperTest, OneThatFailsIsToldOnceAndTriedAgainUntilItIsThere) {
  const auto keeper = this->keeper(nightly());
  look(*keeper);
  std::ofstream(place_) << "a file, where a folder should be";
  wait(3h);
  for (int i = 0; i < 12; ++i) {
    (void)keeper->look(Stop());
    wait(30s);
  }
  store::BackupState state = turns_->look().value();
  EXPECT_EQ(state.failures, 3) << "after 1, 2 and 4 minutes";
  EXPECT_THAT(state.problem, HasSubstr(place_));
  EXPECT_THAT(told(), ElementsAre("backup.failed"));
  std::filesystem::remove(place_);
  wait(2h);
  look(*keeper);
  EXPECT_THAT(names(), SizeIs(1));
  state = turns_->look().value();
  EXPECT_EQ(state.failures, 0);
  EXPECT_EQ(state.problem, "");
  EXPECT_THAT(told(), testing::UnorderedElementsAre("backup.failed", "backup.recovered"));
}

TEST_F(BackupKeeperTest, RemovesWhatIsPastItsDayAndNothingElse) {
  const auto keeper = this->keeper(nightly(), {2, 0, 0});
  look(*keeper);
  wait(3h);
  look(*keeper);
  const Backup first = list_backups(place_)->front();
  // A copy by hand; one that was renamed by hand; and what somebody put beside them.
  const Backup by_hand = create_backup({.database = url_,
                                        .place = place_,
                                        .site = {},
                                        .muster = "1",
                                        .entry = {.at = now(), .who = "ada"}},
                                       vault_->key())
                             .value();
  const std::filesystem::path folder(place_);
  std::filesystem::copy(first.path, folder / "20260101T023000001Z");
  std::filesystem::copy(first.path, folder / "20260101T023000002Z-weekly");
  std::filesystem::create_directory(folder / "20250101T000000000Z-daily");
  std::ofstream(folder / "20250101T000000000Z-daily" / "notes.txt") << "mine";
  std::filesystem::create_directory_symlink(first.path, folder / "20260101T023000003Z-daily");
  std::ofstream(std::filesystem::path(first.path) / "notes.txt") << "mine";
  for (int night = 0; night < 6; ++night) {
    wait(24h);
    look(*keeper);
  }
  const std::vector<std::string> left = entries();
  EXPECT_THAT(left, Contains(by_hand.name));
  EXPECT_THAT(left, Contains("20260101T023000001Z"));
  EXPECT_THAT(left, Contains("20260101T023000002Z-weekly"));
  EXPECT_THAT(left, Contains("20250101T000000000Z-daily"));
  EXPECT_THAT(left, Contains("20260101T023000003Z-daily"));
  EXPECT_TRUE(std::filesystem::exists(std::filesystem::path(first.path) / "notes.txt"))
      << "it lay in one that was removed";
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(first.path) / "installation.bundle"));
  const auto mine =
      scheduled_of(list_backups(place_).value(), store::installation_of_database(url_).value(), "");
  EXPECT_THAT(mine, SizeIs(2)) << "two nights";
  EXPECT_THAT(acts(), Contains("backup.expired"));
}

TEST_F(BackupKeeperTest, TheLastGoodOneStaysButNotWhatIsInItOfSitesThatAreGone) {
  const auto keeper = this->keeper(nightly(), {2, 0, 0});
  look(*keeper);
  wait(3h);
  look(*keeper);
  const Backup only = list_backups(place_)->front();
  const store::AuditEntry entry{.site = "acme", .at = now(), .who = "test", .act = "test"};
  ASSERT_TRUE(sites_->remove("acme", now() + 24h, entry).ok());
  // From now on every one fails: no name of a new one can be written.
  vault_.reset();
  const auto without_key = this->keeper(nightly(), {2, 0, 0});
  for (int hour = 0; hour < 24 * 4; ++hour) {
    wait(1h);
    (void)without_key->look(Stop());
  }
  ASSERT_THAT(names(), ElementsAre(only.name));
  const Backup left = list_backups(place_)->front();
  EXPECT_TRUE(left.is_whole());
  EXPECT_THAT(left.files, SizeIs(2));
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(only.path) / "site-acme.bundle"));
}

TEST_F(BackupKeeperTest, NeverPutsARegionBesideAnotherOne) {
  const auto own = keeper(nightly());
  look(*own);
  wait(3h);
  look(*own);
  const auto of_region = keeper(nightly(), {}, "eu");
  wait(24h);
  const base::Status refused = of_region->look(Stop());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, "other_region");
  EXPECT_THAT(names(), SizeIs(1));
  EXPECT_THAT(turns_->look()->problem, HasSubstr("the installation's own database"));
}

TEST_F(BackupKeeperTest, SweepsWhatKilledProcessesLeftOfBackupsOnSchedule) {
  const auto keeper = this->keeper(nightly());
  look(*keeper);
  const std::filesystem::path folder(place_);
  for (const char* name : {".20251224T000000000Z-daily.aBcDeF", ".20251224T000000000Z-daily.remove",
                           ".20251224T000000000Z.aBcDeF", ".cache"}) {
    std::filesystem::create_directories(folder / name);
    std::ofstream(folder / name / "installation.bundle") << "half";
  }
  wait(3h);
  look(*keeper);
  const std::vector<std::string> left = entries();
  EXPECT_THAT(left, Not(Contains(".20251224T000000000Z-daily.aBcDeF")));
  EXPECT_THAT(left, Not(Contains(".20251224T000000000Z-daily.remove")));
  EXPECT_THAT(left, Contains(".20251224T000000000Z.aBcDeF")) << "made by hand";
  EXPECT_THAT(left, Contains(".cache"));
}

TEST_F(BackupKeeperTest, AStopLeavesNothingAndIsNoFailure) {
  const auto keeper = this->keeper(nightly());
  look(*keeper);
  wait(3h);
  std::stop_source stop;
  stop.request_stop();
  (void)keeper->look(stop.get_token());
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_EQ(turns_->look()->failures, 0);
  EXPECT_THAT(told(), IsEmpty());
  look(*keeper);
  EXPECT_THAT(names(), SizeIs(1));
}

TEST(LatestTickTest, IsTheLastOneThatHasCome) {
  const Schedule schedule = made(daily(150min));
  EXPECT_EQ(latest_tick(schedule, at("2026-01-01 00:00"), at("2026-01-01 02:29")), std::nullopt);
  EXPECT_EQ(shown(latest_tick(schedule, at("2026-01-01 00:00"), at("2026-03-01 00:00")).value()),
            "2026-02-28 02:30");
}

}  // namespace
}  // namespace muster::service
