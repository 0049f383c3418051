#include "sandbox/jamf/endpoints.h"

#include <algorithm>

namespace muster::sandbox::jamf {
namespace {

// https://developer.jamf.com/jamf-pro/reference/get_v4-computers-inventory
constexpr std::string_view kComputerSort =
    "general.name udid id general.assetTag general.jamfBinaryVersion general.lastCheckIn "
    "general.lastContact general.lastEnrolledDate general.lastCloudBackupDate general.reportDate "
    "general.mdmCertificateExpiration general.platform general.lastLoggedInUsernameSelfService "
    "general.lastLoggedInUsernameSelfServiceTimestamp general.lastLoggedInUsernameBinary "
    "general.lastLoggedInUsernameBinaryTimestamp general.lastLoggedInUsernameMdm "
    "general.lastLoggedInUsernameMdmTimestamp hardware.make hardware.model operatingSystem.build "
    "operatingSystem.supplementalBuildVersion operatingSystem.rapidSecurityResponse "
    "operatingSystem.name operatingSystem.version userAndLocation.realname "
    "purchasing.lifeExpectancy purchasing.warrantyDate";
// Before v4.
constexpr std::string_view kOldComputerSort =
    "general.name udid id general.assetTag general.jamfBinaryVersion general.lastContactTime "
    "general.lastEnrolledDate general.lastCloudBackupDate general.reportDate "
    "general.mdmCertificateExpiration general.platform hardware.make hardware.model "
    "operatingSystem.build operatingSystem.supplementalBuildVersion "
    "operatingSystem.rapidSecurityResponse operatingSystem.name operatingSystem.version "
    "userAndLocation.realname purchasing.lifeExpectancy purchasing.warrantyDate";
constexpr std::string_view kComputerFilter =
    "general.name udid id general.assetTag general.barcode1 general.barcode2 "
    "general.enrolledViaAutomatedDeviceEnrollment general.lastIpAddress "
    "general.itunesStoreAccountActive general.jamfBinaryVersion general.lastCheckIn "
    "general.lastContact general.lastContactTime general.lastEnrolledDate "
    "general.lastCloudBackupDate general.reportDate general.lastReportedIp "
    "general.lastReportedIpV4 general.lastReportedIpV6 general.managementId "
    "general.remoteManagement.managed general.mdmCapable.capable general.mdmCertificateExpiration "
    "general.platform general.supervised general.userApprovedMdm "
    "general.declarativeDeviceManagementEnabled general.lastLoggedInUsernameSelfService "
    "general.lastLoggedInUsernameSelfServiceTimestamp general.lastLoggedInUsernameBinary "
    "general.lastLoggedInUsernameBinaryTimestamp general.lastLoggedInUsernameMdm "
    "general.lastLoggedInUsernameMdmTimestamp hardware.bleCapable hardware.macAddress "
    "hardware.make hardware.model hardware.modelIdentifier hardware.serialNumber "
    "hardware.supportsIosAppInstalls hardware.appleSilicon operatingSystem.activeDirectoryStatus "
    "operatingSystem.fileVault2Status operatingSystem.build "
    "operatingSystem.supplementalBuildVersion operatingSystem.rapidSecurityResponse "
    "operatingSystem.name operatingSystem.version security.activationLockEnabled "
    "security.recoveryLockEnabled security.firewallEnabled userAndLocation.buildingId "
    "userAndLocation.departmentId userAndLocation.email userAndLocation.realname "
    "userAndLocation.phone userAndLocation.position userAndLocation.room userAndLocation.username "
    "diskEncryption.fileVault2Enabled purchasing.appleCareId purchasing.lifeExpectancy "
    "purchasing.purchased purchasing.leased purchasing.vendor purchasing.warrantyDate";
// https://developer.jamf.com/jamf-pro/reference/get_v2-mobile-devices-detail: those of both lists
// that are members of a section.
constexpr std::string_view kMobileFields =
    "displayName assetTag availableSpaceMb batteryLevel bluetoothMacAddress capacityMb osBuild "
    "osVersion ipAddress mobileDeviceId managementId managed model modelIdentifier modelNumber "
    "serialNumber supervised timeZone udid usedSpacePercentage wifiMacAddress building department "
    "emailAddress position room username appleCareId poNumber purchasePrice vendor "
    "activationLockEnabled passcodeCompliant passcodePresent currentCarrierNetwork iccid imei "
    "lastContactDate lastInventoryUpdateDate";
constexpr std::string_view kBuildingFields =
    "id name streetAddress1 streetAddress2 city stateProvince zipPostalCode country";
constexpr std::string_view kUserFields =
    "id username realname email phone position enableCustomPhotoUrl customPhotoUrl managedAppleId";
constexpr std::string_view kJuly = "Tue, 14 Jul 2026 00:00:00 GMT";
constexpr std::string_view kMay = "Thu, 28 May 2026 00:00:00 GMT";

using Privileges = std::vector<std::string_view>;
const Privileges kComputerGroups = {"Read Smart Computer Groups", "Read Static Computer Groups"};
const Privileges kMobileGroups = {"Read Smart Mobile Device Groups",
                                  "Read Static Mobile Device Groups"};

Endpoint computers(std::string_view path, Version since, int version) {
  return {.path = path,
          .since = since,
          .kind = computer_kind,
          .privileges = {"Read Computers"},
          .sort_fields = version < 4 ? kOldComputerSort : kComputerSort,
          .filter_fields = kComputerFilter,
          .deprecated = version < 4 ? kJuly : "",
          .record_version = version};
}

Endpoint whole(std::string_view path, Version since, const RecordKind& (*kind)(),
               Privileges privileges) {
  return {.path = path,
          .since = since,
          .kind = kind,
          .privileges = std::move(privileges),
          .paged = false};
}

Endpoint paged(std::string_view path, Version since, const RecordKind& (*kind)(),
               Privileges privileges, std::string_view fields, std::string_view filter,
               std::string_view default_sort = {}) {
  return {.path = path,
          .since = since,
          .kind = kind,
          .privileges = std::move(privileges),
          .sort_fields = fields,
          .filter_fields = filter,
          .default_sort = default_sort,
          .deprecated = since < Version{11, 28} && path.find("groups") != path.npos ? kMay : ""};
}

const std::vector<Endpoint>& endpoints() {
  static const std::vector<Endpoint> kEndpoints = [] {
    std::vector<Endpoint> list = {
        computers("/api/v4/computers-inventory", {11, 30}, 4),
        computers("/api/v3/computers-inventory", {11, 20}, 3),
        computers("/api/v2/computers-inventory", {11, 0}, 2),
        computers("/api/v1/computers-inventory", {10, 39}, 1),
        {.path = "/api/v2/mobile-devices/detail",
         .since = {10, 42},
         .kind = mobile_kind,
         .privileges = {"Read Mobile Devices"},
         .sort_fields = kMobileFields,
         .filter_fields = kMobileFields,
         .lenient_choice = true},
        {.path = "/api/v2/mobile-devices",
         .since = {10, 42},
         .kind = short_mobile_kind,
         .privileges = {"Read Mobile Devices"},
         .sort_fields = "id name serialNumber"},
        {.path = "/api/v1/users",
         .since = {11, 26},
         .kind = user_kind,
         .privileges = {"Read User"},
         .sort_fields = kUserFields,
         .filter_fields = kUserFields,
         .largest_page = 1000},
        paged("/api/v1/buildings", {10, 9}, building_kind, {"Read Buildings"}, kBuildingFields,
              kBuildingFields),
        paged("/api/v1/departments", {10, 9}, department_kind, {"Read Departments"}, "id name",
              "id name"),
        paged("/api/v1/categories", {10, 9}, category_kind,
              {"Read Categories", "Read Self Service"}, "id name priority", "name priority"),
        whole("/api/v1/sites", {10, 9}, site_kind, {"Read Sites"}),
        whole("/api/v1/computer-groups", {10, 9}, computer_group_kind, kComputerGroups),
        whole("/api/v2/mobile-device-groups", {11, 28}, mobile_group_kind, kMobileGroups),
        whole("/api/v1/mobile-device-groups", {10, 9}, mobile_group_kind, kMobileGroups),
        paged("/api/v3/computer-groups/smart-groups", {11, 28}, smart_computer_group_kind,
              kComputerGroups, "id name siteId", "id name siteId"),
        paged("/api/v2/computer-groups/smart-groups", {11, 0}, smart_computer_group_kind,
              kComputerGroups, "id name siteId", "id name siteId"),
        paged("/api/v3/computer-groups/static-groups", {11, 28}, static_computer_group_kind,
              kComputerGroups, "id name siteId", "id name siteId"),
        paged("/api/v2/computer-groups/static-groups", {11, 0}, static_computer_group_kind,
              kComputerGroups, "id name siteId", "id name siteId"),
        paged("/api/v2/mobile-device-groups/smart-groups", {11, 28}, smart_mobile_group_kind,
              kMobileGroups, "groupId groupName siteId", "groupId groupName siteId"),
        paged("/api/v2/mobile-device-groups/static-groups", {11, 28}, static_mobile_group_kind,
              kMobileGroups, "groupId groupName siteId", "groupId groupName siteId"),
        paged("/api/v2/groups", {11, 28}, group_kind, {},
              "groupName groupDescription groupType isSmart",
              "groupName groupDescription groupType isSmart"),
        paged("/api/v1/computer-extension-attributes", {11, 0}, computer_attribute_kind,
              {"Read Computer Extension Attributes"}, "name id", "id name"),
        paged("/api/v1/mobile-device-extension-attributes", {11, 0}, mobile_attribute_kind,
              {"Read Mobile Device Extension Attributes"}, "name id", "id name"),
    };
    for (const std::string_view path :
         {"/api/v3/computer-prestages", "/api/v2/computer-prestages"}) {
      list.push_back(paged(path, path[6] == '3' ? Version{11, 0} : Version{10, 20},
                           computer_prestage_kind, {"Read Computer PreStage Enrollments"},
                           "id displayName", "", "id:desc"));
    }
    for (const std::string_view path :
         {"/api/v3/mobile-device-prestages", "/api/v2/mobile-device-prestages"}) {
      list.push_back(paged(path, path[6] == '3' ? Version{11, 0} : Version{10, 20},
                           mobile_prestage_kind, {"Read Mobile Device PreStage Enrollments"},
                           "id displayName", "", "id:desc"));
    }
    return list;
  }();
  return kEndpoints;
}

}  // namespace

const Endpoint* find_endpoint(std::string_view path, Version server) {
  for (const Endpoint& endpoint : endpoints()) {
    if (endpoint.path == path) return endpoint.since <= server ? &endpoint : nullptr;
  }
  return nullptr;
}

const std::vector<std::string_view>& all_privileges() {
  static const std::vector<std::string_view> kAll = [] {
    std::vector<std::string_view> all = {"Read Policies", "Read macOS Configuration Profiles",
                                         "Read iOS Configuration Profiles"};
    for (const Endpoint& endpoint : endpoints()) {
      all.insert(all.end(), endpoint.privileges.begin(), endpoint.privileges.end());
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }();
  return kAll;
}

}  // namespace muster::sandbox::jamf
