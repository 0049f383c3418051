#include "sandbox/jamf/classic.h"

#include <algorithm>

#include "base/text.h"
#include "sandbox/jamf/endpoints.h"
#include "sandbox/jamf/records.h"

namespace muster::sandbox::jamf {
namespace {

template <typename Row>
std::vector<std::int64_t> ids_of(std::span<const Row> rows) {
  std::vector<std::int64_t> ids;
  for (const Row& row : rows) ids.push_back(row.id);
  return ids;
}
template <typename Row>
const Row& with_id(std::span<const Row> rows, std::int64_t id) {
  return *std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.id == id; });
}

void reference(Fields& fields, std::string_view key, std::int64_t id, std::string_view name) {
  fields.object(key, [&](Fields& f) { f.number("id", id).text("name", name); });
}

void put_groups(Fields& fields, std::string_view key, std::span<const Group> groups,
                const std::vector<std::int64_t>& ids) {
  fields.list(key, [&](Fields& items) {
    for (const std::int64_t id : ids) {
      items.begin().number("id", id).text("name", with_id(groups, id).name).end();
    }
  });
}

void put_departments(Fields& fields, const std::vector<std::int64_t>& ids) {
  fields.list("departments", [&](Fields& items) {
    for (const std::int64_t id : ids) {
      const auto at = static_cast<std::size_t>(id - 1);
      items.begin().number("id", id).text("name", world::departments()[at].name).end();
    }
  });
}

std::string policy(const Estate&, std::int64_t id) {
  const Policy& row = with_id(policies(), id);
  std::string out;
  json::Writer writer(out);
  Fields fields(writer);
  fields.begin().object("general", [&](Fields& f) {
    f.number("id", row.id).text("name", row.name).flag("enabled", row.enabled);
    f.text("trigger", row.trigger).flag("trigger_checkin", row.trigger == "CHECKIN");
    f.flag("trigger_enrollment_complete", false).flag("trigger_login", false);
    f.flag("trigger_network_state_changed", false).flag("trigger_startup", false);
    f.text("trigger_other", row.trigger == "EVENT" ? "devtools" : "");
    f.text("frequency", row.frequency).text("target_drive", "/").flag("offline", false);
    reference(f, "category", row.category,
              name_of(category_names(), row.category, "No category assigned"));
    reference(f, "site", row.site, name_of(site_names(), row.site, "None"));
  });
  fields.object("scope", [&](Fields& f) {
    f.flag("all_computers", row.all_computers).empty_list("computers");
    put_groups(f, "computer_groups", computer_groups(), row.groups);
    f.empty_list("buildings");
    put_departments(f, row.departments);
    f.object("exclusions", [](Fields& g) {
      g.empty_list("computers").empty_list("computer_groups").empty_list("buildings");
      g.empty_list("departments");
    });
  });
  fields.end();
  return out;
}

std::string profile(const Estate& estate, const Profile& row, bool mobile) {
  std::string out;
  json::Writer writer(out);
  Fields fields(writer);
  fields.begin().object("general", [&](Fields& f) {
    f.number("id", row.id).text("name", row.name).text("description", "");
    reference(f, "site", row.site, name_of(site_names(), row.site, "None"));
    reference(f, "category", row.category,
              name_of(category_names(), row.category, "No category assigned"));
    f.text(mobile ? "deployment_method" : "distribution_method", "Install Automatically");
    if (!mobile) f.flag("user_removable", false).text("level", row.id == 5 ? "User" : "System");
    f.text("uuid", profile_uuid(estate.world, row.id, mobile).view());
    f.text("redeploy_on_update", "Newly Assigned");
    f.text("payloads", "<?xml version=\"1.0\"?><string>SECRET-PAYLOAD</string>");
  });
  fields.object("scope", [&](Fields& f) {
    f.flag(mobile ? "all_mobile_devices" : "all_computers", row.all_devices);
    f.flag("all_jss_users", false).empty_list(mobile ? "mobile_devices" : "computers");
    f.empty_list("buildings").empty_list("departments");
    put_groups(f, mobile ? "mobile_device_groups" : "computer_groups",
               mobile ? mobile_groups() : computer_groups(), row.groups);
    // Recorded: https://github.com/JupiterOne/graph-jamf
    f.empty_list("jss_users").raw("jss_user_groups", "{}").raw("limitations", "{}");
    f.raw("exclusions", "{}");
  });
  fields.raw("self_service", R"({"self_service_icon":{}})").end();
  return out;
}

