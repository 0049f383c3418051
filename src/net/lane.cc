#include "net/lane.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>

#include "base/text.h"
#include "net/budget.h"
#include "net/concurrency.h"
#include "net/http_date.h"
#include "net/pressure_bucket.h"
#include "net/url.h"

namespace muster::net {
namespace {

using base::Duration;
using base::Error;
using base::ErrorKind;
using base::Instant;

constexpr Duration kShortestHold = std::chrono::seconds(1);
constexpr Duration kLongestBackoff = std::chrono::seconds(120);
constexpr double kHoldJitter = 0.2;
// One for the page that is arriving, one for the next, which may be asked for early.
constexpr std::uint32_t kPlacesForChain = 2;
constexpr Duration kChainGap = std::chrono::milliseconds(50);  // between its requests
constexpr double kPressure = 0.9;
constexpr double kRefusing = 1.0;
// Graph reports up to 1.8; anything larger is another unit and must not stop us for minutes.
constexpr double kMostPressure = 1.8;
// A Retry-After that stays at 1 s for ever was seen, so three are believed and later ones doubled:
// https://github.com/microsoftgraph/msgraph-sdk-javascript/issues/297
constexpr std::uint32_t kBelievedWaits = 3;

Duration scaled(Duration duration, double factor) {
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double, std::nano>(static_cast<double>(duration.count()) * factor));
}

constexpr double kSensible = 1e6;

std::optional<double> number_in(const std::vector<Header>& headers, const std::string& header,
                                double most = kSensible) {
  if (header.empty()) return std::nullopt;
  const std::string* text = find_header(headers, header);
  if (text == nullptr) return std::nullopt;
  const auto number = base::parse_double(base::trim(*text));
  if (!number || !(*number >= 0 && *number <= most)) return std::nullopt;
  return number;
}

// What an answer means for the lane.
struct Verdict {
  enum { kAnswered, kThrottled, kFailed } outcome = kAnswered;
  std::optional<Duration> asked_wait{};
};

bool is_passing_failure(int status) {
  // 501 and 505 say that the request itself will never do.
  return status >= 500 && status < 600 && status != 501 && status != 505;
}

// The answer's own Date where there is one: then a wrong clock of ours does no harm.
base::WallTime time_of(const Response& response, base::WallTime now) {
  const std::string* date = find_header(response.headers, "Date");
  return date ? parse_http_date(*date).value_or(now) : now;
}

bool is_about_concurrency(const Response& response, const ToldQuota& told) {
  return told.zero_limit_is_concurrency && response.status == 429 &&
         number_in(response.headers, told.limit_header) == 0;
}

// Until the quota is given again, as the source tells it.
std::optional<Duration> told_reset(const Response& response, const ToldQuota& told,
                                   base::WallTime now) {
  constexpr double kLongest = 86'400;
  constexpr double kMostUnixTime = 1e11;
  constexpr double kRounding = 1;  // a Date has whole seconds
  std::optional<double> seconds = number_in(response.headers, told.reset_header, kMostUnixTime);
  if (seconds && told.reset_is_unix_time) {
    const std::chrono::duration<double> date = time_of(response, now).time_since_epoch();
    seconds = std::max(0.0, *seconds - date.count() + kRounding);
  }
  if (!seconds) seconds = number_in(response.headers, told.period_header);
  if (!seconds) return std::nullopt;
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(std::min(*seconds, kLongest)));
}

std::optional<Duration> asked_wait(const Response& response, const ToldQuota& told,
                                   base::WallTime now) {
  if (const std::string* text = find_header(response.headers, "Retry-After")) {
    return parse_retry_after(*text, time_of(response, now));
  }
  if (response.status != 429 || is_about_concurrency(response, told)) return std::nullopt;
  return told_reset(response, told, now);
}

Verdict judge(const base::Result<Response>& outcome, const ToldQuota& told, base::WallTime now) {
  if (!outcome.ok()) {
    return {outcome.error().kind == ErrorKind::kUnavailable ? Verdict::kFailed
                                                            : Verdict::kAnswered};
  }
  const auto wait = asked_wait(*outcome, told, now);
  if (outcome->status == 429 || (outcome->status == 503 && wait)) {
    return {Verdict::kThrottled, wait};
  }
  return {is_passing_failure(outcome->status) ? Verdict::kFailed : Verdict::kAnswered};
}

bool reached_the_wire(const base::Result<Response>& outcome) {
  if (outcome.ok()) return true;
  const ErrorKind kind = outcome.error().kind;
  return kind == ErrorKind::kUnavailable || kind == ErrorKind::kLimit ||
         kind == ErrorKind::kMalformed;
}

