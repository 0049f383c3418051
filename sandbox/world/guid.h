// Object ids that are computed in both directions, so that a million objects need no index.
//
// The index is scrambled into the first eight digits, the kind stands behind the version digit, the
// rest is a hash of both: a made-up id is recognised as such.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace muster::sandbox::world {

enum class Kind : std::uint8_t {
  kUser = 1,
  kGroup,
  kDevice,
  kContact,
  kServicePrincipal,
  kApplication,
  kAdministrativeUnit,
  kDirectoryRole,
  kDeviceRegistration,  // a device's deviceId, which is not its object id
  kAppRegistration,     // an application's appId
  kTenant,
  kPolicy,
  kOther,
  kHardware,       // of a device: UDID
  kManagedDevice,  // Intune's record of a device, with the device's number
  kAutopilotIdentity,
  kDetectedApp,  // has another kind of id
  kDeviceCategory,
  kCompliancePolicy,
  kDeviceConfiguration,
  kMobileApp,
};

struct Guid {
  std::array<char, 36> text{};
  std::string_view view() const { return {text.data(), text.size()}; }
};

struct Reference {
  Kind kind = Kind::kOther;
  std::uint32_t index = 0;
  bool operator==(const Reference&) const = default;
};

// splitmix64's finalizer: every input bit reaches every output bit.
constexpr std::uint64_t mix(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
  return value ^ (value >> 31);
}

class GuidScheme {
 public:
  explicit GuidScheme(std::uint64_t seed) : seed_(mix(seed)) {}

  Guid make(Kind kind, std::uint32_t index) const;
  // Nullopt when this scheme never made it. Upper case is accepted.
  std::optional<Reference> read(std::string_view text) const;

 private:
  std::uint64_t seed_;
};

// Eight-four-four-four-twelve hexadecimal digits.
bool looks_like_guid(std::string_view text);

}  // namespace muster::sandbox::world
