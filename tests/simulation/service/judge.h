// Judges what services did, by what left their nodes and by what their store says in the end: that
// only who holds an importer's job writes to Assets (I4), that a tick is one run at most and none
// is lost (I5), and that nothing begins for a site that is not entitled (I20). What a run does by
// itself is judged by ../simulation.h.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "service/entitlement.h"
#include "store/db.h"
#include "tests/checker/checker.h"
#include "tests/simulation/service/node.h"
#include "tests/simulation/service/plan.h"

namespace muster::simulation {

class Judge final : public Watch {
 public:
  // After the store was made.
  Judge(World& world, const InstallationPlan& plan);

  void leaves(const std::string& node, const net::Request& request) override;
  void came_back(const std::string& node, const net::Request& request,
                 const base::Result<net::Response>& response) override;
  // No trouble from now on.
  void quiet_begins() { quiet_from_ = world_.wall_now(); }
  // When everything is over.
  void look_at_the_end();

  const std::vector<checker::Violation>& violations() const { return violations_; }
  std::vector<std::string> outcomes() const;

 private:
  void found(std::string rule, const std::string& importer, std::string text);
  const ImporterOfSite* importer_of(const net::Request& request) const;
  bool holds_job(const std::string& node, const ImporterOfSite& importer);
  bool may_run(const std::string& site, base::WallTime at);
  void look_at_jobs();
  void look_at_runs(const ImporterOfSite& importer);
  void look_at_ticks(const ImporterOfSite& importer);
  void look_at_objects();

  World& world_;
  const InstallationPlan& plan_;
  const std::unique_ptr<store::Db> db_;
  const std::unique_ptr<store::Sites> sites_;
  std::set<const net::Request*> unheld_;  // that left somebody without the job
  base::WallTime quiet_from_{};
  std::vector<checker::Violation> violations_;
  std::map<std::string, std::uint64_t> outcomes_;
};

}  // namespace muster::simulation
