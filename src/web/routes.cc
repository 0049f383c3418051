#include "web/routes.h"

#include "web/answer.h"
#include "web/set_up_page.h"

namespace muster::web {
namespace {

net::ServerResponse fine() { return json_answer(200, "{\"status\":\"ok\"}\n"); }

}  // namespace

net::ServerResponse Routes::answer(const net::ServerRequest& request) const {
  const std::string_view path =
      std::string_view(request.target).substr(0, request.target.find('?'));
  if (path.starts_with("/api/")) return tools_.api(request);
  if (auto signing_in = tools_.page(request)) return std::move(*signing_in);
  std::optional<net::ServerResponse> page = set_up_page(path);
  if (path != "/healthz" && path != "/readyz" && !page) {
    return problem(404, "not_found", "Not found", "There is nothing at this address.");
  }
  if (request.method != "GET" && request.method != "HEAD") {
    net::ServerResponse refused =
        problem(405, "method_not_allowed", "Method not allowed", "Only GET is answered here.");
    refused.headers.push_back({"Allow", "GET, HEAD"});
    return refused;
  }
  if (page) return std::move(*page);
  if (path == "/healthz") return fine();
  const base::Status ready = tools_.ready();
  if (ready.ok()) return fine();
  return problem(503, ready.error().reason, "Not ready", ready.error().message);
}

}  // namespace muster::web
