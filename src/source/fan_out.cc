#include "source/fan_out.h"

namespace muster::source {

using base::Error;
using base::ErrorKind;

Crew::Crew(base::Scheduler& scheduler, const base::Stop& outer)
    : scheduler_(scheduler),
      outer_(outer),
      forward_(outer, [this] { stop_.request_stop(); }),
      monitor_(scheduler) {}

Crew::~Crew() {
  if (!threads_.empty()) stop_.request_stop();
  threads_.clear();
}

void Crew::start(const std::string& name, std::size_t count, Body body) {
  for (std::size_t i = 0; i < count; ++i) {
    threads_.push_back(scheduler_.start(fmt::format("{} {}", name, i + 1), [this, body] {
      base::Status status = body(stop_.get_token());
      if (!status.ok()) record(std::move(status).error());
    }));
  }
}

base::Status Crew::wait() {
  for (auto& thread : threads_) thread->join();
  threads_.clear();
  base::Monitor::Lock lock(monitor_);
  if (error_) return *error_;
  if (outer_.stop_requested()) {
    return Error{ErrorKind::kCancelled, "cancelled", "Cancelled while reading."};
  }
  return {};
}

void Crew::record(Error error) {
  {
    base::Monitor::Lock lock(monitor_);
    const bool better =
        !error_ || (error_->kind == ErrorKind::kCancelled && error.kind != ErrorKind::kCancelled);
    if (better) error_ = std::move(error);
  }
  stop_.request_stop();
}

}  // namespace muster::source
