// The shape of what goes to a destination: object types with their attributes. mapping/ makes it
// from a selection, assets/ turns it into the mapping document; neither knows the other.
#pragma once

#include <string>
#include <vector>

#include "catalogue/model.h"

namespace muster::catalogue {

struct ObjectAttribute {
  std::string external_id;  // "muster/entra/users/display_name"
  std::string name;         // "Display Name"
  std::string locator;      // "display_name"
  std::string description;
  AttributeType type = AttributeType::kText;
  bool is_key = false;
  bool is_label = false;
  bool many = false;                  // references only
  std::vector<StatusValue> statuses;  // kStatus
  std::string target_type;            // kReference: ObjectType::external_id
  std::string target_attribute;       // kReference: name of the attribute the values match
  // kReference to what another importer sends: whose type it is and how it is called; else empty.
  std::string target_importer, target_name;
};

struct ObjectType {
  std::string external_id;  // "muster/entra/users"
  std::string data_set;     // "users"
  std::string selector;     // "users": the array in a chunk, and the file name of destination files
  std::string name;         // "Entra User"
  std::string description;
  std::vector<ObjectAttribute> attributes;
};

struct ObjectSchema {
  std::string name;
  std::string description;
  std::vector<ObjectType> types;
};

}  // namespace muster::catalogue
