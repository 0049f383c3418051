// What is shown to whoever helps, and what is not.
#include "service/support_bundle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/value.h"
#include "run/report.h"

namespace muster::service {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(SupportBundle, ShowsHowAnImporterIsMadeAndNothingThatItsMakerChose) {
  const std::string shown = definition_for_support(R"(version: 1
importers:
  - name: entra
    source: entra
    connection:
      cloud: global
      tenant_id: 11111111-2222
      client_secret: { secret: entra-client }
      allow_private_address: true
    data_sets:
      users:
        where: 'department == "Sales"'
        exclude: [mobilePhone]
        add: [ { name: Badge, path: extension1, type: text } ]
      devices: off
    record_limit: 7
    destination:
      type: jsm_assets
      people: { account: jira-bot@acme.example }
    schedule: { daily: "02:30", time_zone: Europe/Berlin }
)");
  EXPECT_THAT(shown, AllOf(HasSubstr(R"("source":"entra")"), HasSubstr(R"("cloud":"global")"),
                           HasSubstr(R"("exclude":["mobilePhone"])"),
                           HasSubstr(R"("path":"extension1")"), HasSubstr(R"("devices":"off")"),
                           HasSubstr(R"("record_limit":"7")"), HasSubstr(R"("daily":"02:30")"),
                           HasSubstr(R"("allow_private_address":"true")")));
  EXPECT_THAT(shown, HasSubstr(R"("tenant_id":"[13 bytes]")"));
  for (const char* chosen : {"1111", "Sales", "entra-client", "jira-bot", "acme"}) {
    EXPECT_THAT(shown, Not(HasSubstr(chosen)));
  }
  EXPECT_TRUE(json::Document::parse(shown).ok());
}

TEST(SupportBundle, MakesJsonOfADefinitionThatIsDamaged) {
  for (const char* damaged : {"", "a: [", "text", "{}"}) {
    const std::string shown = definition_for_support(damaged);
    EXPECT_TRUE(json::Document::parse(shown).ok()) << damaged << " became " << shown;
  }
}

TEST(SupportBundle, CountsRejectsAndNamesNoRecordAndNobody) {
  run::Report report;
  report.run_id = "0197f0c2";
  report.importer = "entra";
  report.state = run::State::kCompletedWithRejects;
  report.reason = "ok";
  report.rejects = {{"users", "ada@acme.example", "empty_key", "Ada"},
                    {"users", "bob@acme.example", "empty_key", "Bob"},
                    {"groups", "g-1", "too_large", "Sales"}};
  report.notices = {"ada@acme.example and Ada@acme.example are the same"};
  report.gate.approved_by = "anna";
  report.gate.notices = {"bob is missing"};
  report.people.emplace();
  report.people->unknown = {3, {"ITSM-88"}};
  const std::string shown = report_for_support(run::to_json(report));
  EXPECT_THAT(shown, AllOf(HasSubstr("0197f0c2"), HasSubstr("2 records"), HasSubstr("1 record\""),
                           HasSubstr("too_large")));
  for (const char* hidden : {"acme", "Ada", "ada", "Bob", "bob", "g-1", "Sales", "anna", "ITSM"}) {
    EXPECT_THAT(shown, Not(HasSubstr(hidden)));
  }
  EXPECT_EQ(report_for_support(""), "");
  EXPECT_EQ(report_for_support("{}x"), "");
}

TEST(SupportBundle, TakesTokensAndAddressesOutOfLogLines) {
  EXPECT_EQ(log_line_for_support("run 0197f0c2-4a5b-7c6d-8e9f-0a1b2c3d4e5f of default/entra: "
                                 "completed, 5,412 objects (7.5 s)"),
            "run 0197f0c2-4a5b-7c6d-8e9f-0a1b2c3d4e5f of default/entra: completed, 5,412 objects "
            "(7.5 s)");
  EXPECT_EQ(log_line_for_support("  http://127.0.0.1:8080/set-up#mstr_setup_c2cOBgGE"),
            "  http://127.0.0.1:8080/set-up#[secret]");
  EXPECT_EQ(log_line_for_support("Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIi.c2ln, \"x\""),
            "Authorization: Bearer [secret], \"x\"");
  EXPECT_EQ(log_line_for_support("told <it@acme.example> and \"Ada\""),
            "told <[address]> and \"Ada\"");
  EXPECT_EQ(log_line_for_support(""), "");
}

}  // namespace
}  // namespace muster::service
