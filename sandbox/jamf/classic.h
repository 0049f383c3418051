// The Classic API: /JSSResource, lists without pages and one request for each object.
// https://developer.jamf.com/jamf-pro/reference/classic-api
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sandbox/jamf/estate.h"
#include "sandbox/world/edits.h"

namespace muster::sandbox::jamf {

struct ClassicAnswer {
  std::string_view privilege{};
  std::optional<std::string> body{};  // nothing: there is no such object
};
// `path` after /JSSResource. Nullopt: there is no such resource.
std::optional<ClassicAnswer> read_classic(std::string_view path, const Estate& estate,
                                          const world::Edits& edits);

// "policies", "mac_profiles", "mobile_profiles": ids and one object as its own request shows it.
struct ClassicKind {
  std::string_view name;
  std::string_view resource, list_key, object_key, privilege;
  std::vector<std::int64_t> (*ids)(const Estate& estate, const world::Edits& edits);
  std::string (*object)(const Estate& estate, std::int64_t id);
};
std::span<const ClassicKind> classic_kinds();

}  // namespace muster::sandbox::jamf