std::string host_of(const Request& request) {
  const auto url = parse_url(request.url);
  return url.ok() ? url->host : "the source";
}

Error stopped() { return {ErrorKind::kCancelled, "cancelled", "Stopped as asked."}; }

Error failed(const base::Result<Response>& outcome, const Request& request,
             std::uint32_t attempts) {
  const std::string tried = base::count_of(attempts, "attempt");
  if (!outcome.ok()) {
    Error error = outcome.error();
    if (attempts > 1) error.message += fmt::format(" Gave up after {}.", tried);
    return error;
  }
  return {
      ErrorKind::kUnavailable, "source_unavailable",
      fmt::format("{} answered {}; gave up after {}.", host_of(request), outcome->status, tried),
      without_query(request.url)};
}

}  // namespace

struct Lane::State {
  State(LaneSettings lane_settings, LaneTools lane_tools)
      : settings(std::move(lane_settings)),
        tools(lane_tools),
        monitor(tools.scheduler),
        budget(settings.pressure_header.empty() ? settings.units : 0, settings.window),
        bucket(settings.pressure_header.empty() ? 0 : settings.units, settings.window),
        concurrency({settings.initial_in_flight, settings.max_in_flight, settings.grow_after},
                    tools.scheduler.now()) {}

  base::Result<Instant> enter(const SendOptions& options, const base::Stop& stop);
  void leave(Instant sent, const SendOptions& options, const base::Result<Response>& outcome);
  base::Status hold(std::optional<Duration> asked, std::uint32_t times_in_row, Instant sent);
  void observed(double pressure, double units, Instant sent);
  void heed_told_quota(const Response& response, Instant now);
  Duration backoff(std::uint32_t attempt);

  const LaneSettings settings;
  LaneTools tools;
  LaneCounters counters;

  struct Waiting {
    std::uint64_t ticket;
    bool in_chain;
  };

  std::uint64_t wait_in_line(bool in_chain);
  Instant ready_at(const SendOptions& options, Instant now);
  Instant place_at(bool in_chain, Instant now) const;
  void count_wait(Instant begun);
  void note_held();
  void note_paced(Instant ready, Instant now);
  void give_up_place(std::uint64_t ticket);
  Duration hold_time(std::optional<Duration> asked, std::uint32_t times_in_row);
  Error too_long(Duration wait) const;

  base::Monitor monitor;  // guards everything below
  Budget budget;          // for sources that never say how much is used
  PressureBucket bucket;  // for those that do
  Concurrency concurrency;
  std::uint32_t in_flight = 0;
  std::uint32_t chain_in_flight = 0;  // of these
  Instant chain_until{};              // places are kept for its next request
  Instant held_until{};               // nothing is sent before
  Instant closed_until{};             // the source asked for longer than anybody here waits
  std::deque<Waiting> queue;          // who waits: chains first, then as they came
  std::uint64_t last_ticket = 0;
  std::uint64_t changes = 0;  // tells a waiter that it must look again
};

// Waits for the caller's turn and takes a place; returns when the request counts as sent.
base::Result<Instant> Lane::State::enter(const SendOptions& options, const base::Stop& stop) {
  const base::StopWakes wakes(stop, monitor);
  base::Monitor::Lock lock(monitor);
  const std::uint64_t ticket = wait_in_line(options.in_chain);
  for (;;) {
    const Instant now = tools.scheduler.now();
    if (stop.stop_requested() || now < closed_until) {
      give_up_place(ticket);
      return now < closed_until ? too_long(closed_until - now) : stopped();
    }
    const bool is_first = queue.front().ticket == ticket;
    const Instant ready = is_first ? ready_at(options, now) : Instant::never();
    if (ready <= now) {
      give_up_place(ticket);
      ++in_flight;
      if (options.in_chain) ++chain_in_flight;
      budget.reserve(options.units);
      bucket.sent(options.units);
      counters.waiting_until_ns = 0;
      if (tools.pause != nullptr) tools.pause->paced_until_ns = 0;
      return now;
    }
    note_paced(ready, now);
    const std::uint64_t seen = changes;
    lock.wait_until(tools.scheduler, ready,
                    [&] { return changes != seen || stop.stop_requested(); });
    if (is_first) count_wait(now);
  }
}

std::uint64_t Lane::State::wait_in_line(bool in_chain) {
  auto place = queue.end();
  if (in_chain) {
    place = std::find_if(queue.begin(), queue.end(), [](const Waiting& w) { return !w.in_chain; });
  }
  queue.insert(place, {++last_ticket, in_chain});
  ++changes;  // whoever was the first has to look whether it still is
  return last_ticket;
}

