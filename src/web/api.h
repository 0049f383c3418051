// The HTTP API of the service: finds the route, finds out who asks and whether he may, and has the
// route answer.
//
// Sign-in by cookie (with the header X-CSRF-Token where something changes) or by personal token.
// What changes something is not taken from pages of other origins, as browsers name them.
// A site that the caller has no role at does not exist for him: 404, never 403. Refusals of those
// who are signed in are in the audit log. Any thread.
#pragma once

#include <vector>

#include "web/route.h"
#include "web/target.h"

namespace muster::web {

// In this order they are looked at; all of them are in the OpenAPI document.
std::vector<Route> every_route();

class Api {
 public:
  explicit Api(ApiTools tools);
  // Of everything below /api/.
  net::ServerResponse answer(const net::ServerRequest& request);

 private:
  base::Result<Answer> dispatch(const net::ServerRequest& http);
  base::Result<Answer> use(const Route& route, const net::ServerRequest& http, Parts path);
  base::Result<Answer> once(const Route& route, Request& request);
  base::Result<service::Caller> who(const net::ServerRequest& request);
  base::Result<std::unique_ptr<Places::Visit>> visit(const service::Caller& caller,
                                                     const Parts& path);
  base::Status check(const Route& route, const Request& request);
  base::Status check_origin(const Route& route, const net::ServerRequest& request) const;
  base::Error refuse(const Request& request, const Route& route, base::Error error);
  net::ServerResponse refused(base::Error error);

  ApiTools tools_;
  const std::vector<Route> routes_;
  const std::string document_;
};

inline constexpr std::string_view kOpenApi = "/api/openapi.json";

}  // namespace muster::web
