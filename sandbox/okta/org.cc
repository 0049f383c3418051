#include "sandbox/okta/org.h"

#include <fmt/format.h>

#include <algorithm>

#include "sandbox/okta/text.h"
#include "sandbox/world/app.h"
#include "sandbox/world/device.h"
#include "sandbox/world/directory.h"
#include "sandbox/world/user.h"

namespace muster::sandbox::okta {
namespace {

using world::Reference;

// A row of a list of assignments: the number of the user, and whether the assignment is direct.
constexpr std::uint64_t kDirect = std::uint64_t{1} << 32;

struct Role {
  std::string_view type, label;
};
// By the number of the world's directory role.
constexpr Role kRoles[] = {
    {"SUPER_ADMIN", "Super Administrator"},         {"USER_ADMIN", "Group Administrator"},
    {"HELP_DESK_ADMIN", "Help Desk Administrator"}, {"READ_ONLY_ADMIN", "Read-only Administrator"},
    {"APP_ADMIN", "Application Administrator"},     {"MOBILE_ADMIN", "Mobile Administrator"},
};

Rows of_list(std::vector<std::uint64_t> list) {
  const std::uint64_t size = list.size();
  return {
      .size = size,
      .at = [list = std::move(list)](std::uint64_t place) { return std::optional(list[place]); },
      .id = {},
      .append = {}};
}

std::uint32_t number_of(Rows::Row row) { return static_cast<std::uint32_t>(row); }

}  // namespace

std::uint32_t Org::count(Kind kind) const {
  switch (kind) {
    case Kind::kUser: return world_.sizes().users;
    case Kind::kGroup: return world_.sizes().groups + 1;
    case Kind::kApp: return world_.sizes().service_principals;
    case Kind::kDevice: return world_.sizes().devices;
    case Kind::kRole: return 1;
  }
  return 0;
}

bool Org::has(Kind kind, std::uint32_t index, const View& view) const {
  if (index >= count(kind)) return false;
  const world::Edits& edits = *view.edits;
  switch (kind) {
    case Kind::kUser:
      return world::User(world_, index).type != world::User::Type::kRoom &&
             !edits.removes({world::Kind::kUser, index});
    case Kind::kGroup: return index == everyone() || !edits.removes({world::Kind::kGroup, index});
    case Kind::kApp: return !edits.removes({world::Kind::kServicePrincipal, index});
    case Kind::kDevice:
      return world::Device(world_, index).system != world::Device::System::kLinux &&
             !edits.removes({world::Kind::kDevice, index});
    case Kind::kRole: return true;
  }
  return false;
}

Rows Org::numbered(Kind kind, View view,
                   void (Org::*append)(std::string&, std::uint32_t, const View&) const) const {
  return {.size = count(kind),
          .at = [this, kind, view](std::uint64_t place) -> std::optional<Rows::Row> {
            if (!has(kind, number_of(place), view)) return std::nullopt;
            return place;
          },
          .id = [this, kind](Rows::Row row) { return ids_.make(kind, number_of(row)); },
          .append = [this, view, append](
                        std::string& out,
                        Rows::Row row) { (this->*append)(out, number_of(row), view); }};
}

Rows Org::users(View view) const {
  Rows rows = numbered(Kind::kUser, view, &Org::append_user);
  if (view.deactivated) return rows;
  rows.at = [this, all = std::move(rows.at)](std::uint64_t place) -> std::optional<Rows::Row> {
    if (is_deactivated(number_of(place))) return std::nullopt;
    return all(place);
  };
  return rows;
}

Rows Org::groups(View view) const {
  Rows rows = numbered(Kind::kGroup, std::move(view), &Org::append_group);
  // Everyone comes first.
  rows.at = [this, all = std::move(rows.at)](std::uint64_t place) {
    return place == 0 ? std::optional<Rows::Row>(everyone()) : all(place - 1);
  };
  return rows;
}

Rows Org::apps(View view) const { return numbered(Kind::kApp, std::move(view), &Org::append_app); }

Rows Org::devices(View view) const {
  return numbered(Kind::kDevice, std::move(view), &Org::append_device);
}

Rows Org::group_users(View view, std::uint32_t group) const {
  Rows rows = numbered(Kind::kUser, view, &Org::append_user);
  if (group == everyone()) return rows;
  const world::Roster roster = world_.memberships().roster(group);
  rows.size = roster.size();
  rows.at = [this, view, group, roster](std::uint64_t place) -> std::optional<Rows::Row> {
    const Reference member = roster.at(static_cast<std::uint32_t>(place));
    if (member.kind != world::Kind::kUser || !has(Kind::kUser, member.index, view) ||
        view.edits->removes_membership(group, member)) {
      return std::nullopt;
    }
    return member.index;
  };
  return rows;
}

bool Org::is_member(std::uint32_t group, std::uint32_t user, const View& view) const {
  if (!has(Kind::kGroup, group, view) || !has(Kind::kUser, user, view)) return false;
  const Reference member{world::Kind::kUser, user};
  return group == everyone() || (world_.memberships().roster(group).contains(member) &&
                                 !view.edits->removes_membership(group, member));
}

Rows Org::user_groups(View view, std::uint32_t user) const {
  Rows rows = groups(view);
  rows.at = [this, view, user, all = std::move(rows.at)](std::uint64_t place) {
    const auto group = all(place);
    return group && is_member(number_of(*group), user, view) ? group : std::nullopt;
  };
  return rows;
}

Rows Org::app_groups(View view, std::uint32_t app) const {
  std::vector<std::uint64_t> groups;
  for (std::uint32_t at = 0; at < world::assignment_count(world_, app); ++at) {
    const world::Assignment assignment(world_, app * world::kAssignmentStride + at);
    if (!assignment.principal || assignment.principal->kind != world::Kind::kGroup) continue;
    const std::uint32_t group = assignment.principal->index;
    if (!has(Kind::kGroup, group, view)) continue;
    if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
  }
  Rows rows = of_list(std::move(groups));
  rows.id = [this](Rows::Row row) { return ids_.make(Kind::kGroup, number_of(row)); };
  rows.append = [this, view](std::string& out, Rows::Row row) {
    const std::string id = ids_.make(Kind::kGroup, number_of(row));
    out += '{';
    member(out, "id", id);
    member_time(out, "lastUpdated", world::kWorldEnd - 86'400 * (1 + number_of(row) % 300));
    member_raw(out, "priority", std::to_string(row % 7));
    member_raw(out, "profile", "{}");
    out += ",\"_links\":{";
    append_link(out, "group", view, "/api/v1/groups/" + id);
    out += "}}";
  };
  return rows;
}

// Directly, and through a group: who has both is shown as direct.
Rows Org::app_users(View view, std::uint32_t app) const {
  std::vector<std::uint64_t> users;
  for (std::uint32_t at = 0; at < world::assignment_count(world_, app); ++at) {
    const world::Assignment assignment(world_, app * world::kAssignmentStride + at);
    if (!assignment.principal || assignment.principal->kind != world::Kind::kUser) continue;
    users.push_back(assignment.principal->index | kDirect);
  }
  const Rows groups = app_groups(view, app);
  for (std::uint64_t at = 0; at < groups.size; ++at) {
    const Rows members = group_users(view, number_of(*groups.at(at)));
    for (std::uint64_t place = 0; place < members.size; ++place) {
      if (const auto user = members.at(place)) users.push_back(*user);
    }
  }
  std::erase_if(users, [&](std::uint64_t row) {
    return !has(Kind::kUser, number_of(row), view) || is_deactivated(number_of(row));
  });
  std::sort(users.begin(), users.end(), [](std::uint64_t a, std::uint64_t b) {
    return number_of(a) != number_of(b) ? number_of(a) < number_of(b) : a > b;
  });
  const auto same = [](std::uint64_t a, std::uint64_t b) { return number_of(a) == number_of(b); };
  users.erase(std::unique(users.begin(), users.end(), same), users.end());
  Rows rows = of_list(std::move(users));
  rows.id = [this](Rows::Row row) { return ids_.make(Kind::kUser, number_of(row)); };
  rows.append = [this, view, app](std::string& out, Rows::Row row) {
    const world::User user(world_, number_of(row));
    const std::string id = ids_.make(Kind::kUser, user.index);
    std::string login;
    user.append_mail(login);
    const std::int64_t since = world::kWorldEnd - 86'400 * static_cast<int>(1 + user.more % 400);
    out += '{';
    member(out, "id", id);
    member(out, "externalId", "");
    member_time(out, "created", since);
    member_time(out, "lastUpdated", since);
    member(out, "scope", row & kDirect ? "USER" : "GROUP");
    member(out, "status", user.bits % 9 == 0 ? "PROVISIONED" : "ACTIVE");
    member_time(out, "statusChanged", since);
    member(out, "syncState", "DISABLED");
    out += ",\"credentials\":{";
    member(out, "userName", login);
    out += "},\"profile\":{";
    member(out, "email", login);
    out += "},\"_links\":{";
    append_link(out, "user", view, "/api/v1/users/" + id);
    append_link(out, "app", view, "/api/v1/apps/" + ids_.make(Kind::kApp, app));
    out += "}}";
  };
  return rows;
}

Rows Org::device_users(View view, std::uint32_t device) const {
  const world::Device machine(world_, device);
  std::vector<std::uint64_t> users;
  for (std::uint32_t at = 0; at < machine.user_count(); ++at) {
    if (has(Kind::kUser, machine.user(at), view)) users.push_back(machine.user(at));
  }
  Rows rows = of_list(std::move(users));
  rows.id = [this](Rows::Row row) { return ids_.make(Kind::kUser, number_of(row)); };
  rows.append = [this, view, managed = machine.managed](std::string& out, Rows::Row row) {
    out += '{';
    member(out, "managementStatus", managed ? "MANAGED" : "NOT_MANAGED");
    member_time(out, "created", world::kWorldEnd - 86'400 * (1 + number_of(row) % 500));
    member(out, "screenLockType", row % 3 == 0 ? "PASSCODE" : "BIOMETRIC");
    out += ",\"user\":";
    append_device_user(out, number_of(row), view);
    out += '}';
  };
  return rows;
}

Rows Org::user_roles(View view, std::uint32_t user) const {
  std::vector<std::uint64_t> roles;
  for (std::uint32_t role = 0; role < std::size(kRoles); ++role) {
    for (std::uint32_t at = 0; at < world::role_member_count(world_, role); ++at) {
      if (world::role_member(world_, role, at) == user) roles.push_back(role);
    }
  }
  Rows rows = of_list(std::move(roles));
  rows.id = [](Rows::Row row) { return std::string(kRoles[row].type); };
  rows.append = [this, view, user](std::string& out, Rows::Row row) {
    append_role(out, number_of(row), "USER", ids_.make(Kind::kUser, user), view);
  };
  return rows;
}

void Org::append_role(std::string& out, std::uint32_t role, std::string_view whose,
                      const std::string& id, const View& view) const {
  out += '{';
  member(out, "id", fmt::format("ra1{:08X}{:04X}", std::hash<std::string>()(id) >> 32, role));
  member(out, "label", kRoles[role].label);
  member(out, "type", kRoles[role].type);
  member(out, "status", "ACTIVE");
  member_time(out, "created", world::kWorldEnd - 86'400 * 90);
  member_time(out, "lastUpdated", world::kWorldEnd - 86'400 * 90);
  member(out, "assignmentType", whose);
  out += ",\"_links\":{";
  append_link(out, "assignee", view,
              fmt::format("/api/v1/{}/{}", whose == "USER" ? "users" : "groups", id));
  out += "}}";
}

Rows Org::group_roles(View view, std::uint32_t group) const {
  std::vector<std::uint64_t> roles;
  if (group != everyone() && has_admin_roles(group)) roles = {group % 5 + 1u};
  Rows rows = of_list(std::move(roles));
  rows.id = [](Rows::Row row) { return std::string(kRoles[row].type); };
  rows.append = [this, view, group](std::string& out, Rows::Row row) {
    append_role(out, number_of(row), "GROUP", ids_.make(Kind::kGroup, group), view);
  };
  return rows;
}

Rows Org::administrators(View view) const {
  std::vector<std::uint64_t> users;
  for (std::uint32_t role = 0; role < std::size(kRoles); ++role) {
    for (std::uint32_t at = 0; at < world::role_member_count(world_, role); ++at) {
      const std::uint32_t user = world::role_member(world_, role, at);
      if (has(Kind::kUser, user, view)) users.push_back(user);
    }
  }
  std::sort(users.begin(), users.end());
  users.erase(std::unique(users.begin(), users.end()), users.end());
  Rows rows = of_list(std::move(users));
  rows.id = [this](Rows::Row row) { return ids_.make(Kind::kUser, number_of(row)); };
  rows.append = [this, view](std::string& out, Rows::Row row) {
    const std::string id = ids_.make(Kind::kUser, number_of(row));
    out += '{';
    member(out, "id", id);
    member(out, "orn", "orn:okta:directory:00o1:users:" + id);
    out += ",\"_links\":{";
    append_link(out, "self", view, "/api/v1/users/" + id);
    append_link(out, "roles", view, "/api/v1/users/" + id + "/roles");
    out += "}}";
  };
  return rows;
}

Rows Org::custom_roles() const {
  Rows rows = of_list({0});
  rows.id = [this](Rows::Row row) { return ids_.make(Kind::kRole, number_of(row)); };
  rows.append = [this](std::string& out, Rows::Row row) {
    out += '{';
    member(out, "id", ids_.make(Kind::kRole, number_of(row)));
    member(out, "label", "Asset reader");
    member(out, "description", "Sees users, groups, apps and devices.");
    member_time(out, "created", world::kWorldEnd - 86'400 * 90);
    member_time(out, "lastUpdated", world::kWorldEnd - 86'400 * 90);
    out += '}';
  };
  return rows;
}

}  // namespace muster::sandbox::okta
