// Things that several threads put down and one takes away now and then. Nobody ever waits at it, so
// that it is no place where simulated threads take turns.
//
//   Outbox<LogLine> lines;
//   lines.put(line);                                // any thread
//   for (LogLine& line : lines.take()) write(line);  // everything since the last time
#pragma once

#include <mutex>
#include <utility>
#include <vector>

namespace muster::base {

template <typename Thing>
class Outbox {
 public:
  void put(Thing thing) {
    const std::lock_guard lock(mutex_);
    things_.push_back(std::move(thing));
  }
  std::vector<Thing> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(things_, {});
  }

 private:
  std::mutex mutex_;  // guards the next one
  std::vector<Thing> things_;
};

}  // namespace muster::base
