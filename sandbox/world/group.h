// One group of a world, worked out from its number.
#pragma once

#include <cstdint>
#include <string>

#include "sandbox/world/names.h"
#include "sandbox/world/world.h"

namespace muster::sandbox::world {

struct Group {
  enum class Type : std::uint8_t { kUnified, kSecurity, kMailSecurity, kDistribution };

  Group(const World& world, std::uint32_t index);

  const World& world;
  std::uint32_t index;
  Guid id;
  std::uint64_t bits;
  std::uint64_t more;
  Special special;
  Type type;
  bool hidden;  // visibility HiddenMembership
  bool dynamic;
  bool synced;
  bool team;
  bool role_assignable;
  const Department* department;
  const Place* place;
  std::int64_t created;

  bool mail_enabled() const { return type != Type::kSecurity; }
  bool security_enabled() const { return type == Type::kSecurity || type == Type::kMailSecurity; }
  bool has_licence(std::size_t sku) const { return sku < 2 && (bits >> 50) % 40 == sku; }
  std::uint32_t owner_count() const;
  std::uint32_t owner(std::uint32_t position) const;  // distinct users

  void append_display_name(std::string& out) const;
  void append_nickname(std::string& out) const;
};

}  // namespace muster::sandbox::world
