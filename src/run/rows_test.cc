// Records that come out of the records of another listing, read from a source in this process.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalogue/loader.h"
#include "run/reading.h"
#include "source/test_support.h"

namespace muster::run {
namespace {

using source::test::answer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr const char* kCatalogue = R"(
name: demo
title: Demo
connection: { token: { type: secret } }
addresses: { api: { url: "https://api.test" } }
sign_in: { strategy: bearer, token: token }
lanes: { main: { units: 100 } }
errors: [{ code: expired, meaning: restart }]
error_code: error.code
defaults:
  lane: main
  records: value
  paging: { strategy: next_link, next: next, size_parameter: size, page_size: 2 }
data_sets:
  programs:
    title: Program
    key: id
    label: name
    rows: { of: computers, path: "inside.apps[]", when: name != "Finder" }
    attributes: { id: { compose: "{name} {version}" }, name: text, publisher: text }
  computers:
    title: Computer
    key: id
    label: id
    path: /computers
    embedded_json: inside
    attributes: { id: text, os: { path: inside.os } }
    references:
      programs: { target: programs, path: "inside.apps[]", compose: "{name} {version}" }
)";

class RowsTest : public testing::Test {
 protected:
  // `pages`: bodies in turn; "expired" is an answer that begins the listing again.
  void read(std::vector<std::string> pages, mapping::Selection selection = {}) {
    auto loaded = catalogue::load_source(kCatalogue, "demo.yaml", {});
    for (const auto& finding : loaded.findings) ADD_FAILURE() << finding.text();
    ASSERT_NE(loaded.source, nullptr);
    for (const auto& finding :
         mapping::make_plan(loaded.source, selection, "demo", "demo.yaml", plan_)) {
      if (!finding.is_warning) ADD_FAILURE() << finding.text();
    }
    std::size_t at = 0;
    rig_ = std::make_unique<source::test::Rig>(
        [pages = std::move(pages), at](const net::Request&) mutable -> base::Result<net::Response> {
          const std::string& page = pages.at(at++);
          if (page == "expired") return source::test::refusal(400, "expired");
          return answer(200, page);
        });
    auto session =
        source::Session::open(loaded.source, rig_->values, {},
                              {*rig_->scheduler, rig_->client, *rig_->random, *rig_->logger});
    ASSERT_TRUE(session.ok()) << session.error().text();
    session_ = std::move(*session);
    const base::Status status = read_everything(
        plan_, {1, 2, 3}, 100, {*rig_->scheduler, *session_, progress_}, {}, result_);
    ASSERT_TRUE(status.ok()) << status.error().text();
  }

