// References into other sources: what a catalogue may say, and that the bundled ones say what is
// so.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalogue/test_support.h"

namespace muster::catalogue {
namespace {

constexpr std::string_view kGood = R"(name: demo
title: Demo
connection: { token: secret }
addresses: { api: { url: "https://demo.example" } }
sign_in: { strategy: bearer, token: token }
lanes: { main: { units: 10 } }
defaults: { lane: main, records: items, key: id, label: id }
data_sets:
  people:
    title: Person
    path: /people
    attributes: { id: text }
    references:
      account: { target_source: hr, target: persons, target_attribute: mail, path: mail }
      friends: { target: people, path: "friends[]" }
relations:
  pairs: { parent: people, strategy: per_parent, path: "/people/{key}/x", target: people, member_key: id }
)";

TEST(ReferenceToAnotherSource, IsLoadedWithoutThatSource) {
  const Loaded loaded = test::load(std::string(kGood));
  ASSERT_NE(loaded.source, nullptr) << loaded.findings[0].text();
  const Reference& account = loaded.source->data_sets[0].references[0];
  EXPECT_EQ(account.target_source, "hr");
  EXPECT_EQ(account.target, "persons");
  EXPECT_EQ(account.target_attribute, "mail");
}

TEST(ReferenceToAnotherSource, IsFoundByAValue) {
  test::expect_finding(kGood, "target_attribute: mail, path: mail", "relation: pairs, side: parent",
                       "14:64: records of another source are found by a value: \"path\" or "
                       "\"compose\"");
  test::expect_finding(kGood, "target_source: hr", "target_source: demo",
                       "14:33: \"target_source\" is for other sources; leave it out");
}

// An importer that links the two finds out; these are known beforehand.
TEST(ReferenceToAnotherSource, LeadsSomewhereInEveryBundledCatalogue) {
  const Library library = Library::bundled();
  std::size_t links = 0;
  for (const auto& source : library.all()) {
    for (const DataSet& set : source->data_sets) {
      for (const Reference& reference : set.references) {
        if (reference.target_source.empty()) continue;
        ++links;
        const auto place = fmt::format("{}.{}.{}", source->name, set.name, reference.name);
        const auto other = library.find(reference.target_source);
        ASSERT_NE(other, nullptr) << place;
        const DataSet* target = other->find_data_set(reference.target);
        ASSERT_NE(target, nullptr) << place;
        const std::string& name =
            reference.target_attribute.empty() ? target->key : reference.target_attribute;
        const Attribute* attribute = target->find_attribute(name);
        ASSERT_NE(attribute, nullptr) << place;
        EXPECT_TRUE(attribute->default_on && !attribute->path.is_plural()) << place;
        // E-mail addresses belong to several accounts now and then.
        EXPECT_TRUE(reference.many || name != "mail") << place;
      }
    }
  }
  EXPECT_GE(links, 8U);
}

}  // namespace
}  // namespace muster::catalogue
