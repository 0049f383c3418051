#include "sandbox/world/intune.h"

#include "sandbox/world/hardware.h"
#include "sandbox/world/software.h"

namespace muster::sandbox::world {
namespace {

constexpr std::string_view kCategories[] = {"Engineering", "Kiosk", "Sales"};
constexpr CompliancePolicy kPolicies[] = {{"windows10CompliancePolicy", "Windows baseline"},
                                          {"iosCompliancePolicy", "iOS baseline"},
                                          {"androidWorkProfileCompliancePolicy", "Android work"}};

}  // namespace

std::span<const std::string_view> category_names() { return kCategories; }

std::string_view category_of(const Device& device) {
  const std::uint64_t draw = mix(device.bits + 5) % 5;
  return draw < std::size(kCategories) ? kCategories[draw] : "Unknown";
}

std::span<const CompliancePolicy> compliance_policies() { return kPolicies; }

const std::vector<std::uint32_t>& intune_devices(const World& world) {
  return world.remembered_list(0, [&] {
    std::vector<std::uint32_t> found;
    for (std::uint32_t index = 0; index < world.sizes().devices; ++index) {
      if (is_in_intune(Device(world, index))) found.push_back(index);
    }
    return found;
  });
}

const std::vector<std::uint32_t>& autopilot_devices(const World& world) {
  return world.remembered_list(1, [&] {
    std::vector<std::uint32_t> found;
    for (std::uint32_t index = 0; index < world.sizes().devices; ++index) {
      const Device device(world, index);
      if (device.system == Device::System::kWindows && !device.twin && (device.bits >> 40 & 1)) {
        found.push_back(index);
      }
    }
    return found;
  });
}

std::vector<std::uint32_t> devices_with(const World& world, std::uint32_t program) {
  std::vector<std::uint32_t> found;
  for (const std::uint32_t index : intune_devices(world)) {
    if (has_program(Device(world, index), program)) found.push_back(index);
  }
  return found;
}

}  // namespace muster::sandbox::world
