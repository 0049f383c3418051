#include "sandbox/world/hardware.h"

#include <iterator>

#include "sandbox/append.h"

namespace muster::sandbox::world {
namespace {

constexpr std::uint32_t kHardwareSalt = 11;

struct Make {
  std::string_view maker, model, model_identifier, os_version, os_build, processor;
  std::uint32_t cores;
  std::uint32_t memory_gib;
};

// By Device::System, two of each.
constexpr Make kMakes[][2] = {
    {{"LENOVO", "21HDCTO1WW", "ThinkPad T14 Gen 4", "10.0.26100.4652", "26100",
      "Intel(R) Core(TM) i7-1365U", 10, 16},
     {"Dell Inc.", "Latitude 7450", "0CB9", "10.0.22631.5624", "22631",
      "Intel(R) Core(TM) Ultra 7 165U", 12, 32}},
    {{"Apple", "MacBook Pro (14-inch, Nov 2023)", "Mac15,6", "15.5", "24F74", "Apple M3 Pro", 11,
      18},
     {"Apple", "MacBook Air (13-inch, M2, 2022)", "Mac14,2", "14.7.6", "23H626", "Apple M2", 8,
      16}},
    {{"Apple", "iPhone 15", "iPhone15,4", "18.5", "22F76", "", 6, 6},
     {"Apple", "iPad (10th generation)", "iPad13,18", "18.4.1", "22E252", "", 6, 4}},
    {{"samsung", "SM-S921B", "", "15", "AP3A.240905", "", 10, 8},
     {"Google", "Pixel 8", "", "15", "BP1A.250505", "", 9, 8}},
    {{"Dell Inc.", "XPS 13 9340", "", "6.8", "24.04", "Intel(R) Core(TM) Ultra 7 155H", 16, 32},
     {"LENOVO", "21K3CTO1WW", "", "6.8", "24.04", "AMD Ryzen 7 PRO 7840U", 8, 32}},
};

const Make& make_of(const Device& device) {
  return kMakes[static_cast<std::size_t>(device.system)][device.bits >> 56 & 1];
}

}  // namespace

Hardware::Hardware(const Device& of)
    : device(of),
      maker(make_of(of).maker),
      model(make_of(of).model),
      model_identifier(make_of(of).model_identifier),
      os_version(make_of(of).os_version),
      os_build(make_of(of).os_build),
      processor(make_of(of).processor),
      cores(make_of(of).cores),
      memory_mib(std::uint64_t{make_of(of).memory_gib} << 10) {
  const std::uint64_t draw = of.world.bits(Kind::kDevice, of.index, kHardwareSalt);
  storage_mib = std::uint64_t{128} * 1024 << (draw & 3);
  free_mib = storage_mib * (draw >> 2 & 1023) / 1100;
}

bool Hardware::has_placeholder_serial() const {
  return device.system == Device::System::kWindows && device.index % 71 == 13;
}

void Hardware::append_serial(std::string& out) const {
  if (has_placeholder_serial()) {
    out += device.index & 1 ? "To be filled by O.E.M." : "Default string";
    return;
  }
  constexpr std::string_view kDigits = "0123456789ABCDEFGHJKLMNPQRTUVWXY";
  // The stale twin is the same machine.
  std::uint32_t left = device.twin ? device.index - 1 : device.index;
  out += device.system == Device::System::kMac || device.system == Device::System::kIphone ? "C0"
                                                                                           : "PF";
  for (int place = 0; place < 6; ++place, left /= 32) out += kDigits[(left + 7) % 32];
}

void Hardware::append_mac_address(std::string& out) const {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  out += "3C:22";
  for (int place = 3; place >= 0; --place) {
    const std::uint32_t octet = device.index >> (8 * place) & 0xff;
    out += ':';
    out += kHex[octet >> 4];
    out += kHex[octet & 15];
  }
}

Guid Hardware::hardware_id() const { return device.world.id(Kind::kHardware, device.index); }

bool is_in_jamf(const Device& device) {
  if (!device.managed) return false;
  return device.system == Device::System::kMac ||
         (device.system == Device::System::kIphone && (device.bits >> 57 & 1) == 0);
}

bool is_in_intune(const Device& device) {
  if (!device.managed || device.system == Device::System::kLinux) return false;
  if (device.system == Device::System::kMac) return (device.bits >> 58 & 1) == 0;
  return !is_in_jamf(device);
}

}  // namespace muster::sandbox::world
