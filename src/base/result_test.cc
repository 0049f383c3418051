#include "base/result.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>

#include "base/secret.h"

namespace muster::base {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error{ErrorKind::kMalformed, "odd", "The number is odd."};
  return number / 2;
}

Result<int> quarter(int number) { return half(TRY(half(number))); }

Status check_half(int number) {
  TRY_AT(half(number), "the number");
  return {};
}

TEST(Result, CarriesAValueOrAnError) {
  EXPECT_EQ(*half(8), 4);
  EXPECT_FALSE(half(7).ok());
  EXPECT_EQ(half(7).error().reason, "odd");
}

TEST(Result, PassesErrorsUp) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).error().reason, "odd");
  EXPECT_TRUE(check_half(2).ok());
}

TEST(Result, SaysWhereTheErrorWas) {
  EXPECT_EQ(check_half(3).error().text(), "The number is odd. (the number)");
  Error error = check_half(3).error();
  EXPECT_EQ(std::move(error).at("a wider place").where, "the number");
}

TEST(Result, CarriesWhatCannotBeCopied) {
  const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(5); };
  std::unique_ptr<int> value = make().value();
  EXPECT_EQ(*value, 5);
}

TEST(ResultDeathTest, EndsTheProcessWhenItIsNotLookedAt) {
  EXPECT_DEATH(half(7).value(), "without looking");
  EXPECT_DEATH((void)half(8).error(), "without looking");
}

TEST(Secret, NeverPrintsItself) {
  const Secret secret("canary");
  EXPECT_EQ(fmt::format("{}", secret), "[secret]");
  EXPECT_EQ(secret.reveal(), "canary");
}

TEST(Secret, LeavesNothingBehindWhenMoved) {
  Secret from("a long canary that does not fit into the string itself");
  const Secret to = std::move(from);
  EXPECT_TRUE(from.empty());  // NOLINT: what is left is the point
  EXPECT_FALSE(to.empty());
  Secret assigned("other");
  assigned = to;
  EXPECT_EQ(assigned, to);
}

TEST(Secret, LeavesNothingBehindInsideItselfWhenShort) {
  Secret from("canary");
  const Secret to = std::move(from);
  const std::string_view left(reinterpret_cast<const char*>(&from), sizeof from);
  EXPECT_EQ(left.find("anary"), std::string_view::npos);
  EXPECT_EQ(to.reveal(), "canary");
}

}  // namespace
}  // namespace muster::base
