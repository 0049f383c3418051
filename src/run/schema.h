// What an importer makes of Assets: the mapping document, exactly as a run would send it.
#pragma once

#include <string>

#include "base/result.h"
#include "run/importer.h"

namespace muster::run {

// Compact JSON. kSettings when the importer cannot be used.
base::Result<std::string> schema_document(const Importer& importer);

}  // namespace muster::run
