// What a seed stands for: a tenant, importers, and what happens to them. Plain values, drawn before
// anything runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/sandbox.h"
#include "tests/checker/entra.h"

namespace muster::simulation {

// Something that happens when a process makes its n-th step (a request leaves, an answer arrives,
// the store is used).
struct Event {
  enum class Kind {
    kCancel,           // Ctrl-C
    kKill,             // kill -9
    kEdit,             // the source changes; `text` are edits
    kRevokeTokens,     // access tokens of the source end at once
    kTakeCredentials,  // ... and there are no new ones while the run lasts; `text` is how that
                       // shows
    kRenewToken,       // somebody makes a new container token in Assets
    kClockJump,        // the machine's wall clock, by `jump`
    kCancelInAssets    // somebody cancels the open execution there
  };
  Kind kind = Kind::kCancel;
  std::uint64_t step = 0;
  std::string text{};
  base::Duration jump{0};
};

// The n-th request of a process does not get through.
struct NetworkFault {
  std::uint64_t request = 0;
  std::uint64_t times = 1;
  base::ErrorKind kind = base::ErrorKind::kUnavailable;
  std::string reason, message;
};

struct StoreFault {
  std::uint64_t operation = 0;
  std::uint64_t times = 1;
  base::Duration hangs{0};  // before it does anything
  bool fails = true;
};

struct RunPlan {
  std::vector<std::string> edits;  // JSON, before the run
  bool clear_edits = false;
  bool damage_memory = false;  // what the store remembers of the last completed run, before it
  base::Duration pause{0};     // before the run
  bool plan_only = false;
  std::uint64_t limit = 0;
  bool confirm_partial = false;
  bool approve = false;  // what is held, if anything is
  std::vector<checker::entra::Choice> choices;
  std::vector<std::string> faults;         // rules for the sandbox
  std::vector<std::string> assets_faults;  // bodies for /_sandbox/assets/faults
  std::vector<NetworkFault> network;
  std::vector<StoreFault> store;
  std::vector<Event> events;
};

struct ImporterPlan {
  checker::Importer importer;  // without what only a sandbox knows
  std::size_t import_source = 0;
  std::string declared_missing;  // as the importer file says it
  unsigned attempts = 10;
  std::string max_wait = "15m", deadline = "6h";
  std::vector<RunPlan> runs;
};

struct Scenario {
  std::uint64_t seed = 0;
  sandbox::SandboxSettings sandbox;
  std::vector<ImporterPlan> importers;  // all at once
  bool twin = false;                    // the first importer is also started by a second process
  unsigned slow_network = 1;            // how much longer than usual requests take at first
};

Scenario draw_scenario(std::uint64_t seed);
// The faults of one run; faults.cc.
class Dice;
void draw_faults(Dice& dice, RunPlan& plan);
// Pages with a record that cannot become an object.
std::string draw_parked_record(Dice& dice, const std::vector<checker::entra::Choice>& choices);
// ... or with many.
std::string draw_bad_records(Dice& dice, const std::vector<checker::entra::Choice>& choices);
// A source that has done with this client: a rule for the sandbox.
std::string draw_taken_credentials(Dice& dice);
// Faults of Assets only.
void draw_assets_trouble(Dice& dice, RunPlan& plan);

}  // namespace muster::simulation
