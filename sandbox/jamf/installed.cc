// Which programs are on a machine.
#include <fmt/format.h>

#include "sandbox/jamf/records.h"
#include "sandbox/world/software.h"

namespace muster::sandbox::jamf {

std::vector<Installed> installed_on(const world::Device& device) {
  constexpr std::uint64_t kKindsOfFurther = 20'000;
  std::vector<Installed> found;
  const bool mac = device.system == world::Device::System::kMac;
  for (const std::uint32_t number : world::programs_of(device)) {
    const world::Program& program = world::programs()[number];
    found.push_back({std::string(program.name) + (mac ? ".app" : ""), std::string(program.version),
                     std::string(program.bundle_id), program.bytes});
  }
  // Neither a version nor a bundle id, and twice in one inventory.
  if (mac && device.index % 6 == 1) {
    found.push_back({"Uninstall Old VPN.app", "", ""});
    found.push_back({"Uninstall Old VPN.app", "", ""});
  }
  // In steps, so that each kind is there once.
  const std::uint32_t further = mac ? device.world.sizes().programs : 0;
  const std::uint64_t first = world::mix(device.bits + 41) % kKindsOfFurther;
  for (std::uint32_t at = 0; at < further; ++at) {
    const std::uint64_t kind = (first + at * std::uint64_t{7}) % kKindsOfFurther;
    found.push_back({fmt::format("Tool {}.app", kind), fmt::format("{}.{}", kind % 9, kind % 40),
                     fmt::format("com.example.tool{}", kind)});
  }
  return found;
}

}  // namespace muster::sandbox::jamf
