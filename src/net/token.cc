#include "net/token.h"

#include <algorithm>
#include <optional>

namespace muster::net {
namespace {

base::Error stopped() { return {base::ErrorKind::kCancelled, "cancelled", "Stopped as asked."}; }

}  // namespace

struct TokenCache::State {
  // One fetch and those who wait for it.
  struct Flight {
    std::optional<base::Result<base::Secret>> outcome;
  };

  State(base::Scheduler& the_scheduler, Fetch the_fetch, base::Duration renew_early)
      : scheduler(the_scheduler),
        fetch(std::move(the_fetch)),
        early(renew_early),
        monitor(the_scheduler) {}

  base::Result<base::Secret> lead(const std::shared_ptr<Flight>& flight, const base::Stop& stop);
  base::Instant renewal_of(const Token& token, base::Instant begun) const;

  base::Scheduler& scheduler;
  const Fetch fetch;
  const base::Duration early;
  base::Monitor monitor;  // guards what follows
  base::Secret value;     // empty: none that is good
  base::Instant renew_at{};
  std::shared_ptr<Flight> flight;  // null: nobody fetches
};

base::Instant TokenCache::State::renewal_of(const Token& token, base::Instant begun) const {
  if (token.lifetime <= base::Duration(0)) return base::Instant::never();
  return begun + (token.lifetime - std::min(early, token.lifetime / 10));
}

base::Result<base::Secret> TokenCache::State::lead(const std::shared_ptr<Flight>& own,
                                                   const base::Stop& stop) {
  const base::Instant begun = scheduler.now();  // the lifetime may have begun right after
  base::Result<Token> fetched = fetch(stop);
  base::Monitor::Lock lock(monitor);
  flight = nullptr;
  if (fetched.ok()) {
    value = fetched->value;
    renew_at = renewal_of(*fetched, begun);
    own->outcome = std::move(fetched->value);
  } else {
    own->outcome = std::move(fetched).error();
  }
  monitor.notify_all();
  return *own->outcome;
}

TokenCache::TokenCache(base::Scheduler& scheduler, Fetch fetch, base::Duration early)
    : state_(std::make_unique<State>(scheduler, std::move(fetch), early)) {}

TokenCache::~TokenCache() = default;

base::Result<base::Secret> TokenCache::get(const base::Stop& stop) {
  State& state = *state_;
  const base::StopWakes wakes(stop, state.monitor);
  std::shared_ptr<State::Flight> own;
  {
    base::Monitor::Lock lock(state.monitor);
    for (;;) {
      if (stop.stop_requested()) return stopped();
      if (!state.value.empty() && state.scheduler.now() < state.renew_at) return state.value;
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

base::Secret TokenCache::held() const {
  base::Monitor::Lock lock(state_->monitor);
  return state_->scheduler.now() < state_->renew_at ? state_->value : base::Secret();
}

void TokenCache::refuse(const base::Secret& refused) {
  base::Monitor::Lock lock(state_->monitor);
  if (state_->value == refused) state_->value = {};
}

base::Result<Response> send_authorised(Lane& lane, TokenCache& tokens, Request request,
                                       const SendOptions& options, const base::Stop& stop) {
  request.bearer = TRY(tokens.get(stop));
  base::Result<Response> first = lane.send(request, options, stop);
  if (!first.ok() || first->status != 401) return first;
  tokens.refuse(request.bearer);
  request.bearer = TRY(tokens.get(stop));
  return lane.send(request, options, stop);
}

}  // namespace muster::net
