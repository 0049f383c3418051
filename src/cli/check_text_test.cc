#include "cli/check_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster::cli {
namespace {

using testing::HasSubstr;
using State = source::DataSetCheck::State;

Diagnosis diagnosis() {
  auto source = std::make_shared<catalogue::Source>();
  source->title = "People";
  source->permissions = {{.name = "Device.Read", .covered_by = {"Directory.Read"}},
                         {.name = "Hidden.Read", .help = "For hidden ones."}};
  source->granting = "and give consent";
  Diagnosis made{.importer = "hr", .source = source};
  made.checks = {{.name = "users", .state = State::kWorks, .records_seen = 1}};
  made.destination = assets::Readiness{.ready = true, .status = "IDLE"};
  return made;
}

std::string text_of(const Diagnosis& what, bool verbose = false) {
  return diagnosis_text(what, verbose, Console({}));
}

TEST(Check, SaysWhenEverythingWorks) {
  EXPECT_EQ(text_of(diagnosis()),
            "Importer hr: People\n\n"
            "checked      state         missing permission\n"
            "sign-in      works\n"
            "users        works\n"
            "destination  ready (IDLE)\n\n"
            "Everything selected can be read and sent.\n");
  EXPECT_EQ(exit_code(diagnosis()), 0);
}

TEST(Check, TellsWhatWorksAndIsEmptyApart) {
  Diagnosis with_none = diagnosis();
  with_none.checks.push_back({.name = "devices", .state = State::kEmpty});
  EXPECT_THAT(text_of(with_none), HasSubstr("users        works\n"
                                            "devices      works, but is empty\n"
                                            "destination  ready (IDLE)\n\n"
                                            "Everything selected can be read and sent.\n"));
  EXPECT_THAT(text_of(with_none), HasSubstr("Good to know:\n  - Without a single record, with the "
                                            "filter if there is one: devices."));
  EXPECT_EQ(exit_code(with_none), 0);
  const Diagnosis all[] = {with_none};
  EXPECT_THAT(diagnoses_json(all), HasSubstr(R"("state":"works_but_is_empty")"));
}

TEST(Check, SaysWhatAssetsWouldRefuse) {
  Diagnosis frozen = diagnosis();
  frozen.refusals = {"The attribute 'Title' of 'User' cannot become 'Name'."};
  EXPECT_THAT(text_of(frozen),
              HasSubstr("To do:\n  - destination: The attribute 'Title' of 'User' cannot become"));
  EXPECT_THAT(text_of(frozen), HasSubstr("not ready (IDLE)"));
  EXPECT_EQ(exit_code(frozen), 5);
}

TEST(Check, TellsEachPermissionOnceWithAllThatWaitsForIt) {
  Diagnosis lacking = diagnosis();
  lacking.checks[0].fields = {{"signIn", "Device.Read"}};
  lacking.checks.push_back(
      {.name = "devices",
       .state = State::kMissingPermission,
       .grant = {"Device.Read"},
       .error = base::Error{base::ErrorKind::kDenied, "source_permission", "403"}});
  lacking.checks.push_back({.name = "members",
                            .is_relation = true,
                            .state = State::kWorks,
                            .hidden_members_need = "Hidden.Read"});
  lacking.checks.push_back({.name = "roles", .is_relation = true, .state = State::kUntested});
  EXPECT_THAT(
      text_of(lacking),
      HasSubstr("To do:\n"
                "  - Grant Device.Read (or Directory.Read) and give consent: signIn of users (or "
                "exclude it),\n    devices.\n"
                "  - Grant Hidden.Read [For hidden ones] and give consent: hidden members in "
                "members.\n"
                "  - roles: not tested, there was no record to try it with.\n"));
  EXPECT_EQ(exit_code(lacking), 3);
}

TEST(Check, TellsOneSentenceOnceWhatManyWaitFor) {
  Diagnosis absent = diagnosis();
  for (const char* name : {"apps", "policies"}) {
    absent.checks.push_back(
        {.name = name,
         .state = State::kNotAvailable,
         .error = base::Error{base::ErrorKind::kMissing, "not_available", "No licence."}});
  }
  EXPECT_THAT(text_of(absent), HasSubstr("To do:\n  - apps, policies: No licence.\n"));
}

TEST(Check, DoubtsTheCredentialsWhenNothingCanBeRead) {
  Diagnosis refused = diagnosis();
  refused.checks.clear();
  for (const char* name : {"hosts", "teams", "users"}) {
    refused.checks.push_back(
        {.name = name,
         .state = State::kMissingPermission,
         .grant = {"Device.Read"},
         .error = base::Error{base::ErrorKind::kDenied, "source_permission", "403"}});
  }
  EXPECT_THAT(text_of(refused), HasSubstr("To do:\n  - Nothing at all can be read"));
}

TEST(Check, BlamesTheSideThatFailed) {
  Diagnosis refused = diagnosis();
  refused.destination.reset();
  refused.destination_error = base::Error{base::ErrorKind::kDenied, "destination_token", "No."};
  EXPECT_EQ(exit_code(refused), 5);
  EXPECT_THAT(text_of(refused), HasSubstr("  - destination: No.\n"));

  refused.checks.clear();
  refused.sign_in = base::Error{base::ErrorKind::kDenied, "source_sign_in", "Wrong secret."};
  EXPECT_EQ(exit_code(refused), 3);
  EXPECT_THAT(text_of(refused), HasSubstr("  - sign-in: Wrong secret.\n"));
}

TEST(Check, LooksAtJiraAccountsWhereTheyAreWanted) {
  Diagnosis wanted = diagnosis();
  wanted.people = Diagnosis::People::kWork;
  EXPECT_THAT(text_of(wanted), HasSubstr("Jira accounts  works\n"));
  EXPECT_EQ(exit_code(wanted), 0);
  wanted.people = Diagnosis::People::kFailed;
  wanted.people_error = base::Error{base::ErrorKind::kDenied, "people_sign_in", "Wrong token."};
  EXPECT_THAT(text_of(wanted), HasSubstr("  - Jira accounts: Wrong token.\n"));
  EXPECT_EQ(exit_code(wanted), 5);
  const Diagnosis all[] = {wanted};
  EXPECT_THAT(diagnoses_json(all),
              HasSubstr(R"("people":{"state":"failed","reason":"people_sign_in","message")"));
}

TEST(Check, IsReadableForScripts) {
  Diagnosis lacking = diagnosis();
  lacking.checks[0].state = State::kMissingPermission;
  lacking.checks[0].grant = {"User.Read"};
  const Diagnosis all[] = {lacking};
  EXPECT_EQ(
      diagnoses_json(all),
      R"({"importers":[{"importer":"hr","sign_in":{"state":"works"},"checks":[{"name":"users",)"
      R"("kind":"data_set","state":"missing_permission","grant":["User.Read"],"fields":[]}],)"
      R"("superfluous":[],"expiries":[],"destination":{"ready":true,"status":"IDLE","advice":"",)"
      R"("refusals":[]},"advice":["Grant User.Read and give consent: users."]}]})");
}

TEST(Check, SaysWhatToGrantInTheWordsOfTheSource) {
  Diagnosis lacking = diagnosis();
  auto source = std::make_shared<catalogue::Source>();
  source->granting = "in the role of the API client";
  lacking.source = source;
  lacking.checks = {{.name = "users", .state = State::kMissingPermission, .grant = {"Read Users"}}};
  EXPECT_THAT(text_of(lacking),
              HasSubstr("Grant Read Users in the role of the API client: users."));
}

TEST(Check, WarnsOfWhatEndsSoonAndTellsTheRestAside) {
  Diagnosis ending = diagnosis();
  ending.expiries = {{.field = "client_secret", .end = "2027-01-05T00:00:00.000Z", .days_left = 12},
                     {.field = "certificate", .end = "2028-01-05T00:00:00.000Z", .days_left = 400},
                     {.field = "other", .needs = "Application.Read.All"}};
  ending.superfluous = {"Mail.Send"};
  const std::string text = text_of(ending);
  EXPECT_THAT(text,
              HasSubstr("To do:\n  - Renew client_secret: it ends in 12 days (2027-01-05).\n"));
  EXPECT_THAT(text, HasSubstr("Good to know:\n  - certificate: it ends in 400 days (2028-01-05).\n"
                              "  - other: when it ends would be seen with Application.Read.All.\n"
                              "  - Granted, and needed by nothing that this importer selects: "
                              "Mail.Send.\n"));
  EXPECT_EQ(exit_code(ending), 0) << "nothing fails because of it";
  ending.superfluous = {"A.Read", "B.Read", "C.Read", "Mail.Send"};
  EXPECT_THAT(text_of(ending),
              HasSubstr("  - 4 permissions are granted and needed by nothing that this importer "
                        "selects; --verbose lists\n    them.\n"));
  EXPECT_THAT(text_of(ending, true), HasSubstr("selects: A.Read, B.Read, C.Read, Mail.Send.\n"));
  ending.superfluous = {"Mail.Send"};
  const std::string json = diagnoses_json(std::vector<Diagnosis>{std::move(ending)});
  EXPECT_THAT(json, HasSubstr(R"("superfluous":["Mail.Send"])"));
  EXPECT_THAT(json, HasSubstr(R"("days_left":12)"));
}

}  // namespace
}  // namespace muster::cli
