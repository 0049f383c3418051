// A lane: the way all requests to one throttled service go. It knows the service's budget, how many
// requests may be under way, how long to wait and when to give up.
//
// Budget: units per window as a sliding window, held from sending until one window after the answer
// (budget.h says why), so that a source never counts more than `units` in any window of its own.
// A source with a pressure_header is not held to that: it says itself when it begins to run short,
// and only from then on requests are paced (pressure_bucket.h).
// Callers are served in the order they came, except that a chain (requests of which each needs the
// answer to the one before, such as the pages of a list) goes before the rest and finds up to a
// quarter of the places free, because nobody can make up for the time it loses. Concurrency adapts:
// one more after a quiet spell, half after a refusal. Retry-After holds back the whole lane, not
// only the refused request.
//
//   Lane lane({.name = "directory", .units = 8000, .window = 10s, .max_in_flight = 8}, tools);
//   Response page = TRY(lane.send(request, {.units = 1}, stop));
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/log.h"
#include "base/random.h"
#include "base/scheduler.h"
#include "net/http.h"

namespace muster::net {

// How a source tells what is left of its quota. Empty headers: not told.
struct ToldQuota {
  std::string remaining_header;
  std::string limit_header;
  std::string reset_header;
  bool reset_is_unix_time = false;  // else seconds from now
  std::string period_header;        // seconds between two resets: the wait when no reset is told
  double share = 1;                 // of the limit that is ours to use
  bool zero_limit_is_concurrency = false;  // a 429 with limit 0: too many requests at once
};

struct LaneSettings {
  std::string name;
  double units = 0;  // per window; 0 = no known budget
  base::Duration window = std::chrono::seconds(10);
  std::uint32_t initial_in_flight = 4;
  std::uint32_t max_in_flight = 8;
  base::Duration grow_after = std::chrono::seconds(30);  // without a refusal: one more in flight
  std::uint32_t attempts = 10;                           // per call
  // The longest single wait a source may ask for; more: all callers give up until then.
  base::Duration max_wait = std::chrono::minutes(15);
  std::string cost_header;      // e.g. x-ms-resource-unit; empty: none
  std::string pressure_header;  // e.g. x-ms-throttle-limit-percentage; 0.9 halves concurrency
  ToldQuota told;               // nothing left for us: the lane waits for the reset by itself
};

// What a lane did, for progress and report. Read from any thread.
struct LaneCounters {
  std::atomic<std::uint64_t> requests{0};   // attempts that reached the wire
  std::atomic<std::uint64_t> bytes{0};      // body bytes received
  std::atomic<std::uint64_t> throttled{0};  // 429 and 503 with Retry-After, also inside batches
  std::atomic<std::uint64_t> resource_units{0};  // as reported by cost_header, else as charged
  std::atomic<std::int64_t> waited_ns{0};  // time callers were held back because of throttling
  std::atomic<std::int64_t> waiting_until_ns{0};  // Instant until which the lane is held; 0: open
};

// Until when requests to one service are held back, told by its lanes to whoever shows how a run
// goes. Instants in ns; in the past: not held back. Any thread.
struct Pause {
  std::atomic<std::int64_t> asked_until_ns{0};  // the service asked for it, in any form
  std::atomic<std::int64_t> paced_until_ns{0};  // by ourselves, to stay within its budget
  std::atomic<std::int64_t> again_at_ns{0};     // the next try of what failed
};

struct LaneTools {
  base::Scheduler& scheduler;
  HttpClient& client;
  base::Random& random;
  base::Logger& logger;
  Pause* pause = nullptr;  // outlives the lane; nullptr: nobody looks
};

struct SendOptions {
  double units = 1;  // charged before sending
  // false: a lost answer (also 5xx) is an error at once, and a refusal for now is
  // returned: whoever answered so may have acted all the same
  bool idempotent = true;
  bool in_chain = false;
  std::uint32_t most_failures = 0;  // then an error, before the attempts are used up; 0: no limit
};

class Throttle;   // throttle.h
class Throttles;  // throttle.h

class Lane {
 public:
  // `shared`: what other lanes to the same service know of it; null: this lane is the only one.
  Lane(LaneSettings settings, LaneTools tools, std::shared_ptr<Throttle> shared = nullptr);
  ~Lane();

  // Waits for budget and a free place, sends, repeats on 429, 5xx (but 501 and 505), resets and
  // time-outs with full-jitter back-off (2^n s, at most 120 s) or as long as Retry-After, else the
  // told reset, says plus 0-20 %, at least 1 s; doubled when three such waits in a row were too
  // short.
  // Any other status is returned to the caller, who knows what it means.
  // Errors: kThrottled (`source_throttled`) when max_wait or the attempts are used up by
  // throttling; kUnavailable (`source_unavailable`) by failures or most_failures; whatever
  // HttpClient says otherwise.
  base::Result<Response> send(const Request& request, const SendOptions& options,
                              const base::Stop& stop);

  // The headers of the items in the answer to a batch of `units` that was sent then: the source
  // tells there how much of its limit is used, most in the item that it did last.
  void observed(std::span<const std::vector<Header>> items, double units, base::Instant sent);
  // Refusals inside the answer to a batch that was sent then: hold the lane back as one 429 would.
  void throttled(base::Duration wait, base::Instant sent, std::uint32_t refusals);
  // The wait before the n-th repeat (1-based) when the peer named none; used by batch repeats too.
  base::Duration backoff(std::uint32_t attempt);

  const LaneCounters& counters() const;
  const LaneSettings& settings() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Retry-After in every form: seconds (also with decimals, rounded up to ms), an HTTP date against
// `now`; negative, absurd (> 24 h counts as 24 h) or unreadable values: nullopt for unreadable,
// zero for the past.
std::optional<base::Duration> parse_retry_after(std::string_view text, base::WallTime now);

}  // namespace muster::net
