// Brings one source value into an attribute's type, as JSON text for a chunk.
#pragma once

#include <string>
#include <string_view>

#include "catalogue/model.h"
#include "json/value.h"

namespace muster::mapping {

enum class Coerced { kWritten, kEmpty, kBad };

// Appends the value to `out` (kWritten only). Strings holding numbers, words for booleans and
// numbers where text is wanted are accepted; dates lose their fraction because the destination's
// default format has none (yyyy-MM-dd'T'HH:mm:ss'Z').
Coerced append_coerced(std::string& out, const json::Value& value, catalogue::AttributeType type);
Coerced append_coerced(std::string& out, std::string_view text, catalogue::AttributeType type);

}  // namespace muster::mapping
