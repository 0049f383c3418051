// The stage of a run that decides which objects the records of its identities are (identity.h): one
// run of an identity's importers at a time, with what its members remember.
//
//   IdentityStage identities(plan, scheduler, store, target);
//   TRY(identities.decide(collections, joins, hash_key, plan_only, stop));   // before comparing
//   identities.remember(complete, compared);                                 // after
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "run/comparing.h"
#include "run/gate.h"
#include "run/identity.h"
#include "run/run_store.h"

namespace muster::run {

// Holds the identities' locks until it goes. Everything given must outlive it.
class IdentityStage {
 public:
  // `target`: assets::Readiness::target; empty for a plan.
  IdentityStage(const mapping::Plan& plan, base::Scheduler& scheduler, RunStore& store,
                std::string_view target);

  // Waits while another run decides, unless `plan_only`. Does nothing without identities.
  base::Status decide(const std::vector<std::unique_ptr<Collection>>& collections,
                      const std::vector<std::unique_ptr<Joins>>& joins,
                      const crypto::HashKey& hash_key, bool plan_only, const base::Stop& stop);
  // As with baselines: before Assets completes, what may hold; afterwards what does.
  void remember(const std::vector<std::optional<source::Complete>>& complete, Compared& compared);

  void add_evidence(std::size_t data_set, Evidence& evidence) const;
  IdentityReport report(std::size_t data_set) const;
  // kConflict `lease_lost` when another run may decide now.
  base::Status still_held();

 private:
  struct Decided {
    Identified identified;
    KeptBook kept;  // this member's as it was
    bool damaged = false;
  };

  base::Result<std::unique_ptr<RunStore::Lock>> wait_for(const std::string& identity,
                                                         const base::Stop& stop);
  base::Result<Books> read_books(const mapping::IdentityPlan& of, KeptBook& own);

  const mapping::Plan& plan_;
  base::Scheduler& scheduler_;
  RunStore& store_;
  const std::string place_;
  std::vector<std::unique_ptr<RunStore::Lock>> locks_;
  std::deque<std::vector<KeptBook>> blocks_;     // what books look into
  std::vector<std::optional<Decided>> decided_;  // by Plan::data_sets
};

}  // namespace muster::run
