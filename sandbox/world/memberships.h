// Who is in which group, as a function: sizes add up exactly to what was asked for, members of one
// group are distinct, and both directions cost O(1).
//
// A worlds's first groups are special when there is room for them (Special); the rest are ordinary
// with skewed sizes. A group's members are runs over users, groups, devices, contacts and service
// principals; inside a run, member k is (offset + k * stride) modulo the population, and a stride
// without a common divisor never meets the same member twice.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "sandbox/world/guid.h"
#include "sandbox/world/sizes.h"

namespace muster::sandbox::world {

enum class Special : std::uint8_t {
  kNone,
  kEveryone,   // the first 9,993 users, or all when there are fewer
  kEmpty,      // nobody
  kHidden,     // visibility HiddenMembership
  kCycleA,     // contains kCycleB ...
  kCycleB,     // ... which contains kCycleA
  kFiveKinds,  // a user, a group, a device, a contact and a service principal
  kNested,     // kFiveKinds contains it, it contains an ordinary group
};
inline constexpr std::uint32_t kSpecialGroups = 7;

// One group's members.
class Roster {
 public:
  std::uint32_t size() const { return size_; }
  Reference at(std::uint32_t position) const;
  bool contains(const Reference& member) const;

 private:
  friend class Memberships;
  struct Run {
    Kind kind = Kind::kUser;
    std::uint32_t count = 0;
    std::uint32_t population = 0;
    std::uint32_t offset = 0;
    std::uint32_t stride = 1;
  };
  void add(const Run& run);

  std::uint32_t group_ = 0;  // left out of its own run of groups
  std::uint32_t size_ = 0;
  std::uint32_t runs_ = 0;
  std::array<Run, 5> run_{};
};

class Memberships {
 public:
  Memberships(std::uint64_t seed, const Sizes& sizes);

  std::uint32_t size(std::uint32_t group) const { return group_sizes_[group]; }
  Roster roster(std::uint32_t group) const;
  Special special(std::uint32_t group) const;
  // The user who is in as many groups as can be, at most 500; only with special groups.
  std::optional<std::uint32_t> busiest_user() const;
  // Real groups nest only when they are security groups.
  bool nests(std::uint32_t group) const;

 private:
  void add_special_groups(std::uint64_t& left);
  void share_out(std::uint64_t left);
  Roster::Run run(std::uint32_t group, Kind kind, std::uint32_t count,
                  std::uint32_t population) const;
  void add_others(Roster& roster, std::uint32_t group, std::uint32_t size) const;
  std::uint64_t bits(std::uint32_t group, std::uint32_t salt) const;
  bool has_specials() const { return specials_; }

  std::uint64_t seed_;
  Sizes sizes_;
  bool specials_ = false;
  std::uint32_t busy_groups_ = 0;
  std::vector<std::uint32_t> group_sizes_;
};

}  // namespace muster::sandbox::world
