// What one Jamf Pro server holds of a world: which machines and people it knows, under which
// numbers, and the small lists an administrator made.
//
// A record's id is its place + 1, whatever edits hide, as a database's numbers stay.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/world/device.h"
#include "sandbox/world/hardware.h"
#include "sandbox/world/user.h"
#include "sandbox/world/world.h"

namespace muster::sandbox::jamf {

struct Machine {
  std::uint32_t device = 0;  // of the world
  // An older record of the machine with the same serial number: its logic board was swapped.
  bool before_repair = false;
};

struct Group {
  std::int64_t id;
  std::string_view name;
  std::string_view description;
  bool smart;
  std::int64_t site;  // kNone: none
  bool (*has)(const world::Hardware& hardware);
};

// Where a computer's record shows the values of an extension attribute.
struct ExtensionAttribute {
  std::int64_t id;
  std::string_view name;
  std::string_view data_type;    // STRING, INTEGER, DATE
  std::string_view input_type;   // SCRIPT, TEXT, POPUP, DIRECTORY_SERVICE_ATTRIBUTE_MAPPING
  std::string_view shown_under;  // GENERAL, HARDWARE, ...
  bool enabled;
  bool many;
  // Nothing: unset.
  std::vector<std::string> (*values)(const world::Device& device);
};

struct Prestage {
  std::int64_t id;
  std::string_view name;
  std::int64_t site;
  bool is_default;
  bool mandatory;
};

struct Policy {
  std::int64_t id;
  std::string_view name;
  bool enabled;
  std::string_view trigger;
  std::string_view frequency;
  std::int64_t category;  // kNone: none
  std::int64_t site;
  bool all_computers;
  std::vector<std::int64_t> groups;       // of computers
  std::vector<std::int64_t> departments;  // ids
};

struct Profile {
  std::int64_t id;
  std::string_view name;
  std::int64_t category;
  std::int64_t site;
  bool all_devices;
  std::vector<std::int64_t> groups;
};

// "There is none", wherever an id stands.
inline constexpr std::int64_t kNone = -1;

struct Estate {
  explicit Estate(const world::World& world);

  const world::World& world;
  std::vector<Machine> computers;
  std::vector<std::uint32_t> mobiles;  // devices of the world
  std::vector<std::uint32_t> users;    // of the world: everybody who was given a machine

  std::optional<world::User> user_of(const world::Device& device) const;
};

// Empty for nobody.
std::string account_of(const std::optional<world::User>& user);
std::int64_t building_of(const std::optional<world::User>& user);
std::int64_t department_of(const std::optional<world::User>& user);
std::int64_t site_of(const world::Device& device);
// kNone: enrolled by hand.
std::int64_t prestage_of(const world::Device& device);
// Apple TVs are among the mobile devices.
bool is_apple_tv(const world::Device& device);
// Ids that only Jamf Pro knows, none twice in all series.
world::Guid made_up_id(const world::World& world, std::uint32_t series, std::uint32_t number);
world::Guid profile_uuid(const world::World& world, std::int64_t profile, bool mobile);

std::span<const std::string_view> site_names();      // id: place + 1
std::span<const std::string_view> category_names();  // id: place + 1
std::span<const Group> computer_groups();
std::span<const Group> mobile_groups();
std::span<const ExtensionAttribute> computer_attributes();
std::span<const ExtensionAttribute> mobile_attributes();
std::span<const Prestage> computer_prestages();
std::span<const Prestage> mobile_prestages();
std::span<const Policy> policies();
std::span<const Profile> computer_profiles();
std::span<const Profile> mobile_profiles();

// The name of `id` in a list of names, or `none`.
std::string_view name_of(std::span<const std::string_view> names, std::int64_t id,
                         std::string_view none);

}  // namespace muster::sandbox::jamf
