// The bundled Okta catalogue says what the Okta Management API offers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalogue/loader.h"

namespace muster::catalogue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const Source& okta() {
  static const Library library = Library::bundled();
  return *library.find("okta");
}

TEST(Okta, SignsInAsAnAppBeforeItTakesAToken) {
  EXPECT_EQ(okta().sign_in.strategy, SignIn::Strategy::kOauth2ClientCredentials);
  EXPECT_EQ(okta().sign_in.scope, "{permissions}");
  ASSERT_EQ(okta().other_sign_ins.size(), 1U);
  EXPECT_EQ(okta().other_sign_ins[0].headers.at("Authorization"), "SSWS {token}");
}

TEST(Okta, TakesNoAddressOfTheAdminConsole) {
  const ConnectionField& url = *okta().find_field("url");
  for (const char* good : {"https://acme.okta.com", "https://login.acme-admin.example",
                           "https://admin.okta.com", "https://id.acme.example/a-admin.x"}) {
    EXPECT_TRUE(url.accepts(good)) << good;
  }
  for (const char* wrong : {"https://acme-admin.okta.com", "https://acme-Admin.oktapreview.com/"}) {
    EXPECT_FALSE(url.accepts(wrong)) << wrong;
  }
}

// OAuth clients of applications come with their secret.
TEST(Okta, KeepsNothingOfCredentialsAndSettings) {
  for (const DataSet& set : okta().data_sets) {
    for (const Attribute& attribute : set.attributes) {
      EXPECT_THAT(attribute.path.text(), Not(StartsWith("credentials"))) << set.name;
      EXPECT_THAT(attribute.path.text(), Not(StartsWith("settings"))) << set.name;
    }
  }
}

TEST(Okta, AsksForUsersWithoutTheirCredentials) {
  EXPECT_THAT(okta().find_data_set("users")->request.headers.at("Content-Type"),
              HasSubstr("omitCredentials"));
  EXPECT_EQ(okta().find_data_set("groups")->request.headers.at("Content-Type"), "application/json");
  EXPECT_TRUE(okta().headers.empty());
}

// Nobody publishes the limits of an organisation; its answers tell them.
TEST(Okta, IsAsFastAsItsAnswersAllow) {
  for (const LaneRule& lane : okta().lanes) {
    EXPECT_EQ(lane.remaining_header, "X-Rate-Limit-Remaining") << lane.name;
    EXPECT_EQ(lane.reset_header, "X-Rate-Limit-Reset") << lane.name;
    EXPECT_TRUE(lane.reset_is_unix_time) << lane.name;
    EXPECT_TRUE(lane.zero_limit_is_concurrency) << lane.name;
    EXPECT_LT(lane.share, 1) << "others ask too: " << lane.name;
  }
}

TEST(Okta, DoesNotAskWhoIsInEveryone) {
  EXPECT_EQ(okta().find_relation("group_members")->skip_when.text(), "type == \"BUILT_IN\"");
}

TEST(Okta, NamesTheScopeOfEverythingItReads) {
  EXPECT_THAT(okta().find_data_set("users")->permissions, ElementsAre("okta.users.read"));
  for (const DataSet& set : okta().data_sets) EXPECT_FALSE(set.permissions.empty()) << set.name;
  for (const Relation& each : okta().relations) EXPECT_FALSE(each.permissions.empty()) << each.name;
}

}  // namespace
}  // namespace muster::catalogue
