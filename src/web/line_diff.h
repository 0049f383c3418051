// What two texts differ in, line by line.
#pragma once

#include <string_view>
#include <vector>

namespace muster::web {

struct DiffLine {
  enum class Kind { kSame, kRemoved, kAdded };
  Kind kind = Kind::kSame;
  std::string_view text;  // into `before` or `after`
};

// As few removed and added lines as can be; texts with more than a few thousand lines that differ
// are shown as removed and added whole.
std::vector<DiffLine> diff_lines(std::string_view before, std::string_view after);

}  // namespace muster::web
