// What the service answers over HTTP.
//
// GET /healthz: 200 as long as the process serves. GET /readyz: 200 when it can do its work, 503
// with the reason when not; names the regions that do not answer, which is no reason to send nobody
// here. GET /sign-in/oidc: signing in elsewhere (openid_pages.h). Below /api/:
// the API (api.h). Else the console (console.h); without one, GET /set-up is the page of the first
// start.
// Errors are problem documents (answer.h).
#pragma once

#include <functional>
#include <optional>

#include "base/embedded.h"
#include "base/result.h"
#include "net/http_server.h"

namespace muster::web {

struct RouteTools {  // any thread
  std::function<base::Status()> ready;
  std::function<net::ServerResponse(const net::ServerRequest&)> api;
  // Pages that people sign in with; nullopt: this address is none of them.
  std::function<std::optional<net::ServerResponse>(const net::ServerRequest&)> page;
  std::span<const base::EmbeddedFile> console = {};  // web/embedded.h; empty: none was built
  struct Region {
    std::string region;
    bool is_ready = false;
  };
  std::function<std::vector<Region>()> regions = {};  // absent: there are none
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
