// Imports whose people get their Jira accounts afterwards, against the imitations, in virtual time.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "sandbox/world/user.h"
#include "tests/support/import_rig.h"

namespace muster::tests {
namespace {

using run::State;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

constexpr const char* kOnlyUsers =
    "{ groups: off, devices: off, licenses: off, applications: off, service_principals: off, "
    "directory_roles: off, administrative_units: off, domains: off, organization: off }";
constexpr const char* kByAccount =
    "data_set: users, email: mail, account: admin@example.com, api_token: { env: UNUSED }";
constexpr const char* kByBearer = "data_set: users, email: mail, bearer_token: { env: UNUSED }";

sandbox::SandboxSettings people(std::uint32_t users) {
  return tenant(12, {.users = users, .groups = 2, .memberships = 10});
}

class PeopleImport : public testing::Test {
 protected:
  explicit PeopleImport(std::uint32_t users = 160) : rig(people(users)) { rig.people = kByAccount; }

  run::Report run(run::Options options = {}, const std::string& more = "") {
    run::Report report = rig.run(kOnlyUsers, options, more);
    EXPECT_TRUE(report.people || report.state != State::kCompleted);
    return report;
  }

  // What the world says: active accounts of people by address in lower case.
  std::map<std::string, std::set<std::string>> accounts() {
    std::map<std::string, std::set<std::string>> found;
    for (const auto& account : rig.sandbox().jira().accounts().all()) {
      if (account.type != "atlassian" || !account.active || account.deleted) continue;
      found[base::to_lower_ascii(account.email)].insert(account.id);
    }
    return found;
  }

  // Every user has the account that the world says, or none; counts what the report must say.
  run::PeopleReport expect_all_right() {
    const auto by_email = accounts();
    run::PeopleReport expected;
    rig.assets().each("Entra User", [&](const sandbox::AssetsService::HeldObject& object) {
      ++expected.objects;
      const std::string mail = base::to_lower_ascii(object.value("Mail"));
      const auto found = by_email.find(mail);
      if (mail.empty()) {
        ++expected.without_email;
      } else if (found == by_email.end()) {
        ++expected.unknown.count;
      } else if (found->second.size() > 1) {
        ++expected.ambiguous.count;
      } else {
        ++expected.written;
        EXPECT_EQ(object.value("Jira account"), *found->second.begin()) << object.key;
        return;
      }
      EXPECT_EQ(object.value("Jira account"), "") << object.key;
    });
    return expected;
  }

  std::size_t calls(std::string_view method, std::string_view beginning) {
    const auto entries = rig.sandbox().journal().entries();
    return static_cast<std::size_t>(std::ranges::count_if(entries, [&](const auto& entry) {
      return entry.method == method && entry.target.starts_with(beginning);
    }));
  }
  std::size_t writes() {
    const auto entries = rig.sandbox().journal().entries();
    return static_cast<std::size_t>(std::ranges::count_if(entries, [](const auto& entry) {
      return entry.method == "PUT" && entry.target.find("/object/") != std::string::npos;
    }));
  }

