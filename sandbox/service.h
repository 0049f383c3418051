// What every imitation in the sandbox is: a strict service behind a path prefix.
//
// Services hold no clocks, threads or sockets of their own; time comes from the scheduler, so that
// simulation tests run the same imitations in virtual time without a network.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/scheduler.h"
#include "net/http_server.h"

namespace muster::sandbox {

struct FaultAction;

// What a service tells the journal about a call, beyond its status.
struct Notes {
  struct Item {  // one request inside a batch
    std::string method;
    std::string target;
    std::uint16_t status = 0;
    std::uint32_t resource_units = 0;
  };
  std::string owner = "anonymous";   // client id of the token; Assets: id of the import source
  std::uint32_t resource_units = 0;  // of the whole call
  std::vector<Item> items;
};

// Asks for a fault inside a call: services with batches ask once per item, services with pages look
// at the page faults of the action. Nullptr: none.
class FaultSource {
 public:
  virtual ~FaultSource() = default;
  virtual std::shared_ptr<const FaultAction> batch_item_fault(std::string_view method,
                                                              std::string_view target) = 0;
};

// One request as a service sees it.
struct Call {
  std::string method;
  std::string origin;     // "http://127.0.0.1:9090": what absolute links must start with
  std::string prefix;     // "/graph"
  std::string path;       // percent-decoded, after the prefix: "/v1.0/users"
  std::string raw_query;  // as received
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  const std::vector<net::Header>* headers = nullptr;
  std::string_view body;
  std::string raw_path{};              // after the prefix, as received
  Notes* notes = nullptr;              // may be null
  const FaultAction* fault = nullptr;  // page faults chosen for this call; may be null
  FaultSource* faults = nullptr;       // may be null

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
