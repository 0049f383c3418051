// Names of time zones, as the IANA database of this machine (package tzdata) has them.
#pragma once

#include <optional>
#include <string>

namespace muster::run {

// True for Europe/Berlin and UTC; for paths, the database's other files, and `localtime`, which
// means another zone on every machine, never. Without a database every well-formed name passes.
bool is_time_zone(const std::string& name);

// The one that was probably meant.
std::optional<std::string> closest_time_zone(const std::string& name);

}  // namespace muster::run
