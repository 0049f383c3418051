#include "net/token.h"

#include <algorithm>
#include <optional>

namespace muster::net {
namespace {

constexpr int kMostTries = 6;

base::Error stopped() { return {base::ErrorKind::kCancelled, "cancelled", "Stopped as asked."}; }

}  // namespace

struct TokenCache::State {
  // One fetch and those who wait for it.
  struct Flight {
    std::optional<base::Result<Bearer>> outcome;
  };

  State(base::Scheduler& the_scheduler, Fetch the_fetch, base::Duration renew_early)
      : scheduler(the_scheduler),
        fetch(std::move(the_fetch)),
        early(renew_early),
        monitor(the_scheduler) {}

  base::Result<Bearer> lead(const std::shared_ptr<Flight>& flight, const base::Stop& stop);
  base::Instant renewal_of(const Token& token, base::Instant begun) const;

  base::Scheduler& scheduler;
  const Fetch fetch;
  const base::Duration early;
  base::Monitor monitor;           // guards what follows
  Bearer bearer;                   // without value: none that is good
  std::shared_ptr<Flight> flight;  // null: nobody fetches
};

base::Instant TokenCache::State::renewal_of(const Token& token, base::Instant begun) const {
  if (token.lifetime <= base::Duration(0)) return base::Instant::never();
  return begun + (token.lifetime - std::min(early, token.lifetime / 10));
}

base::Result<Bearer> TokenCache::State::lead(const std::shared_ptr<Flight>& own,
                                             const base::Stop& stop) {
  const base::Instant begun = scheduler.now();  // the lifetime may have begun right after
  base::Result<Token> fetched = fetch(stop);
  base::Monitor::Lock lock(monitor);
  flight = nullptr;
  if (fetched.ok()) {
    bearer = {fetched->value, renewal_of(*fetched, begun)};
    own->outcome = bearer;
  } else {
    own->outcome = std::move(fetched).error();
  }
  monitor.notify_all();
  return *own->outcome;
}

TokenCache::TokenCache(base::Scheduler& scheduler, Fetch fetch, base::Duration early)
    : state_(std::make_unique<State>(scheduler, std::move(fetch), early)) {}

TokenCache::~TokenCache() = default;

base::Result<Bearer> TokenCache::take(const base::Stop& stop) {
  State& state = *state_;
  const base::StopWakes wakes(stop, state.monitor);
  std::shared_ptr<State::Flight> own;
  {
    base::Monitor::Lock lock(state.monitor);
    for (;;) {
      if (stop.stop_requested()) return stopped();
      if (!state.bearer.value.empty() && state.scheduler.now() < state.bearer.renew_at) {
        return state.bearer;
      }
      if (state.flight == nullptr) break;
      const std::shared_ptr<State::Flight> joined = state.flight;
      lock.wait([&] { return joined->outcome.has_value() || stop.stop_requested(); });
      if (!joined->outcome) continue;
      // The one who fetched was stopped, which is no reason for this caller to end.
      const bool leader_stopped =
          !joined->outcome->ok() && joined->outcome->error().kind == base::ErrorKind::kCancelled;
      if (!leader_stopped) return *joined->outcome;
    }
    own = state.flight = std::make_shared<State::Flight>();
  }
  return state.lead(own, stop);
}

base::Result<base::Secret> TokenCache::get(const base::Stop& stop) { return TRY(take(stop)).value; }

bool TokenCache::has_ended(const Bearer& bearer) const {
  return state_->scheduler.now() >= bearer.renew_at;
}

base::Secret TokenCache::held() const {
  base::Monitor::Lock lock(state_->monitor);
  return has_ended(state_->bearer) ? base::Secret() : state_->bearer.value;
}

void TokenCache::refuse(const base::Secret& refused) {
  base::Monitor::Lock lock(state_->monitor);
  if (state_->bearer.value == refused) state_->bearer.value = {};
}

base::Result<Response> send_authorised(Lane& lane, TokenCache& tokens, Request request,
                                       const SendOptions& options, const base::Stop& stop) {
  bool refused = false;
  for (int attempt = 1;; ++attempt) {
    const Bearer bearer = TRY(tokens.take(stop));
    request.bearer = bearer.value;
    base::Result<Response> answer = lane.send(request, options, stop);
    if (!answer.ok() || answer->status != 401 || attempt == kMostTries) return answer;
    tokens.refuse(bearer.value);
    if (tokens.has_ended(bearer)) continue;
    if (refused) return answer;
    refused = true;
  }
}

}  // namespace muster::net
