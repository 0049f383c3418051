// The same work for many items, a few under way at a time.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"

namespace muster::assets {

// Calls work(i) once for each i below `count`, in order of i, from up to `in_flight` threads. After
// the first error no further item is begun, those under way are stopped, and it is returned.
inline base::Status for_each_in_flight(
    base::Scheduler& scheduler, std::size_t in_flight, std::size_t count,
    const std::function<base::Status(std::size_t, const base::Stop&)>& work,
    const base::Stop& stop) {
  std::stop_source ended;
  const std::stop_callback passes_on(stop, [&] { ended.request_stop(); });
  base::Monitor monitor(scheduler);  // guards next, error
  std::size_t next = 0;
  std::optional<base::Error> error;
  const auto take = [&]() -> std::optional<std::size_t> {
    const base::Monitor::Lock lock(monitor);
    if (next == count || error || stop.stop_requested()) return std::nullopt;
    return next++;
  };
  const auto run = [&] {
    while (const auto item = take()) {
      base::Status done = work(*item, ended.get_token());
      if (done.ok()) continue;
      {
        const base::Monitor::Lock lock(monitor);
        if (!error) error = std::move(done).error();
      }
      ended.request_stop();  // outside the lock: it runs the wake-ups of everybody who waits
    }
  };
  {
    std::vector<std::unique_ptr<base::Scheduler::Thread>> threads;
    for (std::size_t i = 0; i < std::min(in_flight, count); ++i) {
      threads.push_back(scheduler.start("in flight " + std::to_string(i + 1), run));
    }
    for (const auto& thread : threads) thread->join();
  }
  if (error) return std::move(*error);
  if (next < count) return base::Error{base::ErrorKind::kCancelled, "cancelled", "Stopped."};
  return {};
}

}  // namespace muster::assets
