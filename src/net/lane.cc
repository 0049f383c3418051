#include "net/lane.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "net/throttle.h"
#include "net/told_quota.h"
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
// A Retry-After that stays at 1 s for ever was seen, so three are believed and later ones doubled:
// https://github.com/microsoftgraph/msgraph-sdk-javascript/issues/297
constexpr std::uint32_t kBelievedWaits = 3;

Duration scaled(Duration duration, double factor) {
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double, std::nano>(static_cast<double>(duration.count()) * factor));
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

// Without the query: filters and page links may hold what nobody wants in a log.
void tell(base::Logger& logger, const std::string& lane, const Request& request,
          const base::Result<Response>& outcome, Duration took) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  if (outcome.ok()) {
    logger.debug("{}: {} {}: {}, {} in {} ms", lane, request.method, without_query(request.url),
                 outcome->status, base::format_bytes(outcome->wire_bytes), ms);
  } else {
    logger.debug("{}: {} {}: {} after {} ms", lane, request.method, without_query(request.url),
                 outcome.error().reason, ms);
  }
}

}  // namespace

struct Lane::State {
  State(LaneSettings lane_settings, LaneTools lane_tools, std::shared_ptr<Throttle> shared)
      : settings(std::move(lane_settings)),
        tools(lane_tools),
        throttle(shared ? std::move(shared)
                        : std::make_shared<Throttle>(settings, tools.scheduler)) {}

  base::Status hold(std::optional<Duration> asked, std::uint32_t times_in_row, Instant sent) {
    return throttle->hold(user, asked, hold_time(asked, times_in_row), sent);
  }
  Duration hold_time(std::optional<Duration> asked, std::uint32_t times_in_row);
  Duration backoff(std::uint32_t attempt);

  const LaneSettings settings;
  const LaneTools tools;
  LaneCounters counters;
  const std::shared_ptr<Throttle> throttle;
  const Throttle::User user{settings, tools, counters};
};

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

Lane::Lane(LaneSettings settings, LaneTools tools, std::shared_ptr<Throttle> shared)
    : state_(std::make_unique<State>(std::move(settings), tools, std::move(shared))) {}

Lane::~Lane() = default;

base::Result<Response> Lane::send(const Request& request, const SendOptions& options,
                                  const base::Stop& stop) {
  State& state = *state_;
  std::uint32_t throttled_in_row = 0;
  std::uint32_t failures = 0;
  bool may_be_a_repeat = false;
  for (std::uint32_t attempt = 1;; ++attempt) {
    const Instant sent = TRY(state.throttle->enter(state.user, options, stop));
    base::Result<Response> outcome = state.tools.client.send(request, stop);
    state.throttle->leave(state.user, sent, options, outcome);
    tell(state.tools.logger, state.settings.name, request, outcome,
         state.tools.scheduler.now() - sent);
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
    if (state.tools.pause != nullptr) {
      state.tools.pause->again_at_ns = (state.tools.scheduler.now() + pause).since_start.count();
    }
    if (!base::sleep_for(state.tools.scheduler, pause, stop)) return stopped();
  }
}

void Lane::observed(std::span<const std::vector<Header>> items, double units, Instant sent) {
  std::optional<double> highest;
  for (const std::vector<Header>& headers : items) {
    highest = std::max(highest, number_in(headers, state_->settings.pressure_header));
  }
  if (highest) state_->throttle->observed(state_->user, *highest, units, sent);
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
