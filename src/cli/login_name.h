#pragma once

#include <string>

namespace muster::cli {

// Who runs this program: "anna", or "uid 1000" when the machine does not know a name.
std::string login_name();

}  // namespace muster::cli
