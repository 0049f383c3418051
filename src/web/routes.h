// What the service answers over HTTP.
//
// GET /healthz: 200 as long as the process serves. GET /readyz: 200 when it can do its work, 503
// with the reason when not. Below /api/: the API (api.h). Errors are problem documents (answer.h).
#pragma once

#include <functional>

#include "base/result.h"
#include "net/http_server.h"

namespace muster::web {

struct RouteTools {  // any thread
  std::function<base::Status()> ready;
  std::function<net::ServerResponse(const net::ServerRequest&)> api;
};

// Any thread.
class Routes {
 public:
  explicit Routes(RouteTools tools) : tools_(std::move(tools)) {}
  net::ServerResponse answer(const net::ServerRequest& request) const;

 private:
  const RouteTools tools_;
};

}  // namespace muster::web
