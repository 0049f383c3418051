// Plugs the store into a run: run/ says what it needs (run_store.h), store/ keeps it.
#pragma once

#include <string>

#include "assets/destination.h"
#include "run/run_store.h"
#include "store/store.h"

namespace muster::service {

class RunStoreAdapter : public run::RunStore {
 public:
  // `keep_baseline`: false when a run goes elsewhere than its importer says (--out): what Assets
  // holds did not change, so the next real run must not be compared with it. Such a run shows what
  // would be: it is compared with the newest real one.
  // `lock`: of the importer, looked at before Assets is told to begin and to complete (I4); null: a
  // plan, which does neither.
  RunStoreAdapter(store::Store& store, bool keep_baseline, store::Store::Lock* lock = nullptr)
      : store_(store), keep_baseline_(keep_baseline), lock_(lock) {}

  base::Result<crypto::HashKey> hash_key() override;
  base::Result<std::optional<run::Baseline>> baseline(const std::string& importer,
                                                      const std::string& target) override;
  base::Result<std::vector<run::KeptBook>> books(const std::string& identity,
                                                 const std::string& place) override;
  base::Result<std::unique_ptr<Lock>> lock_identity(const std::string& identity) override;
  base::Result<assets::Leftover> leftover(const std::string& importer,
                                          const std::string& target) override;
  base::Result<std::vector<run::Begun>> begun(const std::string& importer,
                                              const std::string& target) override;
  base::Status started(const run::Report& report) override;
  base::Status still_held() override;
  base::Status execution_started(const std::string& run_id,
                                 const std::string& execution_id) override;
  base::Status starting(const std::string& run_id, const std::string& target,
                        const std::optional<std::string>& started_after,
                        const std::string& approval_of) override;
  base::Status completing(const std::string& run_id, const std::string& importer,
                          const run::Baseline& may_hold) override;
  base::Status ended(const run::Report& report, const run::Baseline* baseline) override;
  base::Status amended(const run::Report& report) override;

 private:
  store::Store& store_;
  bool keep_baseline_;
  store::Store::Lock* lock_;
};

// The report of a run that nobody goes on with. `why` is the beginning of a sentence.
run::Report abandoned_report(const store::RunRow& dead, const std::string& site, base::WallTime now,
                             const std::string& why);
// ... and how it lies in the store.
store::RunRow ended_row(const run::Report& report);

// Gives runs of dead processes their final state `abandoned` (I3): those of `importer`, whose lock
// the caller holds, and those of every other importer that nobody works on. What was closed.
base::Result<std::vector<run::Report>> close_dead_runs(store::Store& store,
                                                       const std::string& importer,
                                                       base::WallTime now,
                                                       const std::string& site = "default");

// Records that `approved_by` lets one run of `importer` pass with the findings of the held run.
// kSettings when that run is not held, belongs to another importer or was used already.
base::Result<run::ApprovedFindings> approve(store::Store& store, const std::string& importer,
                                            const std::string& run_id,
                                            const std::string& approved_by, base::WallTime now);

}  // namespace muster::service
