// The conditions of Okta's `filter` and `search` parameters:
//
//   status eq "DEPROVISIONED" or (lastUpdated gt "2026-01-01T00:00:00.000Z" and profile.city sw
//   "B")
//
// https://developer.okta.com/docs/reference/core-okta-api/#filter
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"

namespace muster::sandbox::okta {

class Filter {
 public:
  // Nullopt when Okta would not understand it. `ne` is not among the operators.
  static std::optional<Filter> parse(std::string_view text);

  bool matches(const json::Value& record) const;
  struct Use {
    std::string path, op;
  };
  const std::vector<Use>& uses() const { return uses_; }

 private:
  struct Node;
  struct Parser;
  static bool holds(const Node& node, const json::Value& record);

  std::shared_ptr<const Node> root_;
  std::vector<Use> uses_;
};

}  // namespace muster::sandbox::okta
