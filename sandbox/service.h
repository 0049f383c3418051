// What every imitation in the sandbox is: a strict service behind a path prefix.
//
// Services hold no clocks, threads or sockets of their own; time comes from the scheduler, so that
// simulation tests run the same imitations in virtual time without a network.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/scheduler.h"
#include "net/http_server.h"

namespace muster::sandbox {

// One request as a service sees it.
struct Call {
  std::string method;
  std::string origin;        // "http://127.0.0.1:9090": what absolute links must start with
  std::string prefix;        // "/graph"
  std::string path;          // percent-decoded, after the prefix: "/v1.0/users"
  std::string raw_query;     // as received
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  const std::vector<net::Header>* headers = nullptr;
  std::string_view body;

  std::optional<std::string> parameter(std::string_view name) const;
  const std::string* header(std::string_view name) const;
};

class Service {
 public:
  virtual ~Service() = default;
  // Any thread.
  virtual net::ServerResponse handle(const Call& call) = 0;
  // Back to the state after start (control call /_sandbox/reset).
  virtual void reset() = 0;
};

// An answer with a JSON body.
net::ServerResponse json_response(int status, std::string body);

}  // namespace muster::sandbox
