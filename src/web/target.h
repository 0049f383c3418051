// The target of a request taken apart: "/api/v1/sites/acme/runs?limit=5". Internal to the room.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace muster::web {

using Parts = std::map<std::string, std::string, std::less<>>;

inline std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}
// The decoded values of {name} when the path fits the pattern; none of them is empty.
std::optional<Parts> fit(std::string_view pattern, std::string_view path);
// kMalformed `request`: a % that no two hexadecimal digits follow.
base::Result<Parts> read_query(std::string_view target);

}  // namespace muster::web
