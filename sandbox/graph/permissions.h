// Which application permissions open what.
// https://learn.microsoft.com/graph/permissions-reference
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/login/tokens.h"
#include "sandbox/world/guid.h"

namespace muster::sandbox::graph {

// Any one of them is enough.
using Roles = std::span<const std::string_view>;

inline constexpr std::string_view kUserRoles[] = {"User.Read.All", "Directory.Read.All"};
inline constexpr std::string_view kBasicUserRoles[] = {"User.ReadBasic.All", "User.Read.All",
                                                       "Directory.Read.All"};
inline constexpr std::string_view kGroupRoles[] = {"GroupMember.Read.All", "Group.Read.All",
                                                   "Directory.Read.All"};
inline constexpr std::string_view kMemberRoles[] = {
    "GroupMember.Read.All", "GroupMember.ReadBasic.All", "Group.Read.All", "Directory.Read.All"};
inline constexpr std::string_view kDeviceRoles[] = {"Device.Read.All", "Directory.Read.All"};
inline constexpr std::string_view kContactRoles[] = {"OrgContact.Read.All", "Directory.Read.All"};
inline constexpr std::string_view kApplicationRoles[] = {"Application.Read.All",
                                                         "Directory.Read.All"};
inline constexpr std::string_view kDirectoryRoles[] = {"Directory.Read.All"};
inline constexpr std::string_view kRoleRoles[] = {"RoleManagement.Read.Directory",
                                                  "Directory.Read.All"};
inline constexpr std::string_view kUnitRoles[] = {"AdministrativeUnit.Read.All",
                                                  "Directory.Read.All"};
inline constexpr std::string_view kLicenceRoles[] = {"LicenseAssignment.Read.All",
                                                     "Organization.Read.All", "Directory.Read.All"};
inline constexpr std::string_view kOrganizationRoles[] = {"Organization.Read.All", "User.Read.All",
                                                          "Directory.Read.All"};
inline constexpr std::string_view kDomainRoles[] = {"Domain.Read.All", "Directory.Read.All"};
inline constexpr std::string_view kPolicyRoles[] = {"Policy.Read.All"};
inline constexpr std::string_view kManagedDeviceRoles[] = {
    "DeviceManagementManagedDevices.Read.All", "DeviceManagementManagedDevices.ReadWrite.All"};
inline constexpr std::string_view kExportRoles[] = {"DeviceManagementManagedDevices.ReadWrite.All"};
inline constexpr std::string_view kCategoryRoles[] = {
    "DeviceManagementManagedDevices.Read.All", "DeviceManagementManagedDevices.ReadWrite.All",
    "DeviceManagementConfiguration.Read.All"};
inline constexpr std::string_view kConfigurationRoles[] = {
    "DeviceManagementConfiguration.Read.All"};
inline constexpr std::string_view kMobileAppRoles[] = {"DeviceManagementApps.Read.All"};
inline constexpr std::string_view kServiceConfigRoles[] = {
    "DeviceManagementServiceConfig.Read.All"};
inline constexpr std::string_view kSignInRole = "AuditLog.Read.All";
inline constexpr std::string_view kHiddenMembersRole = "Member.Read.Hidden";

bool allows_any(const login::Grant& grant, Roles roles);
// What lets a caller see the properties of an object of this kind.
Roles roles_of(world::Kind kind);
// Everything this sandbox knows, for a client without restrictions.
std::vector<std::string> all_roles();

}  // namespace muster::sandbox::graph
