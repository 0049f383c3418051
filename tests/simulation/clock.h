// A process's view of the simulated scheduler: its own wall clock offset, names for its threads,
// and how many of them there are.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/scheduler.h"
#include "tests/checker/observer.h"
#include "tests/simulation/process.h"

namespace muster::simulation {

class Process::Clock final : public base::Scheduler {
 public:
  Clock(World& world, std::string label) : world_(world), label_(std::move(label)) {}

  base::Instant now() const override { return world_.scheduler->now(); }
  base::WallTime wall_now() const override { return world_.wall_now(); }
  std::unique_ptr<Thread> start(std::string name, std::function<void()> body) override {
    ++threads_;
    return world_.scheduler->start(
        name, [this, name = label_ + "/" + name, run = std::move(body)]() mutable {
          checker::Observer::name_thread(name);
          run();
          run = nullptr;
          --threads_;
        });
  }
  std::unique_ptr<MonitorState> make_monitor() override { return world_.scheduler->make_monitor(); }

  std::int64_t threads() const { return threads_; }

 private:
  World& world_;
  const std::string label_;
  std::int64_t threads_ = 0;  // one simulated thread runs at a time
};

}  // namespace muster::simulation
