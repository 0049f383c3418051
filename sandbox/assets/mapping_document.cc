#include "sandbox/assets/mapping_document.h"

#include <cmath>

#include "json/writer.h"

namespace muster::sandbox::assets {
namespace {

using json::Value;

std::string text_of(const Value& object, std::string_view name) {
  const Value* value = object.find(name);
  return value == nullptr ? std::string() : std::string(value->text());
}

bool flag_of(const Value& object, std::string_view name) {
  const Value* value = object.find(name);
  return value != nullptr && value->boolean();
}

std::optional<std::int64_t> integer_of(const Value& object, std::string_view name) {
  const Value* value = object.find(name);
  if (value == nullptr) return std::nullopt;
  return static_cast<std::int64_t>(std::llround(value->real().value_or(0)));
}

std::vector<std::string> texts_of(const Value& object, std::string_view name) {
  std::vector<std::string> texts;
  if (const Value* list = object.find(name))
    for (const Value& item : list->items()) texts.emplace_back(item.text());
  return texts;
}

std::span<const Value> items_of(const Value& object, std::string_view name) {
  const Value* list = object.find(name);
  return list == nullptr ? std::span<const Value>() : list->items();
}

AttributeSpec read_attribute(const Value& value, std::string pointer) {
  return {.external_id = text_of(value, "externalId"),
          .name = text_of(value, "name"),
          .description = text_of(value, "description"),
          .type = text_of(value, "type"),
          .label = flag_of(value, "label"),
          .unique = flag_of(value, "unique"),
          .minimum = integer_of(value, "minimumCardinality"),
          .maximum = integer_of(value, "maximumCardinality"),
          .type_values = texts_of(value, "typeValues"),
          .target_name = text_of(value, "referenceObjectTypeName"),
          .target_external_id = text_of(value, "referenceObjectTypeExternalId"),
          .pointer = std::move(pointer)};
}

void read_types(std::span<const Value> values, const std::string& pointer,
                std::optional<std::size_t> parent, std::vector<TypeSpec>& types) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Value& value = values[i];
    TypeSpec type{.external_id = text_of(value, "externalId"),
                  .name = text_of(value, "name"),
                  .description = text_of(value, "description"),
                  .icon_key = text_of(value, "iconKey"),
                  .parent = parent,
                  .pointer = fmt::format("{}/{}", pointer, i)};
    for (const Value& attribute : items_of(value, "attributes"))
      type.attributes.push_back(read_attribute(
          attribute, fmt::format("{}/attributes/{}", type.pointer, type.attributes.size())));
    const std::string children = type.pointer + "/children";
    types.push_back(std::move(type));
    read_types(items_of(value, "children"), children, types.size() - 1, types);
  }
}

TypeMappingSpec read_mapping(const Value& value, std::string pointer) {
  TypeMappingSpec mapping{.type_external_id = text_of(value, "objectTypeExternalId"),
                          .type_name = text_of(value, "objectTypeName"),
                          .selector = text_of(value, "selector"),
                          .description = text_of(value, "description"),
                          .pointer = std::move(pointer)};
  for (const Value& attribute : items_of(value, "attributesMapping"))
    mapping.attributes.push_back(
        {.attribute_external_id = text_of(attribute, "attributeExternalId"),
         .attribute_name = text_of(attribute, "attributeName"),
         .is_key = flag_of(attribute, "externalIdPart"),
         .locators = texts_of(attribute, "attributeLocators"),
         .query = text_of(attribute, "objectMappingIQL"),
         .pointer =
             fmt::format("{}/attributesMapping/{}", mapping.pointer, mapping.attributes.size())});
  return mapping;
}

void write_key_attribute(json::Writer& writer, const ObjectType& type) {
  writer.begin_object().key("externalId").string(type.external_id + "/key");
  writer.key("name").string("Key").key("description").string("").key("type").string("text");
  writer.key("minimumCardinality").number(std::int64_t{1});
  writer.key("maximumCardinality").number(std::int64_t{1}).end_object();
}

void write_attribute(json::Writer& writer, const Workspace& workspace, const Attribute& attribute) {
  writer.begin_object().key("externalId").string(attribute.external_id);
  writer.key("name").string(attribute.name).key("description").string(attribute.description);
  writer.key("type").string(attribute.type).key("label").boolean(attribute.label);
  if (!attribute.type_values.empty()) {
    writer.key("typeValues").begin_array();
    for (const std::string& value : attribute.type_values) writer.string(value);
    writer.end_array();
  }
  if (attribute.target) {
    const ObjectType& target = workspace.types[*attribute.target];
    writer.key("referenceObjectTypeName").string(target.name);
    writer.key("referenceObjectTypeExternalId").string(target.external_id);
  }
  writer.key("minimumCardinality").number(attribute.minimum);
  writer.key("maximumCardinality").number(attribute.maximum);
  writer.key("unique").boolean(attribute.unique).end_object();
}

