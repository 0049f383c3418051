#include "web/line_diff.h"

#include <gtest/gtest.h>

#include <string>

namespace muster::web {
namespace {

std::string shown(std::string_view before, std::string_view after) {
  std::string text;
  for (const DiffLine& line : diff_lines(before, after)) {
    text += line.kind == DiffLine::Kind::kSame      ? " "
            : line.kind == DiffLine::Kind::kRemoved ? "-"
                                                    : "+";
    text += std::string(line.text) + "\n";
  }
  return text;
}

TEST(LineDiff, ShowsWhatChangedBetweenWhatStayed) {
  EXPECT_EQ(shown("a\nb\nc\nd\n", "a\nx\nc\nd\n"), " a\n-b\n+x\n c\n d\n");
  EXPECT_EQ(shown("a\nb\nc\n", "a\nc\ne\n"), " a\n-b\n c\n+e\n");
  EXPECT_EQ(shown("one\ntwo\n", "two\none\ntwo\n"), "+two\n one\n two\n");
}

TEST(LineDiff, KnowsEmptyAndEqualTexts) {
  EXPECT_EQ(shown("", ""), "");
  EXPECT_EQ(shown("", "a\n"), "+a\n");
  EXPECT_EQ(shown("a", ""), "-a\n");
  EXPECT_EQ(shown("a\n\nb\n", "a\n\nb"), " a\n \n b\n");
}

TEST(LineDiff, ShowsHugeTextsThatDifferWhole) {
  std::string before;
  std::string after;
  for (int i = 0; i < 3'000; ++i) {
    before += "a" + std::to_string(i) + "\n";
    after += "b" + std::to_string(i) + "\n";
  }
  EXPECT_EQ(diff_lines("same\n" + before, "same\n" + after).size(), 6'001);
}

}  // namespace
}  // namespace muster::web
