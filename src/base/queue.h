// A bounded queue between two stages: memory depends on its capacity, not on the data.
//
// Any thread may push or pop. close() lets the consumers drain what is left; stop requests end both
// sides at once. A producer that fails closes with nothing special: errors travel beside the queue.
#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "base/scheduler.h"

namespace muster::base {

template <typename T>
class Queue {
 public:
  Queue(Scheduler& scheduler, std::size_t capacity) : monitor_(scheduler), capacity_(capacity) {}

  // False when the queue was closed or stop was requested; the item is dropped then.
  bool push(T item, const Stop& stop) {
    StopWakes wakes(stop, monitor_);
    Monitor::Lock lock(monitor_);
    lock.wait([&] { return items_.size() < capacity_ || closed_ || stop.stop_requested(); });
    if (closed_ || stop.stop_requested()) return false;
    items_.push_back(std::move(item));
    monitor_.notify_all();
    return true;
  }

  // Empty when the queue is closed and drained, or stop was requested.
  std::optional<T> pop(const Stop& stop) {
    StopWakes wakes(stop, monitor_);
    Monitor::Lock lock(monitor_);
    lock.wait([&] { return !items_.empty() || closed_ || stop.stop_requested(); });
    if (items_.empty() || stop.stop_requested()) return std::nullopt;
    T item = std::move(items_.front());
    items_.pop_front();
    monitor_.notify_all();
    return item;
  }

  void close() {
    Monitor::Lock lock(monitor_);
    closed_ = true;
    monitor_.notify_all();
  }

 private:
  Monitor monitor_;  // guards items_ and closed_
  const std::size_t capacity_;
  std::deque<T> items_;
  bool closed_ = false;
};

}  // namespace muster::base
