// A Datadog organisation over the shared world: which hosts, people, services and monitors it
// holds, worked out from their numbers.
//
// Hosts are the Linux machines of the world under their numbers, and servers of many kinds numbered
// from world.sizes().devices on; edits of "devices" mean both. Users are some of the world's people
// under their numbers.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/world/device.h"
#include "sandbox/world/edits.h"
#include "sandbox/world/hardware.h"
#include "sandbox/world/user.h"
#include "sandbox/world/world.h"

namespace muster::sandbox::datadog {

inline constexpr std::int64_t kHour = 3600;
inline constexpr std::int64_t kKept = 7 * 24 * kHour;       // how long hosts are kept
inline constexpr std::int64_t kShownByDefault = 3 * kHour;  // without `from`

// What must never reach a store, a report or a log: texts in answers that begin so.
inline constexpr std::string_view kCanary = "CANARY-";

class Organisation {
 public:
  // `started`: Unix seconds; ages of hosts count from there, so that a second reading is the same.
  Organisation(const world::World& world, std::uint64_t seed, std::int64_t started)
      : world_(world), seed_(seed), started_(started) {}

  const world::World& world() const { return world_; }
  std::int64_t started() const { return started_; }

  // All of them, whoever was removed; users in the order of their names.
  const std::vector<std::uint32_t>& users() const;
  const std::vector<std::uint32_t>& hosts() const;
  std::uint32_t role_count() const { return 6; }
  std::uint32_t team_count() const;
  std::uint32_t monitor_count() const { return 30 + world_.sizes().devices / 3; }
  std::uint32_t slo_count() const { return 12 + world_.sizes().devices / 20; }
  std::uint32_t dashboard_count() const { return 15 + world_.sizes().devices / 8; }
  std::uint32_t synthetic_count() const { return 12 + world_.sizes().devices / 10; }
  std::uint32_t entity_count() const { return 24 + world_.sizes().devices / 6; }
  std::uint32_t image_count() const { return 20; }

  // Draws and ids of one thing; `kind` tells them apart.
  std::uint64_t bits(char kind, std::uint32_t index) const {
    return world::mix(seed_ ^ static_cast<std::uint64_t>(kind) << 48 ^ index);
  }
  std::string uuid(char kind, std::uint32_t index) const;

  std::string user_handle(std::uint32_t user) const;  // an e-mail
  std::string team_handle(std::uint32_t team) const;
  std::optional<std::uint32_t> find_team(std::string_view id) const;
  std::vector<std::uint32_t> team_members(std::uint32_t team) const;  // users, distinct
  std::vector<std::uint32_t> roles_of(std::uint32_t user) const;
  std::uint64_t monitor_id(std::uint32_t monitor) const {
    return 100'000 + 7 * std::uint64_t{monitor};
  }
  // Who made it: a user; now and then somebody who has left.
  std::string creator(char kind, std::uint32_t index) const;

 private:
  const world::World& world_;
  const std::uint64_t seed_;
  const std::int64_t started_;
  mutable std::once_flag users_made_, hosts_made_;
  mutable std::vector<std::uint32_t> users_, hosts_;
};

struct Host {
  enum class Place : std::uint8_t { kDesk, kRack, kAws, kAzure, kGoogle };

  Host(const Organisation& organisation, std::uint32_t number);

  const Organisation& organisation;
  std::uint32_t number;
  std::uint64_t bits;
  Place place;
  std::string name;        // host_name
  std::string shown_name;  // aws_name of EC2
  std::vector<std::string> aliases;
  std::int64_t last_reported;
  bool is_windows;

  bool has_agent() const { return place != Place::kAzure; }
  bool has_id() const { return place != Place::kAws || (bits >> 50 & 1) == 0; }
  std::uint64_t id() const { return 18'500'000'000 + std::uint64_t{number}; }
  // Source to tags, in order.
  std::vector<std::pair<std::string_view, std::vector<std::string>>> tags() const;
};

// A thing of the software catalog.
struct Entity {
  Entity(const Organisation& organisation, std::uint32_t number);

  const Organisation& organisation;
  std::uint32_t number;
  std::string_view kind;
  std::string name, name_space;
  std::optional<std::uint32_t> owner;  // team
  bool discovered;                     // only APM knows it

  std::string reference() const;  // "service:default/checkout-0"
};

// Both directions of every pair are listed.
struct CatalogRelation {
  std::string_view type;
  std::uint32_t from;  // entity
  std::uint32_t to;    // entity, or team for owners
  bool to_team = false, from_team = false;
};
std::vector<CatalogRelation> catalog_relations(const Organisation& organisation);

// "2026-07-21T14:58:21.332326+00:00"
std::string iso_time(std::int64_t seconds, std::uint64_t draw);

}  // namespace muster::sandbox::datadog
