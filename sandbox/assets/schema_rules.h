// The published JSON Schema of the schema-and-mapping document (version 2023_10_19), as code:
// https://api.atlassian.com/jsm/insight/imports/external/schema/versions/2023_10_19
//
// tests/tools/mapping_cases holds documents that this code and a real JSON Schema validator must
// judge alike.
#pragma once

#include <string>
#include <vector>

#include "json/value.h"

namespace muster::sandbox::assets {

struct Violation {
  std::string code;     // "SCHEMA_VIOLATION"; the rules beyond the schema have codes of their own
  std::string pointer;  // where in the document: "/schema/objectSchema/name"
  std::string message;
};

// Every violation; empty when the document is valid.
std::vector<Violation> check_mapping_schema(const json::Value& document);

}  // namespace muster::sandbox::assets
