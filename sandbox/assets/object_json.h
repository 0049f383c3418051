// Objects, types, attributes and schemas as the Assets REST API writes them.
// https://developer.atlassian.com/cloud/assets/rest/api-group-object/
#pragma once

#include <string>

#include "json/writer.h"
#include "sandbox/assets/site.h"

namespace muster::sandbox::assets {

class ObjectJson {
 public:
  // `base_link` is what `_links.self` begins with.
  ObjectJson(json::Writer& writer, const Site& site, std::string base_link)
      : writer_(writer),
        site_(site),
        workspace_(site.workspace),
        base_link_(std::move(base_link)) {}

  void schema(std::uint32_t index);
  void type(TypeIndex index);
  void attribute(TypeIndex type, std::uint16_t slot);
  void key_attribute(TypeIndex type);
  void object(ObjectId id, bool with_attributes);
  void attributes_of(ObjectId id);  // an array
  void status(const StatusType& status);

 private:
  void global_id(std::string_view id);
  void brief_object(ObjectId id);
  void value(std::string_view text);
  void user(std::string_view account_id);
  void reference(ObjectId target);

  json::Writer& writer_;
  const Site& site_;
  const Workspace& workspace_;
  std::string base_link_;
};

}  // namespace muster::sandbox::assets
