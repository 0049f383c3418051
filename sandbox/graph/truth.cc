#include "sandbox/graph/truth.h"

#include <algorithm>

#include "json/writer.h"
#include "sandbox/graph/rows.h"

namespace muster::sandbox::graph {
namespace {

using world::Kind;
using world::World;

struct Objects {
  std::string_view name;
  std::string_view path;
};
constexpr Objects kObjects[] = {
    {"users", "/users"},
    {"groups", "/groups"},
    {"devices", "/devices"},
    {"contacts", "/contacts"},
    {"applications", "/applications"},
    {"service_principals", "/servicePrincipals"},
    {"administrative_units", "/directory/administrativeUnits"},
    {"directory_roles", "/directoryRoles"},
    {"role_assignments", "/roleManagement/directory/roleAssignments"},
    {"licences", "/subscribedSkus"},
    {"organization", "/organization"},
    {"domains", "/domains"},
    {"conditional_access_policies", "/identity/conditionalAccess/policies"},
};

struct Pairs {
  std::string_view name;
  Kind parent;
  std::string_view relation;
};
constexpr Pairs kPairs[] = {
    {"memberships", Kind::kGroup, "members"},
    {"group_owners", Kind::kGroup, "owners"},
    {"managers", Kind::kUser, "manager"},
    {"device_owners", Kind::kDevice, "registeredOwners"},
    {"device_users", Kind::kDevice, "registeredUsers"},
    {"application_owners", Kind::kApplication, "owners"},
    {"service_principal_owners", Kind::kServicePrincipal, "owners"},
    {"role_members", Kind::kDirectoryRole, "members"},
    {"administrative_unit_members", Kind::kAdministrativeUnit, "members"},
    {"user_licences", Kind::kUser, "licenseDetails"},
    {"app_role_assignments", Kind::kServicePrincipal, "appRoleAssignedTo"},
};

Rows rows_of(const World& world, const Objects& objects) {
  std::string_view rest;
  return find_collection(objects.path, rest)->rows(world);
}

std::uint64_t count_pairs(const World& world, const Pairs& pairs) {
  if (pairs.name == "memberships") return world.sizes().memberships;
  const Relation& relation = *find_relation(pairs.parent, pairs.relation);
  std::uint64_t count = 0;
  for (std::uint32_t parent = 0; parent < world.count(pairs.parent); ++parent) {
    count += relation.rows(world, parent).size;
  }
  return count;
}

void append_object(std::string& out, const World& world, const Table& table, const world::Reference& row,
                   const Selection& selection) {
  out += '{';
  table.append_members(out, world, row.index, selection);
  out += '}';
}

void append_pair(std::string& out, const World& world, const Pairs& pairs, std::uint32_t parent,
                 const Rows& rows, std::uint64_t at) {
  out += "{\"from\":";
  put_text(out, world.id({pairs.parent, parent}).view());
  out += ",\"to\":";
  const world::Reference row = rows.at(at);
  if (rows.table != nullptr) {  // no directory object: show it whole
    append_object(out, world, *rows.table, row, rows.table->everything());
  } else {
    put_text(out, world.id(row).view());
    out += ",\"to_type\":";
    put_text(out, table_of(row.kind)->type().substr(1));
  }
  out += '}';
}

void append_pairs(std::string& out, const World& world, const Pairs& pairs, std::uint64_t offset,
                  std::uint64_t limit) {
  const Relation& relation = *find_relation(pairs.parent, pairs.relation);
  bool first = true;
  for (std::uint32_t parent = 0; parent < world.count(pairs.parent) && limit > 0; ++parent) {
    const Rows rows = relation.rows(world, parent);
    if (offset >= rows.size) {
      offset -= rows.size;
      continue;
    }
    for (std::uint64_t at = offset; at < rows.size && limit > 0; ++at, --limit) {
      if (!first) out += ',';
      first = false;
      append_pair(out, world, pairs, parent, rows, at);
    }
    offset = 0;
  }
}

std::string begin_page(std::string_view name, std::uint64_t count) {
  std::string out = "{\"data_set\":";
  put_text(out, name);
  out += ",\"count\":";
  append_number(out, count);
  out += ",\"value\":[";
  return out;
}

void end_page(std::string& out, std::uint64_t offset, std::uint64_t limit, std::uint64_t count) {
  out += ']';
  if (offset + limit < count) {
    out += ",\"next\":";
    append_number(out, offset + limit);
  }
  out += '}';
}

}  // namespace

std::string truth_summary(const World& world) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  for (const Objects& objects : kObjects) {
    writer.key(objects.name).number(std::uint64_t{rows_of(world, objects).size});
  }
  for (const Pairs& pairs : kPairs) writer.key(pairs.name).number(count_pairs(world, pairs));
  writer.end_object();
  return out;
}

std::optional<std::string> truth_page(const World& world, std::string_view data_set,
                                      std::uint64_t offset, std::uint64_t limit) {
  for (const Objects& objects : kObjects) {
    if (objects.name != data_set) continue;
    const Rows rows = rows_of(world, objects);
    std::string out = begin_page(data_set, rows.size);
    const Selection selection = rows.table->everything();
    for (std::uint64_t at = offset; at < std::min(rows.size, offset + limit); ++at) {
      if (at != offset) out += ',';
      append_object(out, world, *rows.table, rows.at(at), selection);
    }
    end_page(out, offset, limit, rows.size);
    return out;
  }
  for (const Pairs& pairs : kPairs) {
    if (pairs.name != data_set) continue;
    const std::uint64_t count = count_pairs(world, pairs);
    std::string out = begin_page(data_set, count);
    append_pairs(out, world, pairs, offset, limit);
    end_page(out, offset, limit, count);
    return out;
  }
  return std::nullopt;
}

}  // namespace muster::sandbox::graph
