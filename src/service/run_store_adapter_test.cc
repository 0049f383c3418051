#include "service/run_store_adapter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/text.h"

namespace muster::service {
namespace {

using testing::HasSubstr;

const std::string kHere = "workspace/w/importsource/1";
const std::string kThere = "workspace/w/importsource/2";
const base::WallTime kNow = *base::parse_utc("2026-11-23T03:00:00Z");

class RunStoreAdapterTest : public testing::Test {
 protected:
  RunStoreAdapterTest() {
    folder_ =
        std::filesystem::temp_directory_path() / ("muster_adapter_" + std::to_string(getpid()));
    std::filesystem::remove_all(folder_);
    auto opened = store::open_store("sqlite:" + (folder_ / "test.db").string());
    if (!opened.ok()) throw std::runtime_error(opened.error().text());
    store_ = std::move(*opened);
  }
  ~RunStoreAdapterTest() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  run::Report begin(const std::string& run_id, const std::string& execution = "") {
    RunStoreAdapter adapter(*store_, true);
    run::Report report;
    report.run_id = run_id;
    report.importer = "hr";
    report.started = kNow + std::chrono::seconds(++started_);
    EXPECT_TRUE(adapter.started(report).ok());
    if (!execution.empty()) {
      EXPECT_TRUE(adapter.starting(run_id, target_, std::nullopt, "").ok());
      EXPECT_TRUE(adapter.execution_started(run_id, execution).ok());
      report.destination.execution_id = execution;
    }
    return report;
  }
  void end(run::Report report, run::State state, bool keep_baseline = true) {
    RunStoreAdapter adapter(*store_, keep_baseline);
    report.state = state;
    report.ended = report.started + std::chrono::seconds(1);
    const run::Baseline baseline{
        report.run_id, {{"users", "block of " + report.run_id}}, {}, target_};
    const bool completed = state == run::State::kCompleted;
    const base::Status ended = adapter.ended(report, completed ? &baseline : nullptr);
    EXPECT_TRUE(ended.ok()) << ended.error().text();
  }
  run::Report held(const std::string& run_id) {
    run::Report report = begin(run_id);
    report.gate.verdict = "held";
    report.gate.findings = {{"users", "gate_missing", "", 60, 100, "60 of 100 are gone."}};
    end(report, run::State::kHeld);
    return report;
  }
  std::string leftover(const std::string& target = kHere) {
    const auto found = RunStoreAdapter(*store_, true).leftover("hr", target);
    if (!found.ok()) return found.error().text();
    if (!found->execution_id.empty() || !found->started_after) return found->execution_id;
    return "after " + *found->started_after;
  }

