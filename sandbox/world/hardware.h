// The machine behind a device object, the same for whichever system shows it: Entra ID knows its
// name, Intune its serial number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sandbox/world/device.h"
#include "sandbox/world/world.h"

namespace muster::sandbox::world {

struct Hardware {
  explicit Hardware(const Device& device);

  const Device& device;
  std::string_view maker, model, model_identifier, os_version, os_build, processor;
  std::uint32_t cores;
  std::uint64_t memory_mib, storage_mib, free_mib;

  // The manufacturer left a placeholder ("To be filled by O.E.M.") in place of a number.
  bool has_placeholder_serial() const;
  void append_serial(std::string& out) const;       // unique unless it is a placeholder
  void append_mac_address(std::string& out) const;  // "3C:22:FB:0A:1B:2C"
  Guid hardware_id() const;                         // UDID of Apple devices
};

// Which system manages a machine: Jamf Pro has the Macs and half of the iPhones, Intune all other
// managed ones. Of every second Mac Jamf Pro tells Intune, which lists it, too.
bool is_in_jamf(const Device& device);
bool is_in_intune(const Device& device);

}  // namespace muster::sandbox::world
