#include "sandbox/graph/rows.h"
#include "sandbox/world/directory.h"
#include "sandbox/world/names.h"
#include "sandbox/world/tenant.h"

namespace muster::sandbox::graph {
namespace {

using world::Kind;
using world::World;

template <Kind kKind, const Table& (*kTable)()>
Rows all_of(const World& world) {
  return {&kTable(), world.count(kKind), [](std::uint64_t position) {
            return world::Reference{kKind, static_cast<std::uint32_t>(position)};
          }};
}

template <const Table& (*kTable)()>
Rows fixed(std::uint64_t size) {
  return {&kTable(), size, [](std::uint64_t position) {
            return world::Reference{Kind::kOther, static_cast<std::uint32_t>(position)};
          }};
}

Rows organization(const World&) { return fixed<organization_table>(1); }
Rows domains(const World&) { return fixed<domain_table>(world::domain_count()); }
Rows skus(const World&) { return fixed<sku_table>(world::skus().size()); }
Rows policies(const World&) { return fixed<policy_table>(world::policy_count()); }
Rows role_definitions(const World&) {
  return fixed<role_definition_table>(world::role_list().size());
}

Rows role_assignments(const World& world) {
  // One list over all roles: the position is turned into (role, member).
  std::uint64_t size = 0;
  for (std::uint32_t role = 0; role < world::role_list().size(); ++role) {
    size += world::role_member_count(world, role);
  }
  return {&role_assignment_table(), size, [&world](std::uint64_t position) {
            std::uint32_t role = 0;
            while (position >= world::role_member_count(world, role)) {
              position -= world::role_member_count(world, role++);
            }
            return world::Reference{
                Kind::kOther, role * world::kRoleStride + static_cast<std::uint32_t>(position)};
          }};
}

constexpr Allowed kNoOptions = {.options = false, .paged = false};
constexpr Allowed kUnpaged = {.options = true, .paged = false};

constexpr Collection kCollections[] = {
    {"/users",
     user_table,
     all_of<Kind::kUser, user_table>,
     kBasicUserRoles,
     Kind::kUser,
     2,
     {},
     true},
    {"/groups",
     group_table,
     all_of<Kind::kGroup, group_table>,
     kGroupRoles,
     Kind::kGroup,
     1,
     {},
     true},
    {"/devices",
     device_table,
     all_of<Kind::kDevice, device_table>,
     kDeviceRoles,
     Kind::kDevice,
     1,
     {},
     true},
    {"/contacts",
     contact_table,
     all_of<Kind::kContact, contact_table>,
     kContactRoles,
     Kind::kContact,
     1,
     {},
     true},
    {"/applications",
     application_table,
     all_of<Kind::kApplication, application_table>,
     kApplicationRoles,
     Kind::kApplication,
     2,
     {},
     true},
    {"/servicePrincipals",
     service_principal_table,
     all_of<Kind::kServicePrincipal, service_principal_table>,
     kApplicationRoles,
     Kind::kServicePrincipal,
     1,
     {},
     true},
    {"/directory/administrativeUnits",
     administrative_unit_table,
     all_of<Kind::kAdministrativeUnit, administrative_unit_table>,
     kUnitRoles,
     Kind::kAdministrativeUnit,
     1,
     {},
     true},
    {"/directoryRoles", role_table, all_of<Kind::kDirectoryRole, role_table>, kRoleRoles,
     Kind::kDirectoryRole, 1, kNoOptions},
    {"/roleManagement/directory/roleAssignments", role_assignment_table, role_assignments,
     kRoleRoles},
    {"/roleManagement/directory/roleDefinitions", role_definition_table, role_definitions,
     kRoleRoles},
    {"/subscribedSkus", sku_table, skus, kLicenceRoles, Kind::kOther, 3, kNoOptions},
    {"/organization", organization_table, organization, kOrganizationRoles, Kind::kOther, 1,
     kUnpaged},
    {"/domains", domain_table, domains, kDomainRoles, Kind::kOther, 1, {}},
    {"/identity/conditionalAccess/policies",
     policy_table,
     policies,
     kPolicyRoles,
     Kind::kOther,
     1,
     {},
     false,
     Meter::kConditionalAccess},
};

}  // namespace

const Collection* find_collection(std::string_view path, std::string_view& rest) {
  for (const Collection& collection : kCollections) {
    if (!path.starts_with(collection.path)) continue;
    rest = path.substr(collection.path.size());
    if (rest.empty() || rest.front() == '/') return &collection;
  }
  return nullptr;
}

}  // namespace muster::sandbox::graph
