// https://learn.microsoft.com/graph/api/resources/user
#include "sandbox/graph/table.h"
#include "sandbox/graph/values.h"
#include "sandbox/world/user.h"

namespace muster::sandbox::graph {
namespace {

using world::User;

using Out = std::string&;
using In = const User&;

void put_if_person(Out out, In user, std::string_view text) {
  user.is_person() ? put_text_or_null(out, text) : put_null(out);
}

void put_phone(Out out, In user, unsigned shift) {
  out += '"';
  out += user.place->phone_prefix;
  append_number(out, 1000 + (user.more >> shift & 0xFFF));
  out += '"';
}

template <typename Append>
void put_quoted(Out out, Append append) {
  out += '"';
  append(out);
  out += '"';
}

void put_synced_name(Out out, In user, std::string_view before, std::string_view after) {
  if (!user.synced) return put_null(out);
  out += '"';
  out += before;
  user.append_account_name(out);
  out += after;
  out += '"';
}

void put_sign_in(Out out, In user) {
  const auto last = user.last_sign_in();
  if (!last) return;  // absent
  const auto entry = [&](std::string_view what, std::int64_t when, std::uint32_t salt) {
    out += '"';
    out += what;
    out += "DateTime\":";
    put_time(out, when);
    out += ",\"";
    out += what;
    out += "RequestId\":";
    put_text(out, random_guid(user.world, world::Kind::kUser, user.index, salt).view());
  };
  out += '{';
  entry("lastSignIn", *last, 100);
  out += ',';
  entry("lastNonInteractiveSignIn", *last - 3600, 101);
  out += ',';
  entry("lastSuccessfulSignIn", *last - 60, 102);
  out += '}';
}

void put_assigned_licences(Out out, In user) {
  out += '[';
  bool first = true;
  for (std::size_t sku = 0; sku < world::skus().size(); ++sku) {
    if (!user.has_licence(sku)) continue;
    out += first ? "{\"disabledPlans\":[],\"skuId\":\"" : ",{\"disabledPlans\":[],\"skuId\":\"";
    out += world::skus()[sku].id;
    out += "\"}";
    first = false;
  }
  out += ']';
}

void put_licence_states(Out out, In user) {
  out += '[';
  bool first = true;
  for (std::size_t sku = 0; sku < world::skus().size(); ++sku) {
    if (!user.has_licence(sku)) continue;
    out += first ? "{\"skuId\":\"" : ",{\"skuId\":\"";
    out += world::skus()[sku].id;
    out += "\",\"disabledPlans\":[],\"assignedByGroup\":";
    // The two big plans come from groups, the rest was assigned by hand.
    const bool by_group = sku < 2 && user.world.sizes().groups > 0;
    by_group ? put_text(out, user.world.id(world::Kind::kGroup, 0).view()) : put_null(out);
    out +=
        ",\"state\":\"Active\",\"error\":\"None\",\"lastUpdatedDateTime\":\"2025-06-01T08:00:"
        "00Z\"}";
    first = false;
  }
  out += ']';
}

void put_assigned_plans(Out out, In user) {
  if (!user.has_licence(0)) {
    out += "[]";
    return;
  }
  out +=
      R"([{"assignedDateTime":"2024-03-01T00:00:00Z","capabilityStatus":"Enabled","service":"exchange",)"
      R"("servicePlanId":"efb87545-963c-4e0d-99df-69c6916d9eb0"}])";
}

void put_extension_attributes(Out out, In user) {
  // Most are null; only the first and the seventh are used.
  out += "{\"extensionAttribute1\":";
  put_if_person(out, user, user.department->cost_center);
  out += R"(,"extensionAttribute2":null,"extensionAttribute3":null,"extensionAttribute4":null,)"
         R"("extensionAttribute5":null,"extensionAttribute6":null,"extensionAttribute7":)";
  user.synced ? put_text(out, user.department->short_name) : put_null(out);
  out += R"(,"extensionAttribute8":null,"extensionAttribute9":null,"extensionAttribute10":null,)"
         R"("extensionAttribute11":null,"extensionAttribute12":null,"extensionAttribute13":null,)"
         R"("extensionAttribute14":null,"extensionAttribute15":null})";
}

void put_proxy_addresses(Out out, In user) {
  if (!user.has_mail()) {
    out += "[]";
    return;
  }
  out += "[\"SMTP:";
  user.append_mail(out);
  if (user.is_person()) {
    out += "\",\"smtp:";
    user.append_account_name(out);
    out += '@';
    out += user.world.initial_domain();
  }
  out += "\"]";
}

void put_identities(Out out, In user) {
  out += R"([{"signInType":"userPrincipalName","issuer":")";
  out += user.world.initial_domain();
  out += R"(","issuerAssignedId":")";
  user.append_principal_name(out);
  out += "\"}]";
}

void put_security_identifier(Out out, In user, std::string_view prefix) {
  out += '"';
  out += prefix;
  append_number(out, user.bits & 0x7FFFFFFF);
  out += '-';
  append_number(out, user.more & 0x7FFFFFFF);
  out += '-';
  append_number(out, 1000 + user.index);
  out += '"';
}

constexpr Column<User> kColumns[] = {
    {"businessPhones", Shown::kDefault,
     [](Out out, In user) {
       out += '[';
       if (user.is_person()) put_phone(out, user, 24);
       out += ']';
     }},
    {"displayName", Shown::kDefault,
     [](Out out, In user) {
       put_escaped_from(out, [&](Out text) { user.append_display_name(text); });
     }},
    {"givenName", Shown::kDefault,
     [](Out out, In user) { put_if_person(out, user, user.given->text); }},
    {"jobTitle", Shown::kDefault,
     [](Out out, In user) { put_if_person(out, user, user.job_title); }},
    {"mail", Shown::kDefault,
     [](Out out, In user) {
       if (!user.has_mail()) return put_null(out);
       put_quoted(out, [&](Out text) { user.append_mail(text); });
     }},
    {"mobilePhone", Shown::kDefault,
     [](Out out, In user) { user.has_mobile() ? put_phone(out, user, 8) : put_null(out); }},
    {"officeLocation", Shown::kDefault,
     [](Out out, In user) {
       if (user.is_guest()) return put_null(out);
       put_quoted(out, [&](Out text) {
         text += user.place->city;
         text += " / B";
         append_number(text, user.bits & 7);
       });
     }},
    {"preferredLanguage", Shown::kDefault,
     [](Out out, In user) { put_if_person(out, user, user.place->language); }},
    {"surname", Shown::kDefault,
     [](Out out, In user) { put_if_person(out, user, user.surname->text); }},
    {"userPrincipalName", Shown::kDefault,
     [](Out out, In user) {
       put_quoted(out, [&](Out text) { user.append_principal_name(text); });
     }},
    {"id", Shown::kDefault, [](Out out, In user) { put_text(out, user.id.view()); }},

    {"deletedDateTime", Shown::kSelectable, [](Out out, In) { put_null(out); }},
    {"accountEnabled", Shown::kSelectable, [](Out out, In user) { put_bool(out, user.enabled); }},
    {"ageGroup", Shown::kSelectable, [](Out out, In) { put_null(out); }},
    {"assignedLicenses", Shown::kSelectable, put_assigned_licences},
    {"assignedPlans", Shown::kSelectable, put_assigned_plans},
    {"city", Shown::kSelectable,
     [](Out out, In user) { put_if_person(out, user, user.place->city); }},
    {"companyName", Shown::kSelectable,
     [](Out out, In user) {
       if (user.is_guest()) return put_text(out, "Partner Ltd");
       put_if_person(out, user, user.world.tenant_name());
     }},
    {"consentProvidedForMinor", Shown::kSelectable, [](Out out, In) { put_null(out); }},
    {"country", Shown::kSelectable,
     [](Out out, In user) { put_if_person(out, user, user.place->country); }},
    {"createdDateTime", Shown::kSelectable, [](Out out, In user) { put_time(out, user.created); }},
    {"creationType", Shown::kSelectable,
     [](Out out, In user) { user.is_guest() ? put_text(out, "Invitation") : put_null(out); }},
    {"customSecurityAttributes", Shown::kGuarded,
     [](Out out, In user) {
       if (user.index % 50 != 0) return put_null(out);
       out +=
           R"({"Halden":{"@odata.type":"#microsoft.graph.customSecurityAttributeValue","Clearance":"Level2"}})";
     },
     "CustomSecAttributeAssignment.Read.All"},
    {"department", Shown::kSelectable,
     [](Out out, In user) { put_if_person(out, user, user.department->name); }},
    {"employeeHireDate", Shown::kSelectable,
     [](Out out, In user) { put_time(out, user.is_person() ? user.created : 0); }},
    {"employeeId", Shown::kSelectable,
     [](Out out, In user) {
       if (!user.is_person()) return put_null(out);
       put_quoted(out, [&](Out text) { append_number(text, 10'000 + user.index); });
     }},
    {"employeeLeaveDateTime", Shown::kGuarded,
     [](Out out, In user) { put_time(out, user.enabled ? 0 : user.password_changed); },
     "User-LifeCycleInfo.Read.All"},
    {"employeeOrgData", Shown::kSelectable,
     [](Out out, In user) {
       if (!user.is_person()) return put_null(out);
       out += "{\"division\":";
       put_text(out, user.department->short_name);
       out += ",\"costCenter\":";
       put_text(out, user.department->cost_center);
       out += '}';
     }},
    {"employeeType", Shown::kSelectable,
     [](Out out, In user) {
       put_if_person(out, user, user.bits & 31 ? "Employee" : "Contractor");
     }},
    // What a directory extension looks like: extension_{appId without dashes}_{name}.
    {"extension_c2a6f0de58b34c1d9f7e0b7d1e4a9c33_badgeNumber", Shown::kSelectable,
     [](Out out, In user) {
       if (!user.is_person()) return put_null(out);
       put_quoted(out, [&](Out text) { append_number(text, 700'000 + user.index); });
     }},
    {"externalUserState", Shown::kSelectable,
     [](Out out, In user) {
       if (!user.is_guest()) return put_null(out);
       put_text(out, user.pending ? "PendingAcceptance" : "Accepted");
     }},
    {"externalUserStateChangeDateTime", Shown::kSelectable,
     [](Out out, In user) { put_time(out, user.is_guest() ? user.created : 0); }},
    {"faxNumber", Shown::kSelectable, [](Out out, In) { put_null(out); }},
    {"identities", Shown::kSelectable, put_identities},
    {"imAddresses", Shown::kSelectable,
     [](Out out, In user) {
       out += '[';
       if (user.is_person() && user.has_mail())
         put_quoted(out, [&](Out text) { user.append_mail(text); });
       out += ']';
     }},
    {"isManagementRestricted", Shown::kSelectable, [](Out out, In) { put_null(out); }},
    {"isResourceAccount", Shown::kSelectable,
     [](Out out, In user) {
       user.type == User::Type::kRoom ? put_bool(out, true) : put_null(out);
     }},
    {"lastPasswordChangeDateTime", Shown::kSelectable,
     [](Out out, In user) { put_time(out, user.password_changed); }},
    {"legalAgeGroupClassification", Shown::kSelectable, [](Out out, In) { put_null(out); }},
    {"licenseAssignmentStates", Shown::kSelectable, put_licence_states},
    {"mailNickname", Shown::kSelectable,
     [](Out out, In user) {
       put_quoted(out, [&](Out text) {
         user.append_account_name(text);
         if (user.is_guest()) text += "_partner.example#EXT#";
       });
     }},
    {"onPremisesDistinguishedName", Shown::kSelectable,
     [](Out out, In user) {
       put_synced_name(out, user, "CN=", ",OU=People,DC=corp,DC=haldenrobotics,DC=example");
     }},
    {"onPremisesDomainName", Shown::kSelectable,
     [](Out out, In user) {
       user.synced ? put_text(out, "corp.haldenrobotics.example") : put_null(out);
     }},
    {"onPremisesExtensionAttributes", Shown::kSelectable, put_extension_attributes},
    {"onPremisesImmutableId", Shown::kSelectable,
     [](Out out, In user) { put_synced_name(out, user, "", "=="); }},
    {"onPremisesLastSyncDateTime", Shown::kSelectable,
     [](Out out, In user) { put_time(out, user.synced ? world::kWorldEnd - 7200 : 0); }},
    {"onPremisesProvisioningErrors", Shown::kSelectable, [](Out out, In) { out += "[]"; }},
    {"onPremisesSamAccountName", Shown::kSelectable,
     [](Out out, In user) { put_synced_name(out, user, "", ""); }},
    {"onPremisesSecurityIdentifier", Shown::kSelectable,
     [](Out out, In user) {
       user.synced ? put_security_identifier(out, user, "S-1-5-21-") : put_null(out);
     }},
    // True, null when never synchronised, and false for those who once were.
    {"onPremisesSyncEnabled", Shown::kSelectable,
     [](Out out, In user) {
       if (user.synced) return put_bool(out, true);
       (user.more & 63) == 0 ? put_bool(out, false) : put_null(out);
     }},
    {"onPremisesUserPrincipalName", Shown::kSelectable,
     [](Out out, In user) { put_synced_name(out, user, "", "@corp.haldenrobotics.example"); }},
    {"otherMails", Shown::kSelectable,
     [](Out out, In user) {
       out += '[';
       if (user.is_guest()) put_quoted(out, [&](Out text) { user.append_mail(text); });
       out += ']';
     }},
    {"passwordPolicies", Shown::kSelectable,
     [](Out out, In user) {
       user.type == User::Type::kService ? put_text(out, "DisablePasswordExpiration")
                                         : put_null(out);
     }},
    {"postalCode", Shown::kSelectable,
     [](Out out, In user) { put_if_person(out, user, user.place->postal_code); }},
    {"preferredDataLocation", Shown::kSelectable, [](Out out, In) { put_null(out); }},
    {"provisionedPlans", Shown::kSelectable, [](Out out, In) { out += "[]"; }},
    {"proxyAddresses", Shown::kSelectable, put_proxy_addresses},
    {"securityIdentifier", Shown::kSelectable,
     [](Out out, In user) { put_security_identifier(out, user, "S-1-12-1-"); }},
    {"showInAddressList", Shown::kSelectable, [](Out out, In) { put_null(out); }},
    {"signInActivity", Shown::kSelectable, put_sign_in},
    {"signInSessionsValidFromDateTime", Shown::kSelectable,
     [](Out out, In user) { put_time(out, user.password_changed); }},
    {"state", Shown::kSelectable,
     [](Out out, In user) { put_if_person(out, user, user.place->state); }},
    {"streetAddress", Shown::kSelectable,
     [](Out out, In user) { put_if_person(out, user, user.place->street); }},
    {"usageLocation", Shown::kSelectable,
     [](Out out, In user) { put_if_person(out, user, user.place->country_code); }},
    {"userType", Shown::kSelectable,
     [](Out out, In user) { put_text(out, user.is_guest() ? "Guest" : "Member"); }},

    {"aboutMe", Shown::kSingleOnly, [](Out out, In) { put_null(out); }},
    {"birthday", Shown::kSingleOnly, [](Out out, In) { put_null(out); }},
    {"hireDate", Shown::kSingleOnly, [](Out out, In) { put_null(out); }},
    {"interests", Shown::kSingleOnly, [](Out out, In) { out += "[]"; }},
    {"mailboxSettings", Shown::kSingleOnly, [](Out out, In) { put_null(out); }},
    {"mySite", Shown::kSingleOnly, [](Out out, In) { put_null(out); }},
    {"pastProjects", Shown::kSingleOnly, [](Out out, In) { out += "[]"; }},
    {"preferredName", Shown::kSingleOnly, [](Out out, In) { put_null(out); }},
    {"responsibilities", Shown::kSingleOnly, [](Out out, In) { out += "[]"; }},
    {"schools", Shown::kSingleOnly, [](Out out, In) { out += "[]"; }},
    {"skills", Shown::kSingleOnly, [](Out out, In) { out += "[]"; }},
};

}  // namespace

const Table& user_table() {
  static const TableOf<User> kTable("#microsoft.graph.user", "users", kColumns);
  return kTable;
}

}  // namespace muster::sandbox::graph
