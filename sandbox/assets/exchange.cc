#include "sandbox/assets/exchange.h"

#include "base/text.h"
#include "json/writer.h"

namespace muster::sandbox::assets {

std::string Exchange::link(std::string_view path) const {
  return fmt::format("{}{}/jsm/{}/workspace/{}/v1{}", call.origin, call.prefix,
                     site.settings.link_prefix, site.workspace_id, path);
}

net::ServerResponse empty_answer(int status) {
  net::ServerResponse response;
  response.status = status;
  return response;
}

net::ServerResponse error_answer(int status, std::string_view message) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("errorMessages").begin_array().string(message).end_array();
  writer.key("errors").begin_object().end_object().end_object();
  return json_response(status, std::move(body));
}

net::ServerResponse unauthorized() {
  return json_response(401, R"({"code":401,"message":"Unauthorized"})");
}

net::ServerResponse refused_mapping(const std::vector<Violation>& violations) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("dataValidationErrors").begin_array();
  for (const Violation& violation : violations) {
    writer.begin_object().key("code").string(violation.code);
    writer.key("path").string(violation.pointer);
    writer.key("message").string(violation.message).end_object();
  }
  writer.end_array().end_object();
  return json_response(400, std::move(body));
}

std::optional<std::vector<std::string>> match_path(std::string_view pattern,
                                                   std::string_view path) {
  const auto wanted = base::split(pattern, '/');
  const auto given = base::split(path, '/');
  if (wanted.size() != given.size()) return std::nullopt;
  std::vector<std::string> captures;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "{}" && !given[i].empty()) {
      captures.emplace_back(given[i]);
    } else if (wanted[i] != given[i]) {
      return std::nullopt;
    }
  }
  return captures;
}

Routing find_route(std::span<const Route> routes, std::string_view method, std::string_view path) {
  for (const Route& route : routes) {
    if (route.method != method) continue;
    if (auto captures = match_path(route.pattern, path))
      return {.route = &route, .captures = std::move(*captures)};
  }
  return {};
}

}  // namespace muster::sandbox::assets
