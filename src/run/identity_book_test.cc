#include "run/identity_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster::run {
namespace {

using crypto::Hash128;
using testing::ElementsAre;

Hash128 hash(std::uint64_t number) { return {number, number * 3}; }

IdentityBook book() {
  return {.alone = false,
          .attributes = {"owner", "serial number"},
          .aliases = {{hash(9), hash(1), 1}, {hash(2), hash(1), 0}, {hash(2), hash(5), 2}},
          .objects = {{hash(5), 2}, {hash(1), 3}}};
}

TEST(IdentityBook, ReadsWhatItWrote) {
  const std::string block = pack(book());
  const BookView view = BookView::open(block).value();
  EXPECT_FALSE(view.alone());
  EXPECT_THAT(view.attributes(), ElementsAre("owner", "serial number"));
  EXPECT_EQ(view.aliases(), 3U);
  EXPECT_EQ(view.objects(), 2U);
  EXPECT_EQ(view.find_object(hash(5))->present, 2U);
  EXPECT_FALSE(view.find_object(hash(6)));
  EXPECT_EQ(view.find_alias(hash(9))->key, hash(1));
  EXPECT_FALSE(view.find_alias(hash(8)));
  EXPECT_EQ(pack(unpack(block).value()), block);
}

TEST(IdentityBook, TellsTheStrongestOfTwoEntries) {
  const std::string block = pack(book());
  EXPECT_EQ(BookView::open(block)->find_alias(hash(2))->key, hash(1));
}

TEST(IdentityBook, NoticesEveryCutAndEveryChangedByte) {
  const std::string block = pack(book());
  for (std::size_t size = 0; size < block.size(); ++size) {
    EXPECT_FALSE(BookView::open(std::string_view(block).substr(0, size)).ok()) << size;
  }
  for (std::size_t at = 0; at < block.size(); ++at) {
    std::string changed = block;
    changed[at] ^= 1;
    EXPECT_FALSE(BookView::open(changed).ok()) << at;
  }
}

TEST(IdentityBook, EmptyOnesAreBooksToo) {
  const std::string block = pack({});
  EXPECT_TRUE(BookView::open(block)->alone());
  EXPECT_FALSE(BookView::open(block)->find_alias(hash(1)));
}

TEST(IdentityBook, OfTwoTheLaterCountsWhereTheyContradict) {
  const IdentityBook before = book();
  const IdentityBook now{.alone = true,
                         .attributes = {"serial number", "owner"},
                         .aliases = {{hash(2), hash(7), 0}},
                         .objects = {{hash(1), 0}}};
  const std::string block = pack(unite(before, now));
  const BookView view = BookView::open(block).value();
  EXPECT_FALSE(view.alone());
  EXPECT_EQ(view.find_alias(hash(2))->key, hash(7));
  EXPECT_EQ(view.find_alias(hash(9))->key, hash(1)) << "only the earlier one says";
  EXPECT_EQ(view.find_object(hash(1))->present, 0U);
  EXPECT_EQ(view.find_object(hash(5))->present, 1U) << "the same title in its new place";
}

}  // namespace
}  // namespace muster::run
