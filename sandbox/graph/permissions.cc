#include "sandbox/graph/permissions.h"

#include <set>

namespace muster::sandbox::graph {

bool allows_any(const login::Grant& grant, Roles roles) {
  for (const std::string_view role : roles) {
    if (grant.allows(role)) return true;
  }
  return false;
}

Roles roles_of(world::Kind kind) {
  switch (kind) {
    case world::Kind::kUser: return kBasicUserRoles;
    case world::Kind::kGroup: return kGroupRoles;
    case world::Kind::kDevice: return kDeviceRoles;
    case world::Kind::kContact: return kContactRoles;
    case world::Kind::kServicePrincipal:
    case world::Kind::kApplication: return kApplicationRoles;
    case world::Kind::kAdministrativeUnit: return kUnitRoles;
    case world::Kind::kDirectoryRole: return kRoleRoles;
    default: return kDirectoryRoles;
  }
}

std::vector<std::string> all_roles() {
  std::set<std::string> roles;
  for (const Roles list :
       {Roles(kUserRoles), Roles(kBasicUserRoles), Roles(kGroupRoles), Roles(kMemberRoles),
        Roles(kDeviceRoles), Roles(kContactRoles), Roles(kApplicationRoles), Roles(kRoleRoles),
        Roles(kUnitRoles), Roles(kLicenceRoles), Roles(kDomainRoles), Roles(kPolicyRoles),
        Roles(kManagedDeviceRoles), Roles(kConfigurationRoles), Roles(kMobileAppRoles),
        Roles(kServiceConfigRoles)}) {
    roles.insert(list.begin(), list.end());
  }
  roles.insert(std::string(kSignInRole));
  roles.insert(std::string(kHiddenMembersRole));
  roles.insert("User-LifeCycleInfo.Read.All");
  roles.insert("CustomSecAttributeAssignment.Read.All");
  return {roles.begin(), roles.end()};
}

}  // namespace muster::sandbox::graph
