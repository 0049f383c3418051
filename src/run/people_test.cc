#include "run/people.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "json/value.h"
#include "mapping/test_source.h"

namespace muster::run {
namespace {

using assets::AccountChange;
using assets::FoundAccounts;
using assets::Person;
using assets::Written;
using base::Error;
using base::ErrorKind;
using base::Status;
using base::Stop;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FakePeople final : public assets::People {
 public:
  Status check(const std::string&, const Stop&) override { return {}; }
  Status open(const assets::PeopleObjects& objects, const Stop&) override {
    opened = objects;
    return on_open;
  }
  Status read(const OnPerson& on_person, const Stop&) override {
    for (const Person& person : persons) on_person(person);
    return {};
  }
  Status find(std::span<const std::string> emails, const OnFound& on_found, const Stop&) override {
    asked.assign(emails.begin(), emails.end());
    for (std::size_t i = 0; i < emails.size(); ++i) {
      const FoundAccounts found[] = {{i, accounts[emails[i]]}};
      TRY(on_found(found));
    }
    return {};
  }
  Status write(std::span<const AccountChange> changes, std::vector<Written>& written,
               const Stop&) override {
    for (const AccountChange& change : changes) {
      writes.push_back(change.object_id + "=" + change.account);
      written.push_back(outcome);
    }
    return changes.empty() ? Status() : on_write;
  }
  assets::PeopleTraffic traffic() const override { return {7, 1, 2.5}; }

  std::vector<Person> persons;
  std::map<std::string, std::vector<std::string>> accounts;  // by address
  Status on_open, on_write;
  Written outcome = Written::kDone;
  assets::PeopleObjects opened;
  std::vector<std::string> asked, writes;
};

class PeopleStepTest : public testing::Test {
 protected:
  PeopleStepTest() {
    mapping::Selection selection;
    selection.data_sets.resize(1);
    selection.data_sets[0].data_set = "people";
    for (const auto& finding : mapping::make_plan(mapping::testing::make_source(), selection,
                                                  "demo", "demo.yaml", plan_)) {
      ADD_FAILURE() << finding.text();
    }
    data_set_ = *people_data_set(plan_, "people");
    collection_ =
        std::make_unique<Collection>(*scheduler_, plan_, data_set_, crypto::HashKey{1, 2, 3});
    for (int i = 1; i <= 4; ++i) {
      const auto record =
          json::Document::parse(fmt::format(R"({{"id":"u-{}","name":"N","mail":"a@b.c"}})", i));
      collection_->add(record->root(), {});
    }
    collection_->end_page();
    settings_.data_set = "people";
    settings_.email = "mail";
    settings_.attribute = "Account";
  }

  // Of record u-N, as object N.
  void hold(int number, std::string email, std::vector<std::string> accounts = {}) {
    people_.persons.push_back({.object_id = std::to_string(number),
                               .object_key = fmt::format("IT-{}", number),
                               .key = fmt::format("u-{}", number),
                               .email = std::move(email),
                               .accounts = std::move(accounts)});
  }
  PeopleReport fill() {
    return fill_in_accounts(people_,
                            {.settings = settings_,
                             .plan = plan_,
                             .data_set = data_set_,
                             .collection = *collection_,
                             .target = "workspace/ws/importsource/src",
                             .type_id = "401"},
                            progress_, {});
  }

