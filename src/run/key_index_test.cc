#include "run/key_index.h"

#include <gtest/gtest.h>

namespace muster::run {
namespace {

TEST(KeyIndex, GivesEachKeyOneNumberInOrderOfFirstSight) {
  KeyIndex keys;
  EXPECT_EQ(keys.intern("b"), 0u);
  EXPECT_EQ(keys.intern("a"), 1u);
  EXPECT_EQ(keys.intern("b"), 0u);
  EXPECT_EQ(keys.text(0), "b");
  EXPECT_EQ(keys.text(1), "a");
  EXPECT_EQ(keys.size(), 2u);
}

TEST(KeyIndex, TellsUnknownKeysFromKnownOnes) {
  KeyIndex keys;
  EXPECT_FALSE(keys.find("a"));
  keys.intern("a");
  EXPECT_TRUE(keys.find("a"));
  EXPECT_FALSE(keys.find("A"));
  EXPECT_FALSE(keys.find(""));
}

TEST(KeyIndex, KeepsAHundredThousandKeysApart) {
  KeyIndex keys;
  for (int i = 0; i < 100'000; ++i)
    ASSERT_EQ(keys.intern(std::to_string(i)), static_cast<KeyIndex::Id>(i));
  for (int i = 0; i < 100'000; ++i)
    ASSERT_EQ(keys.text(static_cast<KeyIndex::Id>(i)), std::to_string(i));
}

TEST(KeyIndex, TakesManyKeysAsItTakesEach) {
  KeyIndex keys;
  keys.intern("known");
  std::vector<std::string> texts = {"new", "known", "", "new"};
  for (int i = 0; i < 1'000; ++i) texts.push_back(std::to_string(i % 600));
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<KeyIndex::Id> ids = {7};
  keys.intern_all(views, ids);
  ASSERT_EQ(ids.size(), texts.size() + 1);
  EXPECT_EQ(ids[0], 7u);
  EXPECT_EQ(ids[1], 1u);
  EXPECT_EQ(ids[2], 0u);
  EXPECT_EQ(keys.size(), 603u);
  for (std::size_t i = 0; i < texts.size(); ++i) ASSERT_EQ(keys.text(ids[i + 1]), texts[i]);
  keys.intern_all({}, ids);
  EXPECT_EQ(ids.size(), texts.size() + 1);
}

TEST(KeyIndex, TakesEmptyAndBinaryKeys) {
  KeyIndex keys;
  const auto empty = keys.intern("");
  const auto binary = keys.intern(std::string_view("a\0b", 3));
  EXPECT_EQ(keys.text(empty), "");
  EXPECT_EQ(keys.text(binary), std::string_view("a\0b", 3));
}

}  // namespace
}  // namespace muster::run
