// One source in full: how to connect, its data sets, attributes, references, permissions and
// limits.
#pragma once

#include <string>

#include "catalogue/model.h"

namespace muster::cli {

std::string source_text(const catalogue::Source& source);

}  // namespace muster::cli