Instant Lane::State::ready_at(const SendOptions& options, Instant now) {
  const double units = options.units;
  return std::max({now, held_until, place_at(options.in_chain, now), budget.ready_at(units, now),
                   bucket.ready_at(units, now)});
}

Instant Lane::State::place_at(bool in_chain, Instant now) const {
  const std::uint32_t limit = concurrency.limit();
  if (in_flight >= limit) return Instant::never();
  const std::uint32_t kept = std::min(kPlacesForChain, limit / 4);
  if (in_chain || in_flight - chain_in_flight < limit - kept) return now;
  return chain_in_flight > 0 ? Instant::never() : chain_until;
}

// Only the first in the queue counts, so that the sum is how long the lane stood still.
void Lane::State::count_wait(Instant begun) {
  const Duration waited = std::min(tools.scheduler.now(), held_until) - begun;
  if (waited > Duration(0)) counters.waited_ns += waited.count();
}

// The lane has been held, so that nobody has to ask which of several lanes is.
void Lane::State::note_held() {
  counters.waiting_until_ns = held_until.since_start.count();
  if (tools.pause == nullptr) return;
  std::atomic<std::int64_t>& until = tools.pause->asked_until_ns;
  std::int64_t before = until;
  while (before < counters.waiting_until_ns &&
         !until.compare_exchange_weak(before, counters.waiting_until_ns)) {
  }
}

void Lane::State::note_paced(Instant ready, Instant now) {
  constexpr Duration kWorthTelling = std::chrono::seconds(1);
  if (tools.pause == nullptr || ready == Instant::never() || ready <= held_until) return;
  if (ready - now >= kWorthTelling) tools.pause->paced_until_ns = ready.since_start.count();
}

void Lane::State::give_up_place(std::uint64_t ticket) {
  std::erase_if(queue, [&](const Waiting& waiting) { return waiting.ticket == ticket; });
  ++changes;
  monitor.notify_all();
}

void Lane::State::leave(Instant sent, const SendOptions& options,
                        const base::Result<Response>& outcome) {
  const double units = options.units;
  double cost = units;
  double pressure = -1;  // not told
  if (outcome.ok()) {
    cost = number_in(outcome->headers, settings.cost_header).value_or(units);
    pressure = number_in(outcome->headers, settings.pressure_header).value_or(-1);
    counters.bytes += outcome->wire_bytes;
  }
  if (reached_the_wire(outcome)) {
    ++counters.requests;
    counters.resource_units += static_cast<std::uint64_t>(std::llround(cost));
  }
  base::Monitor::Lock lock(monitor);
  const Instant now = tools.scheduler.now();
  --in_flight;
  if (options.in_chain && --chain_in_flight == 0) chain_until = now + kChainGap;
  budget.settle(units, cost, now);
  bucket.answered(units, now);
  if (pressure >= 0) bucket.told(std::min(pressure, kMostPressure), units, sent, now);
  if (outcome.ok()) heed_told_quota(*outcome, now);
  // A bucket that is awake holds the pressure just below the limit on purpose.
  if (pressure >= (bucket.is_awake() && settings.units > 0 ? kRefusing : kPressure)) {
    concurrency.warned(sent, now, settings.window);
  } else if (outcome.ok() && outcome->status != 429 && outcome->status < 500) {
    concurrency.answered(now);
  }
  ++changes;
  monitor.notify_all();
}

// Requests under way may not be in the number told, so all of them are taken off.
void Lane::State::heed_told_quota(const Response& response, Instant now) {
  const ToldQuota& told = settings.told;
  const auto remaining = number_in(response.headers, told.remaining_header);
  if (!remaining || response.status == 429) return;  // refusals are hold()'s
  const double limit = number_in(response.headers, told.limit_header).value_or(0);
  if (*remaining - limit * (1 - told.share) - in_flight >= 1) return;
  const auto wait = told_reset(response, told, tools.scheduler.wall_now());
  if (!wait) return;
  held_until = std::max(held_until, now + std::min(*wait, settings.max_wait));
  note_held();
}

void Lane::State::observed(double pressure, double units, Instant sent) {
  base::Monitor::Lock lock(monitor);
  bucket.told(std::min(pressure, kMostPressure), units, sent, tools.scheduler.now());
  ++changes;
  monitor.notify_all();
}

