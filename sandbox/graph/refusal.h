// An error answer of Graph before it has its request ids.
// https://learn.microsoft.com/graph/errors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/http.h"

namespace muster::sandbox::graph {

struct Refusal {
  int status = 400;
  std::string code;
  std::string message;
  std::vector<net::Header> headers{};
};

inline Refusal bad_request(std::string message) { return {400, "BadRequest", std::move(message)}; }
inline Refusal unsupported_query(std::string message) {
  return {400, "Request_UnsupportedQuery", std::move(message)};
}

}  // namespace muster::sandbox::graph
