// Many small readings by a few threads: the pool that hands out work and the crew that does it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"

namespace muster::source {

// Work that arrives piece by piece and is taken in bunches. A bunch is full unless nothing more
// will come (the pool is closed) or nobody is at work whose results might fill it. Any thread.
//
//   for (;;) {
//     std::vector<Item> bunch = pool.take(stop);
//     if (bunch.empty()) return;                 // all done, or stop was requested
//     ... work; pool.put_back(unfinished); ...
//     pool.finished();
//   }
template <typename Item>
class WorkPool {
 public:
  // `most_waiting` holds add() back, not put_back().
  WorkPool(base::Scheduler& scheduler, std::size_t bunch, std::size_t most_waiting)
      : monitor_(scheduler), bunch_(bunch), most_waiting_(most_waiting) {}

  void add(std::vector<Item> items, const base::Stop& stop) {
    base::StopWakes wakes(stop, monitor_);
    base::Monitor::Lock lock(monitor_);
    lock.wait([&] { return waiting_.size() < most_waiting_ || stop.stop_requested(); });
    for (Item& item : items) waiting_.push_back(std::move(item));
    monitor_.notify_all();
  }

  // Begun work goes first, so that few readings are open at a time.
  void put_back(std::vector<Item> items) {
    if (items.empty()) return;
    base::Monitor::Lock lock(monitor_);
    for (Item& item : items) waiting_.push_front(std::move(item));
    monitor_.notify_all();
  }

  // Nothing more will be added.
  void close() {
    base::Monitor::Lock lock(monitor_);
    closed_ = true;
    monitor_.notify_all();
  }

  std::vector<Item> take(const base::Stop& stop) {
    base::StopWakes wakes(stop, monitor_);
    base::Monitor::Lock lock(monitor_);
    lock.wait([&] { return stop.stop_requested() || may_take() || is_done(); });
    std::vector<Item> taken;
    if (stop.stop_requested() || waiting_.empty()) return taken;
    while (!waiting_.empty() && taken.size() < bunch_) {
      taken.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    ++busy_;
    monitor_.notify_all();
    return taken;
  }

  void finished() {
    base::Monitor::Lock lock(monitor_);
    --busy_;
    monitor_.notify_all();
  }

 private:
  bool may_take() const {
    return waiting_.size() >= bunch_ || (!waiting_.empty() && (closed_ || busy_ == 0));
  }
  bool is_done() const { return closed_ && waiting_.empty() && busy_ == 0; }

  base::Monitor monitor_;  // guards all below
  const std::size_t bunch_;
  const std::size_t most_waiting_;
  std::deque<Item> waiting_;
  std::size_t busy_ = 0;  // bunches taken and not finished
  bool closed_ = false;
};

// Threads that do the same until all are done. The first one that fails stops the others; its error
// is the answer and wins over what the others then say about being cancelled.
class Crew {
 public:
  Crew(base::Scheduler& scheduler, const base::Stop& outer);
  ~Crew();

  using Body = std::function<base::Status(const base::Stop& stop)>;
  void start(const std::string& name, std::size_t count, Body body);
  // Requested when the outer stop is, or when a member failed.
  base::Stop stop() const { return stop_.get_token(); }
  // Joins. kCancelled when the outer stop ended the work.
  base::Status wait();

 private:
  void record(base::Error error);

  base::Scheduler& scheduler_;
  const base::Stop outer_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> forward_;
  base::Monitor monitor_;  // guards error_
  std::optional<base::Error> error_;
  std::vector<std::unique_ptr<base::Scheduler::Thread>> threads_;
};

}  // namespace muster::source
