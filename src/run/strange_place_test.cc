#include "run/strange_place.h"

#include <gtest/gtest.h>

namespace muster::run {
namespace {

using Kind = assets::Past::Kind;

assets::Past imports(std::string latest, bool is_cancelled = false) {
  return {.kind = Kind::kImports, .latest = std::move(latest), .latest_is_cancelled = is_cancelled};
}

TEST(StrangePlace, IsNoneWhereNothingWasEverImported) {
  EXPECT_FALSE(is_strange({}, {}));
  EXPECT_FALSE(is_strange({}, {{"1", "0"}})) << "nobody can lose what is not there";
}

TEST(StrangePlace, IsOneWhereSomebodyElseImported) {
  EXPECT_TRUE(is_strange(imports("1"), {}));
  EXPECT_TRUE(is_strange({.kind = Kind::kUnknown}, {}));
  EXPECT_TRUE(is_strange(imports("2"), {{"2", "1"}})) << "before the first of our own";
  EXPECT_TRUE(is_strange(imports("2"), {{"1", ""}})) << "after the last one";
  EXPECT_TRUE(is_strange(imports("3"), {{"3", "2"}, {"1", ""}})) << "between two";
}

TEST(StrangePlace, IsExplainedByRunsThatBeganAndFailed) {
  EXPECT_FALSE(is_strange(imports("1"), {{"1", ""}}));
  EXPECT_FALSE(is_strange(imports("3"), {{"3", "2"}, {"2", "1"}, {"1", ""}}));
}

TEST(StrangePlace, IsExplainedByAStartWhoseAnswerGotLost) {
  EXPECT_FALSE(is_strange(imports("1", true), {{"", ""}})) << "it was cancelled since";
  EXPECT_TRUE(is_strange(imports("1"), {{"", ""}})) << "whose it was nobody knows";
  EXPECT_FALSE(is_strange(imports("1"), {{"", "1"}, {"1", ""}})) << "it started nothing";
  EXPECT_FALSE(is_strange(imports("2"), {{"2", "1"}, {"", ""}}));
}

TEST(StrangePlace, IsNotExplainedByWhatIsNotKnown) {
  EXPECT_TRUE(is_strange(imports(""), {{"1", ""}})) << "Assets tells no ids";
  EXPECT_TRUE(is_strange({.kind = Kind::kUnknown}, {{"1", ""}}));
  EXPECT_TRUE(is_strange(imports("1"), {{"1", std::nullopt}}));
  EXPECT_TRUE(is_strange(imports("2"), {{"2", std::nullopt}, {"1", ""}}));
}

TEST(StrangePlace, IsNotExplainedByARunThatSomebodyVouchedFor) {
  EXPECT_TRUE(is_strange(imports("2"), {{"2", "1", true}, {"1", ""}}));
}

}  // namespace
}  // namespace muster::run
