#include "sandbox/jamf/estate.h"

#include <algorithm>

namespace muster::sandbox::jamf {
namespace {

using world::Device;
using world::Hardware;

constexpr std::string_view kSites[] = {"Berlin", "Halden", "New York"};
constexpr std::string_view kCategories[] = {"Security", "Productivity", "Developer Tools",
                                            "Printers & \"legacy\""};

constexpr Group kComputerGroups[] = {
    {1, "All Managed Clients", "", true, kNone, [](const Hardware&) { return true; }},
    {2, "MacBook Pro", "Everything with a fan", true, kNone,
     [](const Hardware& of) { return of.model.starts_with("MacBook Pro"); }},
    {3, "Needs macOS 15", "", true, 1,
     [](const Hardware& of) { return of.os_version.starts_with("14"); }},
    {9, "Pilot ring", "First to get updates", false, 2,
     [](const Hardware& of) { return of.device.index % 9 == 0; }},
    {10,
     "Loaner \xE2\x80\x9C"
     "B\xE2\x80\x9D pool",
     "", false, kNone, [](const Hardware&) { return false; }},
};

constexpr Group kMobileGroups[] = {
    {1, "All Managed iPads", "", true, kNone,
     [](const Hardware& of) { return of.model.starts_with("iPad"); }},
    {2, "All Managed iPhones", "", true, kNone,
     [](const Hardware& of) { return of.model.starts_with("iPhone"); }},
    {4, "Kiosk", "Single-app mode", false, 3,
     [](const Hardware& of) { return of.device.index % 7 == 0; }},
};

std::vector<std::string> warranty_tier(const Device& device) {
  if (device.index % 3 == 0) return {};
  return {device.index % 3 == 1 ? "Gold" : "Silver"};
}
std::vector<std::string> last_backup(const Device& device) {
  if (device.index % 4 == 0) return {};
  return {device.index % 4 == 1 ? "2025-11-03 21:14:09" : "2025-12-24 03:00:41"};
}
std::vector<std::string> battery_cycles(const Device& device) {
  return {std::to_string(device.bits >> 50 & 1023)};
}
std::vector<std::string> local_admins(const Device& device) {
  std::vector<std::string> names = {"itadmin"};
  if (device.bits & 1) names.emplace_back("setup");
  return names;
}
std::vector<std::string> cost_center(const Device& device) {
  return {"CC-" + std::to_string(1000 + device.bits % 40)};
}
std::vector<std::string> nothing(const Device&) { return {}; }

const ExtensionAttribute kComputerAttributes[] = {
    {12, "Warranty tier", "STRING", "POPUP", "EXTENSION_ATTRIBUTES", true, false, warranty_tier},
    {15, "Last backup", "DATE", "SCRIPT", "EXTENSION_ATTRIBUTES", true, false, last_backup},
    {16, "Battery Cycle", "INTEGER", "SCRIPT", "HARDWARE", true, false, battery_cycles},
    {18, "Local Admins", "STRING", "SCRIPT", "USER_AND_LOCATION", true, true, local_admins},
    {20, "Cost Center", "STRING", "DIRECTORY_SERVICE_ATTRIBUTE_MAPPING", "GENERAL", true, false,
     cost_center},
    {21, "Escrow [v2]", "STRING", "TEXT", "OPERATING_SYSTEM", false, false, nothing},
};

const ExtensionAttribute kMobileAttributes[] = {
    {3, "Ownership", "STRING", "POPUP", "GENERAL", true, false,
     [](const Device& device) -> std::vector<std::string> {
       return {device.index % 5 == 0 ? "Loaned" : "Company"};
     }},
    {4, "Lease end", "DATE", "TEXT", "PURCHASING", true, false, last_backup},
};

constexpr Prestage kComputerPrestages[] = {{1, "Standard Mac PreStage", kNone, true, true},
                                           {3, "Developers", 1, false, true},
                                           {4, "Lab", kNone, false, false}};
constexpr Prestage kMobilePrestages[] = {{2, "iPads", kNone, true, true},
                                         {5, "Apple TVs", 3, false, false}};

const Policy kPolicies[] = {
    {3, "Install Slack", true, "CHECKIN", "Once per computer", 2, kNone, false, {9}, {}},
    {8, "Weekly inventory", true, "CHECKIN", "Once every week", kNone, kNone, true, {}, {}},
    {14, "Developer \"tools\"", true, "EVENT", "Ongoing", 3, 1, false, {2, 3}, {1}},
    {15, "Old printers", false, "USER_INITIATED", "Ongoing", 4, kNone, false, {}, {2, 4}},
};

const Profile kComputerProfiles[] = {
    {1, "Wi-Fi", 1, kNone, true, {}},
    {2, "FileVault", 1, kNone, false, {2, 3}},
    {5, "Privacy preferences", kNone, 2, false, {9}},
};
const Profile kMobileProfiles[] = {{1, "Wi-Fi", 1, kNone, true, {}},
                                   {3, "Restrictions", kNone, kNone, false, {1, 4}}};

}  // namespace

Estate::Estate(const world::World& of) : world(of) {
  for (std::uint32_t index = 0; index < of.sizes().devices; ++index) {
    const Device device(of, index);
    if (!world::is_in_jamf(device)) continue;
    if (const auto owner = device.owner()) users.push_back(*owner);
    if (device.system != Device::System::kMac) {
      mobiles.push_back(index);
      continue;
    }
    if (index % 41 == 5) computers.push_back({index, true});
    computers.push_back({index, false});
  }
  std::sort(users.begin(), users.end());
  users.erase(std::unique(users.begin(), users.end()), users.end());
}

std::optional<world::User> Estate::user_of(const Device& device) const {
  const auto owner = device.owner();
  if (!owner) return std::nullopt;
  return world::User(world, *owner);
}

std::string account_of(const std::optional<world::User>& user) {
  std::string name;
  if (user) user->append_account_name(name);
  return name;
}

std::int64_t building_of(const std::optional<world::User>& user) {
  if (!user || !user->is_person()) return kNone;
  return user->place - world::places().data() + 1;
}

std::int64_t department_of(const std::optional<world::User>& user) {
  if (!user || !user->is_person()) return kNone;
  return user->department - world::departments().data() + 1;
}

std::int64_t site_of(const Device& device) {
  const auto draw = static_cast<std::int64_t>(world::mix(device.bits + 17) % 5);
  return draw < std::ssize(kSites) ? draw + 1 : kNone;
}

std::int64_t prestage_of(const Device& device) {
  const std::uint64_t draw = world::mix(device.bits + 23) % 4;
  if (device.system != Device::System::kMac) return draw == 0 ? kNone : is_apple_tv(device) ? 5 : 2;
  return draw == 0 ? kNone : kComputerPrestages[draw - 1].id;
}

bool is_apple_tv(const Device& device) {
  return device.system == Device::System::kIphone && device.index % 19 == 4;
}

world::Guid profile_uuid(const world::World& world, std::int64_t profile, bool mobile) {
  return made_up_id(world, mobile ? 4 : 3, static_cast<std::uint32_t>(profile));
}

world::Guid made_up_id(const world::World& world, std::uint32_t series, std::uint32_t number) {
  constexpr std::uint32_t kMostOfASeries = 20'000'000;
  return world.id(world::Kind::kOther, series * kMostOfASeries + number);
}

std::span<const std::string_view> site_names() { return kSites; }
std::span<const std::string_view> category_names() { return kCategories; }
std::span<const Group> computer_groups() { return kComputerGroups; }
std::span<const Group> mobile_groups() { return kMobileGroups; }
std::span<const ExtensionAttribute> computer_attributes() { return kComputerAttributes; }
std::span<const ExtensionAttribute> mobile_attributes() { return kMobileAttributes; }
std::span<const Prestage> computer_prestages() { return kComputerPrestages; }
std::span<const Prestage> mobile_prestages() { return kMobilePrestages; }
std::span<const Policy> policies() { return kPolicies; }
std::span<const Profile> computer_profiles() { return kComputerProfiles; }
std::span<const Profile> mobile_profiles() { return kMobileProfiles; }

std::string_view name_of(std::span<const std::string_view> names, std::int64_t id,
                         std::string_view none) {
  return id < 1 ? none : names[static_cast<std::size_t>(id - 1)];
}

}  // namespace muster::sandbox::jamf
