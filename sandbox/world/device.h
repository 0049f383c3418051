// One device object of a world, worked out from its number.
//
// Every fiftieth device is the stale twin of the one before it: same name, another id and deviceId,
// as hybrid joins and re-installations leave them behind.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sandbox/world/names.h"
#include "sandbox/world/world.h"

namespace muster::sandbox::world {

struct Device {
  enum class System : std::uint8_t { kWindows, kMac, kIphone, kAndroid, kLinux };

  Device(const World& world, std::uint32_t index);

  const World& world;
  std::uint32_t index;
  Guid id;
  std::uint64_t bits;
  bool twin;
  System system;
  bool managed;
  bool hybrid;              // joined to the on-premises directory too
  std::int64_t registered;  // 0: unknown
  std::int64_t last_seen;

  Guid device_id() const { return world.id(Kind::kDeviceRegistration, index); }
  std::optional<std::uint32_t> owner() const;  // none for shared machines
  std::uint32_t user_count() const;            // 0 to 3, distinct; the owner first
  std::uint32_t user(std::uint32_t position) const;
  void append_name(std::string& out) const;
};

}  // namespace muster::sandbox::world
