// The real store as one simulated process sees it: it can hang and fail, and nothing reaches it
// after the process died.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/store.h"
#include "tests/simulation/process.h"

namespace muster::simulation {

class FaultyStore final : public store::Store {
 public:
  FaultyStore(Process& process, std::unique_ptr<store::Store> inner)
      : process_(process), inner_(std::move(inner)) {}

  base::Result<std::array<unsigned char, 16>> hash_key() override {
    return call("hash_key", [&] { return inner_->hash_key(); });
  }
  base::Status run_started(const store::RunRow& run) override {
    return call("run_started " + run.run_id, [&] {
      base::Status started = inner_->run_started(run);
      if (started.ok()) process_.world().run_ids[process_.label()] = run.run_id;
      return started;
    });
  }
  base::Status run_execution(std::string_view run_id, std::string_view execution_id) override {
    return call("run_execution", [&] { return inner_->run_execution(run_id, execution_id); });
  }
  base::Status run_starting(std::string_view run_id, std::string_view target,
                            const std::optional<std::string>& started_after,
                            std::string_view approval_of) override {
    return call("run_starting",
                [&] { return inner_->run_starting(run_id, target, started_after, approval_of); });
  }
  base::Status renew_baseline(std::string_view run_id, std::string_view importer,
                              const store::BaselineRow& baseline) override {
    return call("renew_baseline",
                [&] { return inner_->renew_baseline(run_id, importer, baseline); });
  }
  base::Result<std::vector<store::RunRow>> started_runs(std::string_view importer,
                                                        std::string_view target,
                                                        std::size_t limit) override {
    return call("started_runs", [&] { return inner_->started_runs(importer, target, limit); });
  }
  base::Status run_ended(const store::RunRow& run, const store::BaselineRow* baseline) override {
    return call("run_ended " + run.state, [&] { return inner_->run_ended(run, baseline); });
  }
  base::Status run_amended(std::string_view run_id, std::string_view report) override {
    return call("run_amended", [&] { return inner_->run_amended(run_id, report); });
  }
  base::Status reject_held(const store::RunRow& run, const store::AuditEntry& entry) override {
    return call("reject_held", [&] { return inner_->reject_held(run, entry); });
  }
  base::Result<std::vector<store::RunRow>> unfinished(std::string_view importer) override {
    return call("unfinished", [&] { return inner_->unfinished(importer); });
  }
  base::Result<std::optional<store::BaselineRow>> baseline(std::string_view importer,
                                                           std::string_view target) override {
    return call("baseline", [&] { return inner_->baseline(importer, target); });
  }
  base::Result<std::vector<store::BookRow>> books(std::string_view identity,
                                                  std::string_view place) override {
    return call("books", [&] { return inner_->books(identity, place); });
  }
  base::Result<std::vector<store::RunRow>> runs(std::string_view importer, std::size_t limit,
                                                const store::RunFilter& filter) override {
    return call("runs", [&] { return inner_->runs(importer, limit, filter); });
  }
  base::Result<std::optional<store::RunRow>> run(std::string_view run_id) override {
    return call("run", [&] { return inner_->run(run_id); });
  }
  // Not a step: there are no jobs.
  base::Result<std::string> live_log(std::string_view run_id) override {
    return inner_->live_log(run_id);
  }
  base::Status approve(const store::Approval& approval) override {
    return call("approve", [&] { return inner_->approve(approval); });
  }
  base::Result<std::optional<store::Approval>> approval(std::string_view run_id) override {
    return call("approval", [&] { return inner_->approval(run_id); });
  }
  base::Result<std::set<std::string>> approved_runs(std::string_view importer) override {
    return call("approved_runs", [&] { return inner_->approved_runs(importer); });
  }
  // Not a step: the kernel keeps the lock, and takes it back when the process ends.
  base::Result<std::unique_ptr<Lock>> lock_importer(std::string_view importer) override {
    return inner_->lock_importer(importer);
  }

 private:
  template <typename Work>
  auto call(const std::string& what, Work work) -> decltype(work()) {
    if (!process_.step()) return dead();
    const std::uint64_t number = ++operations_;
    for (const StoreFault& fault : process_.plan().store) {
      if (number < fault.operation || number >= fault.operation + fault.times) continue;
      if (fault.hangs > base::Duration(0)) {
        process_.wait_for_store(what, fault.hangs);
        if (process_.is_dead()) return dead();
      }
      if (!fault.fails) continue;
      process_.world().observer.note(process_.label(), "store: " + what + " fails");
      return base::Error{base::ErrorKind::kUnavailable, "store_unavailable",
                         "The database cannot be written: the disk is full."};
    }
    auto result = work();
    process_.world().observer.note(process_.label(),
                                   "store: " + what + (result.ok() ? "" : " is refused"));
    if (!process_.step()) return dead();
    return result;
  }
  static base::Error dead() {
    return {base::ErrorKind::kUnavailable, "store_unavailable", "The process is dead."};
  }

  Process& process_;
  const std::unique_ptr<store::Store> inner_;
  std::uint64_t operations_ = 0;
};

}  // namespace muster::simulation
