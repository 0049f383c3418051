#include "cli/people_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace muster::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

run::Report with_people(run::PeopleReport people) {
  run::Report report;
  people.data_set = "users";
  people.attribute = "Jira account";
  report.people = std::move(people);
  return report;
}

TEST(PeopleText, SaysNothingWhereAccountsAreNotFilledIn) { EXPECT_EQ(people_text({}), ""); }

TEST(PeopleText, ShowsCountsAndWhomSomebodyHasToLookAt) {
  EXPECT_EQ(people_text(with_people({.state = "done",
                                     .reason = "ok",
                                     .message = "4,812 written.",
                                     .objects = 5000,
                                     .without_email = 2,
                                     .written = 4812,
                                     .unchanged = 180,
                                     .ambiguous = {1, {"IT-3"}},
                                     .unknown = {4, {"IT-5", "IT-6"}}})),
            "Jira accounts of users, into \"Jira account\":\n\n"
            "objects  without e-mail  written  unchanged  ambiguous  unknown  refused\n"
            "  5,000               2    4,812        180          1        4        0\n\n"
            "  Ambiguous, several accounts have the e-mail address: IT-3\n"
            "  Unknown, no active account has the e-mail address: IT-5, IT-6 and 2 more\n"
            "  done: 4,812 written.\n\n");
}

TEST(PeopleText, ShowsAtMostTwentyKeysOfEach) {
  run::ListedObjects many{.count = 25, .objects = {}};
  for (int i = 1; i <= 25; ++i) many.objects.push_back("IT-" + std::to_string(i));
  const std::string text =
      people_text(with_people({.state = "done", .reason = "ok", .refused = many}));
  EXPECT_THAT(text, HasSubstr("Refused by Assets: IT-1, IT-2"));
  EXPECT_THAT(text, HasSubstr("IT-20 and 5 more"));
  EXPECT_THAT(text, Not(HasSubstr("IT-21")));
}

TEST(PeopleText, NamesTheReasonOfAFailure) {
  EXPECT_EQ(people_text(with_people(
                {.state = "failed", .reason = "people_sign_in", .message = "The token is wrong."})),
            "Jira accounts of users, into \"Jira account\":\n\n"
            "  failed: The token is wrong. [people_sign_in]\n\n");
}

}  // namespace
}  // namespace muster::cli
