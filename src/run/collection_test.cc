#include "run/collection.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/value.h"
#include "mapping/test_source.h"
#include "run/comparing.h"
#include "source/test_complete.h"

namespace muster::run {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CollectionTest : public testing::Test {
 protected:
  CollectionTest() {
    mapping::Selection selection;
    selection.data_sets.resize(2);
    selection.data_sets[0].data_set = "people";
    selection.data_sets[1].data_set = "clubs";
    selection.data_sets[0].where = "not exists(mail) or mail != \"hide@me\"";
    for (const auto& finding : mapping::make_plan(mapping::testing::make_source(), selection,
                                                  "demo", "demo.yaml", plan_)) {
      ADD_FAILURE() << finding.text();
    }
    for (std::size_t i = 0; i < plan_.data_sets.size(); ++i) {
      collections_.push_back(std::make_unique<Collection>(*scheduler_, plan_, i, kKey));
    }
  }

  std::size_t set(const std::string& name) const {
    for (std::size_t i = 0; i < plan_.data_sets.size(); ++i) {
      if (plan_.data_sets[i].data_set->name == name) return i;
    }
    ADD_FAILURE() << name;
    return 0;
  }
  Collection& people() { return *collections_[set("people")]; }

  void add(Collection& collection, const std::string& record) {
    const auto document = json::Document::parse(record);
    ASSERT_TRUE(document.ok()) << record;
    collection.add(document->root(), {});
  }
  void page(const std::vector<std::string>& records) {
    for (const std::string& record : records) add(people(), record);
    people().end_page();
  }
  static std::string person(const std::string& id, const std::string& name,
                            const std::string& mail = "a@b.c") {
    return fmt::format(R"({{"id":"{}","name":"{}","mail":"{}"}})", id, name, mail);
  }
  std::vector<std::string> live() {
    std::vector<std::string> objects;
    Spool::Reader reader(people().spool());
    std::string_view object;
    for (std::size_t i = 0; reader.next(object); ++i) {
      if (people().is_live(i)) objects.emplace_back(object);
    }
    return objects;
  }
  void expect_counts(std::uint64_t fetched, std::uint64_t filtered, std::uint64_t rejected,
                     std::uint64_t formatted, std::uint64_t repeated) {
    const Counts& counts = people().counts();
    EXPECT_EQ(counts.fetched, fetched);
    EXPECT_EQ(counts.filtered, filtered);
    EXPECT_EQ(counts.rejected, rejected);
    EXPECT_EQ(counts.formatted, formatted);
    EXPECT_EQ(counts.repeated, repeated);
    EXPECT_EQ(counts.fetched, counts.filtered + counts.rejected + counts.formatted);
  }

