// The small lists of the Jamf Pro API: people, places, groups, extension attributes, prestages.
#include "sandbox/jamf/records.h"

namespace muster::sandbox::jamf {
namespace {

template <typename List>
std::uint32_t length(const List& list) {
  return static_cast<std::uint32_t>(list.size());
}

void append_user(Fields& fields, const Estate& estate, std::uint32_t at, const Shape&) {
  const world::User user(estate.world, estate.users[at]);
  std::string account, name, mail;
  user.append_account_name(account);
  user.append_display_name(name);
  if (user.has_mail()) user.append_mail(mail);
  fields.begin().id("id", at + 1).text("username", account).text("realname", name);
  fields.text("email", mail).null("phone").text_or_null("position", user.job_title);
  fields.flag("enableCustomPhotoUrl", false).text("customPhotoUrl", "");
  fields.text("managedAppleId", at % 7 == 0 ? mail : "").end();
}

void append_building(Fields& fields, const Estate&, std::uint32_t at, const Shape&) {
  const world::Place& place = world::places()[at];
  fields.begin().id("id", at + 1).text("name", place.city);
  fields.text("streetAddress1", place.street).null("streetAddress2").text("city", place.city);
  fields.text_or_null("stateProvince", place.state).text("zipPostalCode", place.postal_code);
  fields.text("country", place.country).end();
}

void append_department(Fields& fields, const Estate&, std::uint32_t at, const Shape&) {
  fields.begin().id("id", at + 1).text("name", world::departments()[at].name).end();
}
void append_category(Fields& fields, const Estate&, std::uint32_t at, const Shape&) {
  fields.begin().id("id", at + 1).text("name", category_names()[at]);
  fields.number("priority", 9 - at).end();
}
void append_site(Fields& fields, const Estate&, std::uint32_t at, const Shape&) {
  fields.begin().id("id", at + 1).null("divisionId").text("name", site_names()[at]).end();
}

void append_computer_group(Fields& fields, const Estate&, std::uint32_t at, const Shape&) {
  const Group& group = computer_groups()[at];
  fields.begin().id("id", group.id).text("name", group.name);
  fields.text("description", group.description).flag("smartGroup", group.smart).end();
}
void append_mobile_group(Fields& fields, const Estate&, std::uint32_t at, const Shape&) {
  const Group& group = mobile_groups()[at];
  fields.begin().number("id", group.id).text("name", group.name);
  fields.text("description", group.description).flag("isSmartGroup", group.smart).end();
}

std::int64_t members_of(const Estate& estate, const Group& group, bool mobile) {
  std::int64_t members = 0;
  const auto count = [&](std::uint32_t index) {
    const world::Device device(estate.world, index);
    members += group.has(world::Hardware(device));
  };
  if (mobile) {
    for (const std::uint32_t index : estate.mobiles) count(index);
  } else {
    for (const Machine& machine : estate.computers) count(machine.device);
  }
  return members;
}

const Group& nth(std::span<const Group> groups, bool smart, std::uint32_t at) {
  for (const Group& group : groups) {
    if (group.smart == smart && at-- == 0) return group;
  }
  return groups.front();
}
std::uint32_t how_many(std::span<const Group> groups, bool smart) {
  std::uint32_t found = 0;
  for (const Group& group : groups) found += group.smart == smart;
  return found;
}

void append_smart_computer_group(Fields& fields, const Estate& estate, std::uint32_t at,
                                 const Shape&) {
  const Group& group = nth(computer_groups(), true, at);
  fields.begin().id("id", group.id).id("siteId", group.site).text("name", group.name);
  fields.text("description", group.description);
  fields.number("membershipCount", members_of(estate, group, false)).end();
}
void append_static_computer_group(Fields& fields, const Estate& estate, std::uint32_t at,
                                  const Shape&) {
  const Group& group = nth(computer_groups(), false, at);
  fields.begin().id("id", group.id).text("name", group.name);
  fields.text_or_null("description", group.description);
  group.site == kNone ? fields.null("siteId") : fields.id("siteId", group.site);
  fields.number("count", members_of(estate, group, false)).end();
}
template <bool smart>
void append_mobile_group_of(Fields& fields, const Estate& estate, std::uint32_t at, const Shape&) {
  const Group& group = nth(mobile_groups(), smart, at);
  fields.begin().id("groupId", group.id).text("groupName", group.name);
  fields.text("groupDescription", group.description).id("siteId", group.site);
  fields.number("count", members_of(estate, group, true)).end();
}

void append_any_group(Fields& fields, const Estate& estate, std::uint32_t at, const Shape&) {
  const std::uint32_t computers = length(computer_groups());
  const bool mobile = at >= computers;
  const Group& group = mobile ? mobile_groups()[at - computers] : computer_groups()[at];
  fields.begin().text("groupPlatformId", made_up_id(estate.world, 6, at).view());
  fields.id("groupJamfProId", group.id).text("groupName", group.name);
  fields.text("groupDescription", group.description);
  fields.text("groupType", mobile ? "MOBILE" : "COMPUTER").flag("smart", group.smart);
  fields.number("membershipCount", members_of(estate, group, mobile)).end();
}

void append_attribute(Fields& fields, const ExtensionAttribute& attribute, bool mobile) {
  fields.begin().id("id", attribute.id).text("name", attribute.name).text("description", "");
  fields.text("dataType", attribute.data_type);
  if (!mobile) fields.flag("enabled", attribute.enabled);
  fields.text("inventoryDisplayType", attribute.shown_under);
  fields.text("inputType", attribute.input_type);
  if (!mobile && attribute.input_type == "SCRIPT") {
    fields.text("scriptContents", "#!/bin/sh\n# SECRET-SCRIPT\n");
  } else if (!mobile) {
    fields.null("scriptContents");
  }
  fields.empty_list("popupMenuChoices").text("ldapAttributeMapping", "");
  fields.flag("ldapExtensionAttributeAllowed", false).text("manageExistingData", "RETAIN").end();
}

constexpr std::string_view kNobody =
    R"({"id":"-1","username":"","realname":"","phone":"","email":"","room":"","position":"",)"
    R"("departmentId":"-1","buildingId":"-1","versionLock":0})";
constexpr std::string_view kNotBought =
    R"({"id":"-1","leased":false,"purchased":true,"appleCareId":"","poNumber":"","vendor":"",)"
    R"("purchasePrice":"","lifeExpectancy":0,"purchasingAccount":"","purchasingContact":"",)"
    R"("leaseDate":"1970-01-01","poDate":"1970-01-01","warrantyDate":"1970-01-01",)"
    R"("versionLock":0})";

void append_prestage(Fields& fields, const Estate& estate, const Prestage& prestage, bool mobile) {
  const auto number = static_cast<std::uint32_t>(prestage.id);
  fields.begin().id("id", prestage.id).text("displayName", prestage.name);
  fields.flag("mandatory", prestage.mandatory).flag("mdmRemovable", !prestage.mandatory);
  fields.text("supportPhoneNumber", "").text("supportEmailAddress", "").text("department", "");
  fields.flag("defaultPrestage", prestage.is_default).id("enrollmentSiteId", prestage.site);
  fields.id("siteId", prestage.site).id("deviceEnrollmentProgramInstanceId", 1);
  fields.text("profileUuid", made_up_id(estate.world, mobile ? 8 : 7, number).view());
  fields.number("versionLock", 2).flag("requireAuthentication", false);
  fields.text("authenticationPrompt", "").flag("autoAdvanceSetup", false);
  fields.flag("preventActivationLock", true).flag("enableDeviceBasedActivationLock", false);
  fields.flag("keepExistingLocationInformation", true).flag("keepExistingSiteMembership", true);
  fields.raw("locationInformation", kNobody).raw("purchasingInformation", kNotBought);
  if (!mobile) {
    fields.flag("enableRecoveryLock", true).text("recoveryLockPasswordType", "MANUAL");
    fields.text("prestageMinimumOsTargetVersionType", "MINIMUM_OS_SPECIFIC_VERSION");
    fields.text("minimumOsSpecificVersion", "15.0");
    fields.flag("installProfilesDuringSetup", true).text("customPackageDistributionPointId", "-1");
    fields.empty_list("prestageInstalledProfileIds").empty_list("customPackageIds");
    fields.raw("accountSettings", R"({"adminUsername":"setup","adminPassword":"SECRET-ADMIN"})");
  } else {
    fields.flag("supervised", true).flag("multiUser", false).flag("allowPairing", true);
    fields.flag("configureDeviceBeforeSetupAssistant", false).number("maximumSharedAccounts", 10);
    fields.flag("sendTimezone", false).text("timezone", "UTC");
    fields.number("storageQuotaSizeMegabytes", 4096).flag("useStorageQuotaSize", false);
  }
  fields.end();
}

}  // namespace

const RecordKind& user_kind() {
  static const RecordKind kKind{.name = "users",
                                .count = [](const Estate& estate) { return length(estate.users); },
                                .append = append_user,
                                .object =
                                    [](const Estate& estate, std::uint32_t at) {
                                      return world::Reference{world::Kind::kUser, estate.users[at]};
                                    }};
  return kKind;
}

const RecordKind& building_kind() {
  static const RecordKind kKind{.name = "buildings",
                                .count = [](const Estate&) { return length(world::places()); },
                                .append = append_building};
  return kKind;
}
const RecordKind& department_kind() {
  static const RecordKind kKind{.name = "departments",
                                .count = [](const Estate&) { return length(world::departments()); },
                                .append = append_department};
  return kKind;
}
const RecordKind& category_kind() {
  static const RecordKind kKind{.name = "categories",
                                .count = [](const Estate&) { return length(category_names()); },
                                .append = append_category};
  return kKind;
}
const RecordKind& site_kind() {
  static const RecordKind kKind{.name = "sites",
                                .count = [](const Estate&) { return length(site_names()); },
                                .append = append_site};
  return kKind;
}

const RecordKind& computer_group_kind() {
  static const RecordKind kKind{.name = "computer_groups",
                                .count = [](const Estate&) { return length(computer_groups()); },
                                .append = append_computer_group};
  return kKind;
}
const RecordKind& smart_computer_group_kind() {
  static const RecordKind kKind{
      .name = "smart_computer_groups",
      .count = [](const Estate&) { return how_many(computer_groups(), true); },
      .append = append_smart_computer_group};
  return kKind;
}
const RecordKind& static_computer_group_kind() {
  static const RecordKind kKind{
      .name = "static_computer_groups",
      .count = [](const Estate&) { return how_many(computer_groups(), false); },
      .append = append_static_computer_group};
  return kKind;
}
const RecordKind& mobile_group_kind() {
  static const RecordKind kKind{.name = "mobile_device_groups",
                                .count = [](const Estate&) { return length(mobile_groups()); },
                                .append = append_mobile_group};
  return kKind;
}
const RecordKind& smart_mobile_group_kind() {
  static const RecordKind kKind{
      .name = "smart_mobile_device_groups",
      .count = [](const Estate&) { return how_many(mobile_groups(), true); },
      .append = append_mobile_group_of<true>,
      .key = "groupId"};
  return kKind;
}
const RecordKind& static_mobile_group_kind() {
  static const RecordKind kKind{
      .name = "static_mobile_device_groups",
      .count = [](const Estate&) { return how_many(mobile_groups(), false); },
      .append = append_mobile_group_of<false>,
      .key = "groupId"};
  return kKind;
}
const RecordKind& group_kind() {
  static const RecordKind kKind{
      .name = "groups",
      .count = [](const Estate&) { return length(computer_groups()) + length(mobile_groups()); },
      .append = append_any_group,
      .key = "groupPlatformId"};
  return kKind;
}

const RecordKind& computer_attribute_kind() {
  static const RecordKind kKind{
      .name = "computer_extension_attributes",
      .count = [](const Estate&) { return length(computer_attributes()); },
      .append = [](Fields& fields, const Estate&, std::uint32_t at,
                   const Shape&) { append_attribute(fields, computer_attributes()[at], false); }};
  return kKind;
}
const RecordKind& mobile_attribute_kind() {
  static const RecordKind kKind{
      .name = "mobile_device_extension_attributes",
      .count = [](const Estate&) { return length(mobile_attributes()); },
      .append = [](Fields& fields, const Estate&, std::uint32_t at,
                   const Shape&) { append_attribute(fields, mobile_attributes()[at], true); }};
  return kKind;
}

const RecordKind& computer_prestage_kind() {
  static const RecordKind kKind{
      .name = "computer_prestages",
      .count = [](const Estate&) { return length(computer_prestages()); },
      .append =
          [](Fields& fields, const Estate& estate, std::uint32_t at, const Shape&) {
            append_prestage(fields, estate, computer_prestages()[at], false);
          }};
  return kKind;
}
const RecordKind& mobile_prestage_kind() {
  static const RecordKind kKind{
      .name = "mobile_device_prestages",
      .count = [](const Estate&) { return length(mobile_prestages()); },
      .append =
          [](Fields& fields, const Estate& estate, std::uint32_t at, const Shape&) {
            append_prestage(fields, estate, mobile_prestages()[at], true);
          }};
  return kKind;
}

}  // namespace muster::sandbox::jamf
