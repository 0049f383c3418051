// Microsoft Intune's part of Graph: what a list shows, and what only a single object shows.
// https://learn.microsoft.com/graph/api/resources/intune-graph-overview
#include "sandbox/world/intune.h"

#include <fmt/format.h>

#include "sandbox/graph/numbered.h"
#include "sandbox/graph/table.h"
#include "sandbox/graph/values.h"
#include "sandbox/world/hardware.h"
#include "sandbox/world/software.h"
#include "sandbox/world/user.h"

namespace muster::sandbox::graph {
namespace {

using world::Device;
using System = world::Device::System;
using Out = std::string&;

// A managed device has the number of its device.
struct Managed {
  Managed(const world::World& of, std::uint32_t number)
      : world(of), index(number), device(of, number), hardware(device) {
    if (device.owner()) user.emplace(of, *device.owner());
  }
  const world::World& world;
  std::uint32_t index;
  Device device;
  world::Hardware hardware;
  std::optional<world::User> user;
};
using In = const Managed&;

// Intune writes what is missing as empty text or as the first day there is.
void put_or_empty(Out out, std::string_view text) { put_text(out, text); }
void put_no_time(Out out) { out += "\"0001-01-01T00:00:00Z\""; }
void put_time_or_none(Out out, std::int64_t seconds) {
  seconds == 0 ? put_no_time(out) : put_time(out, seconds);
}

std::string_view by_system(In row, const std::string_view (&texts)[5]) {
  return texts[static_cast<std::size_t>(row.device.system)];
}
constexpr std::string_view kSystems[] = {"Windows", "macOS", "iOS", "Android", "Linux"};

bool is_mobile(In row) {
  return row.device.system == System::kIphone || row.device.system == System::kAndroid;
}
bool is_personal(In row) { return row.device.system == System::kAndroid; }

void put_by_system(Out out, In row, std::string_view windows, std::string_view others) {
  put_text(out, row.device.system == System::kWindows ? windows : others);
}

constexpr std::string_view kNullInLists = "null";
constexpr std::string_view kZeroInLists = "0";

constexpr Column<Managed> kManagedDevices[] = {
    {"id", Shown::kDefault,
     [](Out out, In row) {
       put_text(out, row.world.id(world::Kind::kManagedDevice, row.index).view());
     }},
    {"userId", Shown::kDefault,
     [](Out out, In row) { put_text(out, row.user ? row.user->id.view() : ""); }},
    {"deviceName", Shown::kDefault,
     [](Out out, In row) {
       out += '"';
       row.device.append_name(out);
       out += '"';
     }},
    {"managedDeviceOwnerType", Shown::kDefault,
     [](Out out, In row) { put_text(out, is_personal(row) ? "personal" : "company"); }},
    {"enrolledDateTime", Shown::kDefault,
     [](Out out, In row) { put_time_or_none(out, row.device.registered); }},
    {"lastSyncDateTime", Shown::kDefault,
     [](Out out, In row) { put_time(out, row.device.last_seen); }},
    {"operatingSystem", Shown::kDefault,
     [](Out out, In row) { put_text(out, by_system(row, kSystems)); }},
    {"complianceState", Shown::kDefault,
     [](Out out, In row) {
       put_text(out, row.index % 61 == 3                ? "inGracePeriod"
                     : row.index % 89 == 7              ? "somethingNew"  // enumerations grow
                     : (row.device.bits >> 52 & 7) != 0 ? "compliant"
                                                        : "noncompliant");
     }},
    {"jailBroken", Shown::kDefault,
     [](Out out, In row) { put_text(out, is_mobile(row) ? "False" : "Unknown"); }},
    {"managementAgent", Shown::kDefault,
     [](Out out, In row) { put_text(out, world::is_in_jamf(row.device) ? "jamf" : "mdm"); }},
    {"osVersion", Shown::kDefault,
     [](Out out, In row) { put_or_empty(out, row.hardware.os_version); }},
    {"easActivated", Shown::kDefault, [](Out out, In) { put_bool(out, false); }},
    {"easDeviceId", Shown::kDefault, [](Out out, In) { put_text(out, ""); }},
    {"easActivationDateTime", Shown::kDefault, [](Out out, In) { put_no_time(out); }},
    {"azureADRegistered", Shown::kDefault,
     [](Out out, In row) { row.index % 40 == 2 ? put_null(out) : put_bool(out, true); }},
    {"deviceEnrollmentType", Shown::kDefault,
     [](Out out, In row) {
       put_text(out,
                row.device.system == System::kWindows ? "windowsAzureADJoin" : "userEnrollment");
     }},
    {"activationLockBypassCode",
     Shown::kDefault,
     [](Out out, In row) {
       row.device.system == System::kIphone ? put_text(out, "SECRET-BYPASS-CODE") : put_null(out);
     },
     {},
     kNullInLists},
    {"emailAddress", Shown::kDefault,
     [](Out out, In row) {
       out += '"';
       if (row.user && row.user->has_mail()) row.user->append_mail(out);
       out += '"';
     }},
    {"azureADDeviceId", Shown::kDefault,
     [](Out out, In row) {
       row.index % 53 == 11 ? put_text(out, "00000000-0000-0000-0000-000000000000")
                            : put_text(out, row.device.device_id().view());
     }},
    {"deviceRegistrationState", Shown::kDefault, [](Out out, In) { put_text(out, "registered"); }},
    {"deviceCategoryDisplayName", Shown::kDefault,
     [](Out out, In row) { put_text(out, world::category_of(row.device)); }},
    {"isSupervised", Shown::kDefault,
     [](Out out, In row) { put_bool(out, row.device.system == System::kIphone); }},
    {"exchangeLastSuccessfulSyncDateTime", Shown::kDefault, [](Out out, In) { put_no_time(out); }},
    {"exchangeAccessState", Shown::kDefault, [](Out out, In) { put_text(out, "none"); }},
    {"exchangeAccessStateReason", Shown::kDefault, [](Out out, In) { put_text(out, "none"); }},
    {"remoteAssistanceSessionUrl", Shown::kDefault, [](Out out, In) { put_null(out); }},
    {"remoteAssistanceSessionErrorDetails", Shown::kDefault, [](Out out, In) { put_null(out); }},
    {"isEncrypted", Shown::kDefault,
     [](Out out, In row) { put_bool(out, (row.device.bits >> 47 & 15) != 0); }},
    {"userPrincipalName", Shown::kDefault,
     [](Out out, In row) {
       out += '"';
       if (row.user) row.user->append_principal_name(out);
       out += '"';
     }},
    {"model", Shown::kDefault, [](Out out, In row) { put_or_empty(out, row.hardware.model); }},
    {"manufacturer", Shown::kDefault,
     [](Out out, In row) { put_or_empty(out, row.hardware.maker); }},
    {"imei", Shown::kDefault,
     [](Out out, In row) {
       is_mobile(row) ? put_text(out, fmt::format("35 209900 {:06} 1", row.index))
                      : put_text(out, "");
     }},
    {"complianceGracePeriodExpirationDateTime", Shown::kDefault,
     [](Out out, In row) {
       row.index % 61 == 3 ? put_time(out, world::kWorldEnd + 3 * 86'400)
                           : put_text(out, "9999-12-31T23:59:59Z");
     }},
    {"serialNumber", Shown::kDefault,
     [](Out out, In row) {
       out += '"';
       if (!is_personal(row)) row.hardware.append_serial(out);
       out += '"';
     }},
    {"phoneNumber", Shown::kDefault, [](Out out, In) { put_text(out, ""); }},
    {"androidSecurityPatchLevel", Shown::kDefault,
     [](Out out, In row) {
       put_text(out, row.device.system == System::kAndroid ? "2025-11-01" : "");
     }},
    {"userDisplayName", Shown::kDefault,
     [](Out out, In row) {
       put_escaped_from(out, [&](Out to) {
         if (row.user) row.user->append_display_name(to);
       });
     }},
    {"configurationManagerClientEnabledFeatures", Shown::kDefault,
     [](Out out, In) { put_null(out); }},
    {"deviceHealthAttestationState", Shown::kDefault, [](Out out, In) { put_null(out); }},
    {"wiFiMacAddress", Shown::kDefault,
     [](Out out, In row) {
       std::string address;
       row.hardware.append_mac_address(address);
       std::erase(address, ':');
       put_text(out, address);
     }},
    {"subscriberCarrier", Shown::kDefault, [](Out out, In) { put_text(out, ""); }},
    {"meid", Shown::kDefault, [](Out out, In) { put_text(out, ""); }},
    {"totalStorageSpaceInBytes", Shown::kDefault,
     [](Out out, In row) { append_number(out, row.hardware.storage_mib << 20); }},
    {"freeStorageSpaceInBytes", Shown::kDefault,
     [](Out out, In row) { append_number(out, row.hardware.free_mib << 20); }},
    {"managedDeviceName", Shown::kDefault,
     [](Out out, In row) {
       out += '"';
       row.device.append_name(out);
       out += "_MDM\"";
     }},
    {"partnerReportedThreatState", Shown::kDefault, [](Out out, In) { put_text(out, "unknown"); }},
    {"requireUserEnrollmentApproval", Shown::kDefault, [](Out out, In) { put_null(out); }},
    {"managementCertificateExpirationDate", Shown::kDefault,
     [](Out out, In row) { put_time(out, row.device.last_seen + 300 * std::int64_t{86'400}); }},
    {"iccid",
     Shown::kDefault,
     [](Out out, In row) {
       is_mobile(row) ? put_text(out, fmt::format("89470000{:012}", row.index)) : put_text(out, "");
     },
     {},
     kNullInLists},
    {"udid",
     Shown::kDefault,
     [](Out out, In row) {
       row.device.system == System::kIphone ? put_text(out, row.hardware.hardware_id().view())
                                            : put_text(out, "");
     },
     {},
     kNullInLists},
    {"notes",
     Shown::kDefault,
     [](Out out, In row) { row.index % 17 == 0 ? put_text(out, "Loan pool") : put_null(out); },
     {},
     kNullInLists},
    {"ethernetMacAddress",
     Shown::kDefault,
     [](Out out, In row) { put_text(out, fmt::format("00155D{:06X}", row.index)); },
     {},
     kNullInLists},
    {"physicalMemoryInBytes",
     Shown::kDefault,
     [](Out out, In row) { append_number(out, row.hardware.memory_mib << 20); },
     {},
     kZeroInLists},
    {"enrollmentProfileName", Shown::kDefault,
     [](Out out, In row) {
       row.device.system == System::kIphone ? put_text(out, "iOS corporate") : put_null(out);
     }},
    {"managementState", Shown::kDefault, [](Out out, In) { put_text(out, "managed"); }},
    {"deviceActionResults", Shown::kDefault, [](Out out, In) { out += "[]"; }},
    {"hardwareInformation", Shown::kSingleBeta,
     [](Out out, In row) {
       out += R"({"tpmSpecificationVersion":)";
       put_by_system(out, row, "2.0, 0, 1.59", "");
       out += R"(,"operatingSystemEdition":)";
       put_by_system(out, row, "Enterprise", "");
       out += R"(,"ipAddressV4":)";
       put_text(out, fmt::format("10.20.{}.{}", row.index >> 8 & 255, row.index & 255));
       out += R"(,"systemManagementBIOSVersion":)";
       put_by_system(out, row, "N3QET44W (1.44 )", "");
       out += R"(,"batteryHealthPercentage":0,"wiredIPv4Addresses":[]})";
     }},
    {"processorArchitecture", Shown::kSingleBeta,
     [](Out out, In row) { put_by_system(out, row, "x64", "unknown"); }},
    {"chassisType", Shown::kSingleBeta,
     [](Out out, In row) { put_by_system(out, row, "laptop", "unknown"); }},
    {"joinType", Shown::kSingleBeta,
     [](Out out, In row) { put_by_system(out, row, "azureADJoined", "unknown"); }},
    {"skuFamily", Shown::kSingleBeta,
     [](Out out, In row) { put_by_system(out, row, "Enterprise", ""); }},
};

using Number = const Numbered&;

void put_device_count(Out out, Number row) {
  append_number(out, world::intune_devices(row.world).size());
}
constexpr Column<Numbered> kOverview[] = {
    {"id", Shown::kDefault,
     [](Out out, Number row) {
       put_text(out, random_guid(row.world, world::Kind::kOther, 0, 41).view());
     }},
    {"enrolledDeviceCount", Shown::kDefault, put_device_count},
    {"mdmEnrolledCount", Shown::kDefault, put_device_count},
    {"dualEnrolledDeviceCount", Shown::kDefault, [](Out out, Number) { out += '0'; }},
};

const world::Program& program_of(Number row) { return world::programs()[row.index]; }

constexpr Column<Numbered> kDetectedApps[] = {
    {"id", Shown::kDefault, [](Out out, Number row) { put_text(out, program_of(row).id()); }},
    {"displayName", Shown::kDefault,
     [](Out out, Number row) { put_escaped(out, program_of(row).name); }},
    {"version", Shown::kDefault,
     [](Out out, Number row) { put_text(out, program_of(row).version); }},
    {"sizeInByte", Shown::kDefault,
     [](Out out, Number row) { append_number(out, program_of(row).bytes); }},
    {"deviceCount", Shown::kDefault,
     [](Out out, Number row) {
       append_number(out, world::devices_with(row.world, row.index).size());
     }},
    {"publisher", Shown::kDefault,
     [](Out out, Number row) { put_text(out, program_of(row).publisher); }},
    {"platform", Shown::kDefault,
     [](Out out, Number row) {
       constexpr std::string_view kPlatforms[] = {"windows", "macOS", "ios", "androidWorkProfile",
                                                  "linux"};
       put_text(out, kPlatforms[static_cast<std::size_t>(program_of(row).system)]);
     }},
};

void put_id(Out out, world::Kind kind, Number row) {
  put_text(out, row.world.id(kind, row.index).view());
}
void put_days_ago(Out out, std::int64_t days) { put_time(out, world::kWorldEnd - days * 86'400); }

constexpr Column<Numbered> kCategories[] = {
    {"id", Shown::kDefault,
     [](Out out, Number row) { put_id(out, world::Kind::kDeviceCategory, row); }},
    {"displayName", Shown::kDefault,
     [](Out out, Number row) { put_text(out, world::category_names()[row.index]); }},
    {"description", Shown::kDefault, [](Out out, Number) { put_text(out, ""); }},
};

constexpr Column<Numbered> kCompliancePolicies[] = {
    {"@odata.type", Shown::kDefault,
     [](Out out, Number row) {
       put_text(out,
                fmt::format("#microsoft.graph.{}", world::compliance_policies()[row.index].type));
     }},
    {"id", Shown::kDefault,
     [](Out out, Number row) { put_id(out, world::Kind::kCompliancePolicy, row); }},
    {"createdDateTime", Shown::kDefault,
     [](Out out, Number) { put_text(out, "2024-05-05T09:00:00.1234567Z"); }},
    {"description", Shown::kDefault, [](Out out, Number) { put_text(out, ""); }},
    {"lastModifiedDateTime", Shown::kDefault,
     [](Out out, Number row) { put_days_ago(out, 30 + row.index); }},
    {"displayName", Shown::kDefault,
     [](Out out, Number row) { put_text(out, world::compliance_policies()[row.index].name); }},
    {"version", Shown::kDefault, [](Out out, Number row) { append_number(out, row.index + 1); }},
};

// One state of one device: device * kPolicyStride + policy.
constexpr Column<Numbered> kPolicyStates[] = {
    {"id", Shown::kDefault,
     [](Out out, Number row) {
       put_text(
           out,
           row.world.id(world::Kind::kCompliancePolicy, row.index % world::kPolicyStride).view());
     }},
    {"displayName", Shown::kDefault,
     [](Out out, Number row) {
       put_text(out, world::compliance_policies()[row.index % world::kPolicyStride].name);
     }},
    {"platformType", Shown::kDefault, [](Out out, Number) { put_text(out, "windows10AndLater"); }},
    {"settingCount", Shown::kDefault, [](Out out, Number) { out += '9'; }},
    {"state", Shown::kDefault,
     [](Out out, Number row) {
       put_text(out, world::mix(row.index) % 8 == 0 ? "nonCompliant" : "compliant");
     }},
    {"version", Shown::kDefault, [](Out out, Number) { out += '1'; }},
    {"settingStates", Shown::kDefault, [](Out out, Number) { out += "[]"; }},
};

constexpr Column<Numbered> kPolicyAssignments[] = {
    {"id", Shown::kDefault,
     [](Out out, Number row) { put_text(out, fmt::format("assignment_{}", row.index)); }},
    {"source", Shown::kDefault, [](Out out, Number) { put_text(out, "direct"); }},
    {"target", Shown::kDefault,
     [](Out out, Number row) {
       if (row.index == kToAllDevices) {
         out += R"({"@odata.type":"#microsoft.graph.allDevicesAssignmentTarget"})";
         return;
       }
       out += R"({"@odata.type":"#microsoft.graph.groupAssignmentTarget","groupId":)";
       put_id(out, world::Kind::kGroup, row);
       out += '}';
     }},
};

constexpr std::string_view kConfigurationNames[] = {"Update ring 1", "Wi-Fi corporate", "Kiosk"};
constexpr Column<Numbered> kConfigurations[] = {
    {"@odata.type", Shown::kDefault,
     [](Out out, Number row) {
       constexpr std::string_view kTypes[] = {
           "#microsoft.graph.windowsUpdateForBusinessConfiguration",
           "#microsoft.graph.windowsWifiConfiguration",
           "#microsoft.graph.windowsKioskConfiguration"};
       put_text(out, kTypes[row.index]);
     }},
    {"id", Shown::kDefault,
     [](Out out, Number row) { put_id(out, world::Kind::kDeviceConfiguration, row); }},
    {"createdDateTime", Shown::kDefault, [](Out out, Number) { put_days_ago(out, 500); }},
    {"description", Shown::kDefault, [](Out out, Number) { put_null(out); }},
    {"lastModifiedDateTime", Shown::kDefault, [](Out out, Number) { put_days_ago(out, 40); }},
    {"displayName", Shown::kDefault,
     [](Out out, Number row) { put_text(out, kConfigurationNames[row.index]); }},
    {"version", Shown::kDefault, [](Out out, Number) { out += '2'; }},
};

struct App {
  std::string_view type, name, publisher;
};
constexpr App kMobileApps[] = {{"win32LobApp", "7-Zip", "Igor Pavlov"},
                               {"iosVppApp", "Microsoft Outlook", "Microsoft Corporation"},
                               {"winGetApp", "Company Portal", "Microsoft Corporation"},
                               {"webApp", "Intranet", ""}};
constexpr Column<Numbered> kApps[] = {
    {"@odata.type", Shown::kDefault,
     [](Out out, Number row) {
       put_text(out, fmt::format("#microsoft.graph.{}", kMobileApps[row.index].type));
     }},
    {"id", Shown::kDefault, [](Out out, Number row) { put_id(out, world::Kind::kMobileApp, row); }},
    {"displayName", Shown::kDefault,
     [](Out out, Number row) { put_text(out, kMobileApps[row.index].name); }},
    {"description", Shown::kDefault, [](Out out, Number) { put_text(out, ""); }},
    {"publisher", Shown::kDefault,
     [](Out out, Number row) { put_text(out, kMobileApps[row.index].publisher); }},
    {"createdDateTime", Shown::kDefault, [](Out out, Number) { put_days_ago(out, 300); }},
    {"lastModifiedDateTime", Shown::kDefault, [](Out out, Number) { put_days_ago(out, 12); }},
    {"isFeatured", Shown::kDefault, [](Out out, Number) { put_bool(out, false); }},
    {"privacyInformationUrl", Shown::kDefault, [](Out out, Number) { put_text(out, ""); }},
    {"informationUrl", Shown::kDefault, [](Out out, Number) { put_null(out); }},
    {"owner", Shown::kDefault, [](Out out, Number) { put_text(out, ""); }},
    {"developer", Shown::kDefault, [](Out out, Number) { put_text(out, ""); }},
    {"notes", Shown::kDefault, [](Out out, Number) { put_text(out, ""); }},
    {"publishingState", Shown::kDefault, [](Out out, Number) { put_text(out, "published"); }},
    {"largeIcon", Shown::kDefault, [](Out out, Number) { put_null(out); }},
};

constexpr Column<Managed> kAutopilot[] = {
    {"id", Shown::kDefault,
     [](Out out, In row) {
       put_text(out, row.world.id(world::Kind::kAutopilotIdentity, row.index).view());
     }},
    {"groupTag", Shown::kDefault,
     [](Out out, In row) { put_text(out, row.index & 1 ? "ENG" : ""); }},
    {"purchaseOrderIdentifier", Shown::kDefault, [](Out out, In) { put_text(out, ""); }},
    {"serialNumber", Shown::kDefault,
     [](Out out, In row) {
       out += '"';
       row.hardware.append_serial(out);
       out += '"';
     }},
    {"productKey", Shown::kDefault, [](Out out, In) { put_text(out, ""); }},
    {"manufacturer", Shown::kDefault, [](Out out, In row) { put_text(out, row.hardware.maker); }},
    {"model", Shown::kDefault, [](Out out, In row) { put_text(out, row.hardware.model); }},
    {"enrollmentState", Shown::kDefault,
     [](Out out, In row) {
       put_text(out, world::is_in_intune(row.device) ? "enrolled" : "notContacted");
     }},
    {"lastContactedDateTime", Shown::kDefault,
     [](Out out, In row) {
       world::is_in_intune(row.device) ? put_time(out, row.device.last_seen) : put_no_time(out);
     }},
    {"addressableUserName", Shown::kDefault, [](Out out, In) { put_text(out, ""); }},
    {"userPrincipalName", Shown::kDefault, [](Out out, In) { put_text(out, ""); }},
    {"resourceName", Shown::kDefault, [](Out out, In) { put_text(out, ""); }},
    {"skuNumber", Shown::kDefault, [](Out out, In) { put_text(out, ""); }},
    {"systemFamily", Shown::kDefault,
     [](Out out, In row) { put_text(out, row.hardware.model_identifier); }},
    {"azureActiveDirectoryDeviceId", Shown::kDefault,
     [](Out out, In row) { put_text(out, row.device.device_id().view()); }},
    {"managedDeviceId", Shown::kDefault,
     [](Out out, In row) {
       world::is_in_intune(row.device)
           ? put_text(out, row.world.id(world::Kind::kManagedDevice, row.index).view())
           : put_text(out, "00000000-0000-0000-0000-000000000000");
     }},
    {"displayName", Shown::kDefault, [](Out out, In) { put_text(out, ""); }},
};

}  // namespace

const Table& managed_device_table() {
  static const TableOf<Managed> kTable("", "deviceManagement/managedDevices", kManagedDevices);
  return kTable;
}
const Table& managed_overview_table() {
  static const TableOf<Numbered> kTable("", "deviceManagement/managedDeviceOverview", kOverview);
  return kTable;
}
const Table& detected_app_table() {
  static const TableOf<Numbered> kTable("", "deviceManagement/detectedApps", kDetectedApps);
  return kTable;
}
const Table& device_category_table() {
  static const TableOf<Numbered> kTable("", "deviceManagement/deviceCategories", kCategories);
  return kTable;
}
const Table& compliance_policy_table() {
  static const TableOf<Numbered> kTable("", "deviceManagement/deviceCompliancePolicies",
                                        kCompliancePolicies);
  return kTable;
}
const Table& policy_assignment_table() {
  static const TableOf<Numbered> kTable("", "assignments", kPolicyAssignments);
  return kTable;
}
const Table& policy_state_table() {
  static const TableOf<Numbered> kTable("", "deviceCompliancePolicyStates", kPolicyStates);
  return kTable;
}
const Table& device_configuration_table() {
  static const TableOf<Numbered> kTable("", "deviceManagement/deviceConfigurations",
                                        kConfigurations);
  return kTable;
}
std::uint32_t device_configuration_count() { return std::size(kConfigurationNames); }
const Table& mobile_app_table() {
  static const TableOf<Numbered> kTable("", "deviceAppManagement/mobileApps", kApps);
  return kTable;
}
std::uint32_t mobile_app_count() { return std::size(kMobileApps); }
const Table& autopilot_table() {
  static const TableOf<Managed> kTable("", "deviceManagement/windowsAutopilotDeviceIdentities",
                                       kAutopilot);
  return kTable;
}

}  // namespace muster::sandbox::graph
