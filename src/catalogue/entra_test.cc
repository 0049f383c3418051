// The bundled Entra ID catalogue says what Microsoft Graph offers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "catalogue/derived.h"
#include "catalogue/embedded.h"
#include "catalogue/loader.h"
#include "json/value.h"

namespace muster::catalogue {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const Source& entra() {
  static const Library library = Library::bundled();
  return *library.find("entra");
}

const Attribute& attribute(std::string_view data_set, std::string_view name) {
  return *entra().find_data_set(data_set)->find_attribute(name);
}

std::set<std::string> requested_fields(const DataSet& set, bool only_defaults) {
  std::set<std::string> fields;
  const auto add = [&](bool on, const std::string& request, const json::Path& path) {
    if (only_defaults && !on) return;
    const std::string field = request.empty() ? std::string(path.first_key()) : request;
    if (!field.empty()) fields.insert(field);
  };
  for (const Attribute& each : set.attributes) {
    add(each.default_on, each.request, each.path);
    if (only_defaults && !each.default_on) continue;
    fields.insert(each.uses.begin(), each.uses.end());
  }
  for (const Reference& each : set.references) add(each.default_on, each.request, each.path);
  return fields;
}

std::optional<std::string> derive(std::string_view data_set, std::string_view name,
                                  std::string record) {
  const json::Document document = json::Document::parse(std::move(record)).value();
  return Derivation(attribute(data_set, name)).value(document.root());
}

std::string embedded(std::string_view name) {
  for (const base::EmbeddedFile& file : embedded_files()) {
    if (file.name == name) return std::string(file.text);
  }
  return {};
}

TEST(Entra, LoadsWithoutFindings) {
  const Loaded loaded = load_source(embedded("entra.yaml"), "entra.yaml",
                                    [](std::string_view name) { return embedded(name); });
  std::vector<std::string> texts;
  for (const Finding& finding : loaded.findings) texts.push_back(finding.text());
  EXPECT_THAT(texts, IsEmpty());
  EXPECT_NE(loaded.source, nullptr);
}

TEST(Entra, HasTheseDataSetsAndSwitchesOnAllButSix) {
  std::vector<std::string> on, off;
  for (const DataSet& set : entra().data_sets) (set.default_on ? on : off).push_back(set.name);
  EXPECT_THAT(on, ElementsAre("users", "groups", "devices", "licenses", "applications",
                              "service_principals", "directory_roles", "administrative_units",
                              "domains", "organization"));
  EXPECT_THAT(off, ElementsAre("app_assignments", "role_definitions", "role_assignments",
                               "org_contacts", "conditional_access_policies", "sign_in_activity"));
}

// The property table of https://learn.microsoft.com/graph/api/resources/user, without what a list
// cannot deliver.
TEST(Entra, OffersEveryUserPropertyThatCanBeListed) {
  const std::set<std::string> fields = requested_fields(*entra().find_data_set("users"), false);
  for (const char* property : {"id",
                               "displayName",
                               "givenName",
                               "surname",
                               "userPrincipalName",
                               "mail",
                               "jobTitle",
                               "officeLocation",
                               "mobilePhone",
                               "preferredLanguage",
                               "businessPhones",
                               "department",
                               "companyName",
                               "employeeId",
                               "employeeType",
                               "employeeHireDate",
                               "employeeLeaveDateTime",
                               "employeeOrgData",
                               "city",
                               "state",
                               "country",
                               "postalCode",
                               "streetAddress",
                               "usageLocation",
                               "otherMails",
                               "proxyAddresses",
                               "imAddresses",
                               "mailNickname",
                               "faxNumber",
                               "ageGroup",
                               "passwordPolicies",
                               "isResourceAccount",
                               "isManagementRestricted",
                               "showInAddressList",
                               "identities",
                               "securityIdentifier",
                               "accountEnabled",
                               "userType",
                               "creationType",
                               "externalUserState",
                               "externalUserStateChangeDateTime",
                               "createdDateTime",
                               "lastPasswordChangeDateTime",
                               "signInSessionsValidFromDateTime",
                               "onPremisesSyncEnabled",
                               "onPremisesSamAccountName",
                               "onPremisesDomainName",
                               "onPremisesUserPrincipalName",
                               "onPremisesDistinguishedName",
                               "onPremisesSecurityIdentifier",
                               "onPremisesImmutableId",
                               "onPremisesLastSyncDateTime",
                               "onPremisesExtensionAttributes",
                               "assignedLicenses",
                               "licenseAssignmentStates",
                               "assignedPlans",
                               "customSecurityAttributes"}) {
    EXPECT_THAT(fields, Contains(property));
  }
  for (const char* elsewhere :
       {"aboutMe", "birthday", "hireDate", "interests", "mySite", "pastProjects", "preferredName",
        "responsibilities", "schools", "skills", "mailboxSettings", "signInActivity"}) {
    EXPECT_THAT(fields, ::testing::Not(Contains(elsewhere)));
  }
}

// The property tables of https://learn.microsoft.com/graph/api/resources/group and its neighbours.
TEST(Entra, OffersEveryPropertyOfTheOtherDataSets) {
  const std::vector<std::pair<const char*, std::vector<const char*>>> properties = {
      {"groups",
       {"id",
        "displayName",
        "description",
        "mail",
        "mailNickname",
        "mailEnabled",
        "securityEnabled",
        "groupTypes",
        "visibility",
        "isAssignableToRole",
        "membershipRule",
        "membershipRuleProcessingState",
        "createdDateTime",
        "renewedDateTime",
        "expirationDateTime",
        "classification",
        "preferredLanguage",
        "preferredDataLocation",
        "theme",
        "proxyAddresses",
        "onPremisesSyncEnabled",
        "onPremisesSamAccountName",
        "onPremisesDomainName",
        "onPremisesNetBiosName",
        "onPremisesSecurityIdentifier",
        "securityIdentifier",
        "onPremisesLastSyncDateTime",
        "assignedLicenses",
        "assignedLabels",
        "licenseProcessingState",
        "isManagementRestricted",
        "resourceProvisioningOptions",
        "uniqueName"}},
      {"devices",
       {"id",
        "deviceId",
        "accountEnabled",
        "displayName",
        "operatingSystem",
        "operatingSystemVersion",
        "manufacturer",
        "model",
        "profileType",
        "trustType",
        "deviceOwnership",
        "enrollmentType",
        "enrollmentProfileName",
        "managementType",
        "deviceCategory",
        "mdmAppId",
        "isManaged",
        "isCompliant",
        "isRooted",
        "onPremisesSyncEnabled",
        "isManagementRestricted",
        "approximateLastSignInDateTime",
        "registrationDateTime",
        "complianceExpirationDateTime",
        "onPremisesLastSyncDateTime",
        "onPremisesSecurityIdentifier",
        "physicalIds",
        "systemLabels"}},
      {"licenses",
       {"id", "skuId", "skuPartNumber", "accountName", "accountId", "appliesTo", "capabilityStatus",
        "consumedUnits", "prepaidUnits", "subscriptionIds", "servicePlans"}},
      {"applications",
       {"id",
        "appId",
        "displayName",
        "description",
        "signInAudience",
        "publisherDomain",
        "notes",
        "uniqueName",
        "serviceManagementReference",
        "disabledByMicrosoftStatus",
        "applicationTemplateId",
        "isDisabled",
        "createdDateTime",
        "identifierUris",
        "tags",
        "appRoles",
        "passwordCredentials",
        "keyCredentials",
        "verifiedPublisher",
        "web",
        "spa",
        "publicClient"}},
      {"service_principals",
       {"id",
        "appId",
        "displayName",
        "appDisplayName",
        "servicePrincipalType",
        "homepage",
        "loginUrl",
        "notes",
        "preferredSingleSignOnMode",
        "signInAudience",
        "disabledByMicrosoftStatus",
        "accountEnabled",
        "appRoleAssignmentRequired",
        "appOwnerOrganizationId",
        "tags",
        "servicePrincipalNames",
        "replyUrls",
        "alternativeNames",
        "notificationEmailAddresses",
        "appRoles",
        "passwordCredentials",
        "keyCredentials"}},
      {"directory_roles", {"id", "displayName", "description", "roleTemplateId"}},
      {"administrative_units",
       {"id", "displayName", "description", "visibility", "membershipType", "membershipRule",
        "membershipRuleProcessingState", "isMemberManagementRestricted"}},
      {"domains",
       {"id", "authenticationType", "isDefault", "isInitial", "isRoot", "isVerified",
        "isAdminManaged", "supportedServices", "passwordValidityPeriodInDays",
        "passwordNotificationWindowInDays"}},
      {"organization",
       {"id", "displayName", "city", "country", "countryLetterCode", "postalCode", "street",
        "state", "tenantType", "preferredLanguage", "defaultUsageLocation",
        "mobileDeviceManagementAuthority", "createdDateTime", "onPremisesLastSyncDateTime",
        "onPremisesSyncEnabled", "businessPhones", "technicalNotificationMails", "verifiedDomains",
        "assignedPlans"}},
      {"org_contacts",
       {"id", "displayName", "givenName", "surname", "mail", "mailNickname", "companyName",
        "department", "jobTitle", "phones", "addresses", "proxyAddresses", "onPremisesSyncEnabled",
        "onPremisesLastSyncDateTime"}},
      {"conditional_access_policies",
       {"id", "displayName", "state", "createdDateTime", "modifiedDateTime", "conditions",
        "grantControls"}},
      {"role_definitions",
       {"id", "displayName", "description", "isBuiltIn", "isEnabled", "templateId"}},
      {"role_assignments",
       {"id", "principalId", "roleDefinitionId", "directoryScopeId", "appScopeId"}},
      {"sign_in_activity", {"id", "signInActivity"}},
  };
  for (const auto& [name, expected] : properties) {
    const std::set<std::string> fields = requested_fields(*entra().find_data_set(name), false);
    for (const char* property : expected) EXPECT_THAT(fields, Contains(property)) << name;
  }
}

// What the lists inside a record hold, in the same tables.
TEST(Entra, OffersWhatIsInsideListsToo) {
  const std::vector<std::string> credential = {"displayName", "keyId", "startDateTime"};
  for (const char* set : {"applications", "service_principals"}) {
    for (const std::string member : {"id", "value", "displayName", "isEnabled"}) {
      EXPECT_FALSE(attribute(set, "appRoles[]." + member).title.empty()) << set;
    }
    attribute(set, "appRoles[].allowedMemberTypes[]");
    attribute(set, "passwordCredentials[].hint");
    for (const std::string& member : credential) {
      EXPECT_FALSE(attribute(set, "passwordCredentials[]." + member).default_on) << set;
      EXPECT_FALSE(attribute(set, "keyCredentials[]." + member).default_on) << set;
    }
  }
  for (const std::string member : {"skuId", "state", "error", "disabledPlans[]"}) {
    attribute("users", "licenseAssignmentStates[]." + member);
  }
  attribute("groups", "assignedLicenses[].disabledPlans[]");
  for (const std::string member : {"name", "type", "isDefault", "isInitial", "capabilities"}) {
    attribute("organization", "verifiedDomains[]." + member);
  }
  EXPECT_EQ(attribute("organization", "assignedPlans[].assignedDateTime").combine,
            Attribute::Combine::kGreatest);
}

TEST(Entra, OffersAllFifteenExtensionAttributes) {
  for (int number = 1; number <= 15; ++number) {
    const std::string name =
        "onPremisesExtensionAttributes.extensionAttribute" + std::to_string(number);
    EXPECT_EQ(attribute("users", name).title, "Extension Attribute " + std::to_string(number));
  }
}

// A longer list of fields was seen refused: over about 25 names or 500 characters.
TEST(Entra, AsksForAModestListOfUserFieldsByDefault) {
  const std::set<std::string> fields = requested_fields(*entra().find_data_set("users"), true);
  std::size_t length = 0;
  for (const std::string& field : fields) length += field.size() + 1;
  EXPECT_GE(fields.size(), 20U);
  EXPECT_LE(fields.size(), 25U);
  EXPECT_LE(length, 500U);
}

TEST(Entra, NeverAsksForKeyMaterialOfCredentials) {
  for (const DataSet& set : entra().data_sets) {
    for (const Attribute& each : set.attributes) {
      const std::string& path = each.path.text();
      const bool is_credential =
          path.starts_with("passwordCredentials") || path.starts_with("keyCredentials");
      if (!is_credential) continue;
      if (path.ends_with("[]")) {
        EXPECT_EQ(each.combine, Attribute::Combine::kCount) << set.name << " " << each.name;
        continue;
      }
      const std::set<std::string> harmless = {"displayName", "keyId", "hint", "startDateTime",
                                              "endDateTime"};
      EXPECT_THAT(harmless, Contains(path.substr(path.rfind('.') + 1))) << set.name;
    }
  }
}

TEST(Entra, GivesEachColumnOfADataSetItsOwnTitleAndLocator) {
  for (const DataSet& set : entra().data_sets) {
    std::set<std::string> titles, locators;
    for (const Attribute& each : set.attributes) {
      EXPECT_TRUE(titles.insert(each.title).second) << set.name << " " << each.title;
      EXPECT_TRUE(locators.insert(each.locator).second) << set.name << " " << each.locator;
    }
    for (const Reference& each : set.references) {
      EXPECT_TRUE(titles.insert(each.title).second) << set.name << " " << each.title;
      EXPECT_TRUE(locators.insert(each.locator).second) << set.name << " " << each.locator;
    }
  }
}

TEST(Entra, NamesADeclaredPermissionForEverythingItReads) {
  for (const DataSet& set : entra().data_sets) {
    const bool is_rows = !set.rows.of.empty();  // what holds them is permitted
    EXPECT_EQ(set.permissions.empty(), is_rows) << set.name;
    for (const std::string& name : set.permissions) {
      ASSERT_NE(entra().find_permission(name), nullptr) << name;
      EXPECT_EQ(entra().find_permission(name)->id.size(), 36U) << name;
    }
  }
  for (const Relation& relation : entra().relations) {
    EXPECT_THAT(relation.permissions, ::testing::Not(IsEmpty())) << relation.name;
    for (const std::string& name : relation.permissions) {
      EXPECT_NE(entra().find_permission(name), nullptr) << name;
    }
  }
}

TEST(Entra, UsesEveryRelationForSomeReference) {
  std::set<std::string> used;
  for (const DataSet& set : entra().data_sets) {
    for (const Reference& each : set.references) used.insert(each.relation);
  }
  for (const Relation& relation : entra().relations) EXPECT_THAT(used, Contains(relation.name));
}

TEST(Entra, HasAnAddressInEveryCloudAndAsksForItsOwnInACustomOne) {
  for (const Address& address : entra().addresses) {
    for (const std::string& cloud : entra().find_field("cloud")->choices) {
      EXPECT_EQ(address.urls.contains(cloud), cloud != "custom") << address.name << " " << cloud;
    }
    EXPECT_NE(entra().find_field(address.field), nullptr);
  }
}

TEST(Entra, SendsNoQueryOptionsWhereGraphTakesNone) {
  for (const char* name : {"licenses", "directory_roles", "organization"}) {
    const DataSet& set = *entra().find_data_set(name);
    EXPECT_EQ(set.request.paging.page_size, 0U) << name;
    EXPECT_EQ(set.request.fields_parameter, "") << name;
    EXPECT_EQ(set.filter.parameter, "") << name;
  }
}

TEST(Entra, ReadsSignInActivityInALaneOfItsOwn) {
  const DataSet& set = *entra().find_data_set("sign_in_activity");
  const LaneRule& lane = *entra().find_lane(set.request.lane);
  EXPECT_EQ(lane.units, 10);
  EXPECT_EQ(lane.window, std::chrono::minutes(1));
  EXPECT_EQ(set.request.paging.page_size, 500U);
  EXPECT_NE(set.slow, "");
}

TEST(Entra, ReadsMembersOfAllFiveTypesInBatchesOfTwenty) {
  const Relation& members = *entra().find_relation("group_members");
  EXPECT_EQ(members.strategy, Relation::Strategy::kBatch);
  EXPECT_EQ(members.batch_size, 20U);
  EXPECT_EQ(members.targets.size(), 5U);
  EXPECT_EQ(members.request.units, 2);
  EXPECT_THAT(members.hidden_fields, ElementsAre("visibility"));
}

TEST(Entra, TellsTheKindOfAGroup) {
  const auto kind = [](std::string record) { return derive("groups", "groupType", record); };
  EXPECT_EQ(kind(R"({"groupTypes":["Unified"],"mailEnabled":true,"securityEnabled":false})"),
            "Microsoft 365");
  EXPECT_EQ(kind(R"({"groupTypes":[],"mailEnabled":true,"securityEnabled":true})"),
            "Mail-enabled security");
  EXPECT_EQ(kind(R"({"groupTypes":[],"mailEnabled":false,"securityEnabled":true})"), "Security");
  EXPECT_EQ(kind(R"({"groupTypes":[],"mailEnabled":true,"securityEnabled":false})"),
            "Distribution list");
  // What the application may not read comes as null: nothing is known then.
  EXPECT_EQ(kind(R"({"groupTypes":null,"mailEnabled":null,"securityEnabled":null})"), std::nullopt);
  EXPECT_THAT(attribute("groups", "groupType").uses,
              UnorderedElementsAre("groupTypes", "mailEnabled", "securityEnabled"));
}

TEST(Entra, WorksOutHowManyLicencesAreLeft) {
  EXPECT_EQ(
      derive("licenses", "availableUnits",
             R"({"prepaidUnits":{"enabled":450,"warning":5,"suspended":9},"consumedUnits":412})"),
      "43");
  EXPECT_EQ(
      derive("licenses", "availableUnits", R"({"prepaidUnits":{"enabled":1},"consumedUnits":3})"),
      "-2");
  EXPECT_EQ(derive("licenses", "availableUnits", "{}"), std::nullopt);
}

TEST(Entra, TellsWhenTheFirstSecretEnds) {
  const std::string record =
      R"({"passwordCredentials":[{"endDateTime":"2027-01-01T00:00:00Z"},{"endDateTime":null},)"
      R"({"endDateTime":"2026-12-31T23:30:00-02:00"},{"endDateTime":"2026-12-31T23:59:59.5Z"}]})";
  EXPECT_EQ(derive("applications", "firstSecretEnd", record), "2026-12-31T23:59:59.5Z");
  EXPECT_EQ(derive("applications", "lastSecretEnd", record), "2026-12-31T23:30:00-02:00");
  EXPECT_EQ(derive("applications", "secretCount", record), "4");
  EXPECT_EQ(derive("applications", "secretCount", "{}"), "0");
  EXPECT_EQ(derive("applications", "firstSecretEnd", "{}"), std::nullopt);
}

TEST(Entra, KnowsProductNames) {
  const LookupTable& table = *entra().find_table("sku_names");
  EXPECT_EQ(table.rows.find("06ebc4ee-1bb5-47dd-8120-11324bc54e06")->second, "Microsoft 365 E5");
  EXPECT_EQ(table.rows.size(), 619U);
}

TEST(Entra, TellsASecretIdPastedInsteadOfItsValue) {
  const auto& rules = entra().sign_in.errors;
  const auto rule = std::ranges::find(rules, "7000215", &ErrorRule::code);
  ASSERT_NE(rule, rules.end());
  EXPECT_EQ(rule->meaning, ErrorRule::Meaning::kSignIn);
  EXPECT_NE(rule->advice.find("Value"), std::string::npos);
}

}  // namespace
}  // namespace muster::catalogue
