// The common forms of $filter: eq ne gt ge lt le in, and or not, parentheses, startswith endswith,
// any(x:...), text, true, false, null, numbers, dates and ids.
//
// https://learn.microsoft.com/graph/filter-query-parameter
// Comparing text ignores case, as the directory does.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sandbox/graph/refusal.h"
#include "sandbox/graph/table.h"

namespace muster::sandbox::graph {

class Filter {
 public:
  Filter();
  Filter(Filter&&) noexcept;
  Filter& operator=(Filter&&) noexcept;
  ~Filter();

  static std::optional<Refusal> parse(std::string_view text, const Table& table, Filter& filter);

  // ne, not, endswith and $count of a collection work only with ConsistencyLevel and $count=true.
  // https://learn.microsoft.com/graph/aad-advanced-queries
  bool needs_advanced() const;
  // A filter on signInActivity cannot be combined with any other.
  // https://learn.microsoft.com/graph/api/user-list
  bool combines_sign_in() const;
  bool matches(const world::World& world, std::uint32_t index) const;

  struct Node;

 private:
  const Table* table_ = nullptr;
  std::unique_ptr<Node> root_;
};

}  // namespace muster::sandbox::graph
