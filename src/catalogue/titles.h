// Names as people see them in Assets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace muster::catalogue {

// "employeeOrgData.costCenter" -> "Cost Center", "mdmAppId" -> "MDM App ID"
std::string title_from_name(std::string_view name);

// Why Assets would not take this as a name: of a schema, or (with more rules) of an object type or
// attribute.
std::optional<std::string> name_problem(std::string_view name);
std::optional<std::string> title_problem(std::string_view title);

// Why Assets would not take this as the name of a status.
std::optional<std::string> status_problem(std::string_view status);

}  // namespace muster::catalogue
