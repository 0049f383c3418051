#include "run/spool.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

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

TEST(Spool, HoldsRepetitiveTextInAFractionOfItsSize) {
  Spool spool;
  std::size_t plain = 0;
  for (int i = 0; i < 50'000; ++i) {
    const std::string object = fmt::format(
        R"({{"object_id":"{:032x}","display_name":"Person {}","department":"Department {}","city":"Berlin","mail":"person.{}@example.com")",
        i * 7919, i, i % 40, i);
    plain += object.size();
    spool.add(object);
  }
  EXPECT_LT(spool.memory(), plain / 3);
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
