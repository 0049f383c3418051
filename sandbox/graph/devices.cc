// https://learn.microsoft.com/graph/api/resources/device
#include "sandbox/graph/table.h"
#include "sandbox/graph/values.h"
#include "sandbox/world/device.h"
#include "sandbox/world/hardware.h"

namespace muster::sandbox::graph {
namespace {

using world::Device;
using System = world::Device::System;

using Out = std::string&;
using In = const Device&;

std::string_view by_system(In device, const std::string_view (&texts)[5]) {
  return texts[static_cast<std::size_t>(device.system)];
}

constexpr std::string_view kSystems[] = {"Windows", "MacMDM", "IPhone", "AndroidForWork", "Linux"};

void put_if_managed(Out out, In device, std::string_view text) {
  device.managed ? put_text(out, text) : put_null(out);
}

void put_physical_ids(Out out, In device) {
  if (device.system != System::kWindows) {
    out += "[]";
    return;
  }
  out += "[\"[HWID]:h:";
  append_number(out, device.bits >> 4);
  // Placeholders of Autopilot and the machines that came through it.
  if (device.bits >> 40 & 1) {
    out += "\",\"[ZTDID]:";
    out += random_guid(device.world, world::Kind::kDevice, device.index, 9).view();
    out += "\",\"[OrderId]:HALDEN-STD";
  }
  out += "\"]";
}

constexpr Column<Device> kColumns[] = {
    {"id", Shown::kDefault, [](Out out, In device) { put_text(out, device.id.view()); }},
    {"deletedDateTime", Shown::kDefault, [](Out out, In) { put_null(out); }},
    {"accountEnabled", Shown::kDefault,
     [](Out out, In device) { put_bool(out, (device.bits >> 44 & 31) != 0); }},
    {"approximateLastSignInDateTime", Shown::kDefault,
     [](Out out, In device) { put_time(out, device.last_seen); }},
    {"complianceExpirationDateTime", Shown::kDefault, [](Out out, In) { put_null(out); }},
    {"createdDateTime", Shown::kDefault,
     [](Out out, In device) { put_time(out, device.registered); }},
    {"deviceCategory", Shown::kDefault,
     [](Out out, In device) {
       (device.bits >> 50 & 3) == 0 ? put_text(out, "Field") : put_null(out);
     }},
    {"deviceId", Shown::kDefault,
     [](Out out, In device) { put_text(out, device.device_id().view()); }},
    {"deviceMetadata", Shown::kDefault, [](Out out, In) { put_null(out); }},
    {"deviceOwnership", Shown::kDefault,
     [](Out out, In device) {
       // Enumerations grow: readers must bear a value they do not know.
       if (device.index % 97 == 5) return put_text(out, "unknownFutureValue");
       put_if_managed(out, device, device.system == System::kAndroid ? "Personal" : "Company");
     }},
    {"deviceVersion", Shown::kDefault, [](Out out, In) { out += '2'; }},
    {"displayName", Shown::kDefault,
     [](Out out, In device) {
       out += '"';
       device.append_name(out);
       out += '"';
     }},
    {"enrollmentProfileName", Shown::kDefault,
     [](Out out, In device) {
       device.system == System::kIphone ? put_if_managed(out, device, "iOS corporate")
                                        : put_null(out);
     }},
    {"enrollmentType", Shown::kDefault,
     [](Out out, In device) {
       put_if_managed(out, device,
                      device.system == System::kWindows ? "AzureDomainJoined" : "UserEnrollment");
     }},
    {"isCompliant", Shown::kDefault,
     [](Out out, In device) {
       device.managed ? put_bool(out, (device.bits >> 52 & 7) != 0) : put_null(out);
     }},
    {"isManaged", Shown::kDefault,
     [](Out out, In device) { device.twin ? put_null(out) : put_bool(out, device.managed); }},
    {"isRooted", Shown::kDefault,
     [](Out out, In device) { device.managed ? put_bool(out, false) : put_null(out); }},
    {"managementType", Shown::kDefault,
     [](Out out, In device) { put_if_managed(out, device, "MDM"); }},
    {"manufacturer", Shown::kDefault,
     [](Out out, In device) { put_text_or_null(out, world::Hardware(device).maker); }},
    {"mdmAppId", Shown::kDefault,
     [](Out out, In device) {
       put_if_managed(out, device, "0000000a-0000-0000-c000-000000000000");
     }},
    {"model", Shown::kDefault,
     [](Out out, In device) { put_text_or_null(out, world::Hardware(device).model); }},
    {"onPremisesLastSyncDateTime", Shown::kDefault,
     [](Out out, In device) { put_time(out, device.hybrid ? world::kWorldEnd - 7200 : 0); }},
    {"onPremisesSyncEnabled", Shown::kDefault,
     [](Out out, In device) { device.hybrid ? put_bool(out, true) : put_null(out); }},
    {"operatingSystem", Shown::kDefault,
     [](Out out, In device) { put_text(out, by_system(device, kSystems)); }},
    {"operatingSystemVersion", Shown::kDefault,
     [](Out out, In device) { put_text(out, world::Hardware(device).os_version); }},
    {"physicalIds", Shown::kDefault, put_physical_ids},
    {"profileType", Shown::kDefault, [](Out out, In) { put_text(out, "RegisteredDevice"); }},
    {"registrationDateTime", Shown::kDefault,
     [](Out out, In device) { put_time(out, device.registered); }},
    {"systemLabels", Shown::kDefault, [](Out out, In) { out += "[]"; }},
    {"trustType", Shown::kDefault,
     [](Out out, In device) {
       const bool joined = device.system == System::kWindows || device.system == System::kMac;
       put_text(out, device.hybrid ? "ServerAd" : joined ? "AzureAd" : "Workplace");
     }},
    {"alternativeSecurityIds", Shown::kDefault, [](Out out, In) { out += "[]"; }},

    {"isManagementRestricted", Shown::kSelectable, [](Out out, In) { put_null(out); }},
    {"onPremisesSecurityIdentifier", Shown::kSelectable,
     [](Out out, In device) {
       if (!device.hybrid) return put_null(out);
       out += "\"S-1-5-21-1004336348-1177238915-";
       append_number(out, 5000 + device.index);
       out += '"';
     }},
};

}  // namespace

const Table& device_table() {
  static const TableOf<Device> kTable("#microsoft.graph.device", "devices", kColumns);
  return kTable;
}

}  // namespace muster::sandbox::graph
