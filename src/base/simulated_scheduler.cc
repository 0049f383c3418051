#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "base/scheduler.h"

namespace muster::base {
namespace {

constexpr WallTime kVirtualStart = std::chrono::sys_days{std::chrono::January / 1 / 2026};

class SimulatedScheduler;

// Wakes exactly one operating system thread; handing it over also publishes everything the giver
// wrote, so that nothing else in this file needs a lock.
class Baton {
 public:
  void give() {
    std::lock_guard lock(mutex_);
    given_ = true;
    arrived_.notify_one();
  }

  void await() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return given_; });
    given_ = false;
  }

 private:
  std::mutex mutex_;  // guards given_
  std::condition_variable arrived_;
  bool given_ = false;
};

// What a simulated thread is doing. Read and written only by the thread that holds the baton.
struct Actor {
  enum class State { kRunnable, kWaiting, kLocking, kJoining, kDone };

  explicit Actor(std::string actor_name) : name(std::move(actor_name)) {}

  const std::string name;
  State state = State::kRunnable;
  Instant deadline = Instant::never();  // while kWaiting
  const void* blocked_on = nullptr;     // the monitor or thread, unless kRunnable
  Baton baton;
};

// The actor of this operating system thread; tests may nest one simulation in another.
thread_local SimulatedScheduler* own_scheduler = nullptr;
thread_local Actor* own_actor = nullptr;

class SimulatedScheduler final : public Scheduler {
 public:
  explicit SimulatedScheduler(std::uint64_t seed)
      : random_(make_seeded_random(seed)),
        // Some seeds switch at nearly every step, others let threads run far before they lose the
        // turn: the two find different mistakes.
        preemption_span_(std::uint64_t{2} << random_->below(5)),
        outer_scheduler_(own_scheduler),
        outer_actor_(own_actor) {
    actors_.push_back(&first_);
    own_scheduler = this;
    own_actor = &first_;
  }

  ~SimulatedScheduler() override {
    MUSTER_CHECK(own_actor == &first_ && actors_.size() == 1,
                 "a simulation ends on its first thread, when all others are joined");
    own_scheduler = outer_scheduler_;
    own_actor = outer_actor_;
  }

  Instant now() const override { return now_; }

  WallTime wall_now() const override {
    return kVirtualStart + std::chrono::floor<std::chrono::microseconds>(now_.since_start);
  }

  std::unique_ptr<Thread> start(std::string name, std::function<void()> body) override;
  std::unique_ptr<MonitorState> make_monitor() override;

  Actor& self() {
    MUSTER_CHECK(own_scheduler == this, "a thread outside the simulation used it");
    return *own_actor;
  }

  // A point where the seed may let another thread go first.
  void maybe_switch() {
    if (random_->below(preemption_span_) == 0) hand_over(self());
  }

  // Returns when somebody woke this thread and the seed chose it.
  void block(Actor::State state, const void* on, Instant deadline = Instant::never()) {
    Actor& me = self();
    me.state = state;
    me.blocked_on = on;
    me.deadline = deadline;
    hand_over(me);
  }

  void wake(Actor::State state, const void* on) {
    for (Actor* actor : actors_) {
      if (actor->state == state && actor->blocked_on == on) make_runnable(*actor);
    }
  }

  void add(Actor& actor) { actors_.push_back(&actor); }

  void remove(Actor& actor) { std::erase(actors_, &actor); }

  // First thing on a new operating system thread: it belongs to this simulation from now on.
  void enter(Actor& actor) {
    actor.baton.await();
    own_scheduler = this;
    own_actor = &actor;
  }

  // Last thing on it: the turn goes on without waiting for another.
  void leave(Actor& actor) {
    actor.state = Actor::State::kDone;
    wake(Actor::State::kJoining, &actor);
    choose_next().baton.give();
  }

 private:
  static void make_runnable(Actor& actor) {
    actor.state = Actor::State::kRunnable;
    actor.blocked_on = nullptr;
  }

  void hand_over(Actor& me) {
    Actor& next = choose_next();
    if (&next == &me) return;
    next.baton.give();
    me.baton.await();
  }

  Actor& choose_next() {
    std::vector<Actor*>& candidates = candidates_;
    candidates.clear();
    collect_runnable(candidates);
    if (candidates.empty()) {
      advance_time();
      collect_runnable(candidates);
    }
    return *candidates[random_->below(candidates.size())];
  }

  void collect_runnable(std::vector<Actor*>& into) {
    for (Actor* actor : actors_) {
      if (actor->state == Actor::State::kRunnable) into.push_back(actor);
    }
  }

