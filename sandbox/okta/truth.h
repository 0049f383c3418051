// What the org holds after all edits, independent of paging and states that lists leave out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sandbox/okta/org.h"

namespace muster::sandbox::okta {

// {"users": 4950, "group_members": 40000, ...}
std::string truth_summary(const Org& org, const View& view);

// As graph/truth.h: objects with every property, relations as {"from", "to"}.
std::optional<std::string> truth_page(const Org& org, const View& view, std::string_view data_set,
                                      std::uint64_t offset, std::uint64_t limit);

}  // namespace muster::sandbox::okta
