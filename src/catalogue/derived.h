// Values that are worked out from a record instead of copied: choices, sums, counts, the least and
// the greatest of several.
#pragma once

#include <optional>
#include <string>

#include "catalogue/model.h"
#include "json/value.h"

namespace muster::catalogue {

// True: the value comes from derived_value(), not from Attribute::path as it is.
bool is_derived(const Attribute& attribute);

// The value as text, in the attribute's type; nullopt: the record has none. A count is never none.
// One thread per attribute object (paths remember where keys stood).
std::optional<std::string> derived_value(const Attribute& attribute, const json::Value& record);

}  // namespace muster::catalogue
