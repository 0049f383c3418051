// What a value must look like to be taken by an attribute of a type.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sandbox/assets/workspace.h"

namespace muster::sandbox::assets {

// A sentence when the text is no value of the attribute's type. Select and status values are judged
// by the policy for unknown values instead, references by their targets.
std::optional<std::string> check_value(const Attribute& attribute, std::string_view text);

// How many values the attribute takes.
std::optional<std::string> check_cardinality(const Attribute& attribute, std::size_t count);

// A select or status value that Assets knows.
bool is_known_value(const Workspace& workspace, const Attribute& attribute, std::string_view text);

}  // namespace muster::sandbox::assets
