// The small lists of a world: directory roles and who has them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "sandbox/world/world.h"

namespace muster::sandbox::world {

struct Role {
  std::string_view name;
  std::string_view template_id;
  std::string_view description;
};
// https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
std::span<const Role> role_list();

// Users who have the role, distinct.
std::uint32_t role_member_count(const World& world, std::uint32_t role);
std::uint32_t role_member(const World& world, std::uint32_t role, std::uint32_t position);

}  // namespace muster::sandbox::world
