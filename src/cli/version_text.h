#pragma once

#include <string>

namespace muster::cli {

// Version, build and features as JSON.
std::string version_json();

}  // namespace muster::cli
