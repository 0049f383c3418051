// What the source holds after all edits, independent of paging, permissions and quotas: what an
// import is checked against.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sandbox/world/edits.h"
#include "sandbox/world/world.h"

namespace muster::sandbox::graph {

// {"users": 5000, "memberships": 40000, ...}
std::string truth_summary(const world::World& world, const world::Edits& edits);

// {"data_set": "users", "count": 5000, "value": [...], "next": 1000}. Objects come with every
// property; relations as {"from", "to", "to_type"}. Nullopt: no such data set.
std::optional<std::string> truth_page(const world::World& world, const world::Edits& edits,
                                      std::string_view data_set, std::uint64_t offset,
                                      std::uint64_t limit);

}  // namespace muster::sandbox::graph
