// The programs that machines of a world have installed: a fixed list of products and versions, and
// which of them a device has, worked out from its number.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/world/device.h"

namespace muster::sandbox::world {

// One product in one version.
struct Program {
  std::string_view name, version, publisher, bundle_id;
  Device::System system;
  std::uint32_t percent;  // of the machines with that system
  std::uint64_t bytes;

  std::string id() const;  // 40 hexadecimal digits
};

std::span<const Program> programs();
bool has_program(const Device& device, std::uint32_t program);
std::vector<std::uint32_t> programs_of(const Device& device);

}  // namespace muster::sandbox::world
