// https://learn.microsoft.com/graph/api/resources/group
#include "sandbox/graph/table.h"
#include "sandbox/graph/values.h"
#include "sandbox/world/group.h"

namespace muster::sandbox::graph {
namespace {

using world::Group;

using Out = std::string&;
using In = const Group&;

void put_mail(Out out, In group, std::string_view scheme) {
  out += '"';
  out += scheme;
  group.append_nickname(out);
  out += '@';
  out += group.world.domain();
  out += '"';
}

void put_group_types(Out out, In group) {
  const bool unified = group.type == Group::Type::kUnified;
  out += unified ? (group.dynamic ? "[\"Unified\",\"DynamicMembership\"]" : "[\"Unified\"]")
                 : (group.dynamic ? "[\"DynamicMembership\"]" : "[]");
}

void put_licences(Out out, In group) {
  out += '[';
  for (std::size_t sku = 0; sku < 2; ++sku) {
    if (!group.has_licence(sku)) continue;
    out += "{\"disabledPlans\":[],\"skuId\":";
    put_text(out, world::skus()[sku].id);
    out += '}';
  }
  out += ']';
}

void put_on_premises_name(Out out, In group) {
  if (!group.synced) return put_null(out);
  put_escaped_from(out, [&](Out text) { group.append_display_name(text); });
}

void put_domain_part(Out out, In group, std::string_view text) {
  group.synced ? put_text(out, text) : put_null(out);
}

void put_security_identifier(Out out, In group, std::string_view prefix) {
  out += '"';
  out += prefix;
  append_number(out, group.more & 0x7FFFFFFF);
  out += '-';
  append_number(out, 1000 + group.index);
  out += '"';
}

constexpr Column<Group> kColumns[] = {
    {"id", Shown::kDefault, [](Out out, In group) { put_text(out, group.id.view()); }},
    {"deletedDateTime", Shown::kDefault, [](Out out, In) { put_null(out); }},
    {"classification", Shown::kDefault, [](Out out, In) { put_null(out); }},
    {"createdDateTime", Shown::kDefault, [](Out out, In group) { put_time(out, group.created); }},
    {"creationOptions", Shown::kDefault,
     [](Out out, In group) { out += group.team ? "[\"Team\"]" : "[]"; }},
    {"description", Shown::kDefault,
     [](Out out, In group) {
       if (group.bits >> 60 == 0) return put_null(out);
       out += '"';
       out += group.department->name;
       out += " in ";
       out += group.place->city;
       out += '"';
     }},
    {"displayName", Shown::kDefault,
     [](Out out, In group) {
       put_escaped_from(out, [&](Out text) { group.append_display_name(text); });
     }},
    {"expirationDateTime", Shown::kDefault,
     [](Out out, In group) {
       put_time(out, group.type == Group::Type::kUnified && (group.bits >> 55 & 1)
                         ? world::kWorldEnd + 90 * 86'400
                         : 0);
     }},
    {"groupTypes", Shown::kDefault, put_group_types},
    {"isAssignableToRole", Shown::kDefault,
     [](Out out, In group) { group.role_assignable ? put_bool(out, true) : put_null(out); }},
    {"mail", Shown::kDefault,
     [](Out out, In group) { group.mail_enabled() ? put_mail(out, group, "") : put_null(out); }},
    {"mailEnabled", Shown::kDefault,
     [](Out out, In group) { put_bool(out, group.mail_enabled()); }},
    {"mailNickname", Shown::kDefault,
     [](Out out, In group) {
       out += '"';
       group.append_nickname(out);
       out += '"';
     }},
    {"membershipRule", Shown::kDefault,
     [](Out out, In group) {
       if (!group.dynamic) return put_null(out);
       put_escaped_from(out, [&](Out text) {
         text += "(user.department -eq \"";
         text += group.department->name;
         text += "\")";
       });
     }},
    {"membershipRuleProcessingState", Shown::kDefault,
     [](Out out, In group) { group.dynamic ? put_text(out, "On") : put_null(out); }},
    {"onPremisesDomainName", Shown::kDefault,
     [](Out out, In group) { put_domain_part(out, group, "corp.haldenrobotics.example"); }},
    {"onPremisesLastSyncDateTime", Shown::kDefault,
     [](Out out, In group) { put_time(out, group.synced ? world::kWorldEnd - 7200 : 0); }},
    {"onPremisesNetBiosName", Shown::kDefault,
     [](Out out, In group) { put_domain_part(out, group, "HALDEN"); }},
    {"onPremisesSamAccountName", Shown::kDefault, put_on_premises_name},
    {"onPremisesSecurityIdentifier", Shown::kDefault,
     [](Out out, In group) {
       group.synced ? put_security_identifier(out, group, "S-1-5-21-1004336348-1177238915-")
                    : put_null(out);
     }},
    {"onPremisesSyncEnabled", Shown::kDefault,
     [](Out out, In group) { group.synced ? put_bool(out, true) : put_null(out); }},
    {"preferredDataLocation", Shown::kDefault, [](Out out, In) { put_null(out); }},
    {"preferredLanguage", Shown::kDefault, [](Out out, In) { put_null(out); }},
    {"proxyAddresses", Shown::kDefault,
     [](Out out, In group) {
       out += '[';
       if (group.mail_enabled()) put_mail(out, group, "SMTP:");
       out += ']';
     }},
    {"renewedDateTime", Shown::kDefault, [](Out out, In group) { put_time(out, group.created); }},
    {"resourceBehaviorOptions", Shown::kDefault, [](Out out, In) { out += "[]"; }},
    {"resourceProvisioningOptions", Shown::kDefault,
     [](Out out, In group) { out += group.team ? "[\"Team\"]" : "[]"; }},
    {"securityEnabled", Shown::kDefault,
     [](Out out, In group) { put_bool(out, group.security_enabled()); }},
    {"securityIdentifier", Shown::kDefault,
     [](Out out, In group) { put_security_identifier(out, group, "S-1-12-1-2718281828-"); }},
    {"theme", Shown::kDefault, [](Out out, In) { put_null(out); }},
    {"uniqueName", Shown::kDefault, [](Out out, In) { put_null(out); }},
    {"visibility", Shown::kDefault,
     [](Out out, In group) {
       if (group.type != Group::Type::kUnified) return put_null(out);
       put_text(out, group.hidden ? "HiddenMembership" : group.bits & 1 ? "Public" : "Private");
     }},
    {"onPremisesProvisioningErrors", Shown::kDefault, [](Out out, In) { out += "[]"; }},

    {"assignedLabels", Shown::kSelectable, [](Out out, In) { out += "[]"; }},
    {"assignedLicenses", Shown::kSelectable, put_licences},
    {"isManagementRestricted", Shown::kSelectable, [](Out out, In) { put_null(out); }},
    {"licenseProcessingState", Shown::kSelectable, [](Out out, In) { put_null(out); }},

    {"allowExternalSenders", Shown::kSingleOnly, [](Out out, In) { put_bool(out, false); }},
    {"autoSubscribeNewMembers", Shown::kSingleOnly, [](Out out, In) { put_bool(out, false); }},
    {"hideFromAddressLists", Shown::kSingleOnly, [](Out out, In) { put_bool(out, false); }},
    {"hideFromOutlookClients", Shown::kSingleOnly, [](Out out, In) { put_bool(out, false); }},
    {"isSubscribedByMail", Shown::kSingleOnly, [](Out out, In) { put_bool(out, false); }},
    {"unseenCount", Shown::kSingleOnly, [](Out out, In) { out += '0'; }},
};

}  // namespace

const Table& group_table() {
  static const TableOf<Group> kTable("#microsoft.graph.group", "groups", kColumns);
  return kTable;
}

}  // namespace muster::sandbox::graph
