#include "web/line_diff.h"

#include <algorithm>
#include <cstdint>
#include <span>

#include "base/text.h"

namespace muster::web {
namespace {

using Lines = std::span<const std::string_view>;

// Of the table below: 16 MiB.
constexpr std::size_t kMostCells = 4'000'000;

std::vector<std::string_view> lines_of(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.empty()) return {};
  const auto parts = base::split(text, '\n');
  return {parts.begin(), parts.end()};
}

void add(std::vector<DiffLine>& diff, DiffLine::Kind kind, Lines lines) {
  for (const std::string_view line : lines) diff.push_back({kind, line});
}

// The longest common subsequence, from the back: longest[i][j] of before[i..] and after[j..].
void add_middle(std::vector<DiffLine>& diff, Lines before, Lines after) {
  const std::size_t width = after.size() + 1;
  if ((before.size() + 1) * width > kMostCells) {
    add(diff, DiffLine::Kind::kRemoved, before);
    add(diff, DiffLine::Kind::kAdded, after);
    return;
  }
  std::vector<std::uint32_t> longest((before.size() + 1) * width, 0);
  for (std::size_t i = before.size(); i-- > 0;) {
    for (std::size_t j = after.size(); j-- > 0;) {
      longest[i * width + j] = before[i] == after[j] ? longest[(i + 1) * width + j + 1] + 1
                                                     : std::max(longest[(i + 1) * width + j],
                                                                longest[i * width + j + 1]);
    }
  }
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < before.size() && j < after.size()) {
    if (before[i] == after[j]) {
      diff.push_back({DiffLine::Kind::kSame, before[i]});
      ++i, ++j;
    } else if (longest[(i + 1) * width + j] >= longest[i * width + j + 1]) {
      diff.push_back({DiffLine::Kind::kRemoved, before[i++]});
    } else {
      diff.push_back({DiffLine::Kind::kAdded, after[j++]});
    }
  }
  add(diff, DiffLine::Kind::kRemoved, before.subspan(i));
  add(diff, DiffLine::Kind::kAdded, after.subspan(j));
}

}  // namespace

std::vector<DiffLine> diff_lines(std::string_view before, std::string_view after) {
  const std::vector<std::string_view> old_lines = lines_of(before);
  const std::vector<std::string_view> new_lines = lines_of(after);
  const Lines one = old_lines;
  const Lines two = new_lines;
  const std::size_t most = std::min(one.size(), two.size());
  std::size_t head = 0;
  while (head < most && one[head] == two[head]) ++head;
  std::size_t tail = 0;
  while (tail < most - head && one[one.size() - 1 - tail] == two[two.size() - 1 - tail]) ++tail;
  std::vector<DiffLine> diff;
  add(diff, DiffLine::Kind::kSame, one.first(head));
  add_middle(diff, one.subspan(head, one.size() - head - tail),
             two.subspan(head, two.size() - head - tail));
  add(diff, DiffLine::Kind::kSame, one.last(tail));
  return diff;
}

}  // namespace muster::web
