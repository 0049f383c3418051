#include <algorithm>

#include "sandbox/graph/rows.h"
#include "sandbox/world/directory.h"
#include "sandbox/world/hardware.h"
#include "sandbox/world/intune.h"
#include "sandbox/world/names.h"
#include "sandbox/world/software.h"
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

template <Kind kKind, const Table& (*kTable)()>
Rows numbered(const std::vector<std::uint32_t>& numbers) {
  return {&kTable(), numbers.size(), [&numbers](std::uint64_t position) {
            return world::Reference{kKind, numbers[position]};
          }};
}
Rows managed_devices(const World& world) {
  return numbered<Kind::kManagedDevice, managed_device_table>(world::intune_devices(world));
}
Rows autopilot_identities(const World& world) {
  return numbered<Kind::kAutopilotIdentity, autopilot_table>(world::autopilot_devices(world));
}
Rows overview(const World&) { return fixed<managed_overview_table>(1); }
Rows detected_apps(const World& world) {
  return all_of<Kind::kDetectedApp, detected_app_table>(world);
}
Rows configurations(const World&) {
  return fixed<device_configuration_table>(device_configuration_count());
}
Rows mobile_apps(const World&) { return fixed<mobile_app_table>(mobile_app_count()); }

std::optional<world::Reference> find_detected_app(const World&, std::string_view id) {
  for (std::uint32_t program = 0; program < world::programs().size(); ++program) {
    if (world::programs()[program].id() == id) return world::Reference{Kind::kDetectedApp, program};
  }
  return std::nullopt;
}
std::optional<world::Reference> find_managed_device(const World& world, std::string_view id) {
  const auto found = world.find(id);
  if (!found || found->kind != Kind::kManagedDevice) return std::nullopt;
  return world::is_in_intune(world::Device(world, found->index)) ? found : std::nullopt;
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
    // https://learn.microsoft.com/graph/throttling-limits#intune-service-limits
    {.path = "/deviceManagement/managedDevices",
     .table = managed_device_table,
     .rows = managed_devices,
     .roles = kManagedDeviceRoles,
     .kind = Kind::kManagedDevice,
     .allowed = {.max_top = 1000},
     .meter = Meter::kIntuneDevices,
     .page = 1000,
     .find = find_managed_device},
    {.path = "/deviceManagement/managedDeviceOverview",
     .table = managed_overview_table,
     .rows = overview,
     .roles = kManagedDeviceRoles,
     .allowed = kUnpaged,
     .meter = Meter::kIntuneDevices,
     .single = true},
    {.path = "/deviceManagement/detectedApps",
     .table = detected_app_table,
     .rows = detected_apps,
     .roles = kManagedDeviceRoles,
     .kind = Kind::kDetectedApp,
     .meter = Meter::kIntuneDevices,
     .page = 50,
     .find = find_detected_app},
    {.path = "/deviceManagement/deviceCategories",
     .table = device_category_table,
     .rows = all_of<Kind::kDeviceCategory, device_category_table>,
     .roles = kCategoryRoles,
     .meter = Meter::kIntune},
    {.path = "/deviceManagement/deviceCompliancePolicies",
     .table = compliance_policy_table,
     .rows = all_of<Kind::kCompliancePolicy, compliance_policy_table>,
     .roles = kConfigurationRoles,
     .meter = Meter::kIntune,
     .expands = Kind::kCompliancePolicy},
    {.path = "/deviceManagement/deviceConfigurations",
     .table = device_configuration_table,
     .rows = configurations,
     .roles = kConfigurationRoles,
     .meter = Meter::kIntune,
     .expands = Kind::kDeviceConfiguration},
    {.path = "/deviceManagement/windowsAutopilotDeviceIdentities",
     .table = autopilot_table,
     .rows = autopilot_identities,
     .roles = kServiceConfigRoles,
     .meter = Meter::kIntune,
     .page = 1000},
    {.path = "/deviceAppManagement/mobileApps",
     .table = mobile_app_table,
     .rows = mobile_apps,
     .roles = kMobileAppRoles,
     .meter = Meter::kIntune},
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
