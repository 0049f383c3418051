#include "assets/mapping_document.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "json/writer.h"

namespace muster::assets {
namespace {

using catalogue::AttributeType;
using catalogue::ObjectAttribute;
using catalogue::ObjectSchema;
using catalogue::ObjectType;
using catalogue::StatusValue;

constexpr std::string_view kSchemaVersion =
    "https://api.atlassian.com/jsm/insight/imports/external/schema/versions/2023_10_19";

// No limit is documented; Assets shows descriptions on one line, and a sentence fits.
constexpr std::size_t kMaxDescription = 250;

std::string_view type_word(AttributeType type) {
  return type == AttributeType::kReference ? "referenced_object" : catalogue::to_string(type);
}

// At the last blank that fits, else at the last whole character.
std::string cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  constexpr std::string_view kEllipsis = "...";
  std::size_t end = limit - kEllipsis.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  const std::size_t blank = text.rfind(' ', end);
  if (blank != std::string_view::npos && blank > end / 2) end = blank;
  return std::string(text.substr(0, end)).append(kEllipsis);
}

// A description is required everywhere; the name says more than an empty text.
std::string described(std::string_view description, std::string_view name) {
  return cut(description.empty() ? name : description, kMaxDescription);
}

// AQL strings stand in double quotes, and a backslash goes before an inner one.
std::string aql_quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char character : text) {
    if (character == '"' || character == '\\') quoted += '\\';
    quoted += character;
  }
  return quoted += '"';
}

// Values of a reference always travel as an array, also when there is at most one, so one form
// serves both: ${x${0}} stands for all elements of x, while what ${x} makes of an array is said
// nowhere.
// https://support.atlassian.com/jira-service-management-cloud/docs/use-placeholders-to-replace-information-depending-on-context
std::string reference_query(const ObjectAttribute& attribute) {
  return aql_quoted(attribute.target_attribute) + " IN (${" + attribute.locator + "${0}})";
}

class DocumentWriter {
 public:
  explicit DocumentWriter(const ObjectSchema& schema) : schema_(schema), json_(text_) {}

  std::string write() && {
    json_.begin_object().key("$schema").string(kSchemaVersion);
    json_.key("schema").begin_object();
    write_object_schema();
    write_statuses();
    json_.end_object().key("mapping").begin_object().key("objectTypeMappings").begin_array();
    for (const ObjectType& type : schema_.types) write_mapping(type);
    json_.end_array().end_object().end_object();
    return std::move(text_);
  }

 private:
  void write_object_schema() {
    json_.key("objectSchema").begin_object();
    json_.key("name").string(schema_.name);
    json_.key("description").string(described(schema_.description, schema_.name));
    json_.key("objectTypes").begin_array();
    for (const ObjectType& type : schema_.types) write_type(type);
    json_.end_array().end_object();
  }

  void write_type(const ObjectType& type) {
    json_.begin_object().key("externalId").string(type.external_id).key("name").string(type.name);
    json_.key("description").string(described(type.description, type.name));
    json_.key("attributes").begin_array();
    for (const ObjectAttribute& attribute : type.attributes) write_attribute(attribute);
    json_.end_array().end_object();
  }

  void write_attribute(const ObjectAttribute& attribute) {
    json_.begin_object();
    json_.key("externalId").string(attribute.external_id).key("name").string(attribute.name);
    json_.key("description").string(described(attribute.description, attribute.name));
    json_.key("type").string(type_word(attribute.type));
    if (attribute.is_label) json_.key("label").boolean(true);
    if (attribute.type == AttributeType::kReference) {
      json_.key("referenceObjectTypeExternalId").string(attribute.target_type);
      write_cardinality(0, attribute.many ? -1 : 1);
    } else if (attribute.is_key || attribute.is_label) {
      write_cardinality(1, 1);
    }
    if (attribute.is_key) json_.key("unique").boolean(true);
    if (attribute.type == AttributeType::kStatus) write_type_values(attribute);
    json_.end_object();
  }

  void write_cardinality(std::int64_t minimum, std::int64_t maximum) {
    json_.key("minimumCardinality").number(minimum).key("maximumCardinality").number(maximum);
  }

  // Several source values may share one status.
  void write_type_values(const ObjectAttribute& attribute) {
    std::vector<std::string_view> seen;
    json_.key("typeValues").begin_array();
    for (const StatusValue& value : attribute.statuses) {
      if (std::ranges::find(seen, value.status) != seen.end()) continue;
      seen.push_back(value.status);
      json_.string(value.status);
    }
    json_.end_array();
  }

  // Statuses belong to the whole schema: one entry per name, and where two attributes disagree
  // about the category the first wins.
  void write_statuses() {
    std::vector<const StatusValue*> distinct;
    for (const ObjectType& type : schema_.types) {
      for (const ObjectAttribute& attribute : type.attributes) {
        for (const StatusValue& value : attribute.statuses) {
          const auto same = [&](const StatusValue* other) { return other->status == value.status; };
          if (std::ranges::none_of(distinct, same)) distinct.push_back(&value);
        }
      }
    }
    if (distinct.empty()) return;  // an empty list is refused
    json_.key("statusSchema").begin_object().key("statuses").begin_array();
    for (const StatusValue* value : distinct) {
      json_.begin_object().key("name").string(value->status);
      json_.key("description").string(value->status);
      json_.key("category").string(value->category).end_object();
    }
    json_.end_array().end_object();
  }

  void write_mapping(const ObjectType& type) {
    json_.begin_object();
    json_.key("objectTypeExternalId").string(type.external_id);
    json_.key("objectTypeName").string(type.name);
    json_.key("selector").string(type.selector);
    json_.key("description").string(described(type.description, type.name));
    json_.key("attributesMapping").begin_array();
    for (const ObjectAttribute& attribute : type.attributes) write_attribute_mapping(attribute);
    json_.end_array().end_object();
  }

  void write_attribute_mapping(const ObjectAttribute& attribute) {
    json_.begin_object();
    json_.key("attributeExternalId").string(attribute.external_id);
    json_.key("attributeName").string(attribute.name);
    json_.key("attributeLocators").begin_array().string(attribute.locator).end_array();
    if (attribute.is_key) json_.key("externalIdPart").boolean(true);
    if (attribute.type == AttributeType::kReference) {
      json_.key("objectMappingIQL").string(reference_query(attribute));
    }
    json_.end_object();
  }

  const ObjectSchema& schema_;
  std::string text_;
  json::Writer json_;
};

}  // namespace

std::string mapping_document(const ObjectSchema& schema) { return DocumentWriter(schema).write(); }

}  // namespace muster::assets
