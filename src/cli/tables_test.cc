#include "cli/tables.h"

#include <gtest/gtest.h>

namespace muster::cli {
namespace {

TEST(Table, AlignsColumnsAndLeavesNoBlanksAtTheEnd) {
  Table table({{"object type"}, {"sent", Align::kRight}, {"note"}});
  table.add({"Entra User", "5,000", ""});
  table.add({"Group", "7", "new"});
  EXPECT_EQ(table.text(),
            "object type   sent  note\n"
            "Entra User   5,000\n"
            "Group            7  new\n");
}

TEST(Table, PutsAHeadingOverNeighbouringColumns) {
  Table table({{"type"},
               {"new", Align::kRight, "counted"},
               {"missing", Align::kRight, "counted"},
               {"note"}});
  table.add({"Group", "7", "1", "x"});
  EXPECT_EQ(table.text(),
            "       - counted --\n"
            "type   new  missing  note\n"
            "Group    7        1  x\n");
  Table narrow({{"a", Align::kRight, "wide heading"}, {"b"}});
  narrow.add({"1", "2"});
  EXPECT_EQ(narrow.text(),
            "wide heading\n"
            "           a  b\n"
            "           1  2\n");
}

TEST(Table, IsNothingWithoutRows) { EXPECT_EQ(Table({{"title"}}).text(), ""); }

TEST(Table, CountsCharactersNotBytes) {
  Table table({{"a"}, {"b"}});
  table.add({"Zoë", "1"});
  table.add({"Anna", "2"});
  EXPECT_EQ(table.text(), "a     b\nZoë   1\nAnna  2\n");
}

TEST(Table, KeepsOutsideTextOnOneLine) {
  Table table({{"a"}});
  table.add({"one\ntwo\x1b[31m"});
  EXPECT_EQ(table.text(), "a\none\\ntwo\\x1B[31m\n");
}

TEST(Wrapped, BreaksAtBlanksAndIndentsEveryLine) {
  EXPECT_EQ(wrapped("one two three  four", 10, "- ", "  "), "- one two\n  three\n  four\n");
  EXPECT_EQ(wrapped("unbreakable-word", 5, "- ", ""), "- unbreakable-word\n");
  EXPECT_EQ(wrapped("", 10, "  ", "  "), "");
}

}  // namespace
}  // namespace muster::cli
