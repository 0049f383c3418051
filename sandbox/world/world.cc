#include "sandbox/world/world.h"

#include "sandbox/world/directory.h"
#include "sandbox/world/intune.h"
#include "sandbox/world/software.h"
#include "sandbox/world/user.h"

namespace muster::sandbox::world {

World::World(std::uint64_t seed, const Sizes& sizes)
    : seed_(mix(seed ^ 0x776F726C64)), sizes_(sizes), guids_(seed), memberships_(seed, sizes) {
  for (auto& count : licence_holders_) count = -1;
}

std::uint64_t World::licence_holders(std::size_t sku) const {
  // Two threads may count at once; they find the same number.
  std::int64_t count = licence_holders_[sku];
  if (count >= 0) return static_cast<std::uint64_t>(count);
  count = 0;
  for (std::uint32_t user = 0; user < sizes_.users; ++user)
    count += User(*this, user).has_licence(sku);
  licence_holders_[sku] = count;
  return static_cast<std::uint64_t>(count);
}

std::uint32_t World::count(Kind kind) const {
  switch (kind) {
    case Kind::kUser: return sizes_.users;
    case Kind::kGroup: return sizes_.groups;
    case Kind::kDevice:
    case Kind::kDeviceRegistration: return sizes_.devices;
    case Kind::kContact: return sizes_.contacts;
    case Kind::kServicePrincipal:
    case Kind::kAppRegistration: return sizes_.service_principals;
    case Kind::kApplication: return sizes_.applications;
    case Kind::kAdministrativeUnit: return sizes_.administrative_units;
    case Kind::kDirectoryRole: return static_cast<std::uint32_t>(role_list().size());
    case Kind::kTenant: return 1;
    case Kind::kHardware:
    case Kind::kManagedDevice:
    case Kind::kAutopilotIdentity: return sizes_.devices;
    case Kind::kDetectedApp: return static_cast<std::uint32_t>(programs().size());
    case Kind::kDeviceCategory: return static_cast<std::uint32_t>(category_names().size());
    case Kind::kCompliancePolicy: return static_cast<std::uint32_t>(compliance_policies().size());
    case Kind::kDeviceConfiguration:
    case Kind::kMobileApp: return 16;
    case Kind::kPolicy:
    case Kind::kOther: return 0;
  }
  return 0;
}

std::optional<Reference> World::find(std::string_view id) const {
  const std::optional<Reference> reference = guids_.read(id);
  if (!reference || reference->index >= count(reference->kind)) return std::nullopt;
  return reference;
}

}  // namespace muster::sandbox::world
