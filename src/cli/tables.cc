#include "cli/tables.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"

namespace muster::cli {
namespace {

constexpr std::size_t kMaxCellBytes = 400;
constexpr std::size_t kPointWidth = 100;

void append_padded(std::string& line, std::string_view cell, std::size_t width, Align align) {
  const std::string padding(width - std::min(width, shown_width(cell)), ' ');
  if (align == Align::kRight) line += padding;
  line += cell;
  if (align == Align::kLeft) line += padding;
}

}  // namespace

std::size_t shown_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

// "---- counted by Assets ----" over its columns; "" when no column has a group. A heading that is
// wider than its columns widens the last of them.
std::string Table::groups_line(std::vector<std::size_t>& widths) const {
  std::string line;
  std::size_t at = 0;  // where the column begins
  bool any = false;
  for (std::size_t first = 0, next = 0; first < columns_.size(); first = next) {
    const std::string& group = columns_[first].group;
    next = first + 1;
    std::size_t span = widths[first];
    while (next < columns_.size() && !group.empty() && columns_[next].group == group) {
      span += 2 + widths[next++];
    }
    if (!group.empty()) {
      any = true;
      const std::size_t needed = shown_width(group);
      if (span < needed) widths[next - 1] += needed - span;
      span = std::max(span, needed);
      line.append(at - line.size(), ' ');
      line += span < needed + 4 ? fmt::format("{:^{}}", group, span)
                                : fmt::format("{:-^{}}", " " + group + " ", span);
    }
    at += span + 2;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return any ? line + "\n" : "";
}

void Table::add(std::vector<std::string> cells) {
  MUSTER_CHECK(cells.size() == columns_.size(), "a table row has a cell for every column");
  for (std::string& cell : cells) cell = base::printable(cell, kMaxCellBytes);
  rows_.push_back(std::move(cells));
}

std::string Table::text() const {
  if (rows_.empty()) return "";
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    widths.push_back(shown_width(columns_[i].title));
    for (const auto& row : rows_) widths[i] = std::max(widths[i], shown_width(row[i]));
  }
  std::string out = groups_line(widths);
  auto add_line = [&](auto&& cell_at) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) line += "  ";
      append_padded(line, cell_at(i), widths[i], columns_[i].align);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };
  add_line([&](std::size_t i) -> std::string_view { return columns_[i].title; });
  for (const auto& row : rows_) {
    add_line([&](std::size_t i) -> std::string_view { return row[i]; });
  }
  return out;
}

std::string wrapped(std::string_view text, std::size_t width, std::string_view first,
                    std::string_view rest) {
  std::string out;
  std::string line(first);
  bool has_word = false;
  for (std::string_view word : base::split(text, ' ')) {
    if (word.empty()) continue;
    if (has_word && shown_width(line) + 1 + shown_width(word) > width) {
      out += line + "\n";
      line = rest;
      has_word = false;
    }
    if (has_word) line += ' ';
    line += word;
    has_word = true;
  }
  if (has_word) out += line + "\n";
  return out;
}

std::string points(std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string text = fmt::format("{}:\n", title);
  for (const std::string& line : lines) {
    text += wrapped(base::printable(line, 1000), kPointWidth, "  - ", "    ");
  }
  return text;
}

}  // namespace muster::cli
