#include "base/result.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

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

// Each of these would be a reference into something that is gone at the end of the line.
TEST(Result, GivesAwayWhatItHoldsWhenItPasses) {
  static_assert(std::is_same_v<decltype(half(8).value()), int>);
  static_assert(std::is_same_v<decltype(*half(8)), int>);
  static_assert(std::is_same_v<decltype(half(7).error()), Error>);
  static_assert(std::is_same_v<decltype(check_half(3).error()), Error>);
  static_assert(std::is_same_v<decltype(half(7).error().at("a place")), Error>);

  struct Guarded {
    std::vector<int> items{1, 2, 3};
    bool* is_gone;
    Guarded(bool* gone) : is_gone(gone) {}
    Guarded(Guarded&& from) noexcept
        : items(std::move(from.items)), is_gone(std::exchange(from.is_gone, nullptr)) {}
    ~Guarded() {
      if (is_gone != nullptr) *is_gone = true;
    }
    const int* begin() const { return items.data(); }
    const int* end() const { return items.data() + items.size(); }
  };
  bool is_gone = false;
  const auto make = [&]() -> Result<Guarded> { return Guarded(&is_gone); };
  int sum = 0;
  for (const int item : make().value()) sum += is_gone ? 100 : item;
  EXPECT_EQ(sum, 6);
  EXPECT_TRUE(is_gone);
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