std::vector<std::int64_t> user_ids(const Estate& estate, const world::Edits& edits) {
  std::vector<std::int64_t> ids;
  for (const std::uint32_t at : shown_records(user_kind(), estate, edits)) ids.push_back(at + 1);
  return ids;
}

std::string account_of(const Estate& estate, std::int64_t id) {
  std::string name;
  const world::User user(estate.world, estate.users[static_cast<std::size_t>(id - 1)]);
  user.append_account_name(name);
  return name;
}

std::string classic_user(const Estate& estate, std::int64_t id) {
  const world::User user(estate.world, estate.users[static_cast<std::size_t>(id - 1)]);
  std::string name, mail, out;
  user.append_display_name(name);
  if (user.has_mail()) user.append_mail(mail);
  json::Writer writer(out);
  Fields fields(writer);
  fields.begin().number("id", id).text("name", account_of(estate, id)).text("full_name", name);
  fields.text("email", mail).text("email_address", mail).text("phone_number", "");
  fields.text("position", user.job_title).text("managed_apple_id", "");
  fields.flag("enable_custom_photo_url", false).text("custom_photo_url", "");
  reference(fields, "ldap_server", kNone, "None");
  fields.empty_list("extension_attributes").empty_list("sites");
  fields.raw("user_groups", R"({"size":0})").end();
  return out;
}

constexpr ClassicKind kKinds[] = {
    {"policies", "/policies", "policies", "policy", "Read Policies",
     [](const Estate&, const world::Edits&) { return ids_of(policies()); }, policy},
    {"mac_profiles", "/osxconfigurationprofiles", "os_x_configuration_profiles",
     "os_x_configuration_profile", "Read macOS Configuration Profiles",
     [](const Estate&, const world::Edits&) { return ids_of(computer_profiles()); },
     [](const Estate& estate, std::int64_t id) {
       return profile(estate, with_id(computer_profiles(), id), false);
     }},
    {"mobile_profiles", "/mobiledeviceconfigurationprofiles", "configuration_profiles",
     "configuration_profile", "Read iOS Configuration Profiles",
     [](const Estate&, const world::Edits&) { return ids_of(mobile_profiles()); },
     [](const Estate& estate, std::int64_t id) {
       return profile(estate, with_id(mobile_profiles(), id), true);
     }},
    {"classic_users", "/users", "users", "user", "Read User", user_ids, classic_user},
};

std::string name_in_list(const ClassicKind& kind, const Estate& estate, std::int64_t id) {
  if (kind.name == "policies") return std::string(with_id(policies(), id).name);
  if (kind.name == "mac_profiles") return std::string(with_id(computer_profiles(), id).name);
  if (kind.name == "mobile_profiles") return std::string(with_id(mobile_profiles(), id).name);
  return account_of(estate, id);
}

// "/id/3" or "/id/3/subset/General" -> 3
std::optional<std::int64_t> id_in(std::string_view rest) {
  const auto parts = base::split(rest, '/');
  const bool whole = parts.size() == 3;
  const bool part = parts.size() == 5 && parts[3] == "subset" && parts[4] == "General";
  return (whole || part) && parts[1] == "id" ? base::parse_int(parts[2]) : std::nullopt;
}

}  // namespace

std::span<const ClassicKind> classic_kinds() { return kKinds; }

std::optional<ClassicAnswer> read_classic(std::string_view path, const Estate& estate,
                                          const world::Edits& edits) {
  for (const ClassicKind& kind : kKinds) {
    if (!path.starts_with(kind.resource)) continue;
    const std::string_view rest = path.substr(kind.resource.size());
    if (!rest.empty() && rest.front() != '/') continue;
    ClassicAnswer answer{.privilege = kind.privilege};
    const std::vector<std::int64_t> ids = kind.ids(estate, edits);
    std::string out;
    if (rest.empty()) {
      json::Writer writer(out);
      Fields fields(writer);
      fields.begin().list(kind.list_key, [&](Fields& items) {
        for (const std::int64_t id : ids) {
          items.begin().number("id", id).text("name", name_in_list(kind, estate, id)).end();
        }
      });
      fields.end();
      answer.body = std::move(out);
      return answer;
    }
    const auto id = id_in(rest);
    if (!id) return std::nullopt;
    if (std::find(ids.begin(), ids.end(), *id) != ids.end()) {
      json::Writer writer(out);
      writer.begin_object().key(kind.object_key).raw(kind.object(estate, *id)).end_object();
      answer.body = std::move(out);
    }
    return answer;
  }
  return std::nullopt;
}

}  // namespace muster::sandbox::jamf
