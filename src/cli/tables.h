// Aligned tables for people. Columns are as wide as their widest cell; numbers stand to the right.
//
//   Table table({{"object type"}, {"objects", Align::kRight}});
//   table.add({"Entra User", "5,000"});
//   console.out(table.text());
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster::cli {

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
  std::string group{};  // a heading over neighbouring columns that have the same one
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as columns; outside text is made printable here.
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  // A title line (above it one for the groups) and the rows, each ended by a line break; "" without
  // rows.
  std::string text() const;

 private:
  std::string groups_line(std::vector<std::size_t>& widths) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// How many characters a terminal shows (code points; wide characters count as one).
std::size_t shown_width(std::string_view text);

// Lines of at most `width` characters, broken at blanks; the first begins with `first`, the others
// with `rest`.
std::string wrapped(std::string_view text, std::size_t width, std::string_view first,
                    std::string_view rest);

// "TITLE:" and a wrapped point for each line; "" without any.
std::string points(std::string_view title, const std::vector<std::string>& lines);

}  // namespace muster::cli