  ImportRig rig;
};

class ManyPeopleImport : public PeopleImport {
 protected:
  ManyPeopleImport() : PeopleImport(500) {}
};

void expect_same(const run::PeopleReport& report, const run::PeopleReport& expected) {
  EXPECT_EQ(report.objects, expected.objects);
  EXPECT_EQ(report.without_email, expected.without_email);
  EXPECT_EQ(report.ambiguous.count, expected.ambiguous.count);
  EXPECT_EQ(report.unknown.count, expected.unknown.count);
  EXPECT_GT(expected.written, 100U);
  EXPECT_GT(expected.ambiguous.count, 0U);
  EXPECT_GT(expected.unknown.count, 0U);
}

TEST_F(PeopleImport, WritesEveryAccountOnceAndThenNothing) {
  const run::Report first = run();
  ASSERT_EQ(first.state, State::kCompleted) << first.message;
  ASSERT_EQ(first.people->state, "done") << first.people->message;
  const run::PeopleReport expected = expect_all_right();
  expect_same(*first.people, expected);
  EXPECT_EQ(first.people->written, expected.written);
  EXPECT_EQ(writes(), expected.written);
  EXPECT_EQ(calls("GET", "/jira/rest/api/3/users/search"), 0U) << "few are searched for";

  const run::Report second = run();
  EXPECT_EQ(second.people->state, "done");
  EXPECT_EQ(second.people->written, 0U);
  EXPECT_EQ(second.people->unchanged, expected.written);
  EXPECT_EQ(writes(), expected.written) << "nothing more";
  EXPECT_EQ(second.data_sets.at(0).unchanged, second.data_sets.at(0).formatted)
      << "the accounts are no change for the import";
}

TEST_F(ManyPeopleImport, ListsAccountsAndSearchesOnlyWhereAddressesAreHidden) {
  const run::Report report = run();
  ASSERT_EQ(report.people->state, "done") << report.people->message;
  const run::PeopleReport expected = expect_all_right();
  expect_same(*report.people, expected);
  EXPECT_LE(calls("GET", "/jira/rest/api/3/users/search"), 4U);
  EXPECT_LT(calls("GET", "/jira/rest/api/3/user/search"), 120U);
  EXPECT_GT(calls("GET", "/jira/rest/api/3/user/search"), 0U);
}

TEST_F(PeopleImport, WorksWithABearerTokenToo) {
  rig.people = kByBearer;
  const run::Report report = run();
  ASSERT_EQ(report.people->state, "done") << report.people->message;
  EXPECT_EQ(report.people->written, expect_all_right().written);
  EXPECT_EQ(calls("GET", "/jira/rest"), 0U) << "the token never goes to the site";
}

TEST_F(PeopleImport, NamesNobodyInReportAndStore) {
  const run::Report report = run();
  ASSERT_EQ(rig.store().amended_reports.size(), 1U);
  const std::string text = to_json(report) + rig.store().amended_reports[0];
  EXPECT_THAT(text, HasSubstr("IMP1-"));
  EXPECT_THAT(text, Not(HasSubstr("@")));
  for (const auto& account : rig.sandbox().jira().accounts().all()) {
    EXPECT_THAT(text, Not(HasSubstr(account.id)));
  }
}

TEST_F(PeopleImport, KeepsWhatSomebodyChoseAmongSeveral) {
  const run::Report first = run();
  ASSERT_GT(first.people->ambiguous.count, 0U);
  const std::string chosen = first.people->ambiguous.objects.at(0);
  std::string account;
  rig.assets().each("Entra User", [&](const auto& object) {
    if (object.key != chosen) return;
    account = *accounts()[base::to_lower_ascii(object.value("Mail"))].rbegin();
  });
  const sandbox::Connection connection = rig.sandbox().connection("");
  // By hand, as an admin would.
  std::uint32_t attribute = 0;
  const std::string base =
      fmt::format("/assets/jsm/assets/workspace/{}/v1", rig.assets().workspace_id());
  const std::vector<net::Header> headers = {
      {"Authorization", "Basic " + base::base64_encode(fmt::format("{}:{}", connection.jira.account,
                                                                   connection.jira.api_token))},
      {"Content-Type", "application/json"}};
  const auto type = rig.assets().types().at(0);
  net::ServerResponse listed =
      rig.sandbox().handle({.method = "GET",
                            .target = fmt::format("{}/objecttype/{}/attributes", base, type.id),
                            .headers = headers});
  const json::Document attributes = json::Document::parse(listed.body).value();
  for (const json::Value& one : attributes.root().items()) {
    if (one.find("name")->text() == "Jira account") {
      attribute = static_cast<std::uint32_t>(std::stoul(std::string(one.find("id")->text())));
    }
  }
  const std::string body = fmt::format(R"({{"attributes":[{{"objectTypeAttributeId":"{}",)"
                                       R"("objectAttributeValues":[{{"value":"{}"}}]}}]}})",
                                       attribute, account);
  ASSERT_EQ(rig.sandbox()
                .handle({.method = "PUT",
                         .target = fmt::format("{}/object/{}", base, chosen),
                         .headers = headers,
                         .body = body})
                .status,
            200);
  const run::Report second = run();
  EXPECT_EQ(second.people->ambiguous.count, first.people->ambiguous.count - 1);
  EXPECT_EQ(second.people->written, 0U);
}

TEST_F(PeopleImport, FillsInOnlyWhomThisRunBrought) {
  run();
  rig.sandbox().reset();
  const run::Report report = run({.limit = 20});
  ASSERT_EQ(report.state, State::kCompleted) << report.message;
  EXPECT_EQ(report.people->objects, 20U);
}

TEST_F(PeopleImport, WaitsAsLongAsJiraAsks) {
  rig.fault(
      R"({"service":"jira","path_prefix":"/rest/api/3/user/search","nth":5,"action":{"status":429,"headers":{"Retry-After":"40"}}})");
  const base::Instant begun = rig.scheduler().now();
  const run::Report report = run();
  EXPECT_EQ(report.people->state, "done") << report.people->message;
  EXPECT_EQ(report.people->throttled, 1U);
  EXPECT_GE(report.people->waited_seconds, 40);
  EXPECT_GE(rig.scheduler().now() - begun, 40s);
  EXPECT_EQ(report.people->written, expect_all_right().written);
}

TEST_F(PeopleImport, StaysBelowTheLimitsOfAssets) {
  sandbox::SandboxSettings settings = people(700);
  settings.quota = true;
  ImportRig strict(std::move(settings));
  strict.people = kByAccount;
  const run::Report report = strict.run(kOnlyUsers);
  ASSERT_EQ(report.people->state, "done") << report.people->message;
  EXPECT_GT(report.people->written, 500U) << "more than a minute allows";
  EXPECT_EQ(report.people->throttled, 0U);
}

TEST_F(PeopleImport, StaysCompletedWhateverGoesWrongAfterwards) {
  struct Trouble {
    std::string people, fault, reason, words;
  };
  const std::string reader =
      "data_set: users, email: mail, account: reader@example.com, api_token: { env: UNUSED }";
  const Trouble kTroubles[] = {
      {kByAccount,
       R"({"service":"jira","path_prefix":"/rest/api/3/myself","action":{"status":401}})",
       "people_sign_in", "api_token"},
      {reader, "", "people_permission", "Browse users and groups"},
      {kByAccount,
       R"({"service":"jira","path_prefix":"/rest/servicedeskapi","action":{"status":200,"body":{"values":[]}}})",
       "people_settings", "site_url"},
      {kByAccount,
       R"({"service":"assets","method":"PUT","path_regex":"/object/","action":{"status":403}})",
       "people_permission", "Object Schema Developer"},
      {kByAccount,
       R"({"service":"jira","path_prefix":"/rest/api/3/user/search","action":{"status":500}})",
       "people_unavailable", "Searching for people failed"},
      {kByAccount,
       R"({"service":"jira","path_prefix":"/rest/api/3/user/search","action":{"html_200":true}})",
       "people_unavailable", "no JSON"},
      {kByAccount,
       R"({"service":"jira","path_prefix":"/rest/api/3/user/search","action":{"status":429,"headers":{"Retry-After":"7200"}}})",
       "people_unavailable", "asks to wait"},
      {kByAccount, R"({"service":"assets","path_regex":"/object/aql","action":{"status":500}})",
       "people_unavailable", "Reading the people in Assets failed"}};
  for (const Trouble& trouble : kTroubles) {
    rig.sandbox().reset();
    rig.people = trouble.people;
    if (!trouble.fault.empty()) rig.fault(trouble.fault);
    const run::Report report = run();
    EXPECT_EQ(report.state, State::kCompleted) << report.message;
    EXPECT_EQ(report.reason, "ok");
    EXPECT_EQ(exit_code(report), 0);
    EXPECT_EQ(report.people->state, "failed") << trouble.words;
    EXPECT_EQ(report.people->reason, trouble.reason) << report.people->message;
    EXPECT_THAT(report.people->message, HasSubstr(trouble.words));
    EXPECT_THAT(report.people->message, HasSubstr("the next run"));
    EXPECT_EQ(rig.store().events.back(), "amended");
  }
  rig.sandbox().reset();
  rig.people = kByAccount;
  run();
  expect_all_right();
}

TEST_F(PeopleImport, EndsTheRunBeforeItBegins) {
  run();
  const std::vector<std::string> events(rig.store().events.end() - 2, rig.store().events.end());
  EXPECT_THAT(events, testing::ElementsAre("ended completed", "amended"));
}

TEST_F(PeopleImport, GoesOnWhereTheLastOneWasCut) {
  rig.fault(R"({"service":"assets","method":"PUT","path_regex":"/object/","nth":30,"times":1,)"
            R"("action":{"status":403}})");
  const run::Report cut = run();
  EXPECT_EQ(cut.people->state, "failed");
  EXPECT_GT(cut.people->written, 20U);
  EXPECT_THAT(cut.people->message, HasSubstr("accounts were written"));
  const run::Report rest = run();
  EXPECT_EQ(rest.people->unchanged, cut.people->written);
  EXPECT_EQ(rest.people->written + rest.people->unchanged, expect_all_right().written);
}

TEST_F(PeopleImport, ListsWhomAssetsRefuses) {
  rig.fault(R"({"service":"assets","method":"PUT","path_regex":"/object/","nth":3,"times":1,)"
            R"("action":{"status":400,"body":"no such account someone@haldenrobotics.example"}})");
  const run::Report report = run();
  EXPECT_EQ(report.people->state, "done");
  EXPECT_EQ(report.people->refused.count, 1U);
  EXPECT_THAT(to_json(report), Not(HasSubstr("someone@")));
}

TEST_F(PeopleImport, StopsAtTheDeadline) {
  rig.people = std::string(kByAccount) + ", requests_per_minute: 20";
  const base::Instant begun = rig.scheduler().now();
  const run::Report report = run({}, "deadline: 3m");
  EXPECT_EQ(report.state, State::kCompleted) << report.message;
  EXPECT_EQ(report.people->state, "failed");
  EXPECT_EQ(report.people->reason, "deadline");
  EXPECT_LE(rig.scheduler().now() - begun, 3min + 1s);
}

TEST_F(PeopleImport, StopsWhenAskedTo) {
  rig.people = std::string(kByAccount) + ", requests_per_minute: 20";
  const auto stopper = rig.scheduler().start("somebody", [&] {
    base::sleep_for(rig.scheduler(), 2min, {});
    rig.stop().request_stop();
  });
  const run::Report report = run();
  stopper->join();
  EXPECT_EQ(report.state, State::kCompleted) << report.message;
  EXPECT_EQ(report.people->state, "cancelled");
  EXPECT_EQ(rig.progress().phase.load(), run::Phase::kDone);
}

TEST_F(PeopleImport, IsNotBegunWhenTheRunDidNotComplete) {
  run();
  rig.fault(
      R"({"service":"graph","path_prefix":"/v1.0/users","every":1,"action":{"status":200,"headers":{"Content-Type":"application/json"},"body":"{\"value\":[]}"}})");
  rig.sandbox().journal().clear();
  const run::Report held = run();
  EXPECT_EQ(held.state, State::kHeld);
  EXPECT_FALSE(held.people);
  rig.sandbox().faults().clear();
  rig.fault(R"({"service":"assets","path_regex":"/data$","action":{"status":400}})");
  const run::Report failed = run();
  EXPECT_EQ(failed.state, State::kFailed);
  EXPECT_FALSE(failed.people);
  run::Options plan;
  plan.plan_only = true;
  EXPECT_FALSE(rig.run(kOnlyUsers, plan).people);
  EXPECT_EQ(calls("GET", "/jira"), 0U);
}

TEST_F(PeopleImport, IsLeftToTheNextRunWhenAssetsDoesNotConfirm) {
  rig.fault(
      R"({"service":"assets","path_regex":"/executions/.*/status","nth":2,"action":{"status":500}})");
  rig.fault(
      R"({"service":"assets","path_regex":"/executions/.*/status","nth":3,"action":{"status":500}})");
  sandbox::SandboxSettings settings = people(60);
  settings.assets.faults.stuck = true;
  ImportRig stuck(std::move(settings));
  stuck.people = kByAccount;
  const run::Report report = stuck.run(kOnlyUsers);
  EXPECT_EQ(report.reason, "not_confirmed");
  ASSERT_TRUE(report.people);
  EXPECT_EQ(report.people->state, "skipped");
  EXPECT_EQ(report.people->reason, "not_confirmed");
}

}  // namespace
}  // namespace muster::tests
