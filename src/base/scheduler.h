// Time, threads and waiting, as one interface, so that a whole run can be simulated.
//
// Production: make_real_scheduler() uses threads and the machine's clocks.
// Simulation: make_simulated_scheduler(seed) runs the same code one thread at a time, chooses who
// goes next from the seed, and moves virtual time forward only when everybody waits. The same seed
// gives the same history.
//
// Rule: outside base/ nobody uses std::mutex + condition_variable, std::thread, sleep or a clock.
//
//   Monitor monitor(scheduler);
//   Monitor::Lock lock(monitor);
//   lock.wait([&] { return ready_; });                    // woken by monitor.notify_all()
//   if (!lock.wait_until(deadline, [&] { return ready_; })) ...timed out...
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace muster::base {

using Duration = std::chrono::nanoseconds;

// Steady time: only differences mean anything. Never goes back.
struct Instant {
  Duration since_start{0};
  auto operator<=>(const Instant&) const = default;
  // Stays at never() instead of passing it.
  friend Instant operator+(Instant at, Duration by) {
    Duration::rep sum = 0;
    if (__builtin_add_overflow(at.since_start.count(), by.count(), &sum)) return never();
    return {Duration(sum)};
  }
  friend Duration operator-(Instant a, Instant b) { return a.since_start - b.since_start; }
  static Instant never() { return {Duration::max()}; }
};

// Calendar time in UTC. May jump; never used for waiting.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

using Stop = std::stop_token;

class Scheduler {
 public:
  virtual ~Scheduler() = default;

  virtual Instant now() const = 0;
  virtual WallTime wall_now() const = 0;

  // A started thread; the destructor joins. `name` shows up in debuggers and in simulation traces.
  class Thread {
   public:
    virtual ~Thread() = default;
    virtual void join() = 0;
  };
  [[nodiscard]] virtual std::unique_ptr<Thread> start(std::string name,
                                                      std::function<void()> body) = 0;

  // What Monitor is made of; use Monitor.
  class MonitorState {
   public:
    virtual ~MonitorState() = default;
    virtual void lock() = 0;
    virtual void unlock() = 0;
    // Releases, waits for a notify_all() since the lock was taken or for the deadline, takes again.
    // May wake for no reason.
    virtual void wait_until(Instant deadline) = 0;
    // With or without the lock; neither blocks nor gives up the turn of a simulated thread.
    virtual void notify_all() = 0;
  };
  virtual std::unique_ptr<MonitorState> make_monitor() = 0;
};

std::unique_ptr<Scheduler> make_real_scheduler();

// Virtual time starts at 2026-01-01T00:00:00Z. Threads must be joined before it is destroyed.
// The thread that created it takes part as the first simulated thread. When every thread waits
// without a deadline the process ends with a list of who waits (a deadlock is a bug).
std::unique_ptr<Scheduler> make_simulated_scheduler(std::uint64_t seed);

// A mutex with one condition. Say beside each Monitor what it guards.
class Monitor {
 public:
  explicit Monitor(Scheduler& scheduler) : state_(scheduler.make_monitor()) {}

  void notify_all() { state_->notify_all(); }

  class Lock {
   public:
    explicit Lock(Monitor& monitor) : state_(*monitor.state_) { state_.lock(); }
    ~Lock() { state_.unlock(); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

    template <typename Predicate>
    void wait(Predicate predicate) {
      while (!predicate()) state_.wait_until(Instant::never());
    }
    // False when the deadline passed first.
    template <typename Predicate>
    bool wait_until(Scheduler& scheduler, Instant deadline, Predicate predicate) {
      while (!predicate()) {
        if (scheduler.now() >= deadline) return false;
        state_.wait_until(deadline);
      }
      return true;
    }

   private:
    Scheduler::MonitorState& state_;
  };

 private:
  std::unique_ptr<Scheduler::MonitorState> state_;
};

// Sleeps, or returns false at once when `stop` is requested.
bool sleep_until(Scheduler& scheduler, Instant deadline, const Stop& stop);
bool sleep_for(Scheduler& scheduler, Duration duration, const Stop& stop);

// Wakes a monitor's waiters when stop is requested, so that their predicates can look at it.
//
//   StopWakes wakes(stop, monitor_);
//   lock.wait([&] { return ready_ || stop.stop_requested(); });
class StopWakes {
 public:
  StopWakes(const Stop& stop, Monitor& monitor);
  ~StopWakes();

 private:
  struct Callback;
  std::unique_ptr<Callback> callback_;
};

}  // namespace muster::base