  static constexpr crypto::HashKey kKey{1, 2, 3};
  const std::unique_ptr<base::Scheduler> scheduler_ = base::make_simulated_scheduler(1);
  mapping::Plan plan_;
  std::vector<std::unique_ptr<Collection>> collections_;
};

TEST_F(CollectionTest, CountsRecordsOfWhichTheSourceCouldNotReadAPart) {
  const auto source = mapping::testing::make_source();
  source->data_sets[0].null_is_unread = true;
  mapping::Plan plan;
  ASSERT_TRUE(mapping::make_plan(source, {}, "demo", "demo.yaml", plan).empty());
  Collection collection(*scheduler_, plan, 0, kKey);
  for (const char* record : {R"({"id":"1","name":"n","mail":null,"teams":[]})",
                             R"({"id":"2","name":"n"})", R"({"id":"3","name":"n","teams":null})"}) {
    add(collection, record);
  }
  EXPECT_EQ(collection.unread_parts().notice(),
            "people: of 1 record the source could not read all that was asked for (teams), and "
            "what stands there is empty. Look for damage at the source (keys: 3).");
  collection.restart();
  EXPECT_EQ(collection.unread_parts().notice(), "");

  page({R"({"id":"3","name":"n","teams":null})"});
  EXPECT_EQ(people().unread_parts().notice(), "") << "elsewhere null means none";
}

TEST_F(CollectionTest, CountsTheOverlapOfTwoPagesOnce) {
  page({person("1", "Ada"), person("2", "Bob")});
  page({person("2", "Bob"), person("3", "Eve")});
  expect_counts(3, 0, 0, 3, 1);
  EXPECT_EQ(people().counts().changed, 0u);
}

TEST_F(CollectionTest, TakesTheLaterOfTwoVersionsOfOneRecord) {
  page({person("1", "Ada"), person("2", "Bob")});
  page({person("2", "Robert"), person("3", "Eve")});
  expect_counts(3, 0, 0, 3, 1);
  EXPECT_THAT(people().changed_keys(), ElementsAre("2"));
  EXPECT_THAT(live(), ElementsAre(HasSubstr("Ada"), HasSubstr("Robert"), HasSubstr("Eve")));
}

TEST_F(CollectionTest, ParksTheSecondOfTwoRecordsWithOneKeyOnOnePage) {
  page({person("1", "Ada"), person("1", "Bob")});
  expect_counts(2, 0, 1, 1, 0);
  EXPECT_THAT(live(), ElementsAre(HasSubstr("Ada")));
  ASSERT_EQ(people().rejects().size(), 1u);
  EXPECT_EQ(people().rejects()[0].reason, "duplicate_key");
}

// Bob may be somebody whose own key is missing now.
TEST_F(CollectionTest, CannotNameARecordThatHasTheKeyOfAnother) {
  page({person("1", "Ada"), person("1", "Bob"), person("2", "Eve"), person("2", "Eve")});
  EXPECT_EQ(people().nameless().size(), 1u) << "the same record twice is one record";
  page({person("2", "Eve")});
  EXPECT_EQ(people().nameless().size(), 1u);
  page({person("2", "Mallory")});
  EXPECT_EQ(people().nameless().size(), 2u);
}

TEST_F(CollectionTest, ListsKeysThatOnlyStrictReadersTellApart) {
  page({person("Ada", "1"), person("ada", "2"), person("\xC3\x89va", "3"), person("Bob", "4")});
  page({person("\xC3\xA9va", "5"), person("E\xCC\x81va", "6"), person("ADA", "7")});
  expect_counts(7, 0, 0, 7, 0);
  EXPECT_EQ(people().twin_count(), 4u);
  EXPECT_THAT(people().twins(), ElementsAre("ada", "\xC3\xA9va", "E\xCC\x81va", "ADA"));
  people().restart();
  EXPECT_EQ(people().twin_count(), 0u);
}

TEST_F(CollectionTest, CallsNoKeyItsOwnTwin) {
  page({person("Ada", "1"), person("\xC3\x89va", "2")});
  page({person("Ada", "changed"), person("\xC3\x89va", "changed")});
  EXPECT_EQ(people().twin_count(), 0u);
}

TEST_F(CollectionTest, CountsFilteredRecordsThatComeAgainOnce) {
  page({person("1", "Ada", "hide@me"), person("2", "Bob")});
  page({person("1", "Ada", "hide@me")});
  expect_counts(2, 1, 0, 1, 1);
}

TEST_F(CollectionTest, FollowsARecordThatChangesItsFate) {
  page({person("1", "Ada", "hide@me"), person("2", "Bob")});
  page({person("1", "Ada"), person("2", "Bob", "hide@me")});
  expect_counts(2, 1, 0, 1, 2);
  EXPECT_THAT(live(), ElementsAre(HasSubstr("Ada")));
}

TEST_F(CollectionTest, ParksRecordsOnceAndRememberTheirKeys) {
  const std::string large = person("1", std::string(mapping::kMaxObjectBytes + 1, 'x'));
  page({large, R"({"name":"no key"})"});
  page({large});
  expect_counts(2, 0, 2, 0, 1);
  EXPECT_EQ(people().nameless().size(), 1u);
  EXPECT_THAT(people().parked_keys(), ElementsAre(crypto::keyed_hash(kKey, "1")));
  page({person("1", "Ada")});
  expect_counts(2, 0, 1, 1, 2);
  EXPECT_EQ(people().rejects().size(), 1u) << "what was repaired meanwhile is no reject any more";
}

TEST_F(CollectionTest, ForgetsEverythingWhenTheListingBeginsAgain) {
  page({person("1", "Ada"), person("2", "Bob", "hide@me"), R"({"name":"no key"})",
        R"({"id":"3","name":"Eve","score":"many"})"});
  EXPECT_EQ(people().dropped_values(), 1u);
  people().restart();
  expect_counts(0, 0, 0, 0, 0);
  EXPECT_EQ(people().dropped_values(), 0u);
  EXPECT_TRUE(people().rejects().empty());
  page({person("1", "Ada")});
  expect_counts(1, 0, 0, 1, 0);
}

TEST_F(CollectionTest, ParksAnObjectWhoseReferencesMakeItLargerThanAChunk) {
  Collection& clubs = *collections_[set("clubs")];
  page({person("1", "Ada"), person("2", "Bob")});
  std::vector<std::unique_ptr<Pairs>> pairs;
  for (const mapping::RelationPlan& relation : plan_.relations) {
    pairs.push_back(std::make_unique<Pairs>(relation, collections_));
    if (relation.relation->name != "club_members") continue;
    source::Members ada, bob;
    ada.add("1", 0);
    bob.add("2", 0);
    const std::string padding(60, '0');
    for (int i = 0; i < 40'000; ++i) {
      const std::string club = fmt::format("{}{}", padding, i);
      add(clubs, fmt::format(R"({{"id":"{}","name":"Club"}})", club));
      pairs.back()->add(club, ada);
      if (i < 20'000) pairs.back()->add(club, bob);
    }
  }
  std::vector<std::unique_ptr<Joins>> joins;
  for (std::size_t i = 0; i < plan_.data_sets.size(); ++i) {
    joins.push_back(std::make_unique<Joins>(plan_, i, collections_, pairs, kKey));
  }
  const Compared compared = compare_with_last_run(
      plan_, collections_, joins,
      std::vector<std::optional<source::Complete>>(plan_.data_sets.size(),
                                                   source::CompleteForTests::make("people", true)),
      kKey, {});
  expect_counts(2, 0, 1, 1, 0);
  ASSERT_EQ(people().rejects().size(), 1u);
  EXPECT_EQ(people().rejects()[0].key, "1");
  EXPECT_EQ(people().rejects()[0].reason, "too_large");
  EXPECT_THAT(people().rejects()[0].detail, HasSubstr("40,000 references in \"Clubs\""));
  EXPECT_EQ(BaselineView::open(compared.may_hold.data_sets.at("people")).value().size(), 1u);
}

}  // namespace
}  // namespace muster::run
