// Applications, service principals and who got access to them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sandbox/world/world.h"

namespace muster::sandbox::world {

// The first service principals belong to the applications of this tenant, the rest to others.
struct ServicePrincipal {
  ServicePrincipal(const World& world, std::uint32_t index);

  const World& world;
  std::uint32_t index;
  Guid id;
  std::uint64_t bits;

  Guid app_id() const { return world.id(Kind::kAppRegistration, index); }
  bool is_own() const { return index < world.sizes().applications; }
  bool is_managed_identity() const { return !is_own() && bits % 10 == 0; }
  void append_name(std::string& out) const;
};

// "Assigned to" rows of one service principal are numbered index * kAssignmentStride + position.
inline constexpr std::uint32_t kAssignmentStride = 4096;
std::uint32_t assignment_count(const World& world, std::uint32_t service_principal);

struct Assignment {
  Assignment(const World& world, std::uint32_t number);

  const World& world;
  std::uint32_t number;
  ServicePrincipal resource;
  // Nullopt: the principal is gone, which Graph shows as null.
  std::optional<Reference> principal;
  std::uint64_t bits;
};

}  // namespace muster::sandbox::world
