// The schema-and-mapping document as plain values, once check_mapping_schema() found nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "json/value.h"
#include "sandbox/assets/workspace.h"

namespace muster::sandbox::assets {

struct AttributeSpec {
  std::string external_id;  // empty: none given
  std::string name;
  std::string description;
  std::string type;
  bool label = false;
  bool unique = false;
  std::optional<std::int64_t> minimum;
  std::optional<std::int64_t> maximum;
  std::vector<std::string> type_values;
  std::string target_name;  // of referenced_object
  std::string target_external_id;
  std::string pointer;  // where it stands in the document
};

struct TypeSpec {
  std::string external_id;
  std::string name;
  std::string description;
  std::string icon_key;
  std::vector<AttributeSpec> attributes;
  std::optional<std::size_t> parent;  // position in MappingDocument::types
  std::string pointer;
};

struct AttributeMappingSpec {
  std::string attribute_external_id;
  std::string attribute_name;
  bool is_key = false;  // externalIdPart
  std::vector<std::string> locators;
  std::string query;  // objectMappingIQL
  std::string pointer;
};

struct TypeMappingSpec {
  std::string type_external_id;
  std::string type_name;
  std::string selector;
  std::string description;
  std::vector<AttributeMappingSpec> attributes;
  std::string pointer;
};

struct MappingDocument {
  std::string schema_name;
  std::string schema_description;
  std::vector<TypeSpec> types;  // parents before children
  std::vector<Icon> icons;
  std::vector<StatusType> statuses;
  std::vector<TypeMappingSpec> mappings;
};

MappingDocument read_mapping_document(const json::Value& document);

// What GET schema-and-mapping answers for one schema: not quite what PUT takes. It adds the system
// attribute Key, `inheritance`, and an empty icon list that PUT refuses (seen in Atlassian's own
// sample app, https://github.com/ibuchanan/forge-assets-import).
std::string write_mapping_document(const Workspace& workspace, std::uint32_t schema,
                                   const std::vector<TypeMappingSpec>& mappings);

}  // namespace muster::sandbox::assets
