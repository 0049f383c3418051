// Users, roles, teams and who is in them: /api/v2, in the style of JSON:API.
#include <fmt/format.h>

#include "sandbox/append.h"
#include "sandbox/datadog/records.h"

namespace muster::sandbox::datadog {
namespace {

using Out = json::Writer&;
using world::User;

constexpr std::string_view kRoles[] = {"Datadog Admin Role",
                                       "Datadog Standard Role",
                                       "Datadog Read Only Role",
                                       "On-call",
                                       "Auditors",
                                       "On-call"};  // names are not unique

void write_reference(Out out, std::string_view type, std::string_view id) {
  out.begin_object().key("type").string(type).key("id").string(id).end_object();
}

}  // namespace

std::string_view role_name(std::uint32_t role) { return kRoles[role]; }

std::string user_status(const Organisation& of, std::uint32_t index) {
  const User user(of.world(), index);
  if (!user.enabled) return "Disabled";
  const std::uint64_t draw = of.bits('u', index);
  if (draw % 97 == 5) return "Archived";  // enumerations grow
  return draw % 13 == 3 ? "Pending" : "Active";
}

void write_user(json::Writer& out, const Organisation& of, std::uint32_t index) {
  const User user(of.world(), index);
  const std::uint64_t draw = of.bits('u', index);
  const std::string status = user_status(of, index);
  const std::string handle = of.user_handle(index);
  std::string name;
  user.append_display_name(name);
  const std::int64_t created = user.created == 0 ? world::kWorldEnd - 86'400 : user.created;
  out.begin_object().key("type").string("users").key("id").string(of.uuid('u', index));
  out.key("attributes").begin_object().key("name");
  index % 23 == 4 ? out.null() : out.string(name);
  out.key("handle").string(handle).key("email").string(handle);
  out.key("created_at").string(iso_time(created, draw));
  out.key("modified_at").string(iso_time(created + 3600, draw >> 9));
  out.key("icon").string("https://secure.gravatar.com/avatar/x?s=48&d=retro").key("title");
  draw % 3 == 0 || user.job_title.empty() ? out.null() : out.string(user.job_title);
  out.key("verified").boolean(status == "Active");
  out.key("service_account").boolean(user.type == User::Type::kService);
  out.key("disabled").boolean(status == "Disabled");
  out.key("mfa_enabled").boolean(draw >> 20 & 1).key("last_login_time");
  const auto last = user.last_sign_in();
  last ? out.string(iso_time(*last, draw)) : out.null();
  out.key("allowed_login_methods").begin_array().end_array();
  out.key("status").string(status).end_object();
  out.key("relationships").begin_object().key("roles").begin_object().key("data");
  write_array(out, of.roles_of(index), [&](Out to, std::uint32_t role) {
    write_reference(to, "roles", of.uuid('r', role));
  });
  out.end_object().key("org").begin_object().key("data");
  write_reference(out, "orgs", of.uuid('o', 0));
  out.end_object().end_object().end_object();
}

void write_role(json::Writer& out, const Organisation& of, std::uint32_t role) {
  std::uint64_t users = 0;
  for (const std::uint32_t user : of.users()) {
    for (const std::uint32_t one : of.roles_of(user)) users += one == role;
  }
  out.begin_object().key("type").string("roles").key("id").string(of.uuid('r', role));
  out.key("attributes").begin_object().key("name").string(role_name(role));
  out.key("user_count").number(users);
  out.key("created_at").string("2019-08-13T19:50:19.022791+00:00");
  out.key("modified_at").string("2019-08-13T19:50:19.022791+00:00").end_object();
  out.key("relationships").begin_object().key("permissions").begin_object().key("data");
  out.begin_array();
  write_reference(out, "permissions", of.uuid('p', role));
  out.end_array().end_object().end_object().end_object();
}

void write_team(json::Writer& out, const Organisation& of, std::uint32_t team) {
  const auto departments = world::departments();
  const std::string name = fmt::format("{} {}", departments[team % departments.size()].name, team);
  const std::uint64_t draw = of.bits('t', team);
  out.begin_object().key("type").string("team").key("id").string(of.uuid('t', team));
  out.key("attributes").begin_object().key("name").string(name);
  out.key("handle").string(of.team_handle(team));
  out.key("user_count").number(std::uint64_t{of.team_members(team).size()});
  out.key("link_count").number(std::uint64_t{0}).key("is_managed").boolean(team % 4 == 1);
  out.key("avatar");
  team % 3 == 0 ? out.string("🥑") : out.null();
  out.key("created_at").string(iso_time(world::kWorldEnd - 86'400 * 200, draw));
  out.key("modified_at").string(iso_time(world::kWorldEnd - 86'400 * 20, draw));
  out.key("summary");
  team % 2 == 0 ? out.null() : out.string("Looks after " + name);
  out.key("description");
  team % 5 == 2 ? out.string("# " + name + "\n\nAsk us on chat.") : out.null();
  out.end_object().key("relationships").begin_object();
  out.key("team_links").begin_object().key("links").begin_object().key("related");
  out.string(fmt::format("/api/v2/team/{}/links", of.uuid('t', team)));
  out.end_object().end_object().end_object().end_object();
}

void write_membership(json::Writer& out, const Organisation& of, std::uint32_t team,
                      std::uint32_t user) {
  const std::string id = of.uuid('t', team);
  out.begin_object().key("type").string("team_memberships");
  out.key("id").string(fmt::format("TeamMembership-{}-{}", id, user));
  out.key("attributes").begin_object().key("role");
  user % 5 == 0 ? out.string("admin") : out.null();
  out.key("provisioned_by").null().key("provisioned_by_id").null().end_object();
  out.key("relationships").begin_object();
  out.key("team").begin_object().key("data");
  write_reference(out, "team", id);
  out.end_object().key("user").begin_object().key("data");
  write_reference(out, "users", of.uuid('u', user));
  out.end_object().end_object().end_object();
}

std::vector<std::uint32_t> kept_users(const Organisation& of, const world::Edits& edits) {
  std::vector<std::uint32_t> kept;
  for (const std::uint32_t user : of.users()) {
    if (!edits.removes_any() || !edits.removes({world::Kind::kUser, user})) kept.push_back(user);
  }
  return kept;
}

std::vector<std::uint32_t> kept_teams(const Organisation& of, const world::Edits& edits) {
  std::vector<std::uint32_t> kept;
  for (const std::uint32_t team : numbers_to(of.team_count())) {
    if (!edits.removes_any() || !edits.removes({world::Kind::kGroup, team})) kept.push_back(team);
  }
  return kept;
}

}  // namespace muster::sandbox::datadog
