#include "base/failpoint.h"

#ifdef MUSTER_FAILPOINTS

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "base/check.h"
#include "base/text.h"

extern "C" {
extern const char* const __start_muster_failpoints[] __attribute__((weak));
extern const char* const __stop_muster_failpoints[] __attribute__((weak));
}

namespace muster::base {
namespace {

constexpr int kExitStatus = 86;

struct Order {
  std::string action;
  std::int64_t at = 1;
};

// Read once, before any thread of a run exists that could change the environment.
class Failpoints {
 public:
  Failpoints() {
    if (const char* log = std::getenv("MUSTER_FAILPOINT_LOG")) log_ = log;
    const char* orders = std::getenv("MUSTER_FAILPOINT");
    for (const std::string_view order : split(orders == nullptr ? "" : orders, ',')) {
      if (order.empty()) continue;
      const std::size_t equals = order.find('=');
      MUSTER_CHECK(equals != std::string_view::npos, "MUSTER_FAILPOINT is NAME=ACTION[@N]");
      const std::string_view action = order.substr(equals + 1);
      const std::size_t at = action.find('@');
      Order& made = orders_[std::string(order.substr(0, equals))];
      made.action = action.substr(0, at);
      if (at != std::string_view::npos) made.at = parse_int(action.substr(at + 1)).value_or(1);
    }
  }

  Status pass(std::string_view name) {
    Order due;
    std::int64_t passes = 0;
    {
      const std::lock_guard lock(mutex_);
      passes = ++passes_[std::string(name)];
      write_line(name);
      const auto order = orders_.find(name);
      if (order == orders_.end() || passes < order->second.at) return {};
      due = order->second;
    }
    if (due.action.starts_with("delay:")) {
      const auto milliseconds = parse_int(due.action.substr(6)).value_or(0);
      std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
      return {};
    }
    if (passes != due.at) return {};
    if (due.action == "kill") ::kill(::getpid(), SIGKILL);
    if (due.action == "exit") ::_exit(kExitStatus);
    return Error{ErrorKind::kUnavailable, "failpoint", fmt::format("Failpoint {}.", name)};
  }

 private:
  // Written through at once: the next line of the program may be its last.
  void write_line(std::string_view name) {
    if (log_.empty()) return;
    const int file = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) return;
    const std::string line = std::string(name) + "\n";
    const ssize_t written = ::write(file, line.data(), line.size());
    static_cast<void>(written);
    ::close(file);
  }

  std::mutex mutex_;  // guards passes_; no Monitor: a failpoint is outside of every schedule
  std::map<std::string, Order, std::less<>> orders_;
  std::map<std::string, std::int64_t> passes_;
  std::string log_;
};

}  // namespace

Status pass_failpoint(std::string_view name) {
  static Failpoints failpoints;
  return failpoints.pass(name);
}

std::vector<std::string_view> failpoints() {
  std::vector<std::string_view> names(__start_muster_failpoints, __stop_muster_failpoints);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace muster::base

#else

namespace muster::base {

std::vector<std::string_view> failpoints() { return {}; }

}  // namespace muster::base

#endif
