// What a $filter is parsed into; only filter.cc and its parser look at it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/graph/filter.h"

namespace muster::sandbox::graph {

struct Literal {
  enum class Kind : std::uint8_t { kText, kNumber, kTrue, kFalse, kNull } kind = Kind::kNull;
  std::string text{};
  double number = 0;
};

struct Filter::Node {
  enum class Kind : std::uint8_t {
    kAnd,
    kOr,
    kNot,
    kEqual,
    kNotEqual,
    kGreater,
    kGreaterOrEqual,
    kLess,
    kLessOrEqual,
    kStartsWith,
    kEndsWith,
    kIn,
    kAny,
  };
  Kind kind = Kind::kEqual;
  std::vector<std::unique_ptr<Node>> children{};
  bool on_element = false;          // the path starts at the variable of any(x:...)
  std::uint16_t column = 0;         // else at this column
  std::vector<std::string> path{};  // further keys: employeeOrgData/costCenter
  bool counts = false;              // .../$count
  bool on_sign_in = false;
  std::vector<Literal> literals{};
};

std::optional<Refusal> parse_filter(std::string_view text, const Table& table,
                                    std::unique_ptr<Filter::Node>& root);

}  // namespace muster::sandbox::graph