  static std::string app(std::string_view name, int version, std::string_view publisher = "x") {
    return fmt::format(R"({{"name":"{}","version":{},"publisher":"{}"}})", name, version,
                       publisher);
  }
  static std::string computer(int id, const std::vector<std::string>& apps) {
    return fmt::format(R"({{"id":"c{}","inside":{{"os":"o","apps":[{}]}}}})", id,
                       fmt::join(apps, ","));
  }
  static std::string page(const std::vector<std::string>& records, bool more = false) {
    return fmt::format(R"({{"value":[{}]{}}})", fmt::join(records, ","),
                       more ? R"(,"next":"https://api.test/computers?page=2")" : "");
  }

  Collection& programs() { return *result_.collections[0]; }
  Collection& computers() { return *result_.collections[1]; }
  static std::vector<std::string> live(const Collection& collection) {
    std::vector<std::string> objects;
    Spool::Reader reader(collection.spool());
    std::string_view object;
    for (std::size_t i = 0; reader.next(object); ++i) {
      if (collection.is_live(i)) objects.emplace_back(object);
    }
    return objects;
  }
  void expect_counts(std::uint64_t fetched, std::uint64_t filtered, std::uint64_t rejected,
                     std::uint64_t formatted, std::uint64_t repeated) {
    const Counts& counts = programs().counts();
    EXPECT_EQ(counts.fetched, fetched);
    EXPECT_EQ(counts.filtered, filtered);
    EXPECT_EQ(counts.rejected, rejected);
    EXPECT_EQ(counts.formatted, formatted);
    EXPECT_EQ(counts.repeated, repeated);
  }

  mapping::Plan plan_;
  std::unique_ptr<source::test::Rig> rig_;
  std::unique_ptr<source::Session> session_;
  Progress progress_;
  ReadResult result_;
};

TEST_F(RowsTest, ComeOnceHoweverManyRecordsHoldThem) {
  read({page({computer(1, {app("Zip", 2), app("Edit", 1)}), computer(2, {app("Zip", 2, "other")})},
             true),
        page({computer(3, {app("Zip", 2), app("Zip", 3), app("Finder", 1)})})});
  expect_counts(3, 0, 0, 3, 2);
  EXPECT_THAT(live(programs()), ElementsAre(R"({"id":"Zip 2","name":"Zip","publisher":"x")",
                                            HasSubstr("Edit 1"), HasSubstr("Zip 3")))
      << "the first of a key counts";
  EXPECT_THAT(live(computers())[0], HasSubstr(R"("programs":["Zip 2","Edit 1"])"));
  EXPECT_EQ(rig_->client.urls().size(), 2u) << "no request of their own";
  EXPECT_THAT(result_.notices, ElementsAre()) << "that they repeat is their nature";
}

TEST_F(RowsTest, AreCompleteWhenTheirParentsAre) {
  read({page({computer(1, {app("Zip", 2)})})});
  ASSERT_TRUE(result_.data_sets[0].has_value());
  EXPECT_TRUE(result_.data_sets[0]->is_whole());
  EXPECT_EQ(result_.data_sets[0]->name(), "programs");
  EXPECT_EQ(result_.data_sets[0]->records(), 1u);
  EXPECT_TRUE(progress_.data_sets[0].done);
  EXPECT_EQ(progress_.data_sets[0].formatted, 1u);
}

TEST_F(RowsTest, ArePartialWhenTheirParentsAreLimited) {
  mapping::Selection selection;
  selection.data_sets = {{.data_set = "computers", .limit = 1}};
  read({page({computer(1, {app("Zip", 2)}), computer(2, {app("Edit", 1)})})}, selection);
  expect_counts(1, 0, 0, 1, 0);
  EXPECT_FALSE(result_.data_sets[0]->is_whole());
}

TEST_F(RowsTest, BeginAgainWithTheirParents) {
  read({page({computer(1, {app("Gone", 2), app("Zip", 2)})}, true), "expired",
        page({computer(1, {app("Zip", 2)})})});
  expect_counts(1, 0, 0, 1, 0);
  EXPECT_THAT(live(programs()), ElementsAre(HasSubstr("Zip 2")));
}

TEST_F(RowsTest, AreThoseOfTheRecordsThatAreMeant) {
  mapping::Selection selection;
  selection.data_sets = {{.data_set = "computers", .where = "id != \"c2\""}};
  read({page({computer(1, {app("Zip", 2)}), computer(2, {app("Edit", 1)})})}, selection);
  EXPECT_THAT(live(programs()), ElementsAre(HasSubstr("Zip 2")));
}

TEST_F(RowsTest, AreFilteredOneByOneAndComeWhenAnyOfAKeyIsMeant) {
  mapping::Selection selection;
  selection.data_sets = {{.data_set = "programs", .where = "publisher != \"x\""}};
  const std::vector<std::string> one = {app("Zip", 2), app("Edit", 1), app("Edit", 1)};
  const std::vector<std::string> other = {app("Zip", 2, "y"), app("Zip", 2, "x"),
                                          app("Zip", 2, "z")};
  read({page({computer(1, one), computer(2, other)})}, selection);
  expect_counts(2, 1, 0, 1, 4);
  EXPECT_THAT(live(programs()), ElementsAre(HasSubstr("\"publisher\":\"y\"")));
}

TEST_F(RowsTest, ComeFromParkedRecordsToo) {
  const std::string keyless = R"({"inside":{"apps":[)" + app("Zip", 2) + "]}}";
  read({page({keyless, computer(1, {})})});
  EXPECT_EQ(computers().counts().rejected, 1u);
  EXPECT_THAT(live(programs()), ElementsAre(HasSubstr("Zip 2")))
      << "that a record has no key does not make its programs missing";
}

TEST_F(RowsTest, AreParkedWithoutAKey) {
  read({page({computer(1, {app("Zip", 2), R"({"name":""})", "7"})})});
  expect_counts(3, 0, 2, 1, 0);
  EXPECT_EQ(programs().rejects()[0].reason, "empty_key");
  EXPECT_THAT(programs().rejects()[0].detail, HasSubstr("record 2 of page 1"));
  EXPECT_EQ(programs().rejects()[1].reason, "not_an_object");
}

TEST_F(RowsTest, AreParkedWhereSomethingElseStands) {
  read({page({R"({"id":"c1","inside":{"apps":"none"}})", R"({"id":"c2","inside":{"apps":null}})",
              R"({"id":"c3","inside":{"apps":{}}})"})});
  expect_counts(1, 0, 1, 0, 0);
  EXPECT_EQ(programs().rejects()[0].reason, "not_an_object");
  EXPECT_THAT(programs().rejects()[0].detail,
              HasSubstr("inside.apps[] of c1 holds something else than a list"));
  EXPECT_EQ(programs().nameless().size(), 1u) << "or its programs would count as removed";
}

TEST_F(RowsTest, AreFoundInTextsThatHoldJson) {
  read({page(
      {R"({"id":"c1","inside":"{\"os\":\"linux\",\"apps\":[{\"name\":\"Zip\",\"version\":2}]}"})",
       R"({"id":"c2","inside":"{\"os\":"})"})});
  EXPECT_THAT(live(programs()), ElementsAre(HasSubstr("Zip 2")));
  EXPECT_THAT(live(computers()),
              ElementsAre(HasSubstr(R"("os":"linux")"), HasSubstr(R"("os":"")")));
  EXPECT_EQ(computers().dropped_values(), 1u);
  EXPECT_THAT(result_.notices,
              UnorderedElementsAre(
                  "computers: 1 text was left out: not the JSON that should be in there (inside).",
                  "programs: \"Publisher\" (publisher) had a value in none of 1 record."));
}

}  // namespace
}  // namespace muster::run
