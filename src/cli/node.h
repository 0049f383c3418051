// What `muster serve` and `muster worker` have in common: everything around the service of one
// machine, from its options to the signal that ends it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "base/scheduler.h"
#include "cli/commands.h"
#include "cli/signals.h"
#include "crypto/key_source.h"
#include "net/http.h"
#include "net/http_server.h"
#include "service/service.h"
#include "web/routes.h"

namespace muster::cli {

struct NodePlace {
  net::ServerSettings address;
  std::optional<net::ServerSettings> metrics_address;
  std::string database;              // a URL
  service::ServiceSettings service;  // with database, node, workers and key
};

// Takes the key out of the environment: before any other thread starts. kSettings, naming the
// option.
base::Result<NodePlace> place_of(const NodeArguments& arguments, Console& console);

// "127.0.0.1:8080", "[::1]:8080"; nullopt: something else.
std::optional<net::ServerSettings> address_of(std::string_view listen);

// Lives as long as the process works.
struct NodeTools {
  NodeTools(const LogSettings& log, Console& console);

  const std::unique_ptr<base::Scheduler> scheduler;
  const StopOnSignal signals;
  const std::unique_ptr<base::Logger> logger;
  const std::unique_ptr<base::Random> random;
  const std::unique_ptr<net::HttpClient> client;
};

struct NodeDoors {
  web::RouteTools routes;
  // When the service goes, on the port that it listens on; then it is ready for everybody.
  std::function<base::Status(std::uint16_t port)> open;
  std::function<void()> close = {};  // before the service stops; absent: nothing
  std::string greeting;              // "muster serves"
};

// Until a signal comes. The exit code.
int run_node(const NodePlace& place, const NodeTools& tools, service::Service& service,
             const NodeDoors& doors, Console& console);

}  // namespace muster::cli
