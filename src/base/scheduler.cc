#include "base/scheduler.h"

namespace muster::base {

// Only notifies, which neither blocks nor switches threads: the callback runs on the requesting
// thread, which may hold any lock, and ~StopWakes waits for a callback that is running elsewhere.
struct StopWakes::Callback {
  struct Notify {
    Monitor& monitor;
    void operator()() const noexcept { monitor.notify_all(); }
  };

  Callback(const Stop& stop, Monitor& monitor) : on_stop(stop, Notify{monitor}) {}

  std::stop_callback<Notify> on_stop;
};

StopWakes::StopWakes(const Stop& stop, Monitor& monitor)
    : callback_(stop.stop_possible() ? std::make_unique<Callback>(stop, monitor) : nullptr) {}

StopWakes::~StopWakes() = default;

bool sleep_until(Scheduler& scheduler, Instant deadline, const Stop& stop) {
  Monitor monitor(scheduler);  // guards nothing: it is only slept on
  StopWakes wakes(stop, monitor);
  Monitor::Lock lock(monitor);
  return !lock.wait_until(scheduler, deadline, [&] { return stop.stop_requested(); });
}

bool sleep_for(Scheduler& scheduler, Duration duration, const Stop& stop) {
  return sleep_until(scheduler, scheduler.now() + duration, stop);
}

}  // namespace muster::base
