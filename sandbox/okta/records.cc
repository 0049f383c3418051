// How users, groups, apps and devices look in Okta's answers.
#include <fmt/format.h>

#include "sandbox/append.h"
#include "sandbox/okta/org.h"
#include "sandbox/okta/text.h"
#include "sandbox/world/app.h"
#include "sandbox/world/device.h"
#include "sandbox/world/group.h"
#include "sandbox/world/hardware.h"
#include "sandbox/world/user.h"

namespace muster::sandbox::okta {
namespace {

constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kFirstDay = world::kWorldEnd - 3000 * kDay;
constexpr std::uint32_t kStatusSalt = 31;
constexpr std::string_view kRealm = "guo1bfiNtSnZYILxO0g4";

std::string_view status_of(const world::User& user) {
  const std::uint64_t draw = user.world.bits(world::Kind::kUser, user.index, kStatusSalt) % 100;
  if (user.pending) return draw % 2 == 0 ? "STAGED" : "PROVISIONED";
  if (!user.enabled) return draw % 4 == 0 ? "SUSPENDED" : "DEPROVISIONED";
  if (user.index == 0 || draw >= 6) return "ACTIVE";
  constexpr std::string_view kRare[] = {"PASSWORD_EXPIRED", "PASSWORD_EXPIRED", "LOCKED_OUT",
                                        "RECOVERY",         "PROVISIONED",      "STAGED"};
  return kRare[draw];
}

std::string employee_number(std::uint32_t user) { return fmt::format("{:05}", user + 1); }

std::string display_name(const world::User& user) {
  std::string name;
  user.append_display_name(name);
  return storable(name);
}

std::string name_of(const world::Name& name) {
  std::string text = storable(name.text);
  return text.empty() ? std::string(name.slug) : text;
}

std::string_view platform_of(world::Device::System system) {
  switch (system) {
    case world::Device::System::kWindows: return "WINDOWS";
    case world::Device::System::kMac: return "MACOS";
    case world::Device::System::kIphone: return "IOS";
    default: return "ANDROID";
  }
}

struct SignOn {
  std::string_view mode, name;
};
constexpr SignOn kSignOns[] = {
    {"OPENID_CONNECT", "oidc_client"}, {"SAML_2_0", "salesforce"}, {"BOOKMARK", "bookmark"},
    {"AUTO_LOGIN", "template_swa"},    {"SAML_2_0", "google"},     {"WS_FEDERATION", "office365"}};

}  // namespace

bool Org::is_deactivated(std::uint32_t user) const {
  return status_of(world::User(world_, user)) == "DEPROVISIONED";
}

void Org::append_link(std::string& out, std::string_view name, const View& view,
                      std::string_view path) const {
  if (out.back() != '{') out += ',';
  put_text(out, name);
  out += ":{";
  member(out, "href", view.base + std::string(path));
  out += '}';
}

void Org::append_user(std::string& out, std::uint32_t number, const View& view) const {
  const world::User user(world_, number);
  const std::string_view status = status_of(user);
  const bool was_active = status != "STAGED";
  const std::int64_t created = user.created == 0 ? kFirstDay : user.created;
  const std::string id = ids_.make(Kind::kUser, number);
  out += '{';
  member(out, "id", id);
  member(out, "status", status);
  member_time(out, "created", created);
  member_time(out, "activated", was_active ? created + 394 : 0);
  member_time(out, "statusChanged", was_active ? created + 394 : 0);
  member_time(out, "lastLogin", was_active ? user.last_sign_in().value_or(0) : 0);
  member_time(out, "lastUpdated", user.password_changed + 3600);
  member_time(out, "passwordChanged", was_active ? user.password_changed : 0);
  member(out, "realmId", kRealm);
  out += R"(,"type":{"id":"otyzhh29g7UyV5CaB0h7"},"profile":{)";
  append_profile(out, number);
  out += '}';
  if (view.credentials) {
    out += R"(,"credentials":{"provider":{"type":"OKTA","name":"OKTA"},)"
           R"("recovery_question":{"question":"DO-NOT-IMPORT-THIS-VALUE"}})";
  }
  if (view.transition) out += ",\"transitioningToStatus\":null";
  out += ",\"_links\":{";
  append_link(out, "self", view, "/api/v1/users/" + id);
  out += "}}";
}

void Org::append_profile(std::string& out, std::uint32_t number) const {
  const world::User user(world_, number);
  std::string login;
  user.append_mail(login);
  const bool is_person = user.is_person();
  const bool has_name = user.type != world::User::Type::kService;
  member(out, "firstName", has_name ? name_of(*user.given) : "");
  member(out, "lastName", has_name ? name_of(*user.surname) : "");
  // Many orgs never fill it in.
  if (number % 3 != 1) member(out, "displayName", display_name(user));
  member(out, "login", login);
  if (user.has_mail()) member(out, "email", login);
  member(out, "secondEmail", "");
  member(out, "mobilePhone",
         user.has_mobile() ? fmt::format("{} {:07}", user.place->phone_prefix, number) : "");
  member(out, "department", is_person ? user.department->name : "");
  member(out, "title", is_person ? user.job_title : "");
  member(out, "organization", is_person ? world_.tenant_name() : "");
  member(out, "employeeNumber", is_person ? employee_number(number) : "");
  const auto manager = user.manager();
  member(out, "managerId", manager ? employee_number(*manager) : "");
  member(out, "manager", manager ? display_name(world::User(world_, *manager)) : "");
  member(out, "userType", is_person ? "Employee" : user.is_guest() ? "Contractor" : "Service");
  member(out, "costCenter", is_person ? user.department->cost_center : "");
  member(out, "city", user.place->city);
  member(out, "state", user.place->state);
  member(out, "zipCode", user.place->postal_code);
  member(out, "streetAddress", user.place->street);
  member(out, "countryCode", user.place->country_code);
  member(out, "preferredLanguage", user.place->language);
  // What this org added itself.
  member(out, "badgeColour", number % 2 == 0 ? "green" : "blue");
  member_raw(out, "deskNumber", std::to_string(number % 500));
  member_raw(out, "hasParking", number % 5 == 0 ? "true" : "false");
  member_raw(out, "spokenLanguages", number % 4 == 0 ? R"(["en","de"])" : R"(["en"])");
}

void Org::append_group(std::string& out, std::uint32_t number, const View& view) const {
  const std::string id = ids_.make(Kind::kGroup, number);
  const bool built_in = number == everyone();
  const bool from_app = !built_in && world::Group(world_, number).synced;
  const std::int64_t created = built_in ? kFirstDay : world::Group(world_, number).created;
  out += '{';
  member(out, "id", id);
  member_time(out, "created", created);
  member_time(out, "lastUpdated", created);
  member_time(out, "lastMembershipUpdated", world::kWorldEnd - kDay * (1 + number % 60));
  member_raw(out, "objectClass",
             from_app ? R"(["okta:windows_security_principal"])" : R"(["okta:user_group"])");
  member(out, "type", built_in ? "BUILT_IN" : from_app ? "APP_GROUP" : "OKTA_GROUP");
  out += ",\"profile\":{";
  append_group_profile(out, number);
  out += '}';
  if (view.expand == "stats") {
    const Rows users = group_users(view, number);
    std::uint64_t members = 0;
    for (std::uint64_t place = 0; place < users.size; ++place)
      members += users.at(place).has_value();
    out += fmt::format(
        R"(,"_embedded":{{"stats":{{"usersCount":{},"appsCount":{},"groupPushMappingsCount":0,)"
        R"("hasAdminPrivlege":{}}}}})",
        members, number % 4, !built_in && has_admin_roles(number));
  }
  out += ",\"_links\":{";
  append_link(out, "users", view, "/api/v1/groups/" + id + "/users");
  append_link(out, "apps", view, "/api/v1/groups/" + id + "/apps");
  if (from_app && count(Kind::kApp) > 0) {
    append_link(out, "source", view,
                "/api/v1/apps/" + ids_.make(Kind::kApp, number % count(Kind::kApp)));
  }
  out += "}}";
}

void Org::append_group_profile(std::string& out, std::uint32_t number) const {
  if (number == everyone()) {
    member(out, "name", "Everyone");
    member(out, "description", "All users in your organization");
    return;
  }
  const world::Group group(world_, number);
  std::string name;
  group.append_display_name(name);
  name = storable(name);
  member(out, "name", name);
  if (!group.synced) return member(out, "description", number % 3 == 0 ? "" : "Made by hand.");
  member(out, "description", "AD group");
  member(out, "dn", fmt::format("CN={},OU=Groups,DC=haldenrobotics,DC=example", name));
  member(out, "externalId", fmt::format("{:016X}==", group.bits));
  member(out, "samAccountName", name);
  member(out, "windowsDomainQualifiedName", "HALDEN\\" + name);
}

void Org::append_app(std::string& out, std::uint32_t number, const View& view) const {
  const world::ServicePrincipal app(world_, number);
  const SignOn& sign_on = kSignOns[number % std::size(kSignOns)];
  const std::string id = ids_.make(Kind::kApp, number);
  std::string label;
  app.append_name(label);
  out += '{';
  member(out, "id", id);
  member(out, "orn", fmt::format("orn:okta:idp:00o1:apps:{}:{}", sign_on.name, id));
  member(out, "name", sign_on.name);
  member(out, "label", label);
  member(out, "status", app.bits % 11 == 0 ? "INACTIVE" : "ACTIVE");
  member_time(out, "lastUpdated", world::kWorldEnd - kDay * (1 + number % 200));
  member_time(out, "created", world::kWorldEnd - kDay * (300 + number % 900));
  out += R"(,"accessibility":{"selfService":false,"errorRedirectUrl":null,"loginRedirectUrl":null})"
         R"(,"visibility":{"autoLaunch":false,"autoSubmitToolbar":false,)"
         R"("hide":{"iOS":false,"web":false},"appLinks":{"login":true}})";
  member_raw(
      out, "features",
      number % 3 == 1 ? R"(["PUSH_NEW_USERS","PUSH_PROFILE_UPDATES","SCIM_PROVISIONING"])" : "[]");
  member(out, "signOnMode", sign_on.mode);
  if (number % 5 == 4) out += fmt::format(R"(,"licensing":{{"seatCount":{}}})", 10 * number);
  out += R"(,"credentials":{"userNameTemplate":{"template":"${source.login}","type":"BUILT_IN"})";
  if (sign_on.mode == "OPENID_CONNECT") {
    out += fmt::format(R"(,"oauthClient":{{"client_id":"{}",)"
                       R"("token_endpoint_auth_method":"client_secret_basic",)"
                       R"("client_secret":"DO-NOT-IMPORT-THIS-VALUE"}})",
                       id);
  }
  out += R"(},"settings":{"app":{}},"_links":{)";
  append_link(out, "users", view, "/api/v1/apps/" + id + "/users");
  append_link(out, "groups", view, "/api/v1/apps/" + id + "/groups");
  out += "}}";
}

void Org::append_device(std::string& out, std::uint32_t number, const View& view) const {
  const world::Device device(world_, number);
  const std::string id = ids_.make(Kind::kDevice, number);
  std::string name;
  device.append_name(name);
  out += '{';
  member(out, "id", id);
  member(out, "status",
         device.twin             ? "DEACTIVATED"
         : device.bits % 31 == 0 ? "SUSPENDED"
                                 : "ACTIVE");
  member_time(out, "created", device.registered == 0 ? kFirstDay : device.registered);
  member_time(out, "lastUpdated", device.last_seen);
  out += ",\"profile\":{";
  append_device_profile(out, number);
  out += '}';
  member(out, "resourceType", "UDDevice");
  out += ",\"resourceDisplayName\":{";
  member(out, "value", name);
  out += ",\"sensitive\":false}";
  member(out, "resourceAlternateId", "");
  member(out, "resourceId", id);
  out += ",\"_links\":{";
  append_link(out, "self", view, "/api/v1/devices/" + id);
  append_link(out, "users", view, "/api/v1/devices/" + id + "/users");
  out += '}';
  if (!view.expand.empty()) {
    out += ",\"_embedded\":{\"users\":[";
    const Rows users = device_users(view, number);
    for (std::uint64_t place = 0; place < users.size; ++place) {
      if (place > 0) out += ',';
      users.append(out, *users.at(place));
    }
    out += "]}";
  }
  out += '}';
}

void Org::append_device_profile(std::string& out, std::uint32_t number) const {
  const world::Device device(world_, number);
  const world::Hardware hardware(device);
  const bool mac = device.system == world::Device::System::kMac;
  const bool windows = device.system == world::Device::System::kWindows;
  std::string name, serial;
  device.append_name(name);
  hardware.append_serial(serial);
  member(out, "displayName", name);
  member(out, "platform", platform_of(device.system));
  member(out, "manufacturer", mac ? "APPLE" : hardware.maker);
  member(out, "model", mac ? hardware.model_identifier : hardware.model);
  member(out, "osVersion", hardware.os_version);
  // Okta Verify on phones does not report it.
  if (mac || windows) member(out, "serialNumber", serial);
  member(out, "imei", "");
  member(out, "meid", "");
  if (mac) member(out, "udid", hardware.hardware_id().view());
  if (windows) member(out, "sid", fmt::format("S-1-5-21-1004336348-1177238915-{}", number));
  member_raw(out, "registered", "true");
  member_raw(out, "secureHardwarePresent", windows && device.bits % 7 == 0 ? "false" : "true");
  if (device.bits % 13 != 0) {
    member(out, "diskEncryptionType", mac || windows ? "ALL_INTERNAL_VOLUMES" : "FULL");
  }
  member_raw(out, "managed", device.managed ? "true" : "false");
}

void Org::append_device_user(std::string& out, std::uint32_t number, const View& view) const {
  if (view.expand != "userSummary") return append_user(out, number, view);
  const std::string id = ids_.make(Kind::kUser, number);
  std::string login;
  world::User(world_, number).append_mail(login);
  out += '{';
  member(out, "id", id);
  member(out, "realmId", kRealm);
  out += ",\"profile\":{";
  member(out, "login", login);
  out += "},\"_links\":{";
  append_link(out, "self", view, "/api/v1/users/" + id);
  out += "}}";
}

}  // namespace muster::sandbox::okta
