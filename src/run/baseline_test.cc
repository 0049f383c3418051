#include "run/baseline.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace muster::run {
namespace {

using Objects =
    std::vector<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>>;  // key, content, present

std::string block_of(std::vector<std::string> attributes, const Objects& objects,
                     std::vector<crypto::Hash128> nameless = {}, std::string fingerprint = "f") {
  BaselineBuilder builder({.fingerprint = std::move(fingerprint),
                           .nameless = std::move(nameless),
                           .attributes = std::move(attributes)},
                          objects.size());
  for (const auto& [key, content, present] : objects)
    builder.add({key, 0}, {content, 1}, {present});
  return builder.pack();
}

Comparison compare_blocks(const std::string& before, const std::string& now,
                          const std::vector<crypto::Hash128>& parked = {}) {
  const auto old_view = BaselineView::open(before);
  const auto new_view = BaselineView::open(now);
  EXPECT_TRUE(old_view.ok());
  EXPECT_TRUE(new_view.ok());
  return compare(*old_view, *new_view, parked);
}

TEST(Baseline, CountsNewChangedUnchangedAndMissingObjects) {
  const Comparison seen = compare_blocks(block_of({"a"}, {{5, 1, 1}, {1, 1, 1}, {9, 1, 1}}),
                                         block_of({"a"}, {{9, 2, 1}, {7, 1, 1}, {1, 1, 1}}));
  EXPECT_EQ(seen.before, 3u);
  EXPECT_EQ(seen.now, 3u);
  EXPECT_EQ(seen.added, 1u);
  EXPECT_EQ(seen.changed, 1u);
  EXPECT_EQ(seen.unchanged, 1u);
  EXPECT_EQ(seen.missing, 1u);
}

TEST(Baseline, IsTheSameBlockInWhateverOrderItsObjectsCome) {
  Objects objects;
  for (std::uint64_t i = 0; i < 500; ++i) objects.emplace_back(i * 31 % 509, i, i % 2);
  const std::string shuffled = block_of({"a"}, objects);
  std::sort(objects.begin(), objects.end());
  EXPECT_EQ(block_of({"a"}, objects), shuffled);
  std::reverse(objects.begin(), objects.end());
  EXPECT_EQ(block_of({"a"}, objects), shuffled);
  const BaselineView view = BaselineView::open(shuffled).value();
  std::sort(objects.begin(), objects.end());
  ASSERT_EQ(view.size(), objects.size());
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const auto& [key, content, present] = objects[i];
    ASSERT_EQ(view.key(i), (crypto::Hash128{key, 0}));
    ASSERT_EQ(view.content(i), (crypto::Hash128{content, 1}));
    ASSERT_EQ(view.word(i, 0), present);
  }
}

TEST(Baseline, TellsParkedFromMissingObjects) {
  const Comparison seen = compare_blocks(block_of({"a"}, {{1, 1, 1}, {2, 1, 1}, {3, 1, 1}}),
                                         block_of({"a"}, {{1, 1, 1}}), {{2, 0}, {4, 0}});
  EXPECT_EQ(seen.parked, 1u);
  EXPECT_EQ(seen.missing, 1u);
  EXPECT_EQ(seen.parked_sample, (Comparison::Sample{{2, 0}}));
  EXPECT_EQ(seen.missing_sample, (Comparison::Sample{{3, 0}}));
}

TEST(Baseline, CountsTheMissingThatSomethingStillNames) {
  const auto before = block_of({}, {{1, 1, 0}, {2, 1, 0}, {3, 1, 0}});
  const auto now = block_of({}, {{1, 1, 0}});
  const Comparison seen = compare(BaselineView::open(before).value(),
                                  BaselineView::open(now).value(), {{3, 0}}, {{2, 0}, {3, 0}});
  EXPECT_EQ(seen.missing, 1u);
  EXPECT_EQ(seen.named, 1u);
}

TEST(Baseline, TellsTheSameObjectsFromAsManyOthers) {
  const std::string before = block_of({"a"}, {{1, 1, 1}, {2, 1, 1}, {3, 1, 1}, {4, 1, 1}});
  const auto gone = [&](const Objects& now, const std::vector<crypto::Hash128>& parked = {}) {
    return compare_blocks(before, block_of({"a"}, now), parked);
  };
  const Comparison one = gone({{3, 1, 1}, {4, 1, 0}});
  EXPECT_EQ(one.missing_keys.text(), gone({{4, 2, 1}, {3, 9, 1}, {7, 1, 1}}).missing_keys.text());
  EXPECT_NE(one.missing_keys.text(), gone({{2, 1, 1}, {4, 1, 1}}).missing_keys.text());
  EXPECT_EQ(one.missing_keys.text(), one.gone_keys.text());
  const Comparison parked = gone({{3, 1, 0}, {4, 1, 1}}, {{2, 0}});
  EXPECT_EQ(parked.gone_keys.text(), one.gone_keys.text());
  EXPECT_NE(parked.missing_keys.text(), one.missing_keys.text());
  EXPECT_NE(parked.parked_keys.text(), parked.missing_keys.text());
  ASSERT_EQ(one.blanked.size(), 1u);
  ASSERT_EQ(parked.blanked.size(), 1u);
  EXPECT_NE(one.blanked[0].keys.text(), parked.blanked[0].keys.text());
}

