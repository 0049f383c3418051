// What Assets demands of a schema-and-mapping document beyond its JSON Schema, and what the
// document does to the workspace.
// https://developer.atlassian.com/cloud/assets/imports-rest-api-guide/schema-and-mapping/
#pragma once

#include <optional>
#include <vector>

#include "base/random.h"
#include "sandbox/assets/mapping_document.h"
#include "sandbox/assets/schema_rules.h"

namespace muster::sandbox::assets {

enum class MappingMode { kPut, kPatch };

struct PlannedType {
  TypeSpec spec;  // existing attributes first, in their order
  std::optional<TypeIndex> existing{};
};

// How the workspace will look; worked out completely before anything is changed.
struct MappingPlan {
  std::string schema_name;
  std::string schema_description;
  std::vector<PlannedType> types;  // of this schema
  std::vector<Icon> icons;         // new and changed ones
  std::vector<StatusType> statuses;
  std::vector<TypeMappingSpec> mappings;
  std::vector<Violation> problems;  // not empty: must not be applied
};

struct MappingTarget {
  const Workspace& workspace;
  std::uint32_t schema = 0;                      // position in Workspace::schemas
  const std::vector<TypeMappingSpec>& mappings;  // those in force
  bool shared_types = true;                      // AssetsSettings
};

// `random` makes external ids for a document without any.
MappingPlan plan_mapping(const MappingTarget& target, MappingDocument document, MappingMode mode,
                         base::Random& random);

void apply_mapping(const MappingPlan& plan, Workspace& workspace, std::uint32_t schema);

}  // namespace muster::sandbox::assets
