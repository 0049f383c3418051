// The small lists: contacts, roles, administrative units, licences, organization, domains,
// policies.
#include "sandbox/world/tenant.h"

#include "sandbox/graph/numbered.h"
#include "sandbox/graph/table.h"
#include "sandbox/graph/values.h"
#include "sandbox/world/names.h"

namespace muster::sandbox::graph {
namespace {

using world::Kind;
using world::World;

using Out = std::string&;

// https://learn.microsoft.com/graph/api/resources/orgcontact
using Contact = const world::Contact&;
constexpr Column<world::Contact> kContactColumns[] = {
    {"id", Shown::kDefault, [](Out out, Contact row) { put_text(out, row.id.view()); }},
    {"deletedDateTime", Shown::kDefault, [](Out out, Contact) { put_null(out); }},
    {"companyName", Shown::kDefault, [](Out out, Contact) { put_text(out, "Partner Ltd"); }},
    {"department", Shown::kDefault,
     [](Out out, Contact row) { row.bits >> 40 & 1 ? put_text(out, "Sales") : put_null(out); }},
    {"displayName", Shown::kDefault,
     [](Out out, Contact row) {
       put_escaped_from(out, [&](Out text) {
         text += row.given->text;
         text += ' ';
         text += row.surname->text;
       });
     }},
    {"givenName", Shown::kDefault, [](Out out, Contact row) { put_text(out, row.given->text); }},
    {"surname", Shown::kDefault, [](Out out, Contact row) { put_text(out, row.surname->text); }},
    {"jobTitle", Shown::kDefault, [](Out out, Contact) { put_text(out, "Account Manager"); }},
    {"mail", Shown::kDefault,
     [](Out out, Contact row) {
       out += '"';
       row.append_mail(out);
       out += '"';
     }},
    {"mailNickname", Shown::kDefault, [](Out out, Contact row) { put_text(out, row.given->slug); }},
    {"onPremisesSyncEnabled", Shown::kDefault, [](Out out, Contact) { put_null(out); }},
    {"onPremisesLastSyncDateTime", Shown::kDefault, [](Out out, Contact) { put_null(out); }},
    {"onPremisesProvisioningErrors", Shown::kDefault, [](Out out, Contact) { out += "[]"; }},
    {"serviceProvisioningErrors", Shown::kDefault, [](Out out, Contact) { out += "[]"; }},
    {"proxyAddresses", Shown::kDefault,
     [](Out out, Contact row) {
       out += "[\"SMTP:";
       row.append_mail(out);
       out += "\"]";
     }},
    {"addresses", Shown::kDefault,
     [](Out out, Contact) {
       out += R"([{"city":null,"countryOrRegion":null,"officeLocation":null,"postalCode":null,)"
              R"("state":null,"street":null}])";
     }},
    {"phones", Shown::kDefault,
     [](Out out, Contact) {
       out += R"([{"number":"+44 20 7946 0000","type":"business"},{"number":null,"type":"mobile"},)"
              R"({"number":null,"type":"businessFax"}])";
     }},
};

// https://learn.microsoft.com/graph/api/resources/subscribedsku
void put_service_plans(Out out, Number row) {
  if (row.index > 1) {
    out += "[]";
    return;
  }
  out +=
      R"([{"servicePlanId":"41781fb2-bc02-4b7c-bd55-b576c07bb09d","servicePlanName":"AAD_PREMIUM",)"
      R"("provisioningStatus":"Success","appliesTo":"User"},)"
      R"({"servicePlanId":"c1ec4a95-1f05-45b3-a911-aa3fa01094f5","servicePlanName":"INTUNE_A",)"
      R"("provisioningStatus":"Success","appliesTo":"User"}])";
}

constexpr Column<Numbered> kSkuColumns[] = {
    {"id", Shown::kDefault,
     [](Out out, Number row) {
       out += '"';
       out += row.world.tenant_id().view();
       out += '_';
       out += world::skus()[row.index].id;
       out += '"';
     }},
    {"accountId", Shown::kDefault,
     [](Out out, Number row) { put_text(out, row.world.tenant_id().view()); }},
    {"accountName", Shown::kDefault, [](Out out, Number) { put_text(out, "haldenrobotics"); }},
    {"appliesTo", Shown::kDefault, [](Out out, Number) { put_text(out, "User"); }},
    {"capabilityStatus", Shown::kDefault,
     [](Out out, Number row) {
       put_text(out, world::skus()[row.index].percent == 0 ? "Suspended" : "Enabled");
     }},
    {"consumedUnits", Shown::kDefault,
     [](Out out, Number row) { append_number(out, row.world.licence_holders(row.index)); }},
    {"skuId", Shown::kDefault,
     [](Out out, Number row) { put_text(out, world::skus()[row.index].id); }},
    {"skuPartNumber", Shown::kDefault,
     [](Out out, Number row) { put_text(out, world::skus()[row.index].part_number); }},
    {"subscriptionIds", Shown::kDefault,
     [](Out out, Number row) {
       out += '[';
       put_text(out, random_guid(row.world, Kind::kOther, row.index, 30).view());
       out += ']';
     }},
    {"prepaidUnits", Shown::kDefault,
     [](Out out, Number row) {
       const bool suspended = world::skus()[row.index].percent == 0;
       out += "{\"enabled\":";
       append_number(out, suspended ? 0 : row.world.sizes().users + 25);
       out += ",\"suspended\":";
       append_number(out, suspended ? 25 : 0);
       out += ",\"warning\":0,\"lockedOut\":0}";
     }},
    {"servicePlans", Shown::kDefault, put_service_plans},
};

// https://learn.microsoft.com/graph/api/resources/organization
constexpr Column<Numbered> kOrganizationColumns[] = {
    {"id", Shown::kDefault,
     [](Out out, Number row) { put_text(out, row.world.tenant_id().view()); }},
    {"deletedDateTime", Shown::kDefault, [](Out out, Number) { put_null(out); }},
    {"displayName", Shown::kDefault,
     [](Out out, Number row) { put_text(out, row.world.tenant_name()); }},
    {"businessPhones", Shown::kDefault, [](Out out, Number) { out += R"(["+47 69 00 00 00"])"; }},
    {"city", Shown::kDefault, [](Out out, Number) { put_text(out, "Halden"); }},
    {"country", Shown::kDefault, [](Out out, Number) { put_null(out); }},
    {"countryLetterCode", Shown::kDefault, [](Out out, Number) { put_text(out, "NO"); }},
    {"postalCode", Shown::kDefault, [](Out out, Number) { put_text(out, "1771"); }},
    {"preferredLanguage", Shown::kDefault, [](Out out, Number) { put_text(out, "nb"); }},
    {"state", Shown::kDefault, [](Out out, Number) { put_null(out); }},
    {"street", Shown::kDefault, [](Out out, Number) { put_text(out, "Isebakkeveien 1"); }},
    {"createdDateTime", Shown::kDefault,
     [](Out out, Number) { put_text(out, "2019-02-11T12:00:00Z"); }},
    {"defaultUsageLocation", Shown::kDefault, [](Out out, Number) { put_text(out, "NO"); }},
    {"tenantType", Shown::kDefault, [](Out out, Number) { put_text(out, "AAD"); }},
    {"mobileDeviceManagementAuthority", Shown::kDefault,
     [](Out out, Number) { put_text(out, "intune"); }},
    {"onPremisesSyncEnabled", Shown::kDefault, [](Out out, Number) { put_bool(out, true); }},
    {"onPremisesLastSyncDateTime", Shown::kDefault,
     [](Out out, Number) { put_time(out, world::kWorldEnd - 7200); }},
    {"partnerTenantType", Shown::kDefault, [](Out out, Number) { put_null(out); }},
    {"technicalNotificationMails", Shown::kDefault,
     [](Out out, Number) { out += R"(["it@haldenrobotics.example"])"; }},
    {"assignedPlans", Shown::kDefault,
     [](Out out, Number) {
       out +=
           R"([{"assignedDateTime":"2023-07-29T02:16:28Z","capabilityStatus":"Enabled","service":"SCO",)"
           R"("servicePlanId":"c1ec4a95-1f05-45b3-a911-aa3fa01094f5"},)"
           R"({"assignedDateTime":"2023-07-29T02:16:28Z","capabilityStatus":"Enabled",)"
           R"("service":"AADPremiumService","servicePlanId":"41781fb2-bc02-4b7c-bd55-b576c07bb09d"}])";
     }},
    {"provisionedPlans", Shown::kDefault, [](Out out, Number) { out += "[]"; }},
    {"verifiedDomains", Shown::kDefault,
     [](Out out, Number row) {
       out +=
           R"([{"capabilities":"Email, OfficeCommunicationsOnline","isDefault":false,"isInitial":true,"name":)";
       put_text(out, row.world.initial_domain());
       out +=
           R"(,"type":"Managed"},{"capabilities":"Email","isDefault":true,"isInitial":false,"name":)";
       put_text(out, row.world.domain());
       out += R"(,"type":"Managed"}])";
     }},
};

// https://learn.microsoft.com/graph/api/resources/domain
std::string_view domain_name(Number row) {
  if (row.index == 0) return row.world.domain();
  return row.index == 1 ? row.world.initial_domain() : "corp.haldenrobotics.example";
}
constexpr Column<Numbered> kDomainColumns[] = {
    {"authenticationType", Shown::kDefault,
     [](Out out, Number row) { put_text(out, row.index == 2 ? "Federated" : "Managed"); }},
    {"availabilityStatus", Shown::kDefault, [](Out out, Number) { put_null(out); }},
    {"id", Shown::kDefault, [](Out out, Number row) { put_text(out, domain_name(row)); }},
    {"isAdminManaged", Shown::kDefault, [](Out out, Number) { put_bool(out, true); }},
    {"isDefault", Shown::kDefault, [](Out out, Number row) { put_bool(out, row.index == 0); }},
    {"isInitial", Shown::kDefault, [](Out out, Number row) { put_bool(out, row.index == 1); }},
    {"isRoot", Shown::kDefault, [](Out out, Number row) { put_bool(out, row.index != 2); }},
    {"isVerified", Shown::kDefault, [](Out out, Number) { put_bool(out, true); }},
    {"passwordNotificationWindowInDays", Shown::kDefault,
     [](Out out, Number row) { row.index == 2 ? put_null(out) : append_number(out, 14); }},
    {"passwordValidityPeriodInDays", Shown::kDefault,
     [](Out out, Number row) {
       row.index == 2 ? put_null(out) : append_number(out, 2'147'483'647);
     }},
    {"state", Shown::kDefault, [](Out out, Number) { put_null(out); }},
    {"supportedServices", Shown::kDefault,
     [](Out out, Number row) { out += row.index == 0 ? R"(["Email","Intune"])" : "[]"; }},
};

// https://learn.microsoft.com/graph/api/resources/conditionalaccesspolicy
constexpr std::string_view kPolicyNames[] = {"CA001 Require MFA", "CA002 Block legacy sign-in",
                                             "CA003 Compliant device", "CA004 Pilot"};
constexpr std::string_view kPolicyStates[] = {"enabled", "enabled", "disabled",
                                              "enabledForReportingButNotEnforced"};
constexpr Column<Numbered> kPolicyColumns[] = {
    {"id", Shown::kDefault,
     [](Out out, Number row) {
       put_text(out, random_guid(row.world, Kind::kPolicy, row.index, 0).view());
     }},
    {"templateId", Shown::kDefault, [](Out out, Number) { put_null(out); }},
    {"displayName", Shown::kDefault,
     [](Out out, Number row) { put_text(out, kPolicyNames[row.index]); }},
    {"createdDateTime", Shown::kDefault,
     [](Out out, Number) { put_text(out, "2024-01-10T08:00:00.1234567Z"); }},
    {"modifiedDateTime", Shown::kDefault, [](Out out, Number) { put_null(out); }},
    {"state", Shown::kDefault,
     [](Out out, Number row) { put_text(out, kPolicyStates[row.index]); }},
    {"sessionControls", Shown::kDefault, [](Out out, Number) { put_null(out); }},
    {"conditions", Shown::kDefault,
     [](Out out, Number) {
       out +=
           R"({"clientAppTypes":["all"],"applications":{"includeApplications":["All"],)"
           R"("excludeApplications":[],"includeUserActions":[]},"users":{"includeUsers":["All"],)"
           R"("excludeUsers":[],"includeGroups":[],"excludeGroups":[],"includeRoles":[],"excludeRoles":[]}})";
     }},
    {"grantControls", Shown::kDefault,
     [](Out out, Number) {
       out +=
           R"({"operator":"OR","builtInControls":["mfa"],"customAuthenticationFactors":[],"termsOfUse":[]})";
     }},
};

}  // namespace

const Table& contact_table() {
  static const TableOf<world::Contact> kTable("#microsoft.graph.orgContact", "contacts",
                                              kContactColumns);
  return kTable;
}
const Table& sku_table() {
  static const TableOf<Numbered> kTable("", "subscribedSkus", kSkuColumns);
  return kTable;
}
const Table& organization_table() {
  static const TableOf<Numbered> kTable("", "organization", kOrganizationColumns);
  return kTable;
}
const Table& domain_table() {
  static const TableOf<Numbered> kTable("", "domains", kDomainColumns);
  return kTable;
}
const Table& policy_table() {
  static const TableOf<Numbered> kTable("", "identity/conditionalAccess/policies", kPolicyColumns);
  return kTable;
}

const Table* table_of(world::Kind kind) {
  switch (kind) {
    case Kind::kUser: return &user_table();
    case Kind::kGroup: return &group_table();
    case Kind::kDevice: return &device_table();
    case Kind::kContact: return &contact_table();
    case Kind::kServicePrincipal: return &service_principal_table();
    case Kind::kApplication: return &application_table();
    case Kind::kAdministrativeUnit: return &administrative_unit_table();
    case Kind::kDirectoryRole: return &role_table();
    default: return nullptr;
  }
}

}  // namespace muster::sandbox::graph
