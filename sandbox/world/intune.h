// What Intune knows beyond the devices themselves.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sandbox/world/device.h"

namespace muster::sandbox::world {

std::span<const std::string_view> category_names();
std::string_view category_of(const Device& device);  // "Unknown" when it has none

struct CompliancePolicy {
  std::string_view type, name;
};
std::span<const CompliancePolicy> compliance_policies();
// States are numbered device * kPolicyStride + policy.
inline constexpr std::uint32_t kPolicyStride = 8;

// Numbers of devices, worked out once per world and kept with it.
const std::vector<std::uint32_t>& intune_devices(const World& world);
const std::vector<std::uint32_t>& autopilot_devices(const World& world);
// Managed devices that have this program (software.h).
std::vector<std::uint32_t> devices_with(const World& world, std::uint32_t program);

}  // namespace muster::sandbox::world
