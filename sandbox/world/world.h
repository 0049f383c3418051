// A made-up tenant of any size: everything is computed from (seed, kind, index) when asked for, so
// that a million users cost no memory and the same seed gives the same tenant everywhere.
//
//   World world(42, {.users = 5000, .groups = 300, .memberships = 40'000});
//   User first = User(world, 0);
//   for (std::uint32_t k = 0; k < world.memberships().size(7); ++k) use(world.memberships().at(7,
//   k));
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sandbox/world/guid.h"
#include "sandbox/world/memberships.h"
#include "sandbox/world/sizes.h"

namespace muster::sandbox::world {

// The day all dates of the world lie before, as Unix seconds: 2026-01-01T00:00:00Z.
inline constexpr std::int64_t kWorldEnd = 1767225600;

class World {
 public:
  // `sizes` must have passed check_sizes().
  World(std::uint64_t seed, const Sizes& sizes);

  const Sizes& sizes() const { return sizes_; }
  const Memberships& memberships() const { return memberships_; }

  // 64 random bits that belong to one object; `salt` tells the draws apart.
  std::uint64_t bits(Kind kind, std::uint32_t index, std::uint32_t salt) const {
    return mix(seed_ ^ static_cast<std::uint64_t>(kind) << 56 ^
               static_cast<std::uint64_t>(salt) << 32 ^ index);
  }

  Guid id(Kind kind, std::uint32_t index) const { return guids_.make(kind, index); }
  Guid id(const Reference& reference) const { return guids_.make(reference.kind, reference.index); }
  // Only objects that exist in this world.
  std::optional<Reference> find(std::string_view id) const;
  std::uint32_t count(Kind kind) const;

  // How many users have this licence; counted when first asked for, then remembered.
  std::uint64_t licence_holders(std::size_t sku) const;

  // A list that is worked out when first asked for, then kept; `which` names it (intune.h).
  template <typename Make>
  const std::vector<std::uint32_t>& remembered_list(std::size_t which, Make make) const {
    std::call_once(list_made_[which], [&] { lists_[which] = make(); });
    return lists_[which];
  }

  Guid tenant_id() const { return guids_.make(Kind::kTenant, 0); }
  std::string_view tenant_name() const { return "Halden Robotics AS"; }
  std::string_view initial_domain() const { return "haldenrobotics.onmicrosoft.com"; }
  std::string_view domain() const { return "haldenrobotics.example"; }

 private:
  std::uint64_t seed_;
  Sizes sizes_;
  GuidScheme guids_;
  Memberships memberships_;
  static constexpr std::size_t kMostSkus = 16;
  mutable std::array<std::atomic<std::int64_t>, kMostSkus> licence_holders_;  // -1: not counted yet
  static constexpr std::size_t kLists = 4;
  mutable std::array<std::once_flag, kLists> list_made_;
  mutable std::array<std::vector<std::uint32_t>, kLists> lists_;
};

}  // namespace muster::sandbox::world
