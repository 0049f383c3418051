// One simulated `muster serve`: the real service on a clock, a network and a database that can
// fail, freeze and end at any step.
//
//   Node node(world, {.name = "node-1", ...}, watch);
//   if (node.start().ok()) node.live_until(evening);
//   node.stop();
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "service/service.h"
#include "tests/simulation/actor.h"
#include "tests/simulation/world.h"

namespace muster::simulation {

// Told of every request of every node.
class Watch {
 public:
  virtual ~Watch() = default;
  virtual void leaves(const std::string& node, const net::Request& request) = 0;
  // Follows each `leaves`, whatever became of it.
  virtual void came_back(const std::string& node, const net::Request& request,
                         const base::Result<net::Response>& response) = 0;
};

struct NodeSettings {
  std::string name;
  std::uint64_t seed = 0;
  unsigned workers = 1;
  service::Pauses pauses{};
  std::vector<NetworkFault> network_faults{};
};

class Node final : public Actor {
 public:
  // One of a name at a time.
  Node(World& world, NodeSettings settings, Watch& watch);
  ~Node() override;

  base::Status start();
  // Until then, or until it is killed.
  void live_until(base::Instant end);
  // SIGTERM; or, of a dead one, waits for its threads.
  void stop();

  void kill();
  void kill_after_statements(std::uint64_t count) { statements_left_ = count; }
  void kill_after_exchanges(std::uint64_t count) { exchanges_left_ = count; }
  // SIGSTOP, and SIGCONT after that time. What left before arrives all the same.
  void freeze(base::Duration time);
  void freeze_after_exchanges(std::uint64_t count, base::Duration time) {
    exchanges_before_freezing_ = count;
    freezes_for_ = time;
  }

  bool step() override;
  bool is_dead() const override { return dead_; }
  World& world() override { return world_; }
  const std::string& label() const override { return settings_.name; }
  const std::vector<NetworkFault>& network_faults() const override {
    return settings_.network_faults;
  }
  // Before each statement of its databases.
  base::Status statement();

 private:
  class Clock;
  class Client;
  class Database;
  class FreezingMonitor;

  void exchanged();
  void wait_while_frozen();

  World& world_;
  const NodeSettings settings_;
  const std::unique_ptr<base::Scheduler> clock_;
  const std::unique_ptr<net::HttpClient> client_;
  const std::unique_ptr<base::Random> random_;
  const std::unique_ptr<base::Logger> logger_;
  base::Monitor monitor_;  // tells that it died
  bool dead_ = false;
  std::uint64_t statements_left_ = 0, exchanges_left_ = 0;  // until it is killed; 0: it is not
  std::uint64_t exchanges_before_freezing_ = 0;
  base::Duration freezes_for_{0};
  base::Instant frozen_until_{};
  std::optional<service::Service> service_;
};

}  // namespace muster::simulation
