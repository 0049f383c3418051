// A RunStore in memory that remembers everything it was told, in order.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "run/run_store.h"

namespace muster::tests {

class MemoryStore : public run::RunStore {
 public:
  base::Result<crypto::HashKey> hash_key() override { return crypto::HashKey{1, 2, 3}; }
  base::Result<std::optional<run::Baseline>> baseline(const std::string& importer,
                                                      const std::string& target) override {
    const auto found = memory_of(importer, target);
    if (found == baselines.end()) return std::optional<run::Baseline>();
    std::optional<run::Baseline> copy = found->second;
    copy->targets = static_cast<std::uint64_t>(
        std::count_if(baselines.begin(), baselines.end(),
                      [&](const auto& entry) { return entry.first.first == importer; }));
    return copy;
  }
  base::Result<std::vector<run::KeptBook>> books(const std::string& identity,
                                                 const std::string& place) override {
    std::vector<run::KeptBook> found;
    for (const run::KeptBook& book : kept_books) {
      if (book.identity == identity && (place.empty() || book.place == place))
        found.push_back(book);
    }
    return found;
  }
  base::Result<std::unique_ptr<Lock>> lock_identity(const std::string& identity) override {
    events.push_back("lock " + identity);
    struct Held : Lock {
      base::Status still_held() override { return {}; }
    };
    return std::unique_ptr<Lock>(std::make_unique<Held>());
  }
  base::Result<assets::Leftover> leftover(const std::string&, const std::string& target) override {
    asked_leftovers.push_back(target);
    const auto found = leftovers.find(target);
    return found == leftovers.end() ? assets::Leftover() : found->second;
  }
  base::Result<std::vector<run::Begun>> begun(const std::string& importer,
                                              const std::string& target) override {
    const auto found = begun_runs.find({importer, target});
    return found == begun_runs.end() ? std::vector<run::Begun>() : found->second;
  }
  base::Status started(const run::Report& report) override {
    importers[report.run_id] = report.importer;
    events.push_back("started " + report.run_id);
    return {};
  }
  base::Status execution_started(const std::string&, const std::string& execution_id) override {
    events.push_back("execution");
    if (last_begun != nullptr) last_begun->execution_id = execution_id;
    executions.push_back(execution_id);
    return {};
  }
  base::Status still_held() override { return {}; }
  base::Status starting(const std::string& run_id, const std::string& target,
                        const std::optional<std::string>& started_after,
                        const std::string& approval_of) override {
    events.push_back("starting");
    std::vector<run::Begun>& runs = begun_runs[{importers[run_id], target}];
    runs.insert(runs.begin(), {"", started_after, !approval_of.empty()});
    last_begun = &runs.front();
    if (approval_of.empty()) return {};
    if (std::find(used_approvals.begin(), used_approvals.end(), approval_of) !=
        used_approvals.end()) {
      return base::Error{base::ErrorKind::kConflict, "approval_used", "It was used already."};
    }
    used_approvals.push_back(approval_of);
    return {};
  }
  base::Status completing(const std::string&, const std::string& importer,
                          const run::Baseline& may_hold) override {
    events.push_back("completing");
    return renew(importer, may_hold);
  }
  base::Status ended(const run::Report& report, const run::Baseline* baseline) override {
    events.push_back("ended " + std::string(run::to_string(report.state)));
    return baseline == nullptr ? base::Status() : renew(report.importer, *baseline);
  }
  base::Status amended(const run::Report& report) override {
    events.push_back("amended");
    amended_reports.push_back(run::to_json(report));
    return {};
  }
  base::Status renew(const std::string& importer, const run::Baseline& baseline) {
    for (const run::KeptBook& book : baseline.books) {
      std::erase_if(kept_books, [&](const run::KeptBook& old) {
        return old.identity == book.identity && old.importer == book.importer &&
               old.data_set == book.data_set && old.place == book.place;
      });
      if (!book.block.empty()) kept_books.push_back(book);
    }
    const std::pair key(importer, baseline.target);
    if (baseline.run_id.empty()) {
      baselines.erase(key);
      return {};
    }
    run::Baseline& kept = baselines[key];
    kept.run_id = baseline.run_id;
    kept.target = baseline.target;
    kept.is_whole = true;
    for (const std::string& data_set : baseline.forgotten) kept.data_sets.erase(data_set);
    for (const auto& [data_set, block] : baseline.data_sets) kept.data_sets[data_set] = block;
    return {};
  }
  // "" = of the newest run.
  run::Baseline& remembered(const std::string& importer, const std::string& target = "") {
    const auto found = memory_of(importer, target);
    if (found == baselines.end()) throw std::out_of_range("nothing is remembered");
    return found->second;
  }

  std::map<std::pair<std::string, std::string>, run::Baseline> baselines;  // importer, target
  std::vector<run::KeptBook> kept_books;
  std::map<std::string, assets::Leftover> leftovers;  // by target
  std::map<std::pair<std::string, std::string>, std::vector<run::Begun>> begun_runs;
  run::Begun* last_begun = nullptr;
  std::map<std::string, std::string> importers;  // by run id
  std::vector<std::string> events, executions, used_approvals, asked_leftovers, amended_reports;

 private:
  decltype(baselines)::iterator memory_of(const std::string& importer, const std::string& target) {
    auto newest = baselines.end();
    for (auto at = baselines.begin(); at != baselines.end(); ++at) {
      if (at->first.first != importer || (!target.empty() && at->first.second != target)) continue;
      if (newest == baselines.end() || newest->second.run_id < at->second.run_id) newest = at;
    }
    return newest;
  }
};

}  // namespace muster::tests
