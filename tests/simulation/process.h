// One simulated process of `muster run`: the real run on a scheduler, a network and a store that
// can fail, be interrupted and end at any step.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "assets/jsm_assets.h"
#include "run/run.h"
#include "store/store.h"
#include "tests/simulation/actor.h"
#include "tests/simulation/world.h"

namespace muster::simulation {

class Process final : public Actor {
 public:
  // `label` names the run in the history and the timeline.
  Process(World& world, const ImporterPlan& importer, const RunPlan& plan, std::string label);
  ~Process() override;

  // The whole life of the process. What became of its run is the last entry of the history with its
  // label; there is none when the process ended before it began one.
  void live();

  bool step() override;
  bool is_dead() const override { return dead_; }
  World& world() override { return world_; }
  const std::string& label() const override { return label_; }
  const std::vector<NetworkFault>& network_faults() const override { return plan_.network; }
  const RunPlan& plan() const { return plan_; }
  base::Scheduler& scheduler();
  // The calling thread hangs in the store.
  void wait_for_store(const std::string& what, base::Duration time);

 private:
  class Clock;

  void happen(const Event& event);
  base::Duration went_on_after_stop() const;
  base::Status prepare(store::Store& store, run::Options& options);
  void execute(const run::Importer& importer, const run::Options& options, store::Store& store);
  std::optional<run::Importer> read_importer();
  checker::Run& own_run() { return world_.history.runs[run_index_]; }

  World& world_;
  const ImporterPlan& importer_;
  const RunPlan& plan_;
  const std::string label_;
  std::unique_ptr<Clock> clock_;
  std::stop_source stop_;
  std::uint64_t steps_ = 0;
  std::optional<base::Instant> told_to_stop_;
  struct Hang {
    base::Instant begin, end;
  };
  std::vector<Hang> hangs_;  // in the order they began
  bool dead_ = false;
  std::size_t run_index_ = 0;
};

}  // namespace muster::simulation
