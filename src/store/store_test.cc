#include "store/store.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "store/db.h"
#include "store/migrations.h"
#include "store/test_support.h"

namespace muster::store {
namespace {

using base::ErrorKind;
using test::at;
using test::begun;
using test::ended;
using test::TemporaryFolder;

class StoreTest : public testing::Test {
 protected:
  std::unique_ptr<Store> open() {
    base::Result<std::unique_ptr<Store>> store = open_store(url_);
    EXPECT_TRUE(store.ok()) << (store.ok() ? "" : store.error().text());
    return std::move(store).value();
  }

  const TemporaryFolder folder_;
  const std::string url_ = test::fresh_database(folder_);
};

BaselineRow baseline_of(const std::string& run_id, const std::string& users) {
  return {.run_id = run_id, .data_sets = {{"users", users}}};
}

TEST_F(StoreTest, RemembersARunFromItsStartToItsEnd) {
  RunRow run = begun("r-1");
  {
    const std::unique_ptr<Store> store = open();
    ASSERT_TRUE(store->run_started(run).ok());
    ASSERT_TRUE(store->run_execution("r-1", "execution-9").ok());
    const std::vector<RunRow> open_runs = store->unfinished("entra").value();
    ASSERT_EQ(open_runs.size(), 1U);
    EXPECT_EQ(open_runs[0].execution_id, "execution-9");
    EXPECT_FALSE(open_runs[0].ended);
    ASSERT_TRUE(store->run_ended(ended(run), nullptr).ok());
  }
  const std::unique_ptr<Store> store = open();
  EXPECT_TRUE(store->unfinished("entra").value().empty());
  const std::optional<RunRow> found = store->run("r-1").value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->state, "completed");
  EXPECT_EQ(found->reason, "ok");
  EXPECT_EQ(found->message, "12 objects.");
  EXPECT_EQ(found->started, at(1'000));
  EXPECT_EQ(found->ended, at(1'007));
  EXPECT_EQ(found->report, R"({"state":"completed"})");
  EXPECT_EQ(found->execution_id, "execution-9");
}

TEST_F(StoreTest, TakesAnotherReportOfARunThatHasEnded) {
  const std::unique_ptr<Store> store = open();
  ASSERT_TRUE(store->run_started(begun("r-1")).ok());
  EXPECT_EQ(store->run_amended("r-1", "{}").error().reason, "run_not_ended");
  ASSERT_TRUE(store->run_ended(ended(begun("r-1")), nullptr).ok());
  ASSERT_TRUE(store->run_amended("r-1", R"({"people":{}})").ok());
  const std::optional<RunRow> found = store->run("r-1").value();
  EXPECT_EQ(found->report, R"({"people":{}})");
  EXPECT_EQ(found->state, "completed");
  EXPECT_EQ(found->message, "12 objects.");
  EXPECT_EQ(store->run_amended("r-2", "{}").error().kind, ErrorKind::kConflict);
}

TEST_F(StoreTest, RemembersWhatKindOfRunItWasAndWhereTo) {
  const std::unique_ptr<Store> store = open();
  RunRow run = begun("r-1");
  run.kind = "limited";
  run.destination = "files";
  ASSERT_TRUE(store->run_started(run).ok());
  ASSERT_TRUE(store->run_ended(ended(run), nullptr).ok());
  const std::vector<RunRow> found = store->runs("", 1).value();
  EXPECT_EQ(found.at(0).kind, "limited");
  EXPECT_EQ(found.at(0).destination, "files");
}

TEST_F(StoreTest, LearnsTheKindOfOlderRunsFromTheirReports) {
  {
    const std::unique_ptr<Db> db = open_db(url_).value();
    ASSERT_TRUE(migrate(*db, embedded_migrations().first(1)).ok());
    ASSERT_TRUE(
        db->run_script("INSERT INTO runs VALUES "
                       "('default', 'r-1', 'entra', 'completed', '', '', 1, 2, "
                       "'{\"kind\":\"limited\"}', 'e-1'), "
                       "('default', 'r-2', 'entra', 'completed', '', '', 2, 3, "
                       "'{\"kind\":\"full\",\"message\":\"\\\"kind\\\":\\\"limited\\\"\"}', ''), "
                       "('default', 'r-3', 'entra', 'held', '', '', 3, 4, '{}', '')")
            .ok());
  }
  const std::vector<RunRow> runs = open()->runs("", 9).value();
  ASSERT_EQ(runs.size(), 3U);
  EXPECT_EQ(runs[0].kind + runs[0].destination, "full");
  EXPECT_EQ(runs[1].kind + runs[1].destination, "fullfiles");
  EXPECT_EQ(runs[2].kind + runs[2].destination, "limitedjsm_assets");
}

TEST_F(StoreTest, LetsARunEndOnlyOnce) {
  const std::unique_ptr<Store> store = open();
  const RunRow run = begun("r-1");
  ASSERT_TRUE(store->run_started(run).ok());
  const BaselineRow first = baseline_of("r-1", "first");
  ASSERT_TRUE(store->run_ended(ended(run, "failed"), nullptr).ok());
  const base::Status again = store->run_ended(ended(run), &first);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(store->run("r-1").value()->state, "failed");
  EXPECT_FALSE(store->baseline("entra", "").value());
  EXPECT_EQ(store->run_execution("r-1", "late").error().kind, ErrorKind::kConflict);
}

TEST_F(StoreTest, RenewsTheBaselineOfTheDataSetsOfTheRun) {
  const std::unique_ptr<Store> store = open();
  EXPECT_FALSE(store->baseline("entra", "").value());
  BaselineRow first = baseline_of("r-1", "old users");
  first.data_sets["groups"] = std::string("\0\xff", 2);
  ASSERT_TRUE(store->run_started(begun("r-1")).ok());
  ASSERT_TRUE(store->run_ended(ended(begun("r-1")), &first).ok());
  EXPECT_EQ(store->baseline("entra", "").value()->data_sets, first.data_sets);

  BaselineRow second = baseline_of("r-2", "new users");
  ASSERT_TRUE(store->run_started(begun("r-2")).ok());
  ASSERT_TRUE(store->run_ended(ended(begun("r-2")), &second).ok());
  const std::optional<BaselineRow> found = store->baseline("entra", "").value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->run_id, "r-2");
  EXPECT_EQ(found->data_sets.at("users"), "new users");
  EXPECT_EQ(found->data_sets.at("groups"), first.data_sets.at("groups"))
      << "a data set that was off is compared with what it was when it comes back";
  EXPECT_FALSE(store->baseline("other", "").value());

  second.forgotten = {"groups"};
  ASSERT_TRUE(store->run_started(begun("r-3")).ok());
  ASSERT_TRUE(store->run_ended(ended(begun("r-3")), &second).ok());
  EXPECT_FALSE(store->baseline("entra", "").value()->data_sets.contains("groups"));
}

TEST_F(StoreTest, TakesSqlInNamesForNames) {
  const std::string odd = "x'); DELETE FROM runs; --\" OR '1'='1 \\";
  const std::unique_ptr<Store> store = open();
  ASSERT_TRUE(store->run_started(begun("r-1")).ok());
  const BaselineRow mine = baseline_of("r-1", "mine");
  ASSERT_TRUE(store->run_ended(ended(begun("r-1")), &mine).ok());
  RunRow run = begun(odd, odd);
  BaselineRow baseline{.run_id = odd, .data_sets = {{odd, odd}}};
  ASSERT_TRUE(store->run_started(run).ok());
  run.reason = run.message = odd;
  RunRow over = ended(run);
  over.reason = over.message = odd;
  ASSERT_TRUE(store->run_ended(over, &baseline).ok());
  const std::optional<BaselineRow> found = store->baseline(odd, "").value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->run_id, odd);
  EXPECT_EQ(found->data_sets, baseline.data_sets);
  EXPECT_EQ(store->baseline("entra", "").value()->data_sets.at("users"), "mine");
  EXPECT_FALSE(store->baseline("' OR '1'='1", "").value());
  EXPECT_FALSE(store->baseline("%", "").value());
}

TEST_F(StoreTest, RemembersEveryTargetApart) {
  const std::unique_ptr<Store> store = open();
  const auto remember = [&](const std::string& run_id, const std::string& target) {
    BaselineRow row = baseline_of(run_id, "users of " + run_id);
    row.target = target;
    ASSERT_TRUE(store->run_started(begun(run_id)).ok());
    ASSERT_TRUE(store->run_starting(run_id, target, "e-0", "").ok());
    ASSERT_TRUE(store->run_ended(ended(begun(run_id)), &row).ok());
  };
  remember("r-1", "here");
  EXPECT_FALSE(store->baseline("entra", "there").value());
  remember("r-2", "there");
  EXPECT_EQ(store->baseline("entra", "here").value()->data_sets.at("users"), "users of r-1");
  EXPECT_EQ(store->baseline("entra", "there").value()->data_sets.at("users"), "users of r-2");
  const std::optional<BaselineRow> newest = store->baseline("entra", "").value();
  EXPECT_EQ(newest->run_id, "r-2");
  EXPECT_EQ(newest->target, "there");
  EXPECT_EQ(newest->targets, 2U);
  ASSERT_EQ(store->started_runs("entra", "here", 9).value().size(), 1U);
  EXPECT_EQ(store->started_runs("entra", "here", 9).value()[0].run_id, "r-1");
}

TEST_F(StoreTest, GivesWhatAnOlderMusterRememberedToTheFirstTargetWrittenTo) {
  {
    const std::unique_ptr<Db> db = open_db(url_).value();
    ASSERT_TRUE(migrate(*db, embedded_migrations().first(3)).ok());
    ASSERT_TRUE(
        db->run_script("INSERT INTO baselines VALUES ('default', 'entra', 'r-1');"
                       "INSERT INTO baseline_blocks VALUES ('default', 'entra', 'users', 'old'), "
                       "('default', 'entra', 'groups', 'old groups');")
            .ok());
  }
  const std::unique_ptr<Store> store = open();
  EXPECT_EQ(store->baseline("entra", "here").value()->data_sets.at("users"), "old");
  BaselineRow row = baseline_of("r-2", "new");
  row.target = "here";
  ASSERT_TRUE(store->run_started(begun("r-2")).ok());
  ASSERT_TRUE(store->renew_baseline("r-2", "entra", row).ok());
  EXPECT_EQ(store->baseline("entra", "here").value()->data_sets.at("users"), "new");
  EXPECT_EQ(store->baseline("entra", "here").value()->data_sets.at("groups"), "old groups");
  EXPECT_EQ(store->baseline("entra", "").value()->targets, 1U);
  EXPECT_FALSE(store->baseline("entra", "there").value()) << "no longer anybody's";
}

TEST_F(StoreTest, RemembersNothingForARunThatSomebodyEnded) {
  const std::unique_ptr<Store> store = open();
  ASSERT_TRUE(store->run_started(begun("r-1")).ok());
  ASSERT_TRUE(store->run_ended(ended(begun("r-1")), nullptr).ok());
  const base::Status refused = store->renew_baseline("r-1", "entra", baseline_of("r-0", "new"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, "run_not_running");
  EXPECT_FALSE(store->baseline("entra", "").value());
}

TEST_F(StoreTest, KeepsABaselineWithoutDataSets) {
  const std::unique_ptr<Store> store = open();
  const BaselineRow empty{.run_id = "r-1", .data_sets = {}};
  ASSERT_TRUE(store->run_started(begun("r-1")).ok());
  ASSERT_TRUE(store->run_ended(ended(begun("r-1")), &empty).ok());
  const std::optional<BaselineRow> found = store->baseline("entra", "").value();
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->data_sets.empty());
}

TEST_F(StoreTest, TakesLargeBlocks) {
  const std::unique_ptr<Store> store = open();
  const BaselineRow large = baseline_of("r-1", std::string(std::size_t{40} << 20, 'b'));
  ASSERT_TRUE(store->run_started(begun("r-1")).ok());
  ASSERT_TRUE(store->run_ended(ended(begun("r-1")), &large).ok());
  EXPECT_EQ(store->baseline("entra", "").value()->data_sets, large.data_sets);
}

TEST_F(StoreTest, LetsAnApprovalBeUsedOnce) {
  const std::unique_ptr<Store> store = open();
  ASSERT_TRUE(store->approve({"r-held", "entra", "[]", "ada", at(5), ""}).ok());
  ASSERT_TRUE(store->approve({"r-held", "entra", "[1]", "bob", at(6), ""}).ok());
  for (const std::string id : {"r-1", "r-2"}) ASSERT_TRUE(store->run_started(begun(id)).ok());
  ASSERT_TRUE(store->run_starting("r-1", "here", "e-1", "r-held").ok());
  EXPECT_EQ(store->run("r-1").value()->started_after, "e-1");

  const std::optional<Approval> used = store->approval("r-held").value();
  ASSERT_TRUE(used);
  EXPECT_EQ(used->findings, "[1]");
  EXPECT_EQ(used->approved_by, "bob");
  EXPECT_EQ(used->at, at(6));
  EXPECT_EQ(used->used_by_run, "r-1");

  EXPECT_EQ(store->run_starting("r-2", "here", "e-1", "r-held").error().reason, "approval_used");
  EXPECT_FALSE(store->run("r-2").value()->started_after) << "nothing of the transaction stays";
  EXPECT_EQ(store->approve({"r-held", "entra", "[]", "eve", at(7), ""}).error().kind,
            ErrorKind::kConflict);
  EXPECT_FALSE(store->approval("r-other").value());
}

TEST_F(StoreTest, ListsTheNewestRunsFirst) {
  const std::unique_ptr<Store> store = open();
  ASSERT_TRUE(store->run_started(begun("r-1", "entra", 10)).ok());
  ASSERT_TRUE(store->run_started(begun("r-2", "intune", 30)).ok());
  ASSERT_TRUE(store->run_started(begun("r-3", "entra", 20)).ok());
  const auto ids = [&](std::string_view importer, std::size_t limit) {
    std::string all;
    const std::vector<RunRow> runs = store->runs(importer, limit).value();
    for (const RunRow& run : runs) all += run.run_id + " ";
    return all;
  };
  EXPECT_EQ(ids("", 10), "r-2 r-3 r-1 ");
  EXPECT_EQ(ids("", 2), "r-2 r-3 ");
  EXPECT_EQ(ids("entra", 10), "r-3 r-1 ");
  EXPECT_EQ(ids("jamf", 10), "");
}

TEST_F(StoreTest, FindsARunByAUniquePrefix) {
  const std::unique_ptr<Store> store = open();
  for (const std::string id : {"0197f0c2-aa", "0197f0c2-ab", "0197f0c2-a"}) {
    ASSERT_TRUE(store->run_started(begun(id)).ok());
  }
  EXPECT_EQ(store->run("0197f0c2-ab").value()->run_id, "0197f0c2-ab");
  EXPECT_EQ(store->run("0197f0c2-a").value()->run_id, "0197f0c2-a") << "the whole id wins";
  const base::Result<std::optional<RunRow>> several = store->run("0197");
  ASSERT_FALSE(several.ok());
  EXPECT_EQ(several.error().kind, ErrorKind::kSettings);
  EXPECT_FALSE(store->run("0198").value());
  EXPECT_FALSE(store->run("").value());
  EXPECT_FALSE(store->run("%").value());
}

TEST_F(StoreTest, MakesTheHashKeyOnce) {
  const auto first = open()->hash_key().value();
  EXPECT_EQ(open()->hash_key().value(), first);
  const TemporaryFolder other;
  const auto elsewhere =
      open_store("sqlite:" + other.file("muster.db")).value()->hash_key().value();
  EXPECT_NE(elsewhere, first);
}

TEST_F(StoreTest, ServesSeveralThreads) {
  const std::unique_ptr<Store> store = open();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 8; ++i) {
        const RunRow run = begun(fmt::format("r-{}-{}", thread, i));
        EXPECT_TRUE(store->run_started(run).ok());
        EXPECT_TRUE(store->run_ended(ended(run), nullptr).ok());
        EXPECT_TRUE(store->runs("", 5).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store->runs("", 1'000).value().size(), 32U);
}

TEST_F(StoreTest, RefusesAnUnknownScheme) {
  for (const std::string_view url :
       {"mysql://host/muster", "muster.db", "sqlite:", "postgresql://%zz", ""}) {
    const auto store = open_store(url);
    ASSERT_FALSE(store.ok()) << url;
    EXPECT_EQ(store.error().kind, ErrorKind::kSettings) << url;
  }
}

TEST(DefaultStoreUrl, FollowsTheStateHome) {
  ::setenv("XDG_STATE_HOME", "/srv/state", 1);
  EXPECT_EQ(default_store_url(), "sqlite:/srv/state/muster/muster.db");
  ::setenv("XDG_STATE_HOME", "relative", 1);
  ::setenv("HOME", "/home/ada", 1);
  EXPECT_EQ(default_store_url(), "sqlite:/home/ada/.local/state/muster/muster.db");
  ::unsetenv("XDG_STATE_HOME");
  EXPECT_EQ(default_store_url(), "sqlite:/home/ada/.local/state/muster/muster.db");
}

// Starts a process that runs `body` and ends without any clean-up.
template <typename Body>
pid_t start_process(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(0);
  }
  return child;
}

int wait_for(pid_t child) {
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

// One byte down the pipe for each step that the store acknowledged.
void work_until_killed(const std::string& url, int pipe) {
  const std::unique_ptr<Store> store = open_store(url).value();
  for (int i = 0;; ++i) {
    const std::string id = fmt::format("r-{:06}", i);
    const RunRow run = begun(id);
    const BaselineRow baseline = baseline_of(id, std::string(50'000, 'a' + i % 26));
    store->run_started(run).value();
    if (::write(pipe, "s", 1) != 1) ::_exit(1);
    store->approve({id, "entra", "[]", "ada", at(1), ""}).value();
    store->run_starting(id, "here", std::nullopt, id).value();
    store->run_ended(ended(run), &baseline).value();
    if (::write(pipe, "e", 1) != 1) ::_exit(1);
  }
}

TEST_F(StoreTest, KeepsEverythingAcknowledgedWhenItsProcessIsKilled) {
  for (int round = 0; round < 8; ++round) {
    const TemporaryFolder round_folder;
    const std::string url = test::fresh_database(round_folder);
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = start_process([&] {
      ::close(ends[0]);
      work_until_killed(url, ends[1]);
    });
    ::close(ends[1]);
    std::string acknowledged(1 + static_cast<std::size_t>(round) * 3, ' ');
    ASSERT_EQ(::read(ends[0], acknowledged.data(), 1), 1);
    for (std::size_t i = 1; i < acknowledged.size(); ++i) {
      ASSERT_EQ(::read(ends[0], &acknowledged[i], 1), 1);
    }
    ::usleep(static_cast<useconds_t>(round) * 137);
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    wait_for(child);
    std::string rest(4096, ' ');
    const ssize_t more = ::read(ends[0], rest.data(), rest.size());
    acknowledged += rest.substr(0, static_cast<std::size_t>(std::max<ssize_t>(more, 0)));
    ::close(ends[0]);

    const auto store = open_store(url);
    ASSERT_TRUE(store.ok()) << store.error().text();
    const std::vector<RunRow> runs = (*store)->runs("", 100'000).value();
    const auto finished = std::ranges::count(runs, "completed", &RunRow::state);
    EXPECT_GE(finished, std::ranges::count(acknowledged, 'e'));
    EXPECT_GE(static_cast<long>(runs.size()), std::ranges::count(acknowledged, 's'));
    EXPECT_LE(static_cast<long>(runs.size()) - finished, 1);
    if (finished == 0) continue;
    // What one transaction wrote is there as a whole.
    const std::string last = fmt::format("r-{:06}", finished - 1);
    const std::optional<BaselineRow> baseline = (*store)->baseline("entra", "").value();
    ASSERT_TRUE(baseline);
    EXPECT_EQ(baseline->run_id, last);
    EXPECT_EQ(baseline->data_sets.at("users").size(), 50'000U);
    EXPECT_EQ((*store)->approval(last).value()->used_by_run, last);
  }
}

TEST_F(StoreTest, IsBroughtUpToDateByOneOfSeveralProcesses) {
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    children.push_back(start_process([&] {
      const auto store = open_store(url_);
      if (!store.ok()) {
        fmt::print(stderr, "{}\n", store.error().text());
        ::_exit(1);
      }
      if (!(*store)->run_started(begun(fmt::format("r-{}", ::getpid()))).ok()) ::_exit(2);
    }));
  }
  for (const pid_t child : children) EXPECT_EQ(wait_for(child), 0);
  EXPECT_EQ(open()->runs("", 100).value().size(), 6U);
}

TEST_F(StoreTest, LocksAnImporterAcrossProcesses) {
  int ready[2];
  int done[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(done), 0);
  const pid_t child = start_process([&] {
    ::close(done[1]);
    const std::unique_ptr<Store> store = open_store(url_).value();
    const auto lock = store->lock_importer("entra");
    if (!lock.ok() || ::write(ready[1], "x", 1) != 1) ::_exit(1);
    char byte = 0;
    static_cast<void>(!::read(done[0], &byte, 1));
  });
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  const std::unique_ptr<Store> store = open();
  const auto refused = store->lock_importer("entra");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(refused.error().reason, "already_running");
  EXPECT_NE(refused.error().message.find(std::to_string(child)), std::string::npos)
      << refused.error().message;
  EXPECT_TRUE(store->lock_importer("intune").ok()) << "other importers are free";
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  wait_for(child);
  bool is_free = false;
  for (int wait = 0; !is_free && wait < 100; ++wait, ::usleep(20'000)) {
    is_free = store->lock_importer("entra").ok();
  }
  EXPECT_TRUE(is_free) << "a killed process holds nothing";
  for (const int end : {ready[0], ready[1], done[0], done[1]}) ::close(end);
}

TEST_F(StoreTest, LetsGoOfAnImporterWithTheLock) {
  const std::unique_ptr<Store> store = open();
  {
    const auto lock = store->lock_importer("entra");
    ASSERT_TRUE(lock.ok());
    EXPECT_EQ(store->lock_importer("entra").error().reason, "already_running");
  }
  EXPECT_TRUE(store->lock_importer("entra").ok());
}

TEST_F(StoreTest, NoticesThatItsLockWasLostWithItsConnection) {
  if (std::getenv("MUSTER_TEST_POSTGRES") == nullptr)
    GTEST_SKIP() << "a file's lock cannot be lost";
  const std::unique_ptr<Store> store = open();
  const std::unique_ptr<Store::Lock> lock = store->lock_importer("entra").value();
  EXPECT_TRUE(lock->still_held().ok());
  bool is_held = false;  // a lease is kept on a thread of its own
  std::thread([&] { is_held = lock->still_held().ok(); }).join();
  EXPECT_TRUE(is_held);
  ASSERT_TRUE(open_db(url_)
                  .value()
                  ->run("SELECT pg_terminate_backend(pid) FROM pg_locks "
                        "WHERE locktype = 'advisory' AND database = "
                        "(SELECT oid FROM pg_database WHERE datname = current_database())")
                  .ok());
  EXPECT_EQ(lock->still_held().error().reason, "lease_lost");
  EXPECT_TRUE(store->lock_importer("entra").ok()) << "somebody else may have it";
}

TEST_F(StoreTest, RefusesADatabaseOfANewerMuster) {
  open().reset();
  {
    const std::unique_ptr<Db> db = open_db(url_).value();
    ASSERT_TRUE(db->run("INSERT INTO schema_migrations (number, name, checksum) "
                        "VALUES (9999, '9999_future', 'x')")
                    .ok());
  }
  const auto store = open_store(url_);
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().reason, "store_unavailable");
  EXPECT_NE(store.error().message.find("newer muster"), std::string::npos);
}

TEST_F(StoreTest, AnswersOnlyForTheImporterThatIsAskedFor) {
  const std::unique_ptr<Store> store = open();
  const BaselineRow baseline = baseline_of("r-1", "users");
  ASSERT_TRUE(store->run_started(begun("r-1", "intune")).ok());
  ASSERT_TRUE(store->run_execution("r-1", "e-1").ok());
  EXPECT_TRUE(store->unfinished("entra").value().empty());
  EXPECT_EQ(store->unfinished("intune").value().size(), 1U);
  ASSERT_TRUE(store->run_ended(ended(begun("r-1", "intune")), &baseline).ok());
  EXPECT_TRUE(store->started_runs("entra", "", 10).value().empty());
  EXPECT_EQ(store->started_runs("intune", "", 10).value().size(), 1U);
  EXPECT_FALSE(store->baseline("entra", "").value());
  EXPECT_TRUE(store->runs("entra", 10).value().empty());
}

TEST_F(StoreTest, AnswersWithNothingOfAnotherSite) {
  const std::unique_ptr<Store> store = open();
  BaselineRow baseline = baseline_of("r-1", "users");
  baseline.books = {{"device", "intune", "machines", "here", "b"}};
  ASSERT_TRUE(store->run_started(begun("r-1")).ok());
  ASSERT_TRUE(store->run_execution("r-1", "e-1").ok());
  ASSERT_TRUE(store->approve({"r-1", "entra", "[]", "ada", at(5), ""}).ok());
  ASSERT_TRUE(store->run_ended(ended(begun("r-1")), &baseline).ok());
  ASSERT_TRUE(store->run_started(begun("r-2")).ok());
  const std::unique_ptr<Db> db = open_db(url_).value();
  for (const std::string table : {"runs", "baselines", "approvals", "identity_books"}) {
    ASSERT_TRUE(db->run("UPDATE " + table + " SET site = 'elsewhere'").ok()) << table;
  }
  EXPECT_TRUE(store->unfinished("entra").value().empty());
  EXPECT_TRUE(store->started_runs("entra", "", 10).value().empty());
  EXPECT_TRUE(store->runs("entra", 10).value().empty());
  EXPECT_TRUE(store->runs("", 10).value().empty());
  EXPECT_FALSE(store->baseline("entra", "").value());
  EXPECT_FALSE(store->approval("r-1").value());
  EXPECT_FALSE(store->run("r-1").value());
  EXPECT_TRUE(store->books("device", "").value().empty());
  EXPECT_FALSE(store->run_ended(ended(begun("r-2")), nullptr).ok()) << "it is not this site's run";
}

TEST_F(StoreTest, KeepsTheBooksOfAnIdentityByMemberAndPlace) {
  const std::unique_ptr<Store> store = open();
  ASSERT_TRUE(store->run_started(begun("r-1")).ok());
  BaselineRow baseline = baseline_of("r-1", "users");
  const std::string bytes("a\0b", 3);
  baseline.books = {{"device", "intune", "machines", "here", bytes},
                    {"device", "intune", "machines", "there", "t"},
                    {"person", "intune", "people", "here", "p"}};
  ASSERT_TRUE(store->renew_baseline("r-1", "entra", baseline).ok());
  const std::vector<BookRow> here = store->books("device", "here").value();
  ASSERT_EQ(here.size(), 1U);
  EXPECT_EQ(here[0].importer, "intune");
  EXPECT_EQ(here[0].data_set, "machines");
  EXPECT_EQ(here[0].block, bytes);
  EXPECT_EQ(store->books("device", "").value().size(), 2U);
  baseline.books = {{"device", "intune", "machines", "here", "new"},
                    {"device", "intune", "machines", "there", ""}};
  ASSERT_TRUE(store->run_ended(ended(begun("r-1")), &baseline).ok());
  const std::vector<BookRow> left = store->books("device", "").value();
  ASSERT_EQ(left.size(), 1U) << "an empty one is forgotten";
  EXPECT_EQ(left[0].block, "new");
  EXPECT_EQ(store->books("person", "here").value().size(), 1U) << "of which nothing was said";
}

TEST_F(StoreTest, LetsOneRunOfAnIdentityDecideAtATime) {
  const std::unique_ptr<Store> store = open(), other = open();
  const auto lock = store->lock_identity("device");
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(other->lock_identity("device").error().reason, "already_running");
  EXPECT_TRUE(other->lock_identity("person").ok());
  EXPECT_TRUE(other->lock_importer("device").ok()) << "an importer of that name is another thing";
}

TEST_F(StoreTest, CarriesTheSiteInEveryRow) {
  {
    const std::unique_ptr<Store> store = open();
    BaselineRow baseline = baseline_of("r-1", "users");
    baseline.books = {{"device", "intune", "machines", "here", "b"}};
    store->hash_key().value();
    ASSERT_TRUE(store->run_started(begun("r-1")).ok());
    ASSERT_TRUE(store->approve({"r-1", "entra", "[]", "ada", at(5), ""}).ok());
    ASSERT_TRUE(store->run_ended(ended(begun("r-1")), &baseline).ok());
  }
  const std::unique_ptr<Db> db = open_db(url_).value();
  for (const std::string table :
       {"site_keys", "runs", "baselines", "baseline_blocks", "approvals", "identity_books"}) {
    base::Result<Statement> rows =
        db->query("SELECT count(*), count(*) FILTER (WHERE site = 'default') FROM " + table);
    ASSERT_TRUE(rows.ok() && *rows->step());
    EXPECT_EQ(rows->integer(0), 1) << table;
    EXPECT_EQ(rows->integer(1), 1) << table;
  }
}

}  // namespace
}  // namespace muster::store
