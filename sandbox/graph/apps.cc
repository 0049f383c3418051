// https://learn.microsoft.com/graph/api/resources/application
// https://learn.microsoft.com/graph/api/resources/serviceprincipal
// https://learn.microsoft.com/graph/api/resources/approleassignment
#include "sandbox/graph/table.h"
#include "sandbox/graph/values.h"
#include "sandbox/world/app.h"
#include "sandbox/world/group.h"
#include "sandbox/world/user.h"

namespace muster::sandbox::graph {
namespace {

using world::Assignment;
using world::Kind;
using world::ServicePrincipal;
using world::World;

using Out = std::string&;

// An application is the home of the service principal with the same number.
struct Application {
  Application(const World& of, std::uint32_t number)
      : world(of), index(number), id(of.id(Kind::kApplication, number)), principal(of, number) {}
  const World& world;
  std::uint32_t index;
  world::Guid id;
  ServicePrincipal principal;
};

void put_name(Out out, const ServicePrincipal& principal) {
  put_escaped_from(out, [&](Out text) { principal.append_name(text); });
}

void put_app_roles(Out out, const ServicePrincipal& principal) {
  out +=
      R"([{"allowedMemberTypes":["User"],"description":"Can use it","displayName":"User","id":")";
  out += random_guid(principal.world, Kind::kServicePrincipal, principal.index, 20).view();
  out += R"(","isEnabled":true,"origin":"Application","value":"User"}])";
}

void put_password_credentials(Out out, const ServicePrincipal& principal) {
  if (principal.bits % 3 == 0) {
    out += "[]";
    return;
  }
  out +=
      R"([{"customKeyIdentifier":null,"displayName":"prod","endDateTime":"2026-09-01T00:00:00Z",)"
      R"("hint":"q7~","keyId":")";
  out += random_guid(principal.world, Kind::kServicePrincipal, principal.index, 21).view();
  out += R"(","secretText":null,"startDateTime":"2025-09-01T00:00:00Z"}])";
}

void put_key_credentials(Out out, const ServicePrincipal& principal) {
  if (principal.bits % 5 != 0) {
    out += "[]";
    return;
  }
  out +=
      R"([{"customKeyIdentifier":"A1B2C3","displayName":"CN=app","endDateTime":"2027-01-01T00:00:00Z",)"
      R"("key":null,"keyId":")";
  out += random_guid(principal.world, Kind::kServicePrincipal, principal.index, 22).view();
  out +=
      R"(","startDateTime":"2025-01-01T00:00:00Z","type":"AsymmetricX509Cert","usage":"Verify"}])";
}

