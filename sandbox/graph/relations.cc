#include <algorithm>
#include <set>
#include <vector>

#include "sandbox/graph/rows.h"
#include "sandbox/world/app.h"
#include "sandbox/world/device.h"
#include "sandbox/world/directory.h"
#include "sandbox/world/group.h"
#include "sandbox/world/intune.h"
#include "sandbox/world/tenant.h"
#include "sandbox/world/user.h"

namespace muster::sandbox::graph {
namespace {

using world::Kind;
using world::Reference;
using world::World;

Rows one_or_none(std::optional<Reference> reference) {
  if (!reference) return {};
  return {nullptr, 1, [found = *reference](std::uint64_t) { return found; }};
}

Rows list_of(std::vector<Reference> references) {
  const std::uint64_t size = references.size();
  return {nullptr, size,
          [list = std::move(references)](std::uint64_t position) { return list[position]; }};
}

Rows group_members(const World& world, std::uint32_t group) {
  const world::Roster roster = world.memberships().roster(group);
  return {nullptr, roster.size(),
          [roster](std::uint64_t at) { return roster.at(static_cast<std::uint32_t>(at)); }};
}

// Everything reachable, each object once; cycles end because a group is entered only once.
Rows group_transitive_members(const World& world, std::uint32_t group) {
  std::vector<Reference> found;
  std::set<std::pair<Kind, std::uint32_t>> seen;
  std::vector<std::uint32_t> open = {group};
  for (std::size_t next = 0; next < open.size(); ++next) {
    const world::Roster roster = world.memberships().roster(open[next]);
    for (std::uint32_t at = 0; at < roster.size(); ++at) {
      const Reference member = roster.at(at);
      if (!seen.insert({member.kind, member.index}).second) continue;
      found.push_back(member);
      if (member.kind == Kind::kGroup) open.push_back(member.index);
    }
  }
  return list_of(std::move(found));
}

Rows group_owners(const World& world, std::uint32_t index) {
  const world::Group group(world, index);
  return {nullptr, group.owner_count(), [group](std::uint64_t at) {
            return Reference{Kind::kUser, group.owner(static_cast<std::uint32_t>(at))};
          }};
}

Rows groups_with(const World& world, const Reference& member) {
  std::vector<Reference> found;
  for (std::uint32_t group = 0; group < world.sizes().groups; ++group) {
    if (world.memberships().roster(group).contains(member)) found.push_back({Kind::kGroup, group});
  }
  return list_of(std::move(found));
}

Rows user_groups(const World& world, std::uint32_t index) {
  return groups_with(world, {Kind::kUser, index});
}
Rows device_groups(const World& world, std::uint32_t index) {
  return groups_with(world, {Kind::kDevice, index});
}
Rows service_principal_groups(const World& world, std::uint32_t index) {
  return groups_with(world, {Kind::kServicePrincipal, index});
}

Rows user_manager(const World& world, std::uint32_t index) {
  const auto manager = world::User(world, index).manager();
  return one_or_none(manager ? std::optional(Reference{Kind::kUser, *manager}) : std::nullopt);
}

Rows user_direct_reports(const World& world, std::uint32_t index) {
  std::vector<Reference> found;
  for (std::uint32_t other = index + 1; other < world.sizes().users; ++other) {
    if (world::User(world, other).manager() == index) found.push_back({Kind::kUser, other});
  }
  return list_of(std::move(found));
}

Rows user_licence_details(const World& world, std::uint32_t index) {
  const world::User user(world, index);
  std::vector<Reference> found;
  for (std::uint32_t sku = 0; sku < world::skus().size(); ++sku) {
    if (user.has_licence(sku)) found.push_back({Kind::kOther, sku});
  }
  Rows rows = list_of(std::move(found));
  rows.table = &sku_table();
  return rows;
}

Rows device_owners(const World& world, std::uint32_t index) {
  const auto owner = world::Device(world, index).owner();
  return one_or_none(owner ? std::optional(Reference{Kind::kUser, *owner}) : std::nullopt);
}

Rows device_users(const World& world, std::uint32_t index) {
  const world::Device device(world, index);
  return {nullptr, device.user_count(), [device](std::uint64_t at) {
            return Reference{Kind::kUser, device.user(static_cast<std::uint32_t>(at))};
          }};
}

Rows owners_of_app(const World& world, Kind kind, std::uint32_t index) {
  if (world.sizes().users == 0) return {};
  const std::uint64_t draw = world.bits(kind, index, 7);
  const std::uint64_t count = std::min<std::uint64_t>(draw % 3, world.sizes().users);
  return {nullptr, count, [draw, users = world.sizes().users](std::uint64_t at) {
            return Reference{Kind::kUser, static_cast<std::uint32_t>((draw / 3 + at) % users)};
          }};
}
Rows application_owners(const World& world, std::uint32_t index) {
  return owners_of_app(world, Kind::kApplication, index);
}
Rows service_principal_owners(const World& world, std::uint32_t index) {
  return owners_of_app(world, Kind::kServicePrincipal, index);
}

Rows assignments_to(const World& world, std::uint32_t index) {
  return {&assignment_table(), world::assignment_count(world, index), [index](std::uint64_t at) {
            return Reference{Kind::kOther,
                             index * world::kAssignmentStride + static_cast<std::uint32_t>(at)};
          }};
}

// What a service principal may access itself: every fourth one may read the first resource.
Rows assignments_of(const World& world, std::uint32_t index) {
  if (index % 4 != 1 || world::assignment_count(world, 0) == 0) return {&assignment_table(), 0, {}};
  return {&assignment_table(), 1, [](std::uint64_t) { return Reference{Kind::kOther, 0}; }};
}

Rows role_members(const World& world, std::uint32_t index) {
  return {nullptr, world::role_member_count(world, index), [&world, index](std::uint64_t at) {
            return Reference{Kind::kUser,
                             world::role_member(world, index, static_cast<std::uint32_t>(at))};
          }};
}

Rows unit_members(const World& world, std::uint32_t index) {
  const world::AdministrativeUnit unit(world, index);
  return {nullptr, unit.member_count(),
          [unit](std::uint64_t at) { return unit.member(static_cast<std::uint32_t>(at)); }};
}

Rows unit_scoped_roles(const World& world, std::uint32_t index) {
  return {&scoped_role_table(), world.sizes().users > 0 ? 1u : 0u, [index](std::uint64_t) {
            return Reference{Kind::kOther, index};
          }};
}

Rows app_devices(const World& world, std::uint32_t program) {
  std::vector<Reference> found;
  for (const std::uint32_t index : world::devices_with(world, program)) {
    found.push_back({Kind::kManagedDevice, index});
  }
  Rows rows = list_of(std::move(found));
  rows.table = &managed_device_table();
  return rows;
}

// The device's own state, and now and then another one in the context of its user.
Rows device_policy_states(const World& world, std::uint32_t index) {
  const world::Device device(world, index);
  if (device.system != world::Device::System::kWindows) return {&policy_state_table(), 0, {}};
  return {&policy_state_table(), device.index % 9 == 0 ? 2u : 1u, [index](std::uint64_t) {
            return Reference{Kind::kOther, index * world::kPolicyStride};
          }};
}

// To one group, and every second one to all devices too.
Rows policy_assignments(const World& world, std::uint32_t index) {
  std::vector<Reference> found;
  if (world.sizes().groups > 0) {
    found.push_back({Kind::kOther, index * 3 % world.sizes().groups});
  }
  if (index % 2 == 1) found.push_back({Kind::kOther, kToAllDevices});
  Rows rows = list_of(std::move(found));
  rows.table = &policy_assignment_table();
  return rows;
}

constexpr Relation kRelations[] = {
    {.parent = Kind::kCompliancePolicy,
     .name = "assignments",
     .rows = policy_assignments,
     .roles = kConfigurationRoles,
     .expandable = true},
    {.parent = Kind::kDeviceConfiguration,
     .name = "assignments",
     .rows = policy_assignments,
     .roles = kConfigurationRoles,
     .expandable = true},
    {.parent = Kind::kDetectedApp,
     .name = "managedDevices",
     .rows = app_devices,
     .roles = kManagedDeviceRoles},
    {.parent = Kind::kManagedDevice,
     .name = "users",
     .rows = device_owners,
     .roles = kManagedDeviceRoles},
    {.parent = Kind::kManagedDevice,
     .name = "deviceCompliancePolicyStates",
     .rows = device_policy_states,
     .roles = kConfigurationRoles},
    {.parent = Kind::kUser,
     .name = "manager",
     .rows = user_manager,
     .roles = kUserRoles,
     .single = true,
     .expandable = true},
    {.parent = Kind::kUser,
     .name = "directReports",
     .rows = user_direct_reports,
     .roles = kUserRoles,
     .expandable = true},
    {.parent = Kind::kUser,
     .name = "memberOf",
     .rows = user_groups,
     .roles = kMemberRoles,
     .units = 2,
     .expandable = true},
    {.parent = Kind::kUser,
     .name = "licenseDetails",
     .rows = user_licence_details,
     .roles = kLicenceRoles,
     .units = 2,
     .paged = false},
    {.parent = Kind::kGroup,
     .name = "members",
     .rows = group_members,
     .roles = kMemberRoles,
     .units = 3,
     .expandable = true,
     .members = true},
    {.parent = Kind::kGroup,
     .name = "transitiveMembers",
     .rows = group_transitive_members,
     .roles = kMemberRoles,
     .units = 5,
     .members = true},
    {.parent = Kind::kGroup,
     .name = "owners",
     .rows = group_owners,
     .roles = kGroupRoles,
     .expandable = true},
    {.parent = Kind::kDevice,
     .name = "registeredOwners",
     .rows = device_owners,
     .roles = kDeviceRoles,
     .expandable = true},
    {.parent = Kind::kDevice,
     .name = "registeredUsers",
     .rows = device_users,
     .roles = kDeviceRoles,
     .expandable = true},
    {.parent = Kind::kDevice,
     .name = "memberOf",
     .rows = device_groups,
     .roles = kDeviceRoles,
     .expandable = true},
    {.parent = Kind::kApplication,
     .name = "owners",
     .rows = application_owners,
     .roles = kApplicationRoles,
     .expandable = true},
    {.parent = Kind::kServicePrincipal,
     .name = "owners",
     .rows = service_principal_owners,
     .roles = kApplicationRoles,
     .expandable = true},
    {.parent = Kind::kServicePrincipal,
     .name = "memberOf",
     .rows = service_principal_groups,
     .roles = kApplicationRoles},
    {.parent = Kind::kServicePrincipal,
     .name = "appRoleAssignedTo",
     .rows = assignments_to,
     .roles = kApplicationRoles},
    {.parent = Kind::kServicePrincipal,
     .name = "appRoleAssignments",
     .rows = assignments_of,
     .roles = kApplicationRoles,
     .units = 2},
    {.parent = Kind::kDirectoryRole,
     .name = "members",
     .rows = role_members,
     .roles = kRoleRoles,
     .paged = false},
    {.parent = Kind::kAdministrativeUnit,
     .name = "members",
     .rows = unit_members,
     .roles = kUnitRoles,
     .members = true},
    {.parent = Kind::kAdministrativeUnit,
     .name = "scopedRoleMembers",
     .rows = unit_scoped_roles,
     .roles = kRoleRoles},
};

}  // namespace

const Relation* find_relation(Kind parent, std::string_view name) {
  for (const Relation& relation : kRelations) {
    if (relation.parent == parent && relation.name == name) return &relation;
  }
  return nullptr;
}

bool hides_members(const World& world, const Reference& parent) {
  if (parent.kind == Kind::kGroup) return world::Group(world, parent.index).hidden;
  if (parent.kind == Kind::kAdministrativeUnit) {
    return world::AdministrativeUnit(world, parent.index).hidden;
  }
  return false;
}

}  // namespace muster::sandbox::graph
