#include "web/routes.h"

#include <fmt/format.h>

#include "json/writer.h"

namespace muster::web {
namespace {

using net::ServerRequest;
using net::ServerResponse;

std::string quoted(std::string_view text) {
  std::string out;
  json::append_quoted(out, text);
  return out;
}

// On every answer. https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html
ServerResponse json_answer(int status, std::string body, std::string_view type) {
  ServerResponse response{.status = status, .body = std::move(body)};
  response.headers = {{"Content-Type", std::string(type)},
                      {"Cache-Control", "no-store"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"}};
  return response;
}

ServerResponse problem(int status, std::string_view code, std::string_view title,
                       std::string_view detail) {
  return json_answer(
      status,
      fmt::format(
          "{{\"type\":\"about:blank\",\"status\":{},\"code\":{},\"title\":{},\"detail\":{}}}\n",
          status, quoted(code), quoted(title), quoted(detail)),
      "application/problem+json");
}

ServerResponse fine() { return json_answer(200, "{\"status\":\"ok\"}\n", "application/json"); }

}  // namespace

ServerResponse Routes::answer(const ServerRequest& request) const {
  const std::string_view path =
      std::string_view(request.target).substr(0, request.target.find('?'));
  if (path != "/healthz" && path != "/readyz") {
    return problem(404, "not_found", "Not found", "There is nothing at this address.");
  }
  if (request.method != "GET" && request.method != "HEAD") {
    ServerResponse refused =
        problem(405, "method_not_allowed", "Method not allowed", "Only GET is answered here.");
    refused.headers.push_back({"Allow", "GET, HEAD"});
    return refused;
  }
  if (path == "/healthz") return fine();
  const base::Status ready = tools_.ready();
  if (ready.ok()) return fine();
  return problem(503, ready.error().reason, "Not ready", ready.error().message);
}

}  // namespace muster::web
