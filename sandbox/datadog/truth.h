// What the organisation holds after all edits: what an import is checked against. Hosts are those
// of the last seven days; older ones nobody can ask for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sandbox/datadog/organisation.h"

namespace muster::sandbox::datadog {

// {"hosts": 190, "hosts_forgotten": 11, ..., "team_members": 80}
std::string truth_summary(const Organisation& of, const world::Edits& edits, std::int64_t now);
// {"data_set", "count", "value", "next"}; relations as {"from", "to"}. Nullopt: no such data set.
std::optional<std::string> truth_page(const Organisation& of, const world::Edits& edits,
                                      std::int64_t now, std::string_view data_set,
                                      std::uint64_t offset, std::uint64_t limit);

}  // namespace muster::sandbox::datadog
