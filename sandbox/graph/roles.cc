// Directory roles, who has them, and administrative units.
#include "sandbox/graph/numbered.h"
#include "sandbox/graph/table.h"
#include "sandbox/graph/values.h"
#include "sandbox/world/directory.h"
#include "sandbox/world/tenant.h"
#include "sandbox/world/user.h"

namespace muster::sandbox::graph {
namespace {

using world::Kind;

using Out = std::string&;

// https://learn.microsoft.com/graph/api/resources/directoryrole
const world::Role& role(Number row) { return world::role_list()[row.index]; }
constexpr Column<Numbered> kRoleColumns[] = {
    {"id", Shown::kDefault,
     [](Out out, Number row) {
       put_text(out, row.world.id(Kind::kDirectoryRole, row.index).view());
     }},
    {"deletedDateTime", Shown::kDefault, [](Out out, Number) { put_null(out); }},
    {"description", Shown::kDefault,
     [](Out out, Number row) { put_text(out, role(row).description); }},
    {"displayName", Shown::kDefault, [](Out out, Number row) { put_text(out, role(row).name); }},
    {"roleTemplateId", Shown::kDefault,
     [](Out out, Number row) { put_text(out, role(row).template_id); }},
};

// https://learn.microsoft.com/graph/api/resources/unifiedroledefinition
constexpr Column<Numbered> kRoleDefinitionColumns[] = {
    {"id", Shown::kDefault, [](Out out, Number row) { put_text(out, role(row).template_id); }},
    {"description", Shown::kDefault,
     [](Out out, Number row) { put_text(out, role(row).description); }},
    {"displayName", Shown::kDefault, [](Out out, Number row) { put_text(out, role(row).name); }},
    {"isBuiltIn", Shown::kDefault, [](Out out, Number) { put_bool(out, true); }},
    {"isEnabled", Shown::kDefault, [](Out out, Number) { put_bool(out, true); }},
    {"templateId", Shown::kDefault,
     [](Out out, Number row) { put_text(out, role(row).template_id); }},
};

// https://learn.microsoft.com/graph/api/resources/unifiedroleassignment
constexpr Column<Numbered> kRoleAssignmentColumns[] = {
    {"id", Shown::kDefault,
     [](Out out, Number row) {
       out += "\"RoLe_";
       append_number(out, row.index);
       out += '"';
     }},
    {"principalId", Shown::kDefault,
     [](Out out, Number row) {
       const std::uint32_t member = world::role_member(row.world, row.index / world::kRoleStride,
                                                       row.index % world::kRoleStride);
       put_text(out, row.world.id(Kind::kUser, member).view());
     }},
    {"directoryScopeId", Shown::kDefault,
     [](Out out, Number row) {
       if (row.index % 5 != 4 || row.world.sizes().administrative_units == 0)
         return put_text(out, "/");
       out += "\"/administrativeUnits/";
       out += row.world.id(Kind::kAdministrativeUnit, 0).view();
       out += '"';
     }},
    {"roleDefinitionId", Shown::kDefault,
     [](Out out, Number row) {
       put_text(out, world::role_list()[row.index / world::kRoleStride].template_id);
     }},
};

// https://learn.microsoft.com/graph/api/resources/administrativeunit
using Unit = const world::AdministrativeUnit&;
constexpr Column<world::AdministrativeUnit> kUnitColumns[] = {
    {"id", Shown::kDefault, [](Out out, Unit row) { put_text(out, row.id.view()); }},
    {"deletedDateTime", Shown::kDefault, [](Out out, Unit) { put_null(out); }},
    {"displayName", Shown::kDefault,
     [](Out out, Unit row) {
       out += '"';
       out += row.place->city;
       out += " site ";
       append_number(out, row.index);
       out += '"';
     }},
    {"description", Shown::kDefault, [](Out out, Unit) { put_null(out); }},
    {"visibility", Shown::kDefault,
     [](Out out, Unit row) { row.hidden ? put_text(out, "HiddenMembership") : put_null(out); }},
    {"membershipType", Shown::kDefault,
     [](Out out, Unit row) { put_text(out, row.dynamic ? "Dynamic" : "Assigned"); }},
    {"membershipRule", Shown::kDefault,
     [](Out out, Unit row) {
       if (!row.dynamic) return put_null(out);
       put_escaped_from(out, [&](Out text) {
         text += "(user.city -eq \"";
         text += row.place->city;
         text += "\")";
       });
     }},
    {"membershipRuleProcessingState", Shown::kDefault,
     [](Out out, Unit row) { row.dynamic ? put_text(out, "On") : put_null(out); }},
    {"isMemberManagementRestricted", Shown::kDefault, [](Out out, Unit) { put_bool(out, false); }},
};

// https://learn.microsoft.com/graph/api/resources/scopedrolemembership
constexpr Column<world::AdministrativeUnit> kScopedRoleColumns[] = {
    {"id", Shown::kDefault,
     [](Out out, Unit row) {
       out += "\"ScOpE_";
       append_number(out, row.index);
       out += '"';
     }},
    {"roleId", Shown::kDefault,
     [](Out out, Unit row) { put_text(out, row.world.id(Kind::kDirectoryRole, 2).view()); }},
    {"administrativeUnitId", Shown::kDefault,
     [](Out out, Unit row) { put_text(out, row.id.view()); }},
    {"roleMemberInfo", Shown::kDefault,
     [](Out out, Unit row) {
       const world::User user(row.world,
                              static_cast<std::uint32_t>(row.bits % row.world.sizes().users));
       out += "{\"id\":";
       put_text(out, user.id.view());
       out += ",\"displayName\":";
       put_escaped_from(out, [&](Out text) { user.append_display_name(text); });
       out += '}';
     }},
};

}  // namespace

const Table& role_table() {
  static const TableOf<Numbered> kTable("#microsoft.graph.directoryRole", "directoryRoles",
                                        kRoleColumns);
  return kTable;
}
const Table& role_definition_table() {
  static const TableOf<Numbered> kTable("", "roleManagement/directory/roleDefinitions",
                                        kRoleDefinitionColumns);
  return kTable;
}
const Table& role_assignment_table() {
  static const TableOf<Numbered> kTable("", "roleManagement/directory/roleAssignments",
                                        kRoleAssignmentColumns);
  return kTable;
}
const Table& administrative_unit_table() {
  static const TableOf<world::AdministrativeUnit> kTable(
      "#microsoft.graph.administrativeUnit", "directory/administrativeUnits", kUnitColumns);
  return kTable;
}
const Table& scoped_role_table() {
  static const TableOf<world::AdministrativeUnit> kTable("", "scopedRoleMemberships",
                                                         kScopedRoleColumns);
  return kTable;
}

}  // namespace muster::sandbox::graph
