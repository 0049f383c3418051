// A call on its way through the routes of the imitated Assets, and the answers they give.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "sandbox/assets/schema_rules.h"
#include "sandbox/assets/site.h"
#include "sandbox/service.h"

namespace muster::sandbox::assets {

struct Exchange {
  const Call& call;
  Site& site;
  Clock clock;
  const json::Value* body = nullptr;    // nullptr: none was sent
  ImportSource* source = nullptr;       // of routes below /importsource/{id}
  std::vector<std::string> captures{};  // what stood at each {} of the route

  // Absolute, as the links of Assets are: ORIGIN/assets/jsm/assets/workspace/{ws}/v1 + path.
  std::string link(std::string_view path) const;
};

net::ServerResponse empty_answer(int status);
// {"errorMessages":[...],"errors":{}}
net::ServerResponse error_answer(int status, std::string_view message);
// {"code":401,"message":"Unauthorized"}
net::ServerResponse unauthorized();
// {"dataValidationErrors":[...]}
net::ServerResponse refused_mapping(const std::vector<Violation>& violations);

using RouteHandler = net::ServerResponse (*)(Exchange& exchange);

struct Route {
  std::string_view method;
  std::string_view pattern;  // "/executions/{}/data"; {} is one segment
  RouteHandler handler;
  std::string_view operation;  // its name for AssetsFaults::lost_answers; empty: it has none
};

// The segments at {}, when the path has the pattern's shape.
std::optional<std::vector<std::string>> match_path(std::string_view pattern, std::string_view path);

struct Routing {
  const Route* route = nullptr;  // nullptr: nothing there
  std::vector<std::string> captures{};
};
Routing find_route(std::span<const Route> routes, std::string_view method, std::string_view path);

std::span<const Route> import_routes();                // below /importsource/{id}; import_api.cc
std::span<const Route> object_routes();                // the rest of the workspace; object_api.cc
net::ServerResponse imports_info(Exchange& exchange);  // E1

}  // namespace muster::sandbox::assets