void write_types(json::Writer& writer, const Workspace& workspace, std::uint32_t schema,
                 std::optional<TypeIndex> parent) {
  writer.begin_array();
  for (TypeIndex index = 0; index < workspace.types.size(); ++index) {
    const ObjectType& type = workspace.types[index];
    if (type.schema != schema || type.parent != parent) continue;
    writer.begin_object().key("externalId").string(type.external_id).key("name").string(type.name);
    writer.key("description").string(type.description).key("inheritance").boolean(false);
    if (!type.icon_key.empty()) writer.key("iconKey").string(type.icon_key);
    writer.key("attributes").begin_array();
    write_key_attribute(writer, type);
    for (const Attribute& attribute : type.attributes)
      if (!attribute.is_user()) write_attribute(writer, workspace, attribute);
    writer.end_array().key("children");
    write_types(writer, workspace, schema, index);
    writer.end_object();
  }
  writer.end_array();
}

void write_mapping(json::Writer& writer, const TypeMappingSpec& mapping) {
  writer.begin_object().key("objectTypeExternalId").string(mapping.type_external_id);
  writer.key("objectTypeName").string(mapping.type_name).key("selector").string(mapping.selector);
  writer.key("description").string(mapping.description).key("attributesMapping").begin_array();
  for (const AttributeMappingSpec& attribute : mapping.attributes) {
    writer.begin_object().key("attributeExternalId").string(attribute.attribute_external_id);
    writer.key("attributeName").string(attribute.attribute_name).key("attributeLocators");
    writer.begin_array();
    for (const std::string& locator : attribute.locators) writer.string(locator);
    writer.end_array().key("externalIdPart").boolean(attribute.is_key);
    if (!attribute.query.empty()) writer.key("objectMappingIQL").string(attribute.query);
    writer.end_object();
  }
  writer.end_array().end_object();
}

}  // namespace

MappingDocument read_mapping_document(const Value& document) {
  MappingDocument result;
  const Value& schema = *document.find("schema");
  const Value& object_schema = *schema.find("objectSchema");
  result.schema_name = text_of(object_schema, "name");
  result.schema_description = text_of(object_schema, "description");
  read_types(items_of(object_schema, "objectTypes"), "/schema/objectSchema/objectTypes",
             std::nullopt, result.types);
  if (const Value* icons = schema.find("iconSchema"))
    for (const Value& icon : items_of(*icons, "icons"))
      result.icons.push_back({.key = text_of(icon, "key"),
                              .name = text_of(icon, "name"),
                              .png48 = text_of(icon, "png48")});
  if (const Value* statuses = schema.find("statusSchema"))
    for (const Value& status : items_of(*statuses, "statuses"))
      result.statuses.push_back({.name = text_of(status, "name"),
                                 .description = text_of(status, "description"),
                                 .category = text_of(status, "category")});
  for (const Value& mapping : items_of(*document.find("mapping"), "objectTypeMappings"))
    result.mappings.push_back(read_mapping(
        mapping, fmt::format("/mapping/objectTypeMappings/{}", result.mappings.size())));
  return result;
}

std::string write_mapping_document(const Workspace& workspace, std::uint32_t schema,
                                   const std::vector<TypeMappingSpec>& mappings) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().key("schema").begin_object().key("objectSchema").begin_object();
  writer.key("name").string(workspace.schemas[schema].name);
  writer.key("description").string(workspace.schemas[schema].description).key("objectTypes");
  write_types(writer, workspace, schema, std::nullopt);
  writer.end_object().key("iconSchema").begin_object().key("icons").begin_array();
  for (const Icon& icon : workspace.icons) {
    writer.begin_object().key("key").string(icon.key).key("name").string(icon.name);
    writer.key("png48").string(icon.png48).end_object();
  }
  writer.end_array().end_object();
  if (!workspace.statuses.empty()) {
    writer.key("statusSchema").begin_object().key("statuses").begin_array();
    for (const StatusType& status : workspace.statuses) {
      writer.begin_object().key("name").string(status.name);
      writer.key("description").string(status.description);
      writer.key("category").string(status.category).end_object();
    }
    writer.end_array().end_object();
  }
  writer.end_object().key("mapping").begin_object().key("objectTypeMappings").begin_array();
  for (const TypeMappingSpec& mapping : mappings) write_mapping(writer, mapping);
  writer.end_array().end_object().end_object();
  return out;
}

}  // namespace muster::sandbox::assets
