// Everything around the simulated processes: one scheduler, one sandbox, one database file, and the
// history of what happens.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/scheduler.h"
#include "catalogue/loader.h"
#include "sandbox/sandbox.h"
#include "tests/checker/observer.h"
#include "tests/simulation/scenario.h"

namespace muster::simulation {

// Where things are; each host gets only the credential that was issued for it.
inline constexpr const char* kSourceOrigin = "http://127.0.0.1:9090";
inline constexpr const char* kAssetsOrigin = "http://127.0.0.1:9091";

// What the timeline says of them; they are counted by it.
inline constexpr const char* kCredentialsEnd = "the credentials of the source end";
inline constexpr const char* kStoreHangs = "store hangs";

class World {
 public:
  // `folder`: for the database file; must exist and be empty.
  World(const Scenario& scenario, std::string folder, checker::History& history);
  ~World();

  const Scenario& scenario;
  checker::History& history;
  std::unique_ptr<base::Scheduler> scheduler;
  std::unique_ptr<sandbox::Sandbox> sandbox;
  checker::Observer observer;
  std::unique_ptr<base::Random> network_random;
  base::Duration clock_offset{0};              // of the machine's wall clock
  unsigned slow_network = 1;                   // how much longer than usual requests take
  std::map<std::string, std::string> run_ids;  // by label, once they are on record
  std::map<std::string, std::string> held;     // by importer: its last held run

  bool is_disk_full = false;  // for simulated services

  std::string store_path() const { return folder_ + "/muster.db"; }
  std::string store_url() const { return "sqlite:" + store_path(); }
  base::WallTime wall_now() const {
    return scheduler->wall_now() + std::chrono::floor<std::chrono::microseconds>(clock_offset);
  }
  // As an admin copied it into the importer's settings.
  std::string token(std::size_t import_source) const { return tokens_[import_source]; }
  void copy_tokens();  // again, after they were renewed

  void edit(const std::string& edits);
  void clear_edits();
  void damage_memory(const std::string& importer);
  void add_faults(const std::vector<std::string>& rules, const std::vector<std::string>& assets);
  void clear_faults();
  void unstick();
  void cancel_in_assets(std::size_t import_source);
  void renew_token(std::size_t import_source);
  // Until the faults are cleared; `rule` says how that shows.
  void take_credentials(const std::string& run, const std::string& rule);

 private:
  void control(const std::string& method, const std::string& path, const std::string& body);

  const std::string folder_;
  base::Monitor changes_{*scheduler};  // a change and the look at what it made are one
  std::vector<std::string> tokens_;
};

const catalogue::Library& library();

}  // namespace muster::simulation
