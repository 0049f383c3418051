#include "run/spool.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <numeric>

namespace muster::run {
namespace {

std::vector<std::string> all(const Spool& spool) {
  std::vector<std::string> objects;
  Spool::Reader reader(spool);
  for (std::string_view object; reader.next(object);) objects.emplace_back(object);
  return objects;
}

TEST(Spool, GivesBackWhatWentInInTheSameOrder) {
  Spool spool;
  std::vector<std::string> expected;
  for (int i = 0; i < 20'000; ++i) {  // several blocks
    expected.push_back(fmt::format(R"({{"id":"{}","name":"{}")", i,
                                   std::string(static_cast<std::size_t>(i % 97), 'x')));
    spool.add(expected.back());
  }
  EXPECT_EQ(spool.size(), expected.size());
  EXPECT_EQ(all(spool), expected);
  EXPECT_EQ(all(spool), expected) << "reading twice gives the same";
}

// An object with these names, in this order, and where they stand.
struct Named {
  Named(const std::vector<std::string>& names, const std::vector<std::uint32_t>& order, int value) {
    for (const std::uint32_t name : order) {
      places.push_back({static_cast<std::uint32_t>(text.size()), name});
      text += fmt::format("{}\"{}-{}\"", names[name], value, name);
    }
  }
  std::string text;
  std::vector<NamePlace> places;
};

std::vector<std::string> numbered_names(std::uint32_t count) {
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < count; ++i) names.push_back(fmt::format(",\"attribute_{}\":", i));
  return names;
}

TEST(Spool, PutsEveryNameBackWhereItWas) {
  const std::vector<std::string> names = numbered_names(400);  // more than there are codes for
  Spool spool(names);
  std::vector<std::string> expected;
  for (std::uint32_t i = 0; i < 2'000; ++i) {
    std::vector<std::uint32_t> order;
    for (std::uint32_t name = i % 7; name < names.size(); name += 1 + i % 11) order.push_back(name);
    const Named object(names, order, static_cast<int>(i));
    spool.add(object.text, object.places);
    expected.push_back(object.text);
  }
  EXPECT_EQ(all(spool), expected);
}

TEST(Spool, HoldsWhatRepeatsInAFractionOfItsSize) {
  const std::vector<std::string> names = numbered_names(25);
  std::vector<std::uint32_t> order(names.size());
  std::iota(order.begin(), order.end(), 0);
  std::size_t plain = 0;
  std::uint64_t objects = 0;
  Spool spool(names);
  const auto add_until = [&](std::size_t bytes) {
    while (plain < bytes) {
      const Named object(names, order, static_cast<int>(objects++));
      spool.add(object.text, object.places);
      plain += object.text.size();
    }
  };
  add_until(std::size_t{20} << 20);
  EXPECT_LT(spool.memory(), plain / 2) << "names are short from the beginning";
  add_until(std::size_t{120} << 20);
  EXPECT_LT(spool.memory(), plain / 8) << "the first blocks are compressed with the later ones";
  std::uint64_t read = 0;
  Spool::Reader reader(spool);
  for (std::string_view object; reader.next(object); ++read) {
    ASSERT_EQ(object, Named(names, order, static_cast<int>(read)).text);
  }
  EXPECT_EQ(read, objects);
}

TEST(Spool, SharesWhatMayStayPlainWithTheOthersOfTheProcess) {
  const auto fill = [](Spool& spool) {
    for (int i = 0; i < 200'000; ++i) spool.add(std::string(100, 'z'));  // 20 MB
  };
  Spool first;
  fill(first);
  EXPECT_GT(first.memory(), 19'000'000U);
  {
    Spool second;
    fill(second);
    EXPECT_LT(second.memory(), 5'000'000U);
  }
  first.clear();
  Spool third;
  fill(third);
  EXPECT_GT(third.memory(), 19'000'000U) << "cleared and destroyed ones count no more";
}

TEST(Spool, TakesAnObjectLargerThanABlock) {
  Spool spool;
  const std::string large(std::size_t{1} << 20, 'y');
  spool.add("a");
  spool.add(large);
  spool.add("b");
  EXPECT_EQ(all(spool), (std::vector<std::string>{"a", large, "b"}));
}

TEST(Spool, IsEmptyAfterClear) {
  Spool spool;
  for (int i = 0; i < 10'000; ++i) spool.add(std::string(100, 'z'));
  spool.clear();
  EXPECT_EQ(spool.size(), 0u);
  EXPECT_TRUE(all(spool).empty());
  spool.add("again");
  EXPECT_EQ(all(spool), std::vector<std::string>{"again"});
}

}  // namespace
}  // namespace muster::run