constexpr Column<Application> kApplicationColumns[] = {
    {"id", Shown::kDefault, [](Out out, const Application& app) { put_text(out, app.id.view()); }},
    {"deletedDateTime", Shown::kDefault, [](Out out, const Application&) { put_null(out); }},
    {"appId", Shown::kDefault,
     [](Out out, const Application& app) { put_text(out, app.principal.app_id().view()); }},
    {"applicationTemplateId", Shown::kDefault, [](Out out, const Application&) { put_null(out); }},
    {"disabledByMicrosoftStatus", Shown::kDefault,
     [](Out out, const Application&) { put_null(out); }},
    {"createdDateTime", Shown::kDefault,
     [](Out out, const Application& app) {
       put_time(out, world::kWorldEnd - 86'400 * (1 + std::int64_t{app.index} % 1500));
     }},
    {"displayName", Shown::kDefault,
     [](Out out, const Application& app) { put_name(out, app.principal); }},
    {"description", Shown::kDefault, [](Out out, const Application&) { put_null(out); }},
    {"groupMembershipClaims", Shown::kDefault, [](Out out, const Application&) { put_null(out); }},
    {"identifierUris", Shown::kDefault,
     [](Out out, const Application& app) {
       if (app.index % 2 == 1) {
         out += "[]";
         return;
       }
       out += "[\"api://";
       out += app.principal.app_id().view();
       out += "\"]";
     }},
    {"isDeviceOnlyAuthSupported", Shown::kDefault,
     [](Out out, const Application&) { put_null(out); }},
    {"isDisabled", Shown::kDefault, [](Out out, const Application&) { put_null(out); }},
    {"isFallbackPublicClient", Shown::kDefault, [](Out out, const Application&) { put_null(out); }},
    {"notes", Shown::kDefault,
     [](Out out, const Application& app) {
       app.index % 7 == 0 ? put_escaped(out, "Owned by IT.\nAsk before changing.") : put_null(out);
     }},
    {"publisherDomain", Shown::kDefault,
     [](Out out, const Application& app) { put_text(out, app.world.domain()); }},
    {"serviceManagementReference", Shown::kDefault,
     [](Out out, const Application&) { put_null(out); }},
    {"signInAudience", Shown::kDefault,
     [](Out out, const Application&) { put_text(out, "AzureADMyOrg"); }},
    {"tags", Shown::kDefault, [](Out out, const Application&) { out += "[]"; }},
    {"uniqueName", Shown::kDefault, [](Out out, const Application&) { put_null(out); }},
    {"appRoles", Shown::kDefault,
     [](Out out, const Application& app) { put_app_roles(out, app.principal); }},
    {"keyCredentials", Shown::kDefault,
     [](Out out, const Application& app) { put_key_credentials(out, app.principal); }},
    {"passwordCredentials", Shown::kDefault,
     [](Out out, const Application& app) { put_password_credentials(out, app.principal); }},
    {"verifiedPublisher", Shown::kDefault,
     [](Out out, const Application&) {
       out += R"({"displayName":null,"verifiedPublisherId":null,"addedDateTime":null})";
     }},
    {"web", Shown::kDefault,
     [](Out out, const Application&) {
       out += R"({"homePageUrl":null,"logoutUrl":null,"redirectUris":[]})";
     }},
    {"spa", Shown::kDefault, [](Out out, const Application&) { out += R"({"redirectUris":[]})"; }},
    {"publicClient", Shown::kDefault,
     [](Out out, const Application&) { out += R"({"redirectUris":[]})"; }},
};

using Principal = const ServicePrincipal&;

constexpr Column<ServicePrincipal> kPrincipalColumns[] = {
    {"id", Shown::kDefault, [](Out out, Principal row) { put_text(out, row.id.view()); }},
    {"deletedDateTime", Shown::kDefault, [](Out out, Principal) { put_null(out); }},
    {"accountEnabled", Shown::kDefault,
     [](Out out, Principal row) { put_bool(out, row.bits >> 20 & 15); }},
    {"alternativeNames", Shown::kDefault, [](Out out, Principal) { out += "[]"; }},
    {"appDisplayName", Shown::kDefault,
     [](Out out, Principal row) {
       row.is_managed_identity() ? put_null(out) : put_name(out, row);
     }},
    {"appDescription", Shown::kDefault, [](Out out, Principal) { put_null(out); }},
    {"appId", Shown::kDefault, [](Out out, Principal row) { put_text(out, row.app_id().view()); }},
    {"applicationTemplateId", Shown::kDefault, [](Out out, Principal) { put_null(out); }},
    {"appOwnerOrganizationId", Shown::kDefault,
     [](Out out, Principal row) {
       if (row.is_managed_identity()) return put_null(out);
       put_text(out, row.is_own() ? row.world.tenant_id().view()
                                  : "9f0e1d2c-3b4a-4958-8776-655443322110");
     }},
    {"appRoleAssignmentRequired", Shown::kDefault,
     [](Out out, Principal row) { put_bool(out, row.bits >> 24 & 1); }},
    {"createdDateTime", Shown::kDefault,
     [](Out out, Principal row) {
       put_time(out, world::kWorldEnd - 86'400 * (1 + std::int64_t{row.index} % 1500));
     }},
    {"description", Shown::kDefault, [](Out out, Principal) { put_null(out); }},
    {"disabledByMicrosoftStatus", Shown::kDefault, [](Out out, Principal) { put_null(out); }},
    {"displayName", Shown::kDefault, [](Out out, Principal row) { put_name(out, row); }},
    {"homepage", Shown::kDefault,
     [](Out out, Principal row) {
       row.is_own() ? put_null(out) : put_text(out, "https://apps.contoso.example/start");
     }},
    {"loginUrl", Shown::kDefault, [](Out out, Principal) { put_null(out); }},
    {"logoutUrl", Shown::kDefault, [](Out out, Principal) { put_null(out); }},
    {"notes", Shown::kDefault, [](Out out, Principal) { put_null(out); }},
    {"notificationEmailAddresses", Shown::kDefault, [](Out out, Principal) { out += "[]"; }},
    {"preferredSingleSignOnMode", Shown::kDefault,
     [](Out out, Principal row) { row.bits >> 25 & 1 ? put_text(out, "saml") : put_null(out); }},
    {"replyUrls", Shown::kDefault, [](Out out, Principal) { out += "[]"; }},
    {"servicePrincipalNames", Shown::kDefault,
     [](Out out, Principal row) {
       out += '[';
       put_text(out, row.app_id().view());
       out += ']';
     }},
    {"servicePrincipalType", Shown::kDefault,
     [](Out out, Principal row) {
       put_text(out, row.is_managed_identity() ? "ManagedIdentity"
                     : row.bits % 40 == 7      ? "Legacy"
                                               : "Application");
     }},
    {"signInAudience", Shown::kDefault,
     [](Out out, Principal row) {
       row.is_managed_identity()
           ? put_null(out)
           : put_text(out, row.is_own() ? "AzureADMyOrg" : "AzureADMultipleOrgs");
     }},
    {"tags", Shown::kDefault,
     [](Out out, Principal row) {
       out += row.is_managed_identity() ? "[]" : "[\"WindowsAzureActiveDirectoryIntegratedApp\"]";
     }},
    {"appRoles", Shown::kDefault, put_app_roles},
    {"keyCredentials", Shown::kDefault, put_key_credentials},
    {"passwordCredentials", Shown::kDefault, put_password_credentials},
};

using Row = const Assignment&;

void append_principal_name(Out out, Row row) {
  if (row.principal->kind == Kind::kGroup) {
    world::Group(row.world, row.principal->index).append_display_name(out);
  } else {
    world::User(row.world, row.principal->index).append_display_name(out);
  }
}

constexpr Column<Assignment> kAssignmentColumns[] = {
    {"id", Shown::kDefault,
     [](Out out, Row row) {
       out += "\"AsG";
       append_number(out, row.number);
       out += '_';
       append_number(out, row.bits);
       out += '"';
     }},
    {"deletedDateTime", Shown::kDefault, [](Out out, Row) { put_null(out); }},
    {"appRoleId", Shown::kDefault,
     [](Out out, Row row) {
       // All zeros is the default access.
       if (row.bits & 1) return put_text(out, "00000000-0000-0000-0000-000000000000");
       put_text(out,
                random_guid(row.world, Kind::kServicePrincipal, row.resource.index, 20).view());
     }},
    {"createdDateTime", Shown::kDefault,
     [](Out out, Row row) {
       put_time(out,
                world::kWorldEnd - 86'400 - static_cast<std::int64_t>(row.bits % (1000 * 86'400)));
     }},
    {"principalDisplayName", Shown::kDefault,
     [](Out out, Row row) {
       if (!row.principal) return put_null(out);
       put_escaped_from(out, [&](Out text) { append_principal_name(text, row); });
     }},
    {"principalId", Shown::kDefault,
     [](Out out, Row row) {
       row.principal ? put_text(out, row.world.id(*row.principal).view()) : put_null(out);
     }},
    {"principalType", Shown::kDefault,
     [](Out out, Row row) {
       if (!row.principal) return put_null(out);
       put_text(out, row.principal->kind == Kind::kGroup ? "Group" : "User");
     }},
    {"resourceDisplayName", Shown::kDefault, [](Out out, Row row) { put_name(out, row.resource); }},
    {"resourceId", Shown::kDefault,
     [](Out out, Row row) { put_text(out, row.resource.id.view()); }},
};

}  // namespace

const Table& application_table() {
  static const TableOf<Application> kTable("#microsoft.graph.application", "applications",
                                           kApplicationColumns);
  return kTable;
}

const Table& service_principal_table() {
  static const TableOf<ServicePrincipal> kTable("#microsoft.graph.servicePrincipal",
                                                "servicePrincipals", kPrincipalColumns);
  return kTable;
}

const Table& assignment_table() {
  static const TableOf<Assignment> kTable("", "appRoleAssignments", kAssignmentColumns);
  return kTable;
}

}  // namespace muster::sandbox::graph
