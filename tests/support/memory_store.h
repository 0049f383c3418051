// A RunStore in memory that remembers everything it was told, in order.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "run/run_store.h"

namespace muster::tests {

class MemoryStore : public run::RunStore {
 public:
  base::Result<crypto::HashKey> hash_key() override { return crypto::HashKey{1, 2, 3}; }
  base::Result<std::optional<run::Baseline>> baseline(const std::string& importer) override {
    const auto found = baselines.find(importer);
    if (found == baselines.end()) return std::optional<run::Baseline>();
    return std::optional<run::Baseline>(found->second);
  }
  base::Status started(const run::Report& report) override {
    events.push_back("started " + report.run_id);
    return {};
  }
  base::Status execution_started(const std::string&, const std::string& execution_id) override {
    events.push_back("execution");
    executions.push_back(execution_id);
    return {};
  }
  base::Status starting(const std::string&, const std::optional<std::string>&,
                        const std::string& approval_of) override {
    events.push_back("starting");
    if (approval_of.empty()) return {};
    if (std::find(used_approvals.begin(), used_approvals.end(), approval_of) !=
        used_approvals.end()) {
      return base::Error{base::ErrorKind::kConflict, "approval_used", "It was used already."};
    }
    used_approvals.push_back(approval_of);
    return {};
  }
  base::Status completing(const std::string& importer, const run::Baseline& may_hold) override {
    events.push_back("completing");
    return renew(importer, may_hold);
  }
  base::Status ended(const run::Report& report, const run::Baseline* baseline) override {
    events.push_back("ended " + std::string(run::to_string(report.state)));
    return baseline == nullptr ? base::Status() : renew(report.importer, *baseline);
  }
  base::Status renew(const std::string& importer, const run::Baseline& baseline) {
    if (baseline.run_id.empty()) {
      baselines.erase(importer);
      return {};
    }
    run::Baseline& kept = baselines[importer];
    kept.run_id = baseline.run_id;
    for (const std::string& data_set : baseline.forgotten) kept.data_sets.erase(data_set);
    for (const auto& [data_set, block] : baseline.data_sets) kept.data_sets[data_set] = block;
    return {};
  }

  std::map<std::string, run::Baseline> baselines;
  std::vector<std::string> events, executions, used_approvals;
};

}  // namespace muster::tests
