// A fault rule as parsed; faults.h says what the fields mean.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/value.h"
#include "sandbox/faults.h"

namespace re2 {
class RE2;
}

namespace muster::sandbox {

struct FaultRule {
  std::string text;  // the rule as JSON, to be shown again
  std::string service, method, path_prefix;
  std::shared_ptr<const re2::RE2> path_regex;
  std::optional<std::uint64_t> nth, every, times;
  std::optional<double> probability;
  bool batch = false;
  std::shared_ptr<const FaultAction> action;

  bool matches(std::string_view service, std::string_view method, std::string_view target,
               bool in_batch) const;
};

base::Result<std::vector<FaultRule>> parse_fault_rules(const json::Value& rules);

}  // namespace muster::sandbox
