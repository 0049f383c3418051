#include "cli/signals.h"

#include <unistd.h>

#include <csignal>

namespace muster::cli {
namespace {

// Sent by ourselves to let the watching thread end.
constexpr int kEndWatching = SIGUSR1;

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGINT, SIGTERM, SIGHUP, kEndWatching}) sigaddset(&set, signal);
  return set;
}

}  // namespace

StopOnSignal::StopOnSignal(base::Scheduler& scheduler, Console& console, std::string announcement)
    : scheduler_(scheduler), console_(console), announcement_(std::move(announcement)) {
  const sigset_t set = watched();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  watcher_ = scheduler.start("signals", [this] { watch(); });
}

StopOnSignal::~StopOnSignal() {
  kill(getpid(), kEndWatching);
  watcher_.reset();
  const sigset_t set = watched();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

// Waiting for signals on a thread, because a handler may not call request_stop(): its callbacks
// lock.
void StopOnSignal::watch() {
  const sigset_t set = watched();
  base::Instant first{};
  for (;;) {
    int signal = 0;
    if (sigwait(&set, &signal) != 0) continue;
    if (signal == kEndWatching) return;
    if (source_.stop_requested()) {
      if (scheduler_.now() - first < kOneWish) continue;
      console_.err("\nmuster: left at once.\n");
      _exit(kCancelled);
    }
    first = scheduler_.now();
    if (!announcement_.empty()) console_.err(announcement_);
    source_.request_stop();
  }
}

}  // namespace muster::cli
