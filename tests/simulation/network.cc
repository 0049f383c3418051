#include "tests/simulation/network.h"

#include <fmt/format.h>

#include <algorithm>

#include "tests/simulation/world.h"

namespace muster::simulation {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

Error cancelled() { return {ErrorKind::kCancelled, "cancelled", "Stopped as asked."}; }
Error broken(std::string message) {
  return {ErrorKind::kUnavailable, "source_unavailable", std::move(message)};
}

// "" when nobody is there.
std::string target_of(const net::Request& request) {
  for (const std::string_view origin : {kSourceOrigin, kAssetsOrigin}) {
    if (request.url.starts_with(origin)) return request.url.substr(origin.size());
  }
  return "";
}

net::ServerRequest incoming(const net::Request& request, std::string target) {
  net::ServerRequest result;
  result.method = request.method;
  result.headers = request.headers;
  const std::size_t host = request.url.find("://") + 3;
  result.headers.push_back({"Host", request.url.substr(host, request.url.find('/', host) - host)});
  if (!request.bearer.empty()) {
    result.headers.push_back({"Authorization", "Bearer " + std::string(request.bearer.reveal())});
  }
  result.target = std::move(target);
  result.body = request.body;
  return result;
}

}  // namespace

// Mostly some milliseconds, now and then seconds.
base::Duration Network::latency() {
  base::Random& random = *actor_.world().network_random;
  const std::uint64_t kind = random.below(100);
  const std::uint64_t most = kind < 70 ? 5'000 : kind < 97 ? 80'000 : 2'000'000;
  return std::chrono::microseconds(100 + random.below(most) * actor_.world().slow_network);
}

std::optional<Error> Network::fault(std::uint64_t number) const {
  for (const NetworkFault& one : actor_.network_faults()) {
    if (number >= one.request && number < one.request + one.times) {
      return Error{one.kind, one.reason, one.message};
    }
  }
  return std::nullopt;
}

// As a real client does, while the rest is under way: a few bytes, then more. Not always: callers
// must do without.
bool Network::tell_beginning(const net::Request& request, const net::ServerResponse& answer,
                             base::Instant arrives, const base::Stop& stop) {
  World& world = actor_.world();
  if (!request.on_beginning || answer.status < 200 || answer.status > 299 || answer.reset ||
      world.network_random->below(8) == 0) {
    return true;
  }
  const std::string_view body = answer.shared_body ? *answer.shared_body : answer.body;
  std::size_t comes = std::min(body.size(), net::kBeginning);
  if (answer.cut_after >= 0) comes = std::min(comes, static_cast<std::size_t>(answer.cut_after));
  for (const std::size_t bytes : {world.network_random->below(comes + 1), comes}) {
    const base::Duration left = arrives - world.scheduler->now();
    if (!base::sleep_for(*world.scheduler, left / 4, stop)) return false;
    if (actor_.is_dead() || request.on_beginning(body.substr(0, bytes))) return true;
  }
  return true;
}

Result<net::Response> Network::send(const net::Request& request, const base::Stop& stop) {
  if (!actor_.step()) return cancelled();
  checker::Observer& observer = actor_.world().observer;
  const std::size_t call = observer.sent(actor_.label(), request);
  sandbox::JournalEntry entry;
  std::string text;
  Result<net::Response> outcome = exchange(request, stop, entry, text);
  if (!actor_.step()) {
    actor_.world().history.calls[call].text = "the process is dead; " + text;
    return cancelled();
  }
  observer.answered(call, request, outcome, entry.number != 0 ? &entry : nullptr, text);
  return outcome;
}

Result<net::Response> Network::exchange(const net::Request& request, const base::Stop& stop,
                                        sandbox::JournalEntry& entry, std::string& text) {
  World& world = actor_.world();
  base::Scheduler& scheduler = *world.scheduler;
  const base::Instant begun = scheduler.now();
  const base::Duration way = latency();
  const bool in_time = base::sleep_for(scheduler, std::min(way, request.timeout), stop);
  // Given up while the request was under way: it may have arrived all the same.
  if (!in_time && world.network_random->below(2) == 0) {
    text = "given up; it did not arrive";
    return cancelled();
  }
  // As a client that gives up by itself: it may have arrived.
  const bool is_too_slow = in_time && way >= request.timeout;
  if (is_too_slow && world.network_random->below(2) == 0) {
    text = "time-out; it did not arrive";
    return broken("The answer did not arrive in time.");
  }
  if (auto error = fault(++requests_)) return std::move(*error);
  std::string target = target_of(request);
  if (target.empty()) return broken("The name of the host could not be resolved.");
  net::ServerResponse answer = world.sandbox->handle(incoming(request, std::move(target)), &entry);
  if (entry.faulted) text = "by a fault rule";
  if (!in_time) {
    text = "given up; it arrived";
    return cancelled();
  }
  if (is_too_slow) {
    text = "time-out; it arrived";
    return broken("The answer did not arrive in time.");
  }
  const base::Instant arrives = scheduler.now() + answer.delay + latency();
  const base::Instant until = begun + request.timeout;
  if (arrives <= until && !tell_beginning(request, answer, arrives, stop)) {
    text = fmt::format("given up; it was answered {}", answer.status);
    return cancelled();
  }
  if (!base::sleep_until(scheduler, std::min(arrives, until), stop)) {
    text = fmt::format("given up; it was answered {}", answer.status);
    return cancelled();
  }
  if (arrives > until) {
    text = fmt::format("time-out; it was answered {}", answer.status);
    return broken("The answer did not arrive in time.");
  }
  if (answer.reset || answer.cut_after >= 0) {
    text = fmt::format("the connection broke; it was {}",
                       answer.reset ? "reset" : "cut off in the body");
    return broken("The connection broke off.");
  }
  net::Response response;
  response.status = answer.status;
  response.headers = std::move(answer.headers);
  response.body = answer.shared_body ? *answer.shared_body : std::move(answer.body);
  response.wire_bytes = response.body.size();
  response.duration = scheduler.now() - begun;
  return response;
}

}  // namespace muster::simulation
