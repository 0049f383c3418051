// What one throttled service allows, shared by all lanes that lead to it: its budget, how many
// requests may be under way, who waits for a turn, and until when it wants to be left alone. So
// several importers of one account together stay within its limits. lane.h says how it paces.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "net/budget.h"
#include "net/concurrency.h"
#include "net/lane.h"
#include "net/pressure_bucket.h"

namespace muster::net {

// Any thread.
class Throttle {
 public:
  // A lane, for as long as it calls.
  struct User {
    const LaneSettings& settings;
    const LaneTools& tools;
    LaneCounters& counters;
  };

  // Of the settings: units, window, bounds of what is in flight, pressure_header.
  Throttle(const LaneSettings& settings, base::Scheduler& scheduler);

  // Waits for the caller's turn and takes a place; returns when the request counts as sent.
  // kCancelled; kThrottled when the service wants to be left alone for longer than max_wait.
  base::Result<base::Instant> enter(const User& user, const SendOptions& options,
                                    const base::Stop& stop);
  void leave(const User& user, base::Instant sent, const SendOptions& options,
             const base::Result<Response>& outcome);
  // A refusal of what was sent then: nobody sends for `wait`. A service counts what it refuses,
  // too. kThrottled when what it `asked` for is longer than the user's max_wait; then nobody waits
  // it out who would wait less.
  base::Status hold(const User& user, std::optional<base::Duration> asked, base::Duration wait,
                    base::Instant sent);
  // How much of the limit is used, seen in the answer to a batch that was sent then.
  void observed(const User& user, double pressure, double units, base::Instant sent);

 private:
  struct Waiting {
    std::uint64_t ticket;
    bool in_chain;
  };

  std::uint64_t wait_in_line(bool in_chain);
  base::Instant ready_at(const SendOptions& options, base::Instant now);
  base::Instant place_at(bool in_chain, base::Instant now) const;
  void give_up_place(std::uint64_t ticket);
  void heed_told_quota(const User& user, const Response& response, base::Instant now);
  void note_held(const User& user) const;

  base::Monitor monitor_;  // guards everything below
  Budget budget_;          // for sources that never say how much is used
  PressureBucket bucket_;  // for those that do
  Concurrency concurrency_;
  std::uint32_t in_flight_ = 0;
  std::uint32_t chain_in_flight_ = 0;  // of these
  base::Instant chain_until_{};        // places are kept for its next request
  base::Instant held_until_{};         // nothing is sent before
  base::Instant closed_until_{};       // the source asked for longer than somebody here waits
  std::deque<Waiting> queue_;          // who waits: chains first, then as they came
  std::uint64_t last_ticket_ = 0;
  std::uint64_t changes_ = 0;  // tells a waiter that it must look again
};

// The throttles that are in use in this process. Any thread.
class Throttles {
 public:
  explicit Throttles(base::Scheduler& scheduler) : scheduler_(scheduler), monitor_(scheduler) {}

  // One for each name; the settings are those of who asks first.
  std::shared_ptr<Throttle> of(const std::string& name, const LaneSettings& settings);
  // How many lanes use now.
  std::size_t in_use();

 private:
  base::Scheduler& scheduler_;
  base::Monitor monitor_;  // guards known_
  std::map<std::string, std::weak_ptr<Throttle>> known_;
};

}  // namespace muster::net
