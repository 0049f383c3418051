// The network of one who acts: to the sandbox, under two origins, slowly and with faults.
#pragma once

#include "net/http.h"
#include "sandbox/journal.h"
#include "tests/simulation/actor.h"

namespace muster::simulation {

class Network final : public net::HttpClient {
 public:
  explicit Network(Actor& actor) : actor_(actor) {}
  base::Result<net::Response> send(const net::Request& request, const base::Stop& stop) override;

 private:
  base::Result<net::Response> exchange(const net::Request& request, const base::Stop& stop,
                                       sandbox::JournalEntry& entry, std::string& text);
  std::optional<base::Error> fault(std::uint64_t number) const;
  base::Duration latency();
  bool tell_beginning(const net::Request& request, const net::ServerResponse& answer,
                      base::Instant arrives, const base::Stop& stop);  // false: stopped

  Actor& actor_;
  std::uint64_t requests_ = 0;
};

}  // namespace muster::simulation
