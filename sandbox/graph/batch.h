// The envelope of $batch. https://learn.microsoft.com/graph/json-batching
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"
#include "sandbox/graph/refusal.h"

namespace muster::sandbox::graph {

struct BatchRequest {
  std::string id;
  std::string method;
  std::string url;  // with a leading slash, relative to the version
  std::vector<net::Header> headers;
};

// At most 20, ids unique ignoring case, relative urls, no batch inside: else the whole batch is
// 400.
std::optional<Refusal> parse_batch(std::string body, std::vector<BatchRequest>& requests);

void append_batch_answer(std::string& out, std::string_view id, int status,
                         const std::vector<net::Header>& headers, std::string_view body);

}  // namespace muster::sandbox::graph