  std::filesystem::path folder_;
  std::unique_ptr<store::Store> store_;
  std::string target_ = kHere;
  int started_ = 0;
};

TEST_F(RunStoreAdapterTest, LetsNobodyWithoutANameApprove) {
  held("run-1");
  const auto blank = approve(*store_, "hr", "run-1", " \t", kNow);
  ASSERT_FALSE(blank.ok());
  EXPECT_EQ(blank.error().kind, base::ErrorKind::kSettings);
  EXPECT_FALSE(store_->approval("run-1").value());
}

// One run may pass with it, wherever it goes: also one that `--out` sends into files.
TEST_F(RunStoreAdapterTest, UsesAnApprovalUpForARunIntoFiles) {
  held("run-1");
  ASSERT_TRUE(approve(*store_, "hr", "run-1", "ada", kNow).ok());
  begin("run-2");
  RunStoreAdapter into_files(*store_, false);
  ASSERT_TRUE(into_files.starting("run-2", "folder/out", std::nullopt, "run-1").ok());
  EXPECT_EQ(store_->approval("run-1").value()->used_by_run, "run-2");
  begin("run-3");
  const base::Status again =
      RunStoreAdapter(*store_, true).starting("run-3", kHere, std::nullopt, "run-1");
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().reason, "approval_used");
}

TEST_F(RunStoreAdapterTest, KeepsTheReportAndTheBaselineOfACompletedRun) {
  end(begin("run-1"), run::State::kCompleted);
  RunStoreAdapter adapter(*store_, true);
  const auto baseline = adapter.baseline("hr", kHere);
  ASSERT_TRUE(baseline.ok());
  ASSERT_TRUE(baseline->has_value());
  EXPECT_EQ((*baseline)->run_id, "run-1");
  EXPECT_EQ((*baseline)->data_sets.at("users"), "block of run-1");
  const auto row = store_->run("run-1");
  ASSERT_TRUE(row.ok() && row->has_value());
  EXPECT_EQ(run::read_report((*row)->report)->state, run::State::kCompleted);
}

TEST_F(RunStoreAdapterTest, KeepsTheOldBaselineWhenARunWentToFiles) {
  end(begin("run-1"), run::State::kCompleted);
  end(begin("run-2"), run::State::kCompleted, false);
  EXPECT_EQ((*RunStoreAdapter(*store_, true).baseline("hr", kHere))->run_id, "run-1");
}

TEST_F(RunStoreAdapterTest, RemembersEveryTargetOfAnImporterApart) {
  end(begin("run-1"), run::State::kCompleted);
  RunStoreAdapter adapter(*store_, true);
  EXPECT_FALSE(adapter.baseline("hr", kThere)->has_value()) << "another import source";
  EXPECT_EQ((*adapter.baseline("hr", ""))->target, kHere) << "a plan asks for the newest";
  target_ = kThere;
  end(begin("run-2"), run::State::kCompleted);
  EXPECT_EQ((*adapter.baseline("hr", kHere))->run_id, "run-1");
  EXPECT_EQ((*adapter.baseline("hr", kThere))->data_sets.at("users"), "block of run-2");
  EXPECT_EQ((*adapter.baseline("hr", ""))->targets, 2U);
  RunStoreAdapter elsewhere(*store_, false);
  EXPECT_EQ((*elsewhere.baseline("hr", "folder/look"))->run_id, "run-2");
}

TEST_F(RunStoreAdapterTest, FindsWhatWasLeftOpenOnlyWhereItWasStarted) {
  begin("run-1", "execution-1");
  ASSERT_TRUE(close_dead_runs(*store_, "hr", kNow).ok());
  EXPECT_EQ(leftover(kThere), "") << "another import source never heard of it";
  target_ = kThere;
  end(begin("run-2", "execution-2"), run::State::kCompleted);
  EXPECT_EQ(leftover(kThere), "");
  EXPECT_EQ(leftover(kHere), "execution-1") << "still to be cancelled there";
}

TEST_F(RunStoreAdapterTest, NotesAtTheEndThatALimitLeftNothingOut) {
  RunStoreAdapter adapter(*store_, true);
  run::Report report;
  report.run_id = "run-1";
  report.importer = "hr";
  report.limited = true;
  ASSERT_TRUE(adapter.started(report).ok());
  report.limited = false;
  end(report, run::State::kCompleted);
  EXPECT_EQ((*store_->run("run-1"))->kind, "full");
}

TEST_F(RunStoreAdapterTest, TellsALimitedRunAndOneIntoFilesFromAFullImport) {
  run::Report report;
  report.importer = "hr";
  report.limited = true;
  report.destination.type = "files";
  report.destination.directory = "/out";
  RunStoreAdapter adapter(*store_, true);
  for (const char* run_id : {"run-1", "run-2"}) {
    report.run_id = run_id;
    ASSERT_TRUE(adapter.started(report).ok());
  }
  EXPECT_EQ((*store_->run("run-1"))->kind, "limited") << "while it goes on";
  report.run_id = "run-1";
  end(report, run::State::kCompleted);
  const std::optional<store::RunRow> row = *store_->run("run-1");
  EXPECT_EQ(row->destination, "files");
  const run::Report read = *run::read_report(row->report);
  EXPECT_TRUE(read.limited);
  EXPECT_EQ(read.destination.type, "files");
  EXPECT_EQ(read.destination.directory, "/out");
  ASSERT_TRUE(close_dead_runs(*store_, "hr", kNow + std::chrono::hours(1)).ok());
  EXPECT_TRUE(run::read_report((*store_->run("run-2"))->report)->limited);
}

TEST_F(RunStoreAdapterTest, ClosesRunsOfDeadProcessesAsAbandoned) {
  begin("run-1", "execution-1");
  ASSERT_TRUE(close_dead_runs(*store_, "hr", kNow + std::chrono::hours(1)).ok());
  const auto row = store_->run("run-1");
  ASSERT_TRUE(row.ok() && row->has_value());
  EXPECT_EQ((*row)->state, "abandoned");
  EXPECT_EQ((*row)->reason, "process_died");
  EXPECT_EQ((*row)->execution_id, "execution-1");
  EXPECT_TRUE(store_->unfinished("hr")->empty());
}

TEST_F(RunStoreAdapterTest, FindsTheExecutionThatWasLeftOpen) {
  EXPECT_EQ(leftover(), "");
  end(begin("run-1", "execution-1"), run::State::kCompleted);
  EXPECT_EQ(leftover(), "");
  end(begin("run-2", "execution-2"), run::State::kFailed);
  EXPECT_EQ(leftover(), "execution-2");
  end(begin("run-3"), run::State::kHeld);  // began none, so cancelled none
  EXPECT_EQ(leftover(), "execution-2");
  end(begin("run-4", "execution-4"), run::State::kCompleted);
  EXPECT_EQ(leftover(), "");
}

TEST_F(RunStoreAdapterTest, LooksForWhatADeadRunStartedWithoutLearningItsName) {
  RunStoreAdapter adapter(*store_, true);
  begin("run-1");
  ASSERT_TRUE(adapter.starting("run-1", kHere, "execution-0", "").ok());
  ASSERT_TRUE(close_dead_runs(*store_, "hr", kNow).ok());
  EXPECT_EQ(leftover(), "after execution-0");
  const run::Report failed = begin("run-2");
  ASSERT_TRUE(adapter.starting("run-2", kHere, "execution-1", "").ok());
  end(failed, run::State::kFailed);
  EXPECT_EQ(leftover(), "after execution-0") << "a run that lived to its end has cleaned up itself";
}

// Stopped from outside, so that it may not have come to undoing a start whose answer was lost.
TEST_F(RunStoreAdapterTest, LooksForWhatARunStartedBeforeItWasStopped) {
  for (const std::string reason : {"deadline", "destination_unavailable"}) {
    RunStoreAdapter adapter(*store_, true);
    run::Report stopped = begin("run-" + reason);
    ASSERT_TRUE(adapter.starting(stopped.run_id, kHere, "before " + reason, "").ok());
    stopped.reason = reason;
    end(stopped, run::State::kFailed);
    EXPECT_EQ(leftover(), "after before " + reason);
  }
}

TEST_F(RunStoreAdapterTest, LooksAgainAtWhatWasNotConfirmed) {
  run::Report report = begin("run-1", "execution-1");
  report.reason = "not_confirmed";
  end(report, run::State::kCompletedWithRejects);
  EXPECT_EQ(leftover(), "execution-1");
}

TEST_F(RunStoreAdapterTest, ClosesTheDeadRunsOfImportersNobodyRunsAnyMore) {
  begin("run-1");
  ASSERT_TRUE(close_dead_runs(*store_, "it", kNow).ok());
  EXPECT_EQ(store_->run("run-1").value()->state, "abandoned");
}

TEST_F(RunStoreAdapterTest, LeavesTheRunsOfOtherLivingProcessesAlone) {
  begin("run-1");
  const auto lock = store_->lock_importer("hr");
  ASSERT_TRUE(lock.ok());
  ASSERT_TRUE(close_dead_runs(*store_, "it", kNow).ok());
  EXPECT_EQ(store_->run("run-1").value()->state, "running");
}

TEST_F(RunStoreAdapterTest, ApprovesTheFindingsOfAHeldRunForOneRun) {
  held("run-1");
  const auto approved = approve(*store_, "hr", "run-1", "ada", kNow);
  ASSERT_TRUE(approved.ok()) << approved.error().text();
  EXPECT_EQ(approved->run_id, "run-1");
  EXPECT_EQ(approved->approved_by, "ada");
  EXPECT_THAT(approved->findings, HasSubstr("gate_missing"));
  // A run that failed before the gate did not use it up; who approved stays who it was.
  const auto again = approve(*store_, "hr", "run-1", "bob", kNow);
  ASSERT_TRUE(again.ok()) << again.error().text();
  EXPECT_EQ(again->approved_by, "ada");

  begin("run-2");
  ASSERT_TRUE(RunStoreAdapter(*store_, true).starting("run-2", kHere, "", "run-1").ok());
  const auto third = approve(*store_, "hr", "run-1", "ada", kNow);
  ASSERT_FALSE(third.ok());
  EXPECT_EQ(third.error().kind, base::ErrorKind::kSettings);
  EXPECT_THAT(third.error().message, HasSubstr("was used by run run-2"));
}

TEST_F(RunStoreAdapterTest, RefusesApprovalsThatMakeNoSense) {
  held("run-1");
  end(begin("run-2"), run::State::kCompleted);
  const std::pair<std::pair<const char*, const char*>, const char*> cases[] = {
      {{"hr", "run-9"}, "there is no run run-9"},
      {{"it", "run-1"}, "belongs to the importer \"hr\", not \"it\""},
      {{"hr", "run-2"}, "is not held but completed"}};
  for (const auto& [which, message] : cases) {
    const auto refused = approve(*store_, which.first, which.second, "ada", kNow);
    ASSERT_FALSE(refused.ok()) << message;
    EXPECT_EQ(refused.error().kind, base::ErrorKind::kSettings);
    EXPECT_THAT(refused.error().message, HasSubstr(message));
  }
}

// A lock that another process has by now.
class LostLock final : public store::Store::Lock {
 public:
  base::Status still_held() override {
    return base::Error{base::ErrorKind::kConflict, "lease_lost", "Lost."};
  }
};

TEST_F(RunStoreAdapterTest, LetsNothingBeginOrCompleteWithoutTheLock) {
  begin("run-1");
  LostLock lock;
  RunStoreAdapter adapter(*store_, true, &lock);
  EXPECT_EQ(adapter.starting("run-1", kHere, std::nullopt, "").error().reason, "lease_lost");
  EXPECT_EQ(adapter.completing("run-1", "hr", {}).error().reason, "lease_lost");
  EXPECT_FALSE(store_->baseline("hr", kHere).value()) << "nothing was remembered";
}

}  // namespace
}  // namespace muster::service