  const std::unique_ptr<base::Scheduler> scheduler_ = base::make_simulated_scheduler(1);
  mapping::Plan plan_;
  std::size_t data_set_ = 0;
  std::unique_ptr<Collection> collection_;
  PeopleSettings settings_;
  FakePeople people_;
  Progress progress_;
};

TEST_F(PeopleStepTest, NamesAttributesAsAssetsDoes) {
  fill();
  EXPECT_EQ(people_.opened.type_id, "401");
  EXPECT_EQ(people_.opened.target, "workspace/ws/importsource/src");
  const catalogue::ObjectType& type = plan_.type_of(data_set_);
  EXPECT_EQ(people_.opened.type_name, type.name);
  EXPECT_EQ(people_.opened.account_attribute, "Account");
  EXPECT_EQ(people_.opened.email_attribute,
            type.attributes[*people_attribute(plan_, data_set_, "mail")].name);
  EXPECT_FALSE(people_attribute(plan_, data_set_, "nothing"));
}

TEST_F(PeopleStepTest, WritesOnlyWhatDiffers) {
  hold(1, "Ada@b.c ");
  hold(2, "bob@b.c", {"b-1"});
  hold(3, "cyd@b.c", {"other"});
  people_.accounts = {{"ada@b.c", {"a-1"}}, {"bob@b.c", {"b-1"}}, {"cyd@b.c", {"c-1"}}};
  const PeopleReport report = fill();
  EXPECT_THAT(people_.writes, ElementsAre("1=a-1", "3=c-1"));
  EXPECT_EQ(report.state, "done");
  EXPECT_EQ(report.reason, "ok");
  EXPECT_EQ(report.objects, 3U);
  EXPECT_EQ(report.written, 2U);
  EXPECT_EQ(report.unchanged, 1U);
  EXPECT_EQ(report.message, "2 written, 1 unchanged.");
  EXPECT_EQ(report.requests, 7U);
  EXPECT_EQ(report.throttled, 1U);
  EXPECT_EQ(progress_.people_done, 3U);
  EXPECT_EQ(progress_.people_total, 3U);
}

TEST_F(PeopleStepTest, LeavesObjectsAloneThatThisRunDidNotSend) {
  hold(1, "ada@b.c");
  hold(9, "bob@b.c");
  people_.accounts = {{"ada@b.c", {"a-1"}}, {"bob@b.c", {"b-1"}}};
  EXPECT_EQ(fill().objects, 1U);
  EXPECT_THAT(people_.writes, ElementsAre("1=a-1"));
}

TEST_F(PeopleStepTest, AsksForAnAddressOnceAndGivesItsAccountToAllWhoHaveIt) {
  hold(1, "ada@b.c");
  hold(2, "ADA@b.c");
  people_.accounts = {{"ada@b.c", {"a-1"}}};
  EXPECT_EQ(fill().written, 2U);
  EXPECT_THAT(people_.asked, ElementsAre("ada@b.c"));
}

TEST_F(PeopleStepTest, ListsWhoIsUnknownOrAmbiguousAndTakesNothingAway) {
  hold(1, "ada@b.c", {"old"});
  hold(2, "bob@b.c");
  hold(3, "");
  hold(4, "bob@b.c", {"b-2"});
  people_.accounts = {{"bob@b.c", {"b-1", "b-2"}}};
  const PeopleReport report = fill();
  EXPECT_THAT(people_.writes, IsEmpty());
  EXPECT_EQ(report.unknown.count, 1U);
  EXPECT_THAT(report.unknown.objects, ElementsAre("IT-1"));
  EXPECT_THAT(report.ambiguous.objects, ElementsAre("IT-2"));
  EXPECT_EQ(report.without_email, 1U);
  EXPECT_EQ(report.unchanged, 1U) << "somebody chose one of the two";
  EXPECT_EQ(report.message,
            "0 written, 1 unchanged, 1 ambiguous, 1 unknown in Jira, 1 without e-mail.");
}

TEST_F(PeopleStepTest, ListsWhatAssetsRefusedButNotWhatIsGone) {
  hold(1, "ada@b.c");
  people_.accounts = {{"ada@b.c", {"a-1"}}};
  people_.outcome = Written::kRefused;
  EXPECT_THAT(fill().refused.objects, ElementsAre("IT-1"));
  people_.outcome = Written::kGone;
  const PeopleReport gone = fill();
  EXPECT_EQ(gone.refused.count + gone.written, 0U);
  EXPECT_EQ(gone.state, "done");
}

TEST_F(PeopleStepTest, ListsOnlyTheFirstKeysOfMany) {
  for (int i = 0; i < 300; ++i) hold(1, "nobody@b.c");
  const PeopleReport report = fill();
  EXPECT_EQ(report.unknown.count, 300U);
  EXPECT_EQ(report.unknown.objects.size(), kMaxListedObjects);
}

TEST_F(PeopleStepTest, SaysWhatWentWrongAndWhatWasDoneUntilThen) {
  hold(1, "ada@b.c");
  people_.accounts = {{"ada@b.c", {"a-1"}}};
  people_.on_write = Error{ErrorKind::kDenied, "people_permission", "Not allowed."};
  const PeopleReport report = fill();
  EXPECT_EQ(report.state, "failed");
  EXPECT_EQ(report.reason, "people_permission");
  EXPECT_EQ(report.message,
            "Not allowed. Until then 1 account was written. The import is not concerned; the next "
            "run fills in what is missing.");
  people_.on_open = Error{ErrorKind::kCancelled, "cancelled", "Stopped."};
  EXPECT_EQ(fill().state, "cancelled");
}

}  // namespace
}  // namespace muster::run
