// Taking a request target apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muster::sandbox {

// Nullopt for a '%' without two hexadecimal digits and for an encoded NUL.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

using Parameters = std::vector<std::pair<std::string, std::string>>;
// "a=1&b=two%20words" in order; also the body of an HTML form.
std::optional<Parameters> decode_parameters(std::string_view text);

struct Target {
  std::string_view path;   // as received
  std::string_view query;  // without '?'
};
Target split_target(std::string_view target);

}  // namespace muster::sandbox