  void advance_time() {
    Instant earliest = Instant::never();
    for (Actor* actor : actors_) {
      if (actor->state == Actor::State::kWaiting) earliest = std::min(earliest, actor->deadline);
    }
    if (earliest == Instant::never()) report_deadlock();
    now_ = std::max(now_, earliest);
    for (Actor* actor : actors_) {
      if (actor->state == Actor::State::kWaiting && actor->deadline <= now_) make_runnable(*actor);
    }
  }

  [[noreturn]] void report_deadlock() const {
    std::fprintf(stderr, "muster: the simulated threads wait for each other:\n");
    for (const Actor* actor : actors_) {
      const char* what = actor->state == Actor::State::kWaiting   ? "a notification of monitor"
                         : actor->state == Actor::State::kLocking ? "the lock of monitor"
                         : actor->state == Actor::State::kJoining ? "the end of thread"
                                                                  : nullptr;
      if (what == nullptr) continue;
      std::fprintf(stderr, "  '%s' waits for %s %p\n", actor->name.c_str(), what,
                   actor->blocked_on);
    }
    std::abort();
  }

  const std::unique_ptr<Random> random_;
  const std::uint64_t preemption_span_;
  SimulatedScheduler* const outer_scheduler_;
  Actor* const outer_actor_;
  Instant now_;
  Actor first_{"first"};
  std::vector<Actor*> actors_;  // in the order of their start, for repeatability
  std::vector<Actor*> candidates_;
};

class SimulatedMonitor final : public Scheduler::MonitorState {
 public:
  explicit SimulatedMonitor(SimulatedScheduler& scheduler) : scheduler_(scheduler) {}

  void lock() override {
    scheduler_.maybe_switch();
    take();
  }

  void unlock() override {
    release();
    scheduler_.maybe_switch();
  }

  void wait_until(Instant deadline) override {
    release();
    // What has happened needs no time to move: it only gives the others their turn.
    const bool happened = notified_ || deadline <= scheduler_.now();
    scheduler_.block(happened ? Actor::State::kRunnable : Actor::State::kWaiting, this, deadline);
    take();
  }

  void notify_all() override {
    notified_ = true;
    scheduler_.wake(Actor::State::kWaiting, this);
  }

 private:
  void take() {
    MUSTER_CHECK(holder_ != &scheduler_.self(), "a thread took a monitor that it already holds");
    while (holder_ != nullptr) scheduler_.block(Actor::State::kLocking, this);
    holder_ = &scheduler_.self();
    notified_ = false;
  }

  void release() {
    MUSTER_CHECK(holder_ == &scheduler_.self(), "only the holder of a monitor may release it");
    holder_ = nullptr;
    scheduler_.wake(Actor::State::kLocking, this);
  }

  SimulatedScheduler& scheduler_;
  const Actor* holder_ = nullptr;
  bool notified_ = false;  // since the holder took the lock and looked at its predicate
};

class SimulatedThread final : public Scheduler::Thread {
 public:
  SimulatedThread(SimulatedScheduler& scheduler, std::string name, std::function<void()> body)
      : scheduler_(scheduler), actor_(std::move(name)) {
    scheduler_.add(actor_);
    thread_ = std::thread([this, run = std::move(body)]() mutable {
      scheduler_.enter(actor_);
      run();
      run = nullptr;  // what it captured may use the simulation while it goes
      scheduler_.leave(actor_);
    });
  }

  ~SimulatedThread() override { join(); }

  void join() override {
    if (!thread_.joinable()) return;
    while (actor_.state != Actor::State::kDone) {
      scheduler_.block(Actor::State::kJoining, &actor_);
    }
    thread_.join();
    scheduler_.remove(actor_);
  }

 private:
  SimulatedScheduler& scheduler_;
  Actor actor_;
  std::thread thread_;
};

std::unique_ptr<Scheduler::Thread> SimulatedScheduler::start(std::string name,
                                                             std::function<void()> body) {
  self();
  auto thread = std::make_unique<SimulatedThread>(*this, std::move(name), std::move(body));
  maybe_switch();
  return thread;
}

std::unique_ptr<Scheduler::MonitorState> SimulatedScheduler::make_monitor() {
  return std::make_unique<SimulatedMonitor>(*this);
}

}  // namespace

std::unique_ptr<Scheduler> make_simulated_scheduler(std::uint64_t seed) {
  return std::make_unique<SimulatedScheduler>(seed);
}

}  // namespace muster::base
