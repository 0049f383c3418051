#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/scheduler.h"

namespace muster::base {
namespace {

using Clock = std::chrono::steady_clock;

// An event count: a waiter sleeps until the generation differs from the one it saw before it looked
// at its predicate. So notify_all() needs no hold of the user's lock, and a stop requested by a
// thread that holds that lock cannot deadlock.
class RealMonitor final : public Scheduler::MonitorState {
 public:
  explicit RealMonitor(Clock::time_point start) : start_(start) {}

  void lock() override {
    mutex_.lock();
    seen_ = generation_.load();
  }

  void unlock() override { mutex_.unlock(); }

  void wait_until(Instant deadline) override {
    {
      std::unique_lock signal(signal_);
      const std::uint64_t seen = seen_;
      mutex_.unlock();
      const auto notified = [&] { return generation_.load() != seen; };
      if (deadline.since_start >= Clock::time_point::max() - start_) {  // beyond the clock
        changed_.wait(signal, notified);
      } else {
        changed_.wait_until(signal, start_ + deadline.since_start, notified);
      }
    }
    lock();
  }

  void notify_all() override {
    {
      std::lock_guard signal(signal_);
      ++generation_;
    }
    changed_.notify_all();
  }

 private:
  const Clock::time_point start_;
  std::mutex mutex_;        // the user's lock; guards seen_
  std::uint64_t seen_ = 0;  // the generation when the holder took the lock
  std::mutex signal_;       // taken after mutex_; orders generation_ against falling asleep
  std::condition_variable changed_;
  std::atomic<std::uint64_t> generation_ = 0;
};

class RealThread final : public Scheduler::Thread {
 public:
  RealThread(std::string name, std::function<void()> body)
      : thread_([name = std::move(name), body = std::move(body)] {
          // Linux keeps 15 characters and refuses longer names.
          pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
          body();
        }) {}

  ~RealThread() override { join(); }

  void join() override {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::thread thread_;
};

class RealScheduler final : public Scheduler {
 public:
  Instant now() const override { return {Clock::now() - start_}; }

  WallTime wall_now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }

  std::unique_ptr<Thread> start(std::string name, std::function<void()> body) override {
    return std::make_unique<RealThread>(std::move(name), std::move(body));
  }

  std::unique_ptr<MonitorState> make_monitor() override {
    return std::make_unique<RealMonitor>(start_);
  }

 private:
  const Clock::time_point start_ = Clock::now();
};

}  // namespace

std::unique_ptr<Scheduler> make_real_scheduler() { return std::make_unique<RealScheduler>(); }

}  // namespace muster::base
