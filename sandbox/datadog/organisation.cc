#include "sandbox/datadog/organisation.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sandbox/append.h"
#include "sandbox/graph/values.h"

namespace muster::sandbox::datadog {
namespace {

using world::Device;
using world::User;

bool has_account(const User& user) {
  if (user.type == User::Type::kService) return user.index % 2 == 0;
  return user.is_person() && user.has_mail() && world::mix(user.bits + 17) % 3 == 0;
}

std::string display_name(const world::World& world, std::uint32_t index) {
  std::string name;
  User(world, index).append_display_name(name);
  return name;
}

constexpr std::string_view kServiceWords[] = {"checkout", "storefront", "ledger",  "search",
                                              "identity", "shipping",   "pricing", "mailer"};

}  // namespace

std::string iso_time(std::int64_t seconds, std::uint64_t draw) {
  std::string out;
  append_timestamp(out, seconds);
  out.pop_back();
  return out + fmt::format(".{:06}+00:00", draw % 1'000'000);
}

const std::vector<std::uint32_t>& Organisation::users() const {
  std::call_once(users_made_, [&] {
    std::vector<std::pair<std::string, std::uint32_t>> named;
    for (std::uint32_t index = 0; index < world_.sizes().users; ++index) {
      if (has_account(User(world_, index))) named.emplace_back(display_name(world_, index), index);
    }
    std::ranges::sort(named);
    for (const auto& [name, index] : named) users_.push_back(index);
  });
  return users_;
}

const std::vector<std::uint32_t>& Organisation::hosts() const {
  std::call_once(hosts_made_, [&] {
    const std::uint32_t devices = world_.sizes().devices;
    for (std::uint32_t index = 0; index < devices; ++index) {
      const Device device(world_, index);
      if (device.system == Device::System::kLinux && !device.twin) hosts_.push_back(index);
    }
    for (std::uint32_t server = 0; server < 20 + devices / 4; ++server) {
      hosts_.push_back(devices + server);
    }
  });
  return hosts_;
}

std::uint32_t Organisation::team_count() const {
  return std::min<std::uint32_t>(400, 12 + world_.sizes().users / 60);
}

std::string Organisation::uuid(char kind, std::uint32_t index) const {
  return std::string(graph::guid_from(bits(kind, index), ~bits(kind, index)).view());
}

std::string Organisation::user_handle(std::uint32_t user) const {
  std::string handle;
  User(world_, user).append_mail(handle);
  return handle;
}

std::string Organisation::team_handle(std::uint32_t team) const {
  const auto departments = world::departments();
  return fmt::format("{}-{}",
                     base::to_lower_ascii(departments[team % departments.size()].short_name), team);
}

std::optional<std::uint32_t> Organisation::find_team(std::string_view id) const {
  for (std::uint32_t team = 0; team < team_count(); ++team) {
    if (uuid('t', team) == id) return team;
  }
  return std::nullopt;
}

std::vector<std::uint32_t> Organisation::team_members(std::uint32_t team) const {
  const std::vector<std::uint32_t>& all = users();
  const std::uint64_t draw = bits('t', team);
  // Nobody in the third one; every ninth has more members than a page of the default size.
  const std::size_t wanted = team == 2 ? 0 : team % 9 == 4 ? 23 : 1 + draw % 8;
  std::vector<std::uint32_t> members;
  for (std::size_t k = 0; k < std::min(wanted, all.size()); ++k) {
    members.push_back(all[(draw + k) % all.size()]);
  }
  return members;
}

std::vector<std::uint32_t> Organisation::roles_of(std::uint32_t user) const {
  const std::uint64_t draw = bits('r', user);
  if (draw % 11 == 0) return {};
  std::vector<std::uint32_t> roles = {static_cast<std::uint32_t>(draw >> 8) % role_count()};
  if (draw % 5 == 0) roles.push_back((roles[0] + 1) % role_count());
  return roles;
}

std::string Organisation::creator(char kind, std::uint32_t index) const {
  const std::uint64_t draw = bits(kind, index) >> 7;
  if (users().empty() || draw % 29 == 0) return fmt::format("gone{}@haldenrobotics.example", index);
  return user_handle(users()[draw % users().size()]);
}

Host::Host(const Organisation& of, std::uint32_t which)
    : organisation(of),
      number(which),
      bits(of.bits('h', which)),
      place(Place::kDesk),
      is_windows(false) {
  const std::uint32_t devices = of.world().sizes().devices;
  if (number < devices) {
    Device(of.world(), number).append_name(name);
  } else {
    const std::uint32_t server = number - devices;
    constexpr Place kPlaces[] = {Place::kAws,   Place::kRack, Place::kAws,
                                 Place::kAzure, Place::kRack, Place::kGoogle};
    place = kPlaces[server % std::size(kPlaces)];
    is_windows = place == Place::kRack && bits % 3 == 0;
    switch (place) {
      case Place::kAws: name = fmt::format("i-{:017x}", bits >> 4); break;
      case Place::kAzure: name = fmt::format("vm-legacy-{}", server); break;
      case Place::kGoogle: name = fmt::format("batch-{}.c.halden.internal", server); break;
      default: name = fmt::format("srv-{:05}", server);
    }
  }
  shown_name = name;
  aliases = {name};
  if (place == Place::kAws) {
    aliases.push_back(
        fmt::format("ip-10-40-{}-{}.eu-central-1.compute.internal", number / 250, number % 250));
  }
  if (has_agent()) aliases.push_back(name + ".haldenrobotics.example");
  // Most report now; some were last seen within the week; some are forgotten already.
  const std::uint64_t share = bits % 100;
  const std::uint64_t draw = bits >> 8;
  std::int64_t age = static_cast<std::int64_t>(draw % (2 * kHour));
  if (share >= 94) {
    age = kKept + kHour + static_cast<std::int64_t>(draw % (40 * 24 * kHour));
  } else if (share >= 82) {
    age = 4 * kHour + static_cast<std::int64_t>(draw % (150 * kHour));
  }
  last_reported = of.started() - age;
}

std::vector<std::pair<std::string_view, std::vector<std::string>>> Host::tags() const {
  constexpr std::string_view kEnvironments[] = {"prod", "staging", "dev"};
  std::vector<std::pair<std::string_view, std::vector<std::string>>> all;
  std::vector<std::string> own = {"host:" + name};
  if (place != Place::kDesk) {
    own.push_back(fmt::format("env:{}", kEnvironments[bits >> 16 & 1]));
    own.push_back("team:" + organisation.team_handle(static_cast<std::uint32_t>(bits >> 20) %
                                                     organisation.team_count()));
    for (std::uint32_t k = 0; k < 1 + (bits >> 30) % 2; ++k) {
      const Entity entity(organisation, static_cast<std::uint32_t>(bits >> 33) % 20 / 8 * 8 + k);
      own.push_back("service:" + entity.name);
    }
    own.push_back("canary");  // a bare word
  }
  if (has_agent()) all.emplace_back("Datadog", std::move(own));
  if (place == Place::kAws) {
    all.emplace_back(
        "Amazon Web Services",
        std::vector<std::string>{fmt::format("account_id:12345678901{}", bits % 3),
                                 "availability-zone:eu-central-1a", "instance-type:m6i.large",
                                 fmt::format("name:batch-{}", number), "region:eu-central-1"});
  } else if (place == Place::kAzure) {
    all.emplace_back("Azure",
                     std::vector<std::string>{"region:westeurope", "subscription_id:0f0e0d0c"});
  } else if (place == Place::kGoogle) {
    all.emplace_back("Google Cloud Platform",
                     std::vector<std::string>{"project_id:halden", "zone:europe-west3-a"});
  }
  if (!organisation.users().empty() && bits >> 40 & 1) {
    const auto& users = organisation.users();
    all.emplace_back("Users", std::vector<std::string>{
                                  "owner:" + organisation.user_handle(users[bits % users.size()]),
                                  "env:prod"});  // said twice on some
  }
  return all;
}

Entity::Entity(const Organisation& of, std::uint32_t which)
    : organisation(of), number(which), name_space("default"), discovered(false) {
  constexpr std::string_view kKinds[] = {"service", "service", "service", "datastore",
                                         "service", "queue",   "api",     "system"};
  kind = kKinds[number % std::size(kKinds)];
  if (number % 101 == 50) kind = "mainframe";  // own kinds are possible
  // A data store is called like the service before it.
  const std::uint32_t named = kind == "datastore" ? number - 1 : number;
  name = fmt::format("{}-{}", kServiceWords[named % std::size(kServiceWords)], named);
  if (kind == "api") name_space = "public";
  if (number % 13 == 9 && kind == "service") discovered = true;
  if (!discovered && number % 5 != 3) {
    owner = static_cast<std::uint32_t>(of.bits('e', number) >> 9) % of.team_count();
  }
}

std::string Entity::reference() const { return fmt::format("{}:{}/{}", kind, name_space, name); }

std::vector<CatalogRelation> catalog_relations(const Organisation& organisation) {
  std::vector<CatalogRelation> all;
  const std::uint32_t count = organisation.entity_count();
  for (std::uint32_t number = 0; number < count; ++number) {
    const Entity entity(organisation, number);
    if (entity.discovered) continue;
    if (entity.owner) {
      all.push_back({"RelationTypeOwnedBy", number, *entity.owner, true, false});
      all.push_back({"RelationTypeOwns", *entity.owner, number, false, true});
    }
    for (std::uint32_t step = 1; step <= number % 4; ++step) {
      const std::uint32_t other = (number + step * 5) % count;
      if (Entity(organisation, other).discovered) continue;
      all.push_back({"RelationTypeDependsOn", number, other});
      all.push_back({"RelationTypeDependencyOf", other, number});
    }
    if (entity.kind == "system") {
      all.push_back({"RelationTypeHasPart", number, number - 1});
      all.push_back({"RelationTypePartsOf", number - 1, number});
    }
    if (number % 40 == 1) all.push_back({"RelationTypeInheritsFrom", number, 0});
  }
  return all;
}

}  // namespace muster::sandbox::datadog
