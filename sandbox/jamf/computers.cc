// https://developer.jamf.com/jamf-pro/reference/get_v4-computers-inventory
#include <fmt/format.h>

#include "sandbox/jamf/records.h"
#include "sandbox/world/software.h"

namespace muster::sandbox::jamf {
namespace {

constexpr std::int64_t kDay = 86'400;

struct Computer {
  Computer(const Estate& of, std::uint32_t at, const Shape& as)
      : estate(of),
        shape(as),
        machine(of.computers[at]),
        id(at + 1),
        device(of.world, machine.device),
        hardware(device),
        user(of.user_of(device)) {}

  const Estate& estate;
  const Shape& shape;
  Machine machine;
  std::int64_t id;
  world::Device device;
  world::Hardware hardware;
  std::optional<world::User> user;

  std::int64_t last_seen() const {
    return machine.before_repair ? device.last_seen - 400 * kDay : device.last_seen;
  }
};
using In = const Computer&;

// Definitions and values call two things by other names.
std::string_view value_type(std::string_view defined) {
  return defined == "DATE" ? "DATE_TIME" : defined;
}
std::string_view value_input(std::string_view defined) {
  return defined == "DIRECTORY_SERVICE_ATTRIBUTE_MAPPING" ? "LDAP" : defined;
}

void attributes_under(Fields& fields, std::string_view key, std::string_view place, In row) {
  fields.list(key, [&](Fields& items) {
    for (const ExtensionAttribute& attribute : computer_attributes()) {
      if (attribute.shown_under != place) continue;
      items.begin().id("definitionId", attribute.id).text("name", attribute.name);
      items.null("description").flag("enabled", attribute.enabled);
      items.flag("multiValue", attribute.many);
      if (!attribute.enabled) {
        items.null("values");
      } else {
        items.out.key("values").begin_array();
        for (const std::string& value : attribute.values(row.device)) items.out.string(value);
        items.out.end_array();
      }
      items.text("dataType", value_type(attribute.data_type)).empty_list("options");
      items.text("inputType", value_input(attribute.input_type)).end();
    }
  });
}

void general(Fields& fields, std::string_view shown, In row) {
  const std::int64_t prestage = prestage_of(row.device);
  fields.object(shown, [&](Fields& f) {
    f.text("name", text_of([&](std::string& out) { row.device.append_name(out); }));
    f.text("lastIpAddress", fmt::format("203.0.113.{}", row.id % 250 + 1));
    if (row.shape.version < 4) f.text("lastReportedIp", fmt::format("10.20.3.{}", row.id % 250));
    f.text("lastReportedIpV4", fmt::format("10.20.3.{}", row.id % 250)).null("lastReportedIpV6");
    f.text("jamfBinaryVersion", "11.30.1-t1784555528").text("platform", "Mac");
    f.null("barcode1").null("barcode2");
    f.text_or_null("assetTag", row.id % 6 == 0 ? "" : fmt::format("HR-{:05}", row.device.index));
    f.object("remoteManagement",
             [&](Fields& g) { g.flag("managed", row.id % 15 != 2).null("managementUsername"); });
    f.flag("supervised", prestage != kNone);
    f.object("mdmCapable", [&](Fields& g) {
      g.flag("capable", true).empty_list("capableUsers").empty_list("userManagementInfo");
    });
    f.time("reportDate", row.last_seen());
    if (row.shape.version < 4) {
      f.time("lastContactTime", row.last_seen() + 60);
    } else {
      f.time("lastCheckIn", row.last_seen() + 60).time("lastContact", row.last_seen() + 60);
    }
    f.null("lastCloudBackupDate").time("lastEnrolledDate", row.device.registered);
    f.time("mdmProfileExpiration", row.last_seen() + 300 * kDay);
    f.date("initialEntryDate", row.device.registered).null("distributionPoint");
    f.object("enrollmentMethod", [&](Fields& g) {
      if (prestage == kNone) {
        g.null("id").null("objectName").text("objectType", "User-initiated - no invitation");
        return;
      }
      for (const Prestage& one : computer_prestages()) {
        if (one.id == prestage) g.id("id", prestage).text("objectName", one.name);
      }
      g.text("objectType", "PreStage enrollment");
    });
    f.object("site", [&](Fields& g) {
      const std::int64_t site = site_of(row.device);
      g.id("id", site).text("name", name_of(site_names(), site, "None"));
    });
    f.flag("itunesStoreAccountActive", false);
    f.flag("enrolledViaAutomatedDeviceEnrollment", prestage != kNone);
    f.flag("userApprovedMdm", true).flag("declarativeDeviceManagementEnabled", true);
    attributes_under(f, "extensionAttributes", "GENERAL", row);
    f.text("managementId",
           made_up_id(row.estate.world, row.machine.before_repair, row.device.index).view());
    f.null("lastLoggedInUsernameSelfService").null("lastLoggedInUsernameSelfServiceTimestamp");
    f.text_or_null("lastLoggedInUsernameBinary", account_of(row.user));
    f.time("lastLoggedInUsernameBinaryTimestamp", row.user ? row.last_seen() : 0);
    f.null("lastLoggedInUsernameMdm").null("lastLoggedInUsernameMdmTimestamp");
  });
}

bool is_encrypted(In row) { return row.device.bits >> 47 & 7; }

void partition_state(Fields& f, In row) {
  f.text("partitionName", "Macintosh HD");
  f.text("partitionFileVault2State", is_encrypted(row) ? "ENCRYPTED" : "UNENCRYPTED");
  f.number("partitionFileVault2Percent", is_encrypted(row) ? 100 : 0);
}

void disk_encryption(Fields& fields, std::string_view shown, In row) {
  fields.object(shown, [&](Fields& f) {
    f.object("bootPartitionEncryptionDetails", [&](Fields& g) { partition_state(g, row); });
    f.text("individualRecoveryKeyValidityStatus", is_encrypted(row) ? "VALID" : "NOT_APPLICABLE");
    f.flag("institutionalRecoveryKeyPresent", false).text("diskEncryptionConfigurationName", "");
    f.flag("fileVault2Enabled", is_encrypted(row)).empty_list("fileVault2EnabledUserNames");
    f.text("fileVault2EligibilityMessage", "Eligible");
  });
}

void purchasing(Fields& fields, std::string_view shown, In row) {
  const bool known = row.id % 4 != 1;
  const std::int64_t bought = row.device.registered;
  fields.object(shown, [&](Fields& f) {
    f.flag("leased", row.id % 4 == 2).flag("purchased", row.id % 4 != 2);
    f.text_or_null("poNumber", known ? fmt::format("PO-2025-{}", row.id) : "");
    f.date("poDate", known ? bought : 0).text("vendor", known ? "Contoso Reseller" : "");
    f.date("warrantyDate", known && bought != 0 ? bought + 1095 * kDay : 0);
    f.text("appleCareId", "").date("leaseDate", 0);
    f.text("purchasePrice", row.id % 2 ? "1899.00" : "\xE2\x82\xAC 1.899,00");
    f.number("lifeExpectancy", 4).text("purchasingAccount", "").text("purchasingContact", "");
    attributes_under(f, "extensionAttributes", "PURCHASING", row);
  });
}

void applications(Fields& fields, std::string_view shown, In row) {
  fields.list(shown, [&](Fields& items) {
    for (const Installed& program : installed_on(row.device)) {
      items.begin().text("name", program.name);
      items.text("path", "/Applications/" + program.name);
      items.text_if_any("version", program.version);
      if (row.shape.version >= 3) {
        items.text_if_any("cfBundleShortVersionString", program.version);
        items.text_if_any("cfBundleVersion", program.version);
      }
      items.flag("macAppStore", program.bundle_id == "com.tinyspeck.slackmacgap");
      items.number("sizeMegabytes", 14).text_if_any("bundleId", program.bundle_id);
      items.flag("updateAvailable", false).text("externalVersionId", "0").end();
    }
  });
}

void storage(Fields& fields, std::string_view shown, In row) {
  const auto size = static_cast<std::int64_t>(row.hardware.storage_mib);
  const auto left = static_cast<std::int64_t>(row.hardware.free_mib);
  fields.object(shown, [&](Fields& f) {
    f.number("bootDriveAvailableSpaceMegabytes", left);
    f.list("disks", [&](Fields& disks) {
      disks.begin().id("id", row.id).text("device", "disk0").text("model", "APPLE SSD AP0512Z");
      disks.text("revision", "532.140").text("serialNumber", fmt::format("0ba0{:012}", row.id));
      disks.number("sizeMegabytes", size).text("smartStatus", "Verified").text("type", "false");
      disks.list("partitions", [&](Fields& parts) {
        parts.begin().text("name", "Macintosh HD").number("sizeMegabytes", size);
        parts.number("availableMegabytes", left).text("partitionType", "BOOT");
        parts.number("percentUsed", size == 0 ? 0 : (size - left) * 100 / size);
        parts.text("fileVault2State", is_encrypted(row) ? "ENCRYPTED" : "UNENCRYPTED");
        parts.null("fileVault2ProgressPercent").flag("lvmManaged", false).end();
      });
      disks.end();
    });
  });
}

void user_and_location(Fields& fields, std::string_view shown, In row) {
  fields.object(shown, [&](Fields& f) {
    f.text("username", account_of(row.user));
    f.text("realname", text_of([&](std::string& out) {
             if (row.user) row.user->append_display_name(out);
           }));
    f.text("email", text_of([&](std::string& out) {
             if (row.user && row.user->has_mail()) row.user->append_mail(out);
           }));
    f.text_or_null("position", row.user ? row.user->job_title : "").null("phone");
    f.id("departmentId", department_of(row.user));
    const std::int64_t building = building_of(row.user);
    // Both ways of saying "none" are there.
    building == kNone&& row.id % 2 ? f.null("buildingId") : f.id("buildingId", building);
    f.text_or_null("room", row.id % 3 ? "3.14" : "");
    attributes_under(f, "extensionAttributes", "USER_AND_LOCATION", row);
  });
}

void configuration_profiles(Fields& fields, std::string_view shown, In row) {
  fields.list(shown, [&](Fields& items) {
    for (const Profile& profile : computer_profiles()) {
      if ((row.device.index + profile.id) % 3 == 0) continue;
      const world::Guid uuid = profile_uuid(row.estate.world, profile.id, false);
      items.begin().id("id", profile.id).text("username", "").time("lastInstalled", 0);
      items.flag("removable", false).text("displayName", profile.name);
      items.text("profileIdentifier", uuid.view());
      profile.id == 5 ? items.null("uuid") : items.text("uuid", uuid.view());
      items.end();
    }
  });
}

void hardware(Fields& fields, std::string_view shown, In row) {
  fields.object(shown, [&](Fields& f) {
    f.text("make", row.hardware.maker).text("model", row.hardware.model);
    f.text("modelIdentifier", row.hardware.model_identifier);
    f.text("serialNumber", text_of([&](std::string& out) { row.hardware.append_serial(out); }));
    f.number("processorSpeedMhz", 0).number("processorCount", 1);
    f.number("coreCount", row.hardware.cores).text("processorType", row.hardware.processor);
    f.text("processorArchitecture", "arm64").number("busSpeedMhz", 0);
    f.number("cacheSizeKilobytes", 0).text("networkAdapterType", "IEEE80211");
    f.text("macAddress", text_of([&](std::string& out) { row.hardware.append_mac_address(out); }));
    f.null("altNetworkAdapterType").null("altMacAddress");
    f.number("totalRamMegabytes", static_cast<std::int64_t>(row.hardware.memory_mib));
    f.number("openRamSlots", 0).number("batteryCapacityPercent", 91 - row.id % 10);
    f.text("batteryHealth", row.id % 33 == 4 ? "SERVICE_RECOMMENDED" : "NORMAL");
    f.null("smcVersion").text("nicSpeed", "n/a").null("opticalDrive").text("bootRom", "11881.1.1");
    f.flag("bleCapable", true).flag("supportsIosAppInstalls", true).flag("appleSilicon", true);
    f.text("provisioningUdid", fmt::format("00008122-{:016}", row.device.index));
    attributes_under(f, "extensionAttributes", "HARDWARE", row);
  });
}

void local_user_accounts(Fields& fields, std::string_view shown, In row) {
  fields.list(shown, [&](Fields& items) {
    items.begin().text("uid", "501").text("userGuid", "").text("username", account_of(row.user));
    items.text("fullName", "").flag("admin", row.id % 5 == 0);
    items.text("homeDirectory", "/Users/" + account_of(row.user))
        .number("homeDirectorySizeMb", 4096);
    items.flag("fileVault2Enabled", is_encrypted(row)).text("userAccountType", "LOCAL");
    items.text("azureActiveDirectoryId", "UNKNOWN").end();
  });
}

void certificates(Fields& fields, std::string_view shown, In row) {
  fields.list(shown, [&](Fields& items) {
    items.begin().text("commonName", "JSS Built-in Certificate Authority").flag("identity", false);
    items.time("expirationDate", world::kWorldEnd + 900 * kDay).text("username", "");
    items.text("lifecycleStatus", "ACTIVE").text("certificateStatus", "ISSUED");
    items.text("subjectName", "CN=JSS").text("serialNumber", std::to_string(row.id));
    items.text("sha1Fingerprint", "00").text("issuedDate", "2025-02-11T09:20:11Z").end();
  });
}

void package_receipts(Fields& fields, std::string_view shown, In) {
  fields.object(shown, [](Fields& f) {
    f.raw("installedByJamfPro", R"(["Slack-4.45.69.pkg"])").empty_list("installedByInstallerSwu");
    f.empty_list("cached");
  });
}

void security(Fields& fields, std::string_view shown, In row) {
  fields.object(shown, [&](Fields& f) {
    f.text("sipStatus", row.id % 50 == 7 ? "DISABLED" : "ENABLED");
    f.text("gatekeeperStatus", "APP_STORE_AND_IDENTIFIED_DEVELOPERS")
        .text("xprotectVersion", "5322");
    f.flag("autoLoginDisabled", true).flag("remoteDesktopEnabled", false);
    f.flag("activationLockEnabled", row.id % 3 == 0).flag("recoveryLockEnabled", true);
    f.flag("firewallEnabled", row.id % 8 != 3).text("secureBootLevel", "FULL_SECURITY");
    f.text("externalBootLevel", "DISALLOW_BOOTING_FROM_EXTERNAL_MEDIA");
    f.flag("bootstrapTokenAllowed", true).text("bootstrapTokenEscrowedStatus", "ESCROWED");
    // Never, as Jamf writes it.
    f.text("lastAttestationAttempt", "1970-01-01T00:00:00Z");
    f.text("lastSuccessfulAttestation", "1970-01-01T00:00:00Z")
        .text("attestationStatus", "PENDING");
  });
}

void operating_system(Fields& fields, std::string_view shown, In row) {
  fields.object(shown, [&](Fields& f) {
    f.text("name", "macOS").text("version", row.hardware.os_version);
    f.text("build", row.hardware.os_build);
    f.text("supplementalBuildVersion", row.hardware.os_build).null("rapidSecurityResponse");
    f.text("activeDirectoryStatus", "Not Bound");
    f.text("fileVault2Status", is_encrypted(row) ? "ALL_ENCRYPTED" : "NOT_ENCRYPTED");
    f.text("softwareUpdateDeviceId", "J613AP");
    attributes_under(f, "extensionAttributes", "OPERATING_SYSTEM", row);
  });
}

void extension_attributes(Fields& fields, std::string_view shown, In row) {
  attributes_under(fields, shown, "EXTENSION_ATTRIBUTES", row);
}

void group_memberships(Fields& fields, std::string_view shown, In row) {
  fields.list(shown, [&](Fields& items) {
    for (const Group& group : computer_groups()) {
      if (!group.has(row.hardware)) continue;
      items.begin().id("groupId", group.id).text("groupName", group.name);
      items.text("groupDescription", group.description).flag("smartGroup", group.smart).end();
    }
  });
}

void services(Fields& fields, std::string_view shown, In) {
  fields.raw(shown, R"([{"name":"com.apple.airportd"}])");
}
void software_updates(Fields& fields, std::string_view shown, In row) {
  fields.raw(shown, row.hardware.os_version.starts_with("14")
                        ? R"([{"name":"macOS Sequoia","version":"15.5","packageName":"macOS"}])"
                        : "[]");
}
void nothing(Fields& fields, std::string_view shown, In) { fields.empty_list(shown); }
void no_caching(Fields& fields, std::string_view shown, In) { fields.raw(shown, "{}"); }

constexpr Section<Computer> kSections[] = {
    {"GENERAL", "general", general},
    {"DISK_ENCRYPTION", "diskEncryption", disk_encryption},
    {"PURCHASING", "purchasing", purchasing},
    {"APPLICATIONS", "applications", applications},
    {"STORAGE", "storage", storage},
    {"USER_AND_LOCATION", "userAndLocation", user_and_location},
    {"CONFIGURATION_PROFILES", "configurationProfiles", configuration_profiles},
    {"PRINTERS", "printers", nothing},
    {"SERVICES", "services", services},
    {"HARDWARE", "hardware", hardware},
    {"LOCAL_USER_ACCOUNTS", "localUserAccounts", local_user_accounts},
    {"CERTIFICATES", "certificates", certificates},
    {"ATTACHMENTS", "attachments", nothing},
    {"PACKAGE_RECEIPTS", "packageReceipts", package_receipts},
    {"SECURITY", "security", security},
    {"OPERATING_SYSTEM", "operatingSystem", operating_system},
    {"LICENSED_SOFTWARE", "licensedSoftware", nothing},
    {"IBEACONS", "ibeacons", nothing},
    {"SOFTWARE_UPDATES", "softwareUpdates", software_updates},
    {"EXTENSION_ATTRIBUTES", "extensionAttributes", extension_attributes},
    {"CONTENT_CACHING", "contentCaching", no_caching},
    {"GROUP_MEMBERSHIPS", "groupMemberships", group_memberships},
};

constexpr auto kSectionNames = names_of(kSections);

void append_computer(Fields& fields, const Estate& estate, std::uint32_t at, const Shape& shape) {
  const Computer row(estate, at, shape);
  fields.begin().id("id", row.id);
  fields.text("udid", row.machine.before_repair
                          ? made_up_id(estate.world, 5, row.device.index).view()
                          : row.hardware.hardware_id().view());
  for (std::size_t step = 0; step < std::size(kSections); ++step) {
    const std::size_t place = (step + shape.turn) % std::size(kSections);
    const Section<Computer>& section = kSections[place];
    // What was not asked for is there, as null.
    shape.sections >> place & 1 ? section.append(fields, section.shown, row)
                                : void(fields.null(section.shown));
  }
  fields.end();
}

}  // namespace

std::vector<Installed> installed_on(const world::Device& device) {
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
  return found;
}

const RecordKind& computer_kind() {
  static const RecordKind kKind{
      .name = "computers",
      .count =
          [](const Estate& estate) { return static_cast<std::uint32_t>(estate.computers.size()); },
      .append = append_computer,
      .sections = kSectionNames,
      .object =
          [](const Estate& estate, std::uint32_t at) {
            return world::Reference{world::Kind::kDevice, estate.computers[at].device};
          }};
  return kKind;
}

}  // namespace muster::sandbox::jamf
