#include "sandbox/world/device.h"

#include <algorithm>

#include "sandbox/append.h"

namespace muster::sandbox::world {
namespace {

constexpr std::int64_t kDay = 86'400;

Device::System system_of(std::uint64_t draw) {
  const std::uint64_t share = draw % 20;
  if (share < 11) return Device::System::kWindows;
  if (share < 14) return Device::System::kMac;
  if (share < 17) return Device::System::kIphone;
  if (share < 19) return Device::System::kAndroid;
  return Device::System::kLinux;
}

}  // namespace

Device::Device(const World& of, std::uint32_t number)
    : world(of),
      index(number),
      id(of.id(Kind::kDevice, number)),
      bits(of.bits(Kind::kDevice, number, 0)),
      twin(number % 50 == 49),
      system(twin ? System::kWindows : system_of(bits)),
      managed(!twin && (bits >> 8 & 7) != 0),
      hybrid(system == System::kWindows && (twin || (bits >> 11 & 3) == 0)),
      registered((bits >> 13 & 15) == 0
                     ? 0
                     : kWorldEnd - kDay - static_cast<std::int64_t>((bits >> 17) % (1500 * kDay))),
      last_seen(kWorldEnd - kDay -
                static_cast<std::int64_t>((bits >> 23) % ((twin ? 900 : 45) * kDay))) {}

std::optional<std::uint32_t> Device::owner() const {
  if (world.sizes().users == 0 || (bits >> 29 & 15) == 0) return std::nullopt;
  return static_cast<std::uint32_t>((bits >> 33) % world.sizes().users);
}

std::uint32_t Device::user_count() const {
  if (!owner()) return 0;
  const std::uint32_t wanted = (bits >> 60) == 0 ? 3 : 1;
  return std::min(wanted, world.sizes().users);
}

std::uint32_t Device::user(std::uint32_t position) const {
  return static_cast<std::uint32_t>((std::uint64_t{*owner()} + position) % world.sizes().users);
}

void Device::append_name(std::string& out) const {
  constexpr std::string_view kPrefixes[] = {"HR-LT-", "HR-MB-", "iPhone-", "android-", "hr-dev-"};
  const std::uint32_t number = twin ? index - 1 : index;
  // The twin carries the name of the machine it is left over from, whatever that runs on.
  out += kPrefixes[static_cast<std::size_t>(twin ? Device(world, number).system : system)];
  append_number(out, number);
}

}  // namespace muster::sandbox::world
