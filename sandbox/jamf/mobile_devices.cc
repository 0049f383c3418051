// https://developer.jamf.com/jamf-pro/reference/get_v2-mobile-devices-detail
#include <fmt/format.h>

#include "sandbox/jamf/records.h"

namespace muster::sandbox::jamf {
namespace {

constexpr std::int64_t kDay = 86'400;
// This device's hardware cannot be read: strict requests fail, lenient ones show null.
constexpr std::uint32_t kDamaged = 3;

struct Mobile {
  Mobile(const Estate& of, std::uint32_t at)
      : estate(of),
        id(at + 1),
        device(of.world, of.mobiles[at]),
        hardware(device),
        user(of.user_of(device)),
        television(is_apple_tv(device)) {}

  const Estate& estate;
  std::int64_t id;
  world::Device device;
  world::Hardware hardware;
  std::optional<world::User> user;
  bool television;
};
using In = const Mobile&;

std::string serial_of(In row) {
  return text_of([&](std::string& out) { row.hardware.append_serial(out); });
}
std::string address_of(In row) {
  return text_of([&](std::string& out) { row.hardware.append_mac_address(out); });
}
std::string_view model_of(In row) {
  return row.television ? "Apple TV 4K (3rd generation)" : row.hardware.model;
}
std::string_view model_identifier_of(In row) {
  return row.television ? "AppleTV14,1" : row.hardware.model_identifier;
}

void attributes_under(Fields& fields, std::string_view key, std::string_view place, In row) {
  fields.list(key, [&](Fields& items) {
    for (const ExtensionAttribute& attribute : mobile_attributes()) {
      if (attribute.shown_under != place) continue;
      items.begin().id("id", attribute.id).text("name", attribute.name);
      items.text("type", attribute.data_type).out.key("value").begin_array();
      for (const std::string& value : attribute.values(row.device)) items.out.string(value);
      items.out.end_array();
      items.flag("extensionAttributeCollectionAllowed", false).text("inventoryDisplay", "General");
      items.end();
    }
  });
}

void general(Fields& fields, std::string_view shown, In row) {
  const std::int64_t prestage = prestage_of(row.device);
  fields.object(shown, [&](Fields& f) {
    f.text("udid", row.hardware.hardware_id().view());
    f.text("displayName", text_of([&](std::string& out) { row.device.append_name(out); }));
    f.text("assetTag", "").id("siteId", site_of(row.device));
    f.time("lastInventoryUpdateDate", row.device.last_seen);
    f.time("lastContactDate", row.device.last_seen + 60);
    f.text("osVersion", row.hardware.os_version).text("osRapidSecurityResponse", "");
    f.text("osBuild", row.hardware.os_build);
    f.text("osSupplementalBuildVersion", row.hardware.os_build);
    f.text("softwareUpdateDeviceId", "J171AP")
        .text("ipAddress", fmt::format("10.20.9.{}", row.id % 250));
    f.flag("managed", row.id % 12 != 5).flag("supervised", prestage != kNone);
    f.text("deviceOwnershipType", prestage == kNone ? "UserEnrollment" : "Institutional");
    f.object("enrollmentMethodPrestage", [&](Fields& g) {
      if (prestage == kNone) return void(g.null("mobileDevicePrestageId").null("profileName"));
      for (const Prestage& one : mobile_prestages()) {
        if (one.id == prestage)
          g.id("mobileDevicePrestageId", one.id).text("profileName", one.name);
      }
    });
    f.flag("enrollmentSessionTokenValid", false).time("lastEnrolledDate", row.device.registered);
    f.time("mdmProfileExpirationDate", row.device.last_seen + 300 * kDay);
    f.text("timeZone", "Europe/Berlin").flag("declarativeDeviceManagementEnabled", true);
    f.text("managementId", made_up_id(row.estate.world, 2, row.device.index).view());
    attributes_under(f, "extensionAttributes", "GENERAL", row);
    f.null("lastLoggedInUsernameSelfService").null("lastLoggedInUsernameSelfServiceTimestamp");
    f.null("lastLoggedInUsernameMdm").null("lastLoggedInUsernameMdmTimestamp");
    if (row.television) {
      f.text("airPlayPassword", "SECRET-AIRPLAY").text("locales", "").text("languages", "en-DE");
      return;
    }
    f.flag("sharedIpad", false).flag("diagnosticAndUsageReportingEnabled", false);
    f.flag("appAnalyticsEnabled", false).number("residentUsers", 0).number("quotaSize", 0);
    f.time("lastBackupDate", 0).flag("deviceLocatorServiceEnabled", true);
    f.flag("doNotDisturbEnabled", false).flag("cloudBackupEnabled", false);
    f.time("lastCloudBackupDate", 0).flag("itunesStoreAccountActive", true);
    f.text("exchangeDeviceId", "").flag("tethered", false);
  });
}

void hardware(Fields& fields, std::string_view shown, In row) {
  if (row.id == kDamaged + 1) return void(fields.null(shown));
  const auto size = static_cast<std::int64_t>(row.hardware.storage_mib);
  const auto left = static_cast<std::int64_t>(row.hardware.free_mib);
  fields.object(shown, [&](Fields& f) {
    f.number("capacityMb", size).number("availableSpaceMb", left);
    f.number("usedSpacePercentage", (size - left) * 100 / size);
    f.number("batteryLevel", row.id % 101).text("batteryHealth", "NORMAL");
    f.text("serialNumber", serial_of(row)).text("wifiMacAddress", address_of(row));
    f.text("bluetoothMacAddress", address_of(row)).text("modemFirmwareVersion", "");
    f.text("model", model_of(row)).text("modelIdentifier", model_identifier_of(row));
    f.text("modelNumber", "MW742LL").flag("bluetoothLowEnergyCapable", true).text("deviceId", "");
    attributes_under(f, "extensionAttributes", "HARDWARE", row);
  });
}

void user_and_location(Fields& fields, std::string_view shown, In row) {
  const std::int64_t building = building_of(row.user);
  const std::int64_t department = department_of(row.user);
  fields.object(shown, [&](Fields& f) {
    f.text("username", account_of(row.user));
    f.text("realName", text_of([&](std::string& out) {
             if (row.user) row.user->append_display_name(out);
           }));
    f.text("emailAddress", text_of([&](std::string& out) {
             if (row.user && row.user->has_mail()) row.user->append_mail(out);
           }));
    f.text("position", row.user ? row.user->job_title : "").text("phoneNumber", "");
    f.id("departmentId", department).id("buildingId", building).text("room", "");
    f.text("building", building == kNone ? "" : row.user->place->city);
    f.text("department", department == kNone ? "" : row.user->department->name);
    attributes_under(f, "extensionAttributes", "USER_AND_LOCATION", row);
  });
}

// Dates of mobile devices have a time, those of computers have none.
void purchasing(Fields& fields, std::string_view shown, In row) {
  const std::int64_t bought = row.device.registered;
  fields.object(shown, [&](Fields& f) {
    f.flag("purchased", true)
        .flag("leased", false)
        .text("poNumber", fmt::format("PO-M-{}", row.id));
    f.text("vendor", "Contoso Reseller").text("appleCareId", "").text("purchasePrice", "$ 629");
    f.text("purchasingAccount", "").time("poDate", bought);
    f.time("warrantyExpiresDate", bought == 0 ? 0 : bought + 365 * kDay);
    f.time("leaseExpiresDate", 0).number("lifeExpectancy", 3).text("purchasingContact", "");
    attributes_under(f, "extensionAttributes", "PURCHASING", row);
  });
}

void security(Fields& fields, std::string_view shown, In row) {
  fields.object(shown, [&](Fields& f) {
    f.flag("dataProtected", true).flag("blockLevelEncryptionCapable", true);
    f.flag("fileLevelEncryptionCapable", true).flag("passcodePresent", row.id % 9 != 4);
    f.flag("passcodeCompliant", true).flag("passcodeCompliantWithProfile", true);
    f.number("hardwareEncryption", 3).flag("activationLockEnabled", row.id % 2 == 0);
    f.flag("jailBreakDetected", false).text("attestationStatus", "SUCCESS");
    f.time("lastAttestationAttemptDate", row.device.last_seen);
    f.time("lastSuccessfulAttestationDate", row.device.last_seen);
    f.number("passcodeLockGracePeriodEnforcedSeconds", 0)
        .flag("personalDeviceProfileCurrent", false);
    f.flag("lostModeEnabled", row.id % 40 == 6).flag("lostModePersistent", false);
    f.text("lostModeMessage", "").text("lostModePhoneNumber", "").text("lostModeFootnote", "");
    f.text("bootstrapTokenEscrowed", "NOT_SUPPORTED");
  });
}

void applications(Fields& fields, std::string_view shown, In row) {
  fields.list(shown, [&](Fields& items) {
    for (const Installed& program : installed_on(row.device)) {
      items.begin().text("identifier", program.bundle_id).text("name", program.name);
      items.text("version", "1." + program.version).text("shortVersion", program.version);
      items.text("managementStatus", "Managed").flag("validationStatus", true);
      items.text("bundleSize", "1024").text("dynamicSize", "0").flag("appClip", false).end();
    }
  });
}

void network(Fields& fields, std::string_view shown, In row) {
  const bool phone = row.hardware.model.starts_with("iPhone");
  fields.object(shown, [&](Fields& f) {
    f.text("cellularTechnology", phone ? "GSM" : "None").flag("voiceRoamingEnabled", false);
    f.text("imei", phone ? fmt::format("35 209900 {:06} 1", row.device.index) : "");
    f.text("iccid", phone ? fmt::format("89470000{:012}", row.device.index) : "");
    f.text("meid", "").text("eid", "").text("carrierSettingsVersion", "");
    f.text("currentCarrierNetwork", phone ? "Telenor" : "").flag("dataRoamingEnabled", false);
    f.flag("roaming", false).flag("personalHotspotEnabled", false);
    f.text("phoneNumber", phone ? fmt::format("+47 900 {:05}", row.device.index) : "");
    f.text("preferredVoiceNumber", "");
  });
}

void profiles(Fields& fields, std::string_view shown, In row) {
  fields.list(shown, [&](Fields& items) {
    for (const Profile& profile : mobile_profiles()) {
      if ((row.device.index + profile.id) % 3 == 0) continue;
      const world::Guid uuid = profile_uuid(row.estate.world, profile.id, true);
      items.begin().text("displayName", profile.name).text("version", "1");
      items.text("uuid", uuid.view()).text("identifier", uuid.view()).flag("removable", false);
      items.time("lastInstalled", row.device.registered).end();
    }
  });
}

void groups(Fields& fields, std::string_view shown, In row) {
  fields.list(shown, [&](Fields& items) {
    for (const Group& group : mobile_groups()) {
      if (!group.has(row.hardware)) continue;
      items.begin().id("groupId", group.id).text("groupName", group.name);
      items.text("groupDescription", group.description).flag("smart", group.smart).end();
    }
  });
}

void extension_attributes(Fields& fields, std::string_view shown, In row) {
  attributes_under(fields, shown, "EXTENSION_ATTRIBUTES", row);
}
void nothing(Fields& fields, std::string_view shown, In) { fields.empty_list(shown); }

constexpr Section<Mobile> kSections[] = {
    {"GENERAL", "general", general},
    {"HARDWARE", "hardware", hardware},
    {"USER_AND_LOCATION", "userAndLocation", user_and_location},
    {"PURCHASING", "purchasing", purchasing},
    {"SECURITY", "security", security},
    {"APPLICATIONS", "applications", applications},
    {"EBOOKS", "ebooks", nothing},
    {"NETWORK", "network", network},
    {"SERVICE_SUBSCRIPTIONS", "serviceSubscriptions", nothing},
    {"CERTIFICATES", "certificates", nothing},
    {"PROFILES", "profiles", profiles},
    {"USER_PROFILES", "userProfiles", nothing},
    {"PROVISIONING_PROFILES", "provisioningProfiles", nothing},
    {"SHARED_USERS", "sharedUsers", nothing},
    {"GROUPS", "groups", groups},
    {"EXTENSION_ATTRIBUTES", "extensionAttributes", extension_attributes},
};

constexpr auto kSectionNames = names_of(kSections);

bool has_section(In row, std::string_view asked) {
  if (!row.television) return true;
  return asked != "SECURITY" && asked != "NETWORK" && asked != "EBOOKS" &&
         asked != "SERVICE_SUBSCRIPTIONS" && asked != "SHARED_USERS" &&
         asked != "PROVISIONING_PROFILES";
}

void append_mobile(Fields& fields, const Estate& estate, std::uint32_t at, const Shape& shape) {
  const Mobile row(estate, at);
  fields.begin().id("mobileDeviceId", row.id).text("deviceType", row.television ? "tvOS" : "iOS");
  for (std::size_t step = 0; step < std::size(kSections); ++step) {
    const std::size_t place = (step + shape.turn) % std::size(kSections);
    const Section<Mobile>& section = kSections[place];
    if (!has_section(row, section.asked)) continue;
    shape.sections >> place & 1 ? section.append(fields, section.shown, row)
                                : void(fields.null(section.shown));
  }
  fields.end();
}

void append_short(Fields& fields, const Estate& estate, std::uint32_t at, const Shape&) {
  const Mobile row(estate, at);
  fields.begin().id("id", row.id);
  fields.text("name", text_of([&](std::string& out) { row.device.append_name(out); }));
  fields.text("serialNumber", serial_of(row)).text("wifiMacAddress", address_of(row));
  fields.text("udid", row.hardware.hardware_id().view()).text("phoneNumber", "");
  fields.text("model", model_of(row)).text("modelIdentifier", model_identifier_of(row));
  fields.text("username", account_of(row.user)).text("type", row.television ? "tvos" : "ios");
  fields.text("managementId", made_up_id(estate.world, 2, row.device.index).view());
  fields.text("softwareUpdateDeviceId", "J171AP").end();
}

std::uint32_t count(const Estate& estate) {
  return static_cast<std::uint32_t>(estate.mobiles.size());
}
world::Reference object(const Estate& estate, std::uint32_t at) {
  return {world::Kind::kDevice, estate.mobiles[at]};
}

}  // namespace

const RecordKind& mobile_kind() {
  static const RecordKind kKind{.name = "mobile_devices",
                                .count = count,
                                .append = append_mobile,
                                .sections = kSectionNames,
                                .object = object,
                                .damaged = [](std::uint32_t at) { return at == kDamaged; },
                                .key = "mobileDeviceId"};
  return kKind;
}

const RecordKind& short_mobile_kind() {
  static const RecordKind kKind{
      .name = "short_mobile_devices", .count = count, .append = append_short, .object = object};
  return kKind;
}

}  // namespace muster::sandbox::jamf