// Holds back the whole lane: a source counts what it refuses, too.
base::Status Lane::State::hold(std::optional<Duration> asked, std::uint32_t times_in_row,
                               Instant sent) {
  ++counters.throttled;
  const Duration wait = hold_time(asked, times_in_row);
  base::Monitor::Lock lock(monitor);
  const Instant now = tools.scheduler.now();
  concurrency.refused(sent, now);
  ++changes;
  monitor.notify_all();
  if (asked && *asked > settings.max_wait) {
    closed_until = std::max(closed_until, now + *asked);
    return too_long(*asked);
  }
  held_until = std::max(held_until, now + wait);
  note_held();
  tools.logger.info("{}: too many requests, pausing for {}", settings.name,
                    base::format_duration(wait));
  return {};
}

Duration Lane::State::hold_time(std::optional<Duration> asked, std::uint32_t times_in_row) {
  if (!asked) return std::max(kShortestHold, backoff(times_in_row));
  const std::uint32_t doublings =
      std::min(times_in_row > kBelievedWaits ? times_in_row - kBelievedWaits : 0U, 10U);
  const Duration wait = std::max(*asked, kShortestHold) * (1 << doublings);
  return scaled(std::min(wait, std::max(settings.max_wait, kShortestHold)),
                1 + kHoldJitter * tools.random.unit());
}

Duration Lane::State::backoff(std::uint32_t attempt) {
  const Duration most = std::chrono::seconds(1 << std::clamp(attempt, 1U, 7U));
  return scaled(std::min(most, kLongestBackoff), tools.random.unit());
}

Error Lane::State::too_long(Duration wait) const {
  Error error{ErrorKind::kThrottled, "source_throttled",
              fmt::format("The source asks to wait {} ({}); muster waits at most {}. Try later.",
                          base::format_duration(wait), settings.name,
                          base::format_duration(settings.max_wait))};
  error.retry_after = std::chrono::ceil<std::chrono::milliseconds>(wait);
  return error;
}

Lane::Lane(LaneSettings settings, LaneTools tools)
    : state_(std::make_unique<State>(std::move(settings), tools)) {}

Lane::~Lane() = default;

base::Result<Response> Lane::send(const Request& request, const SendOptions& options,
                                  const base::Stop& stop) {
  State& state = *state_;
  std::uint32_t throttled_in_row = 0;
  std::uint32_t failures = 0;
  bool may_be_a_repeat = false;
  for (std::uint32_t attempt = 1;; ++attempt) {
    const Instant sent = TRY(state.enter(options, stop));
    base::Result<Response> outcome = state.tools.client.send(request, stop);
    state.leave(sent, options, outcome);
    const Verdict verdict = judge(outcome, state.settings.told, state.tools.scheduler.wall_now());
    if (verdict.outcome == Verdict::kAnswered) {
      if (outcome.ok()) outcome->may_be_a_repeat = may_be_a_repeat;
      return outcome;
    }
    may_be_a_repeat = may_be_a_repeat || !outcome.ok() || outcome->status != 429;
    const bool is_last = attempt >= state.settings.attempts;
    if (verdict.outcome == Verdict::kThrottled) {
      TRY(state.hold(verdict.asked_wait, ++throttled_in_row, sent));
      if (!options.idempotent) return outcome;
      if (is_last) {
        return Error{ErrorKind::kThrottled, "source_throttled",
                     fmt::format("{} still refused after {}: too many requests. Other programs "
                                 "may be using up its quota.",
                                 host_of(request), base::count_of(attempt, "attempt")),
                     without_query(request.url)};
      }
      continue;
    }
    throttled_in_row = 0;
    const bool is_enough = ++failures == options.most_failures;
    if (is_last || is_enough || !options.idempotent) return failed(outcome, request, attempt);
    const Duration pause = state.backoff(attempt);
    state.tools.logger.info("{}: attempt {} failed, next in {}", state.settings.name, attempt,
                            base::format_duration(pause));
    if (!base::sleep_for(state.tools.scheduler, pause, stop)) return stopped();
  }
}

void Lane::observed(std::span<const std::vector<Header>> items, double units, Instant sent) {
  std::optional<double> highest;
  for (const std::vector<Header>& headers : items) {
    highest = std::max(highest, number_in(headers, state_->settings.pressure_header));
  }
  if (highest) state_->observed(*highest, units, sent);
}

void Lane::throttled(Duration wait, Instant sent, std::uint32_t refusals) {
  state_->counters.throttled += refusals - 1;  // hold() counts one
  // Too long a wait closes the lane; the caller hears of it with the next send().
  const base::Status held = state_->hold(wait, 1, sent);
  static_cast<void>(held);
}

Duration Lane::backoff(std::uint32_t attempt) { return state_->backoff(attempt); }

const LaneCounters& Lane::counters() const { return state_->counters; }

const LaneSettings& Lane::settings() const { return state_->settings; }

}  // namespace muster::net
