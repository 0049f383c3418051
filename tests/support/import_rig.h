// A whole import in one process: a sandbox, the real run, a memory store, virtual time.
//
//   ImportRig rig({.sizes = {.users = 50, .groups = 5, .memberships = 100}});
//   run::Report report = rig.run();                       // the catalogue's defaults
//   EXPECT_EQ(report.state, run::State::kCompleted) << report.message;
#pragma once

#include <memory>
#include <string>

#include "assets/jsm_assets.h"
#include "assets/people.h"
#include "run/run.h"
#include "sandbox/assets/assets_service.h"
#include "sandbox/sandbox.h"
#include "tests/support/direct_client.h"
#include "tests/support/memory_store.h"

namespace muster::tests {

// `max_page` 0: pages as large as the source's.
sandbox::SandboxSettings tenant(std::uint64_t seed, sandbox::world::Sizes sizes,
                                std::uint32_t max_page = 0);

class ImportRig {
 public:
  explicit ImportRig(sandbox::SandboxSettings settings, std::uint64_t schedule_seed = 1);
  ~ImportRig();

  // `data_sets` and `more` are YAML in flow style, put into the importer file.
  run::Report run(const std::string& data_sets = "", run::Options options = {},
                  const std::string& more = "");

  sandbox::Sandbox& sandbox() { return *sandbox_; }
  sandbox::AssetsService& assets();
  MemoryStore& store() { return store_; }
  base::Scheduler& scheduler() { return *scheduler_; }
  run::Progress& progress() { return *progress_; }
  std::stop_source& stop() { return stop_; }
  DirectClient& client() { return *client_; }
  void fault(const std::string& rule);
  std::string missing_objects = "ignore";
  net::Throttles* throttles = nullptr;  // what its runs share
  // Of `people` in flow style, beside site_url and allow_private_address: fills in Jira accounts.
  std::string people;
  base::Secret people_token;  // the one that is good when empty

 private:
  std::string people_option(const sandbox::Connection& connection) const;
  std::unique_ptr<assets::People> make_people(const run::Importer& importer,
                                              const sandbox::Connection& connection,
                                              const std::shared_ptr<const net::Trust>& trust);

  std::unique_ptr<base::Scheduler> scheduler_;
  std::unique_ptr<sandbox::Sandbox> sandbox_;
  std::unique_ptr<DirectClient> client_;
  std::unique_ptr<base::Random> random_;
  std::unique_ptr<base::Logger> logger_;
  catalogue::Library library_;
  MemoryStore store_;
  std::unique_ptr<run::Progress> progress_;
  std::stop_source stop_;
};

}  // namespace muster::tests
