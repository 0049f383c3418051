// Which values identify anything. Manufacturers write "To be filled by O.E.M." in place of serial
// numbers; two machines with that must never become one.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "catalogue/model.h"

namespace muster::mapping {

// The form in which values are compared: without blanks around, letters of ASCII in lower case.
std::string normalised(std::string_view value);

// `value` must be normalised. `more`: placeholders beside the known ones, normalised too.
// docs/how-to/one-identity.md lists what is known.
bool is_placeholder(catalogue::IdentifierKind kind, std::string_view value,
                    const std::set<std::string, std::less<>>& more);

}  // namespace muster::mapping