TEST(Baseline, CountsOnlyTheRecordsWithoutKeyThatAreNew) {
  const std::string three = block_of({}, {}, {{1, 1}, {2, 2}, {2, 2}});
  const std::string five = block_of({}, {}, {{1, 1}, {2, 2}, {2, 2}, {2, 2}, {9, 1}});
  EXPECT_EQ(compare_blocks(three, five).nameless, 2u);
  EXPECT_EQ(compare_blocks(five, three).nameless, 0u);
}

TEST(Baseline, LetsNoRecordHideThatLostItsKeyWhenAnotherOneGotOne) {
  const std::string before = block_of({}, {{1, 1, 0}, {2, 1, 0}}, {{7, 7}});
  const std::string now = block_of({}, {{1, 1, 0}, {3, 1, 0}}, {{8, 8}});
  const Comparison seen = compare_blocks(before, now);
  EXPECT_EQ(seen.missing, 1u);
  EXPECT_EQ(seen.nameless, 1u) << "as many as before, and not the same";
}

TEST(Baseline, ForgetsRecordsWithoutKeyWhileTheObjectsTheyWereMayStillBeThere) {
  const std::string before = block_of({}, {{1, 1, 0}, {2, 1, 0}}, {{5, 5}});
  const std::string now = block_of({}, {{1, 1, 0}}, {{5, 5}, {6, 6}});
  const std::string united =
      unite(BaselineView::open(before).value(), BaselineView::open(now).value());
  EXPECT_EQ(compare_blocks(united, now).missing, 1u);
  EXPECT_EQ(compare_blocks(united, now).nameless, 1u);
}

TEST(Baseline, KnowsWhetherAssetsMayHoldMore) {
  const std::string plain = block_of({"a"}, {{1, 1, 1}, {2, 1, 0}});
  std::string kept = plain;
  mark_kept(kept);
  EXPECT_FALSE(compare_blocks(plain, plain).kept);
  EXPECT_TRUE(compare_blocks(kept, plain).kept);
  EXPECT_EQ(compare_blocks(kept, plain).unchanged, 2u);
  const std::string united =
      unite(BaselineView::open(kept).value(), BaselineView::open(plain).value());
  EXPECT_TRUE(compare_blocks(united, plain).kept) << "until a run without it was confirmed";
}

// An upgrade must not hold every importer once.
TEST(Baseline, ReadsBlocksThatDoNotSayWhatIsKept) {
  std::string old = block_of({"a"}, {{1, 1, 1}});
  old.replace(old.find(" 5\n"), 3, " 4\n");
  old.erase(old.find("gone\n"), 5);
  const std::size_t seal = old.find('\n') + 1;
  old.replace(seal, 32, crypto::checksum(std::string_view(old).substr(seal + 33)));
  const auto view = BaselineView::open(old);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->size(), 1u);
  EXPECT_FALSE(view->header().keeps_missing);
}

TEST(Baseline, UnitesWhatWasThereWithWhatMayBeThereNow) {
  const std::string before = block_of({"a", "b"}, {{1, 1, 3}, {2, 1, 2}});
  const std::string now = block_of({"b", "c"}, {{2, 9, 1}, {3, 1, 2}});
  const std::string united =
      unite(BaselineView::open(before).value(), BaselineView::open(now).value());
  EXPECT_EQ(united, block_of({"b", "c"}, {{1, 1, 1}, {2, 9, 1}, {3, 1, 2}}));
}

TEST(Baseline, RemembersAValueThatNobodyKnowsToBeEmptiedYet) {
  const std::string before = block_of({"a", "b"}, {{1, 1, 3}});
  const std::string now = block_of({"b", "c"}, {{1, 2, 2}});
  const std::string united =
      unite(BaselineView::open(before).value(), BaselineView::open(now).value());
  EXPECT_EQ(united, block_of({"b", "c"}, {{1, 2, 3}}));
}

