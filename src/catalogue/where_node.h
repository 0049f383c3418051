// The compiled form of a `where`; only where*.cc include this.
#pragma once

#include <re2/re2.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "catalogue/where.h"
#include "json/path.h"

namespace muster::catalogue {

// A value written in the text of a `where`.
struct Literal {
  enum class Kind { kText, kNumber, kBoolean, kNull };

  Kind kind = Kind::kNull;
  std::string text;                       // as it was written, without quotes and escapes
  std::optional<std::int64_t> integer{};  // kNumber without fraction
  double real = 0;                        // kNumber
  std::optional<base::WallTime> time{};   // kText that is a date or a date and time
};

struct Where::Node {
  // `!=` is kNot over kEqual and `== null` is kNot over kExists, which is what their rules say.
  enum class Kind {
    kAnd,
    kOr,
    kNot,
    kExists,
    kEqual,  // to any of `literals`: also `in`
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kContains,
    kStartsWith,
    kEndsWith,
    kMatches  // also `==~`
  };

  Kind kind = Kind::kExists;
  std::vector<std::unique_ptr<Node>> children{};
  json::Path path{};
  std::vector<Literal> literals{};
  std::shared_ptr<const re2::RE2> pattern{};  // matching is thread-safe
  bool whole_text = false;                    // kMatches: the pattern must cover all of it
};

// "2024-01-01" means its first moment in UTC.
std::optional<base::WallTime> time_in_where(std::string_view text);

// kSettings `invalid_where` with the position.
base::Result<std::unique_ptr<Where::Node>> parse_where(std::string_view text);

}  // namespace muster::catalogue
