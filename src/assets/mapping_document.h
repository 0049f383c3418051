// The schema-and-mapping document of the Assets import API (schema version 2023_10_19).
#pragma once

#include <string>

#include "catalogue/object_type.h"

namespace muster::assets {

std::string mapping_document(const catalogue::ObjectSchema& schema);

}  // namespace muster::assets