TEST(Baseline, KeepsTheValuesOfAttributesThatAreNotSelectedAnyMore) {
  const std::string before = block_of({"a", "b"}, {{1, 1, 0b11}, {2, 1, 0b01}, {3, 1, 0b10}});
  const std::string without = block_of({"c", "b"}, {{1, 2, 0b01}, {3, 2, 0b10}, {4, 2, 0b11}});
  const auto old_view = BaselineView::open(before).value();
  const std::string kept = with_deselected(old_view, BaselineView::open(without).value());
  const auto view = BaselineView::open(kept).value();
  EXPECT_EQ(view.header().attributes, (std::vector<std::string>{"c", "b", "a"}));
  EXPECT_EQ(view.header().deselected, 1u);
  ASSERT_EQ(view.size(), 3u);
  EXPECT_EQ(view.word(0, 0), 0b101u);
  EXPECT_EQ(view.word(1, 0), 0b010u);
  EXPECT_EQ(view.word(2, 0), 0b011u) << "a new one never had it";

  // Selected again, and empty now.
  const Comparison seen = compare_blocks(kept, block_of({"a"}, {{1, 3, 0}, {3, 3, 0}, {4, 3, 0}}));
  ASSERT_EQ(seen.blanked.size(), 1u);
  EXPECT_EQ(seen.blanked[0].attribute, "a");
  EXPECT_EQ(seen.blanked[0].lost, 1u);

  // From run to run, and in what may be there meanwhile.
  const std::string next = block_of({"c"}, {{1, 4, 1}});
  const std::string still = with_deselected(view, BaselineView::open(next).value());
  EXPECT_EQ(BaselineView::open(still)->header().deselected, 2u);
  EXPECT_EQ(BaselineView::open(unite(view, BaselineView::open(still).value()))->header().deselected,
            2u);
  EXPECT_EQ(with_deselected(old_view, BaselineView::open(before).value()), "");
}

TEST(Baseline, IsTheSameWhateverOrderTheObjectsCameIn) {
  EXPECT_EQ(block_of({"a"}, {{1, 1, 1}, {2, 2, 1}}), block_of({"a"}, {{2, 2, 1}, {1, 1, 1}}));
}

TEST(Baseline, FindsTheAttributeThatLostItsValues) {
  // "b" is bit 1 before and bit 0 now: attributes are told apart by name, not by place.
  const Comparison seen = compare_blocks(block_of({"a", "b"}, {{1, 1, 3}, {2, 1, 2}, {3, 1, 1}}),
                                         block_of({"b", "c"}, {{1, 1, 0}, {2, 1, 1}, {3, 1, 0}}));
  ASSERT_EQ(seen.blanked.size(), 1u);
  EXPECT_EQ(seen.blanked[0].attribute, "b");
  EXPECT_EQ(seen.blanked[0].had, 2u);
  EXPECT_EQ(seen.blanked[0].lost, 1u);
}

TEST(Baseline, KeepsMoreThan64AttributesApart) {
  std::vector<std::string> attributes;
  for (int i = 0; i < 70; ++i) attributes.push_back(std::to_string(i));
  const BaselineHeader header{.fingerprint = "f", .attributes = attributes};
  BaselineBuilder before(header, 1), now(header, 1);
  before.add({1, 1}, {1, 1}, {0, std::uint64_t{1} << 5});
  now.add({1, 1}, {1, 1}, {0, 0});
  const Comparison seen = compare_blocks(before.pack(), now.pack());
  ASSERT_EQ(seen.blanked.size(), 1u);
  EXPECT_EQ(seen.blanked[0].attribute, "69");
}

std::string sealed(const std::string& body) {
  return "muster-baseline 4\n" + crypto::to_hex(crypto::keyed_hash({}, body)) + "\n" + body;
}

TEST(Baseline, RefusesABlockThatWasCutOrChangedAnywhere) {
  const std::string block = block_of({"a"}, {{1, 1, 1}, {2, 1, 1}, {3, 1, 1}});
  ASSERT_TRUE(BaselineView::open(block).ok());
  for (std::size_t size = 0; size < block.size(); ++size) {
    EXPECT_FALSE(BaselineView::open(block.substr(0, size)).ok()) << size;
    std::string other = block;
    other[size] ^= 1;
    EXPECT_FALSE(BaselineView::open(other).ok()) << size;
  }
  EXPECT_FALSE(BaselineView::open("something else").ok());
}

TEST(Baseline, RefusesABlockThatIsNotBuiltAsItSays) {
  const std::string hash(32, 'a');
  EXPECT_TRUE(BaselineView::open(sealed("f\n" + hash + " " + hash + "\n\n")).ok());
  EXPECT_FALSE(BaselineView::open(sealed("no end")).ok());
  EXPECT_FALSE(BaselineView::open(sealed("f\n\n\nhalf an object")).ok());
  const std::vector<std::string> damaged = {
      "3", "-1", "x" + hash.substr(1), hash + " ", hash + hash, std::string(32, 'b') + " " + hash};
  for (const std::string& line : damaged) {
    EXPECT_FALSE(BaselineView::open(sealed("f\n" + line + "\n\n")).ok()) << line;
  }
}

TEST(Baseline, HoldsNothingOfTheSource) {
  const std::string block = block_of({"muster/entra/users/mail"}, {{1, 2, 1}});
  EXPECT_EQ(block.find('@'), std::string::npos);
}

TEST(Baseline, ComparesEmptySets) {
  const Comparison gone =
      compare_blocks(block_of({"a"}, {{1, 1, 1}, {2, 1, 1}}), block_of({"a"}, {}));
  EXPECT_EQ(gone.missing, 2u);
  EXPECT_EQ(gone.now, 0u);
  const Comparison first = compare_blocks(block_of({"a"}, {}), block_of({"a"}, {{1, 1, 1}}));
  EXPECT_EQ(first.added, 1u);
}

}  // namespace
}  // namespace muster::run
