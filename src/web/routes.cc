#include "web/routes.h"

#include <algorithm>

#include "json/writer.h"
#include "web/answer.h"
#include "web/console.h"
#include "web/set_up_page.h"
#include "web/target.h"

namespace muster::web {
namespace {

net::ServerResponse fine() { return json_answer(200, "{\"status\":\"ok\"}\n"); }

net::ServerResponse fine(const std::vector<RouteTools::Region>& regions) {
  std::string body;
  json::Writer out(body);
  out.begin_object().key("status");
  out.string(std::ranges::all_of(regions, &RouteTools::Region::is_ready) ? "ok" : "degraded");
  out.key("regions").begin_array();
  for (const RouteTools::Region& region : regions) {
    out.begin_object().key("region").string(region.region);
    out.key("status").string(region.is_ready ? "ok" : "unavailable").end_object();
  }
  out.end_array().end_object();
  return json_answer(200, body + "\n");
}

bool is_looking(const net::ServerRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}

net::ServerResponse only_looking() {
  net::ServerResponse refused =
      problem(405, "method_not_allowed", "Method not allowed", "Only GET is answered here.");
  refused.headers.push_back({"Allow", "GET, HEAD"});
  return refused;
}

// The console has a page of its own for the first start.
std::optional<net::ServerResponse> page_of(std::span<const base::EmbeddedFile> console,
                                           const net::ServerRequest& request) {
  if (console.empty()) {
    if (auto page = set_up_page(path_of(request.target))) return page;
  }
  return console_answer(console, request);
}

}  // namespace

net::ServerResponse Routes::answer(const net::ServerRequest& request) const {
  const std::string_view path = path_of(request.target);
  if (path.starts_with("/api/")) return tools_.api(request);
  if (auto signing_in = tools_.page(request)) return std::move(*signing_in);
  if (path != "/healthz" && path != "/readyz") {
    std::optional<net::ServerResponse> page = page_of(tools_.console, request);
    if (!page) return problem(404, "not_found", "Not found", "There is nothing at this address.");
    return is_looking(request) ? std::move(*page) : only_looking();
  }
  if (!is_looking(request)) return only_looking();
  if (path == "/healthz") return fine();
  const base::Status ready = tools_.ready();
  if (ready.ok()) return tools_.regions ? fine(tools_.regions()) : fine();
  return problem(503, ready.error().reason, "Not ready", ready.error().message);
}

}  // namespace muster::web
