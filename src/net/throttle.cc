#include "net/throttle.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "net/told_quota.h"

namespace muster::net {

using base::Duration;
using base::Error;
using base::ErrorKind;
using base::Instant;

namespace {

// One for the page that is arriving, one for the next, which may be asked for early.
constexpr std::uint32_t kPlacesForChain = 2;
constexpr Duration kChainGap = std::chrono::milliseconds(50);  // between its requests
constexpr double kPressure = 0.9;
constexpr double kRefusing = 1.0;
// Graph reports up to 1.8; anything larger is another unit and must not stop us for minutes.
constexpr double kMostPressure = 1.8;

bool reached_the_wire(const base::Result<Response>& outcome) {
  if (outcome.ok()) return true;
  const ErrorKind kind = outcome.error().kind;
  return kind == ErrorKind::kUnavailable || kind == ErrorKind::kLimit ||
         kind == ErrorKind::kMalformed;
}

Error too_long(Duration wait, const LaneSettings& settings) {
  Error error{ErrorKind::kThrottled, "source_throttled",
              fmt::format("The source asks to wait {} ({}); muster waits at most {}. Try later.",
                          base::format_duration(wait), settings.name,
                          base::format_duration(settings.max_wait))};
  error.retry_after = std::chrono::ceil<std::chrono::milliseconds>(wait);
  return error;
}

// The service has been held back, so that nobody has to ask which of several is.
void tell(std::atomic<std::int64_t>& until, std::int64_t at) {
  std::int64_t before = until;
  while (before < at && !until.compare_exchange_weak(before, at)) {
  }
}

// Only the first in the queue counts, so that the sum is how long the lane stood still.
void count_wait(const Throttle::User& user, Instant begun, Instant held_until) {
  const Duration waited = std::min(user.tools.scheduler.now(), held_until) - begun;
  if (waited > Duration(0)) user.counters.waited_ns += waited.count();
}

void note_paced(const Throttle::User& user, Instant ready, Instant held_until, Instant now) {
  constexpr Duration kWorthTelling = std::chrono::seconds(1);
  if (user.tools.pause == nullptr || ready == Instant::never() || ready <= held_until) return;
  if (ready - now >= kWorthTelling) {
    user.tools.pause->paced_until_ns = ready.since_start.count();
  }
}

}  // namespace

Throttle::Throttle(const LaneSettings& settings, base::Scheduler& scheduler)
    : monitor_(scheduler),
      budget_(settings.pressure_header.empty() ? settings.units : 0, settings.window),
      bucket_(settings.pressure_header.empty() ? 0 : settings.units, settings.window),
      concurrency_({settings.initial_in_flight, settings.max_in_flight, settings.grow_after},
                   scheduler.now()) {}

base::Result<Instant> Throttle::enter(const User& user, const SendOptions& options,
                                      const base::Stop& stop) {
  const base::StopWakes wakes(stop, monitor_);
  base::Monitor::Lock lock(monitor_);
  const std::uint64_t ticket = wait_in_line(options.in_chain);
  for (;;) {
    const Instant now = user.tools.scheduler.now();
    const bool is_closed = closed_until_ - now > user.settings.max_wait;
    if (stop.stop_requested() || is_closed) {
      give_up_place(ticket);
      if (is_closed) return too_long(closed_until_ - now, user.settings);
      return Error{ErrorKind::kCancelled, "cancelled", "Stopped as asked."};
    }
    const bool is_first = queue_.front().ticket == ticket;
    const Instant ready = is_first ? ready_at(options, now) : Instant::never();
    if (ready <= now) {
      give_up_place(ticket);
      ++in_flight_;
      if (options.in_chain) ++chain_in_flight_;
      budget_.reserve(options.units);
      bucket_.sent(options.units);
      user.counters.waiting_until_ns = 0;
      if (user.tools.pause != nullptr) user.tools.pause->paced_until_ns = 0;
      return now;
    }
    if (held_until_ > now) note_held(user);
    note_paced(user, ready, held_until_, now);
    const std::uint64_t seen = changes_;
    lock.wait_until(user.tools.scheduler, ready,
                    [&] { return changes_ != seen || stop.stop_requested(); });
    if (is_first) count_wait(user, now, held_until_);
  }
}

std::uint64_t Throttle::wait_in_line(bool in_chain) {
  auto place = queue_.end();
  if (in_chain) {
    place =
        std::find_if(queue_.begin(), queue_.end(), [](const Waiting& w) { return !w.in_chain; });
  }
  queue_.insert(place, {++last_ticket_, in_chain});
  ++changes_;  // whoever was the first has to look whether it still is
  return last_ticket_;
}

Instant Throttle::ready_at(const SendOptions& options, Instant now) {
  const double units = options.units;
  return std::max({now, held_until_, closed_until_, place_at(options.in_chain, now),
                   budget_.ready_at(units, now), bucket_.ready_at(units, now)});
}

Instant Throttle::place_at(bool in_chain, Instant now) const {
  const std::uint32_t limit = concurrency_.limit();
  if (in_flight_ >= limit) return Instant::never();
  const std::uint32_t kept = std::min(kPlacesForChain, limit / 4);
  if (in_chain || in_flight_ - chain_in_flight_ < limit - kept) return now;
  return chain_in_flight_ > 0 ? Instant::never() : chain_until_;
}

void Throttle::give_up_place(std::uint64_t ticket) {
  std::erase_if(queue_, [&](const Waiting& waiting) { return waiting.ticket == ticket; });
  ++changes_;
  monitor_.notify_all();
}

void Throttle::leave(const User& user, Instant sent, const SendOptions& options,
                     const base::Result<Response>& outcome) {
  const LaneSettings& settings = user.settings;
  const double units = options.units;
  double cost = units;
  double pressure = -1;  // not told
  if (outcome.ok()) {
    cost = number_in(outcome->headers, settings.cost_header).value_or(units);
    pressure = number_in(outcome->headers, settings.pressure_header).value_or(-1);
    user.counters.bytes += outcome->wire_bytes;
  }
  if (reached_the_wire(outcome)) {
    ++user.counters.requests;
    user.counters.resource_units += static_cast<std::uint64_t>(std::llround(cost));
  }
  base::Monitor::Lock lock(monitor_);
  const Instant now = user.tools.scheduler.now();
  --in_flight_;
  if (options.in_chain && --chain_in_flight_ == 0) chain_until_ = now + kChainGap;
  budget_.settle(units, cost, now);
  bucket_.answered(units, now);
  if (pressure >= 0) bucket_.told(std::min(pressure, kMostPressure), units, sent, now);
  if (outcome.ok()) heed_told_quota(user, *outcome, now);
  // A bucket that is awake holds the pressure just below the limit on purpose.
  if (pressure >= (bucket_.is_awake() && settings.units > 0 ? kRefusing : kPressure)) {
    concurrency_.warned(sent, now, settings.window);
  } else if (outcome.ok() && outcome->status != 429 && outcome->status < 500) {
    concurrency_.answered(now);
  }
  ++changes_;
  monitor_.notify_all();
}

// Requests under way may not be in the number told, so all of them are taken off.
void Throttle::heed_told_quota(const User& user, const Response& response, Instant now) {
  const ToldQuota& told = user.settings.told;
  const auto remaining = number_in(response.headers, told.remaining_header);
  if (!remaining || response.status == 429) return;  // refusals are hold()'s
  const double limit = number_in(response.headers, told.limit_header).value_or(0);
  if (*remaining - limit * (1 - told.share) - in_flight_ >= 1) return;
  const auto wait = told_reset(response, told, user.tools.scheduler.wall_now());
  if (!wait) return;
  held_until_ = std::max(held_until_, now + std::min(*wait, user.settings.max_wait));
  note_held(user);
}

void Throttle::observed(const User& user, double pressure, double units, Instant sent) {
  base::Monitor::Lock lock(monitor_);
  bucket_.told(std::min(pressure, kMostPressure), units, sent, user.tools.scheduler.now());
  ++changes_;
  monitor_.notify_all();
}

base::Status Throttle::hold(const User& user, std::optional<Duration> asked, Duration wait,
                            Instant sent) {
  ++user.counters.throttled;
  base::Monitor::Lock lock(monitor_);
  const Instant now = user.tools.scheduler.now();
  concurrency_.refused(sent, now);
  ++changes_;
  monitor_.notify_all();
  if (asked && *asked > user.settings.max_wait) {
    closed_until_ = std::max(closed_until_, now + *asked);
    return too_long(*asked, user.settings);
  }
  held_until_ = std::max(held_until_, now + wait);
  note_held(user);
  user.tools.logger.info("{}: too many requests, pausing for {}", user.settings.name,
                         base::format_duration(wait));
  return {};
}

void Throttle::note_held(const User& user) const {
  const std::int64_t at = held_until_.since_start.count();
  user.counters.waiting_until_ns = at;
  if (user.tools.pause != nullptr) tell(user.tools.pause->asked_until_ns, at);
}

std::size_t Throttles::in_use() {
  base::Monitor::Lock lock(monitor_);
  std::erase_if(known_, [](const auto& known) { return known.second.expired(); });
  return known_.size();
}

std::shared_ptr<Throttle> Throttles::of(const std::string& name, const LaneSettings& settings) {
  base::Monitor::Lock lock(monitor_);
  std::erase_if(known_, [](const auto& known) { return known.second.expired(); });
  std::weak_ptr<Throttle>& known = known_[name];
  if (auto throttle = known.lock()) return throttle;
  auto throttle = std::make_shared<Throttle>(settings, scheduler_);
  known = throttle;
  return throttle;
}

}  // namespace muster::net
