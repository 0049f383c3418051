#include "sandbox/graph/truth.h"

#include <algorithm>

#include "json/writer.h"
#include "sandbox/graph/list.h"
#include "sandbox/graph/permissions.h"
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
    {"managed_devices", "/deviceManagement/managedDevices"},
    {"detected_apps", "/deviceManagement/detectedApps"},
    {"device_categories", "/deviceManagement/deviceCategories"},
    {"compliance_policies", "/deviceManagement/deviceCompliancePolicies"},
    {"device_configurations", "/deviceManagement/deviceConfigurations"},
    {"autopilot_identities", "/deviceManagement/windowsAutopilotDeviceIdentities"},
    {"mobile_apps", "/deviceAppManagement/mobileApps"},
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

// Everything may be seen: what remains is what the edits took away.
class Truth {
 public:
  Truth(const World& world, const world::Edits& edits) : world_(world), edits_(edits) {
    grant_.roles = all_roles();
  }

  Rows rows_of(const Objects& objects) const {
    std::string_view rest;
    const Rows rows = find_collection(objects.path, rest)->rows(world_);
    if (!edits_.removes_any()) return rows;
    return only(rows, [this](const world::Reference& row) { return !edits_.removes(row); });
  }

  Rows rows_of(const Pairs& pairs, std::uint32_t parent) const {
    const world::Reference from{pairs.parent, parent};
    if (edits_.removes(from)) return {};
    return visible_rows(world_, *find_relation(pairs.parent, pairs.relation), from,
                        {grant_, edits_});
  }

  std::uint64_t count(const Pairs& pairs) const {
    if (pairs.name == "memberships" && !edits_.removes_any()) return world_.sizes().memberships;
    std::uint64_t count = 0;
    for (std::uint32_t parent = 0; parent < world_.count(pairs.parent); ++parent) {
      count += rows_of(pairs, parent).size;
    }
    return count;
  }

  void append_object(std::string& out, const Table& table, const world::Reference& row) const {
    Selection selection = table.everything();
    apply_edits(selection, edits_, row.kind);
    out += '{';
    table.append_members(out, world_, row.index, selection);
    out += '}';
  }

  void append_pair(std::string& out, const Pairs& pairs, std::uint32_t parent,
                   const world::Reference& row, const Table* table) const {
    out += "{\"from\":";
    put_text(out, world_.id({pairs.parent, parent}).view());
    out += ",\"to\":";
    if (table != nullptr) {  // no directory object: show it whole
      append_object(out, *table, row);
    } else {
      put_text(out, world_.id(row).view());
      out += ",\"to_type\":";
      put_text(out, table_of(row.kind)->type().substr(1));
    }
    out += '}';
  }

  void append_pairs(std::string& out, const Pairs& pairs, std::uint64_t offset,
                    std::uint64_t limit) const {
    bool first = true;
    for (std::uint32_t parent = 0; parent < world_.count(pairs.parent) && limit > 0; ++parent) {
      const Rows rows = rows_of(pairs, parent);
      if (offset >= rows.size) {
        offset -= rows.size;
        continue;
      }
      for (std::uint64_t at = offset; at < rows.size && limit > 0; ++at, --limit) {
        if (!first) out += ',';
        first = false;
        append_pair(out, pairs, parent, rows.at(at), rows.table);
      }
      offset = 0;
    }
  }

 private:
  const World& world_;
  const world::Edits& edits_;
  login::Grant grant_;
};

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

std::string truth_summary(const World& world, const world::Edits& edits) {
  const Truth truth(world, edits);
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  for (const Objects& objects : kObjects) {
    writer.key(objects.name).number(std::uint64_t{truth.rows_of(objects).size});
  }
  for (const Pairs& pairs : kPairs) writer.key(pairs.name).number(truth.count(pairs));
  writer.end_object();
  return out;
}

std::optional<std::string> truth_page(const World& world, const world::Edits& edits,
                                      std::string_view data_set, std::uint64_t offset,
                                      std::uint64_t limit) {
  const Truth truth(world, edits);
  for (const Objects& objects : kObjects) {
    if (objects.name != data_set) continue;
    const Rows rows = truth.rows_of(objects);
    std::string out = begin_page(data_set, rows.size);
    for (std::uint64_t at = offset; at < std::min(rows.size, offset + limit); ++at) {
      if (at != offset) out += ',';
      truth.append_object(out, *rows.table, rows.at(at));
    }
    end_page(out, offset, limit, rows.size);
    return out;
  }
  for (const Pairs& pairs : kPairs) {
    if (pairs.name != data_set) continue;
    const std::uint64_t count = truth.count(pairs);
    std::string out = begin_page(data_set, count);
    truth.append_pairs(out, pairs, offset, limit);
    end_page(out, offset, limit, count);
    return out;
  }
  return std::nullopt;
}

}  // namespace muster::sandbox::graph
