#include "sandbox/world/directory.h"

#include <algorithm>
#include <array>

namespace muster::sandbox::world {
namespace {

constexpr auto kRoles = std::to_array<Role>({
    {"Global Administrator", "62e90394-69f5-4237-9190-012177145e10",
     "Can manage all aspects of Microsoft Entra ID and Microsoft services that use its "
     "identities."},
    {"User Administrator", "fe930be7-5e62-47db-91af-98c3a49a38b1",
     "Can manage all aspects of users and groups, including resetting passwords for limited "
     "admins."},
    {"Helpdesk Administrator", "729827e3-9c14-49f7-bb1b-9608f156bbb8",
     "Can reset passwords for non-administrators and Helpdesk Administrators."},
    {"Global Reader", "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
     "Can read everything that a Global Administrator can, but not update anything."},
    {"Application Administrator", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
     "Can create and manage all aspects of app registrations and enterprise apps."},
    {"Intune Administrator", "3a2c62db-5318-420d-8d74-23affee5d9d5",
     "Can manage all aspects of the Intune product."},
});

}  // namespace

std::span<const Role> role_list() { return kRoles; }

std::uint32_t role_member_count(const World& world, std::uint32_t role) {
  return std::min<std::uint32_t>(world.sizes().users, 2 + role * 3);
}

std::uint32_t role_member(const World& world, std::uint32_t role, std::uint32_t position) {
  return static_cast<std::uint32_t>((world.bits(Kind::kDirectoryRole, role, 0) + position) %
                                    world.sizes().users);
}

}  // namespace muster::sandbox::world
