// The small lists around a tenant: domains, administrative units, contacts, policies.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sandbox/world/names.h"
#include "sandbox/world/world.h"

namespace muster::sandbox::world {

std::uint32_t domain_count();
std::uint32_t policy_count();

// Role assignments are numbered role * kRoleStride + position.
inline constexpr std::uint32_t kRoleStride = 64;

struct AdministrativeUnit {
  AdministrativeUnit(const World& world, std::uint32_t index);

  const World& world;
  std::uint32_t index;
  Guid id;
  std::uint64_t bits;
  const Place* place;
  bool hidden;
  bool dynamic;

  // Users mostly, then a few groups and devices; distinct.
  std::uint32_t member_count() const { return users_ + groups_ + devices_; }
  Reference member(std::uint32_t position) const;

 private:
  std::uint32_t users_, groups_, devices_;
};

struct Contact {
  Contact(const World& world, std::uint32_t index);

  const World& world;
  std::uint32_t index;
  Guid id;
  std::uint64_t bits;
  const Name* given;
  const Name* surname;
  void append_mail(std::string& out) const;
};

}  // namespace muster::sandbox::world
