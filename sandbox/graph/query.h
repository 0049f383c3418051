// The OData options of a request, checked as strictly as Graph does.
//
// Options that do not start with '$' are ignored, as Graph does; every other unknown one is
// refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/graph/refusal.h"
#include "sandbox/service.h"

namespace muster::sandbox::graph {

struct Expand {
  std::string relation;
  std::vector<std::string> select;  // empty: the default set
};

struct Query {
  std::vector<std::string> select;  // empty: the default set
  std::optional<Expand> expand;
  std::optional<std::uint32_t> top;
  std::optional<std::string> filter;
  std::optional<std::string> skip_token;
  bool count = false;     // $count=true that counts: with ConsistencyLevel
  bool eventual = false;  // ConsistencyLevel: eventual
  std::string
      without_skip_token{};  // the query as received but for $skiptoken: what a next link repeats

  bool selects(std::string_view property) const;
  // ne, not, endsWith and counting need both.
  bool advanced() const { return count && eventual; }
};

// What a collection lets a caller ask for.
struct Allowed {
  bool options = true;  // false: no '$' option at all
  bool paged = true;    // false: $top is refused
  std::uint32_t max_top = 999;
};

// Nothing when the query is fine.
std::optional<Refusal> parse_query(const Call& call, const Allowed& allowed, Query& query);

}  // namespace muster::sandbox::graph
