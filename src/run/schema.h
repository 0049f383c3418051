// What an importer makes of Assets: the mapping document, exactly as a run would send it.
#pragma once

#include <string>

#include "base/result.h"
#include "catalogue/object_type.h"
#include "run/importer.h"

namespace muster::run {

// kSettings when the importer cannot be used.
base::Result<catalogue::ObjectSchema> object_schema(const Importer& importer);
// As compact JSON.
base::Result<std::string> schema_document(const Importer& importer);

}  // namespace muster::run
