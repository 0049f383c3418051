#include "sandbox/assets/schema_rules.h"

#include <cmath>
#include <set>

namespace muster::sandbox::assets {
namespace {

using json::Value;

// A place in the document together with the list of what is wrong.
class Place {
 public:
  Place(const Value& value, std::string pointer, std::vector<Violation>& violations)
      : value_(value), pointer_(std::move(pointer)), violations_(violations) {}

  const Value& value() const { return value_; }

  void refuse(std::string message) const {
    violations_.push_back({"SCHEMA_VIOLATION", pointer_, std::move(message)});
  }
  bool expect(bool holds, const char* message) const {
    if (!holds) refuse(message);
    return holds;
  }

  // Checks that this is an object with the members; false when it is no object at all.
  bool object(std::initializer_list<std::string_view> required) const {
    if (!expect(value_.is_object(), "must be an object")) return false;
    for (std::string_view name : required)
      if (value_.find(name) == nullptr)
        refuse(fmt::format("must have required property '{}'", name));
    return true;
  }

  template <typename Check>
  void member(std::string_view name, Check check) const {
    if (const Value* found = value_.find(name))
      check(Place(*found, fmt::format("{}/{}", pointer_, name), violations_));
  }

  template <typename Check>
  void items(Check check) const {
    std::size_t position = 0;
    for (const Value& item : value_.items())
      check(Place(item, fmt::format("{}/{}", pointer_, position++), violations_));
  }

 private:
  const Value& value_;
  std::string pointer_;
  std::vector<Violation>& violations_;
};

void text(const Place& at) { at.expect(at.value().is_string(), "must be a string"); }
void boolean(const Place& at) { at.expect(at.value().is_bool(), "must be a boolean"); }

// In JSON Schema 1.0 is an integer: the value counts, not the spelling.
void integer(const Place& at) {
  const auto real = at.value().real();
  at.expect(at.value().is_number() && real && std::isfinite(*real) && *real == std::floor(*real),
            "must be an integer");
}

template <std::size_t count>
void one_of(const Place& at, const std::string_view (&allowed)[count]) {
  at.expect(at.value().is_string() && std::ranges::count(allowed, at.value().text()) > 0,
            "must be equal to one of the allowed values");
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](unsigned char byte) { return (byte & 0xc0) != 0x80; }));
}

void length(const Place& at, std::size_t least, std::size_t most) {
  const std::size_t size = code_points(at.value().text());
  if (size < least) at.refuse(fmt::format("must NOT have fewer than {} characters", least));
  if (size > most) at.refuse(fmt::format("must NOT have more than {} characters", most));
}

// Icon and status names: 2 to 30 letters, digits, blanks and hyphens.
void display_name(const Place& at) {
  if (!at.expect(at.value().is_string(), "must be a string")) return;
  length(at, 2, 30);
  const bool plain = std::ranges::all_of(at.value().text(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' ||
           c == '-';
  });
  at.expect(plain, "must match pattern \"^[a-zA-Z0-9 \\-]*$\"");
}

template <typename Check>
void array(const Place& at, std::size_t least, Check check) {
  if (!at.expect(at.value().is_array(), "must be an array")) return;
  if (at.value().items().size() < least)
    at.refuse(fmt::format("must NOT have fewer than {} items", least));
  at.items(check);
}

void icon(const Place& at) {
  if (!at.object({"key", "name", "png48"})) return;
  at.member("key", [](const Place& key) {
    if (key.expect(key.value().is_string(), "must be a string")) length(key, 1, 255);
  });
  at.member("name", display_name);
  at.member("png48", text);
}

void status(const Place& at) {
  static constexpr std::string_view kCategories[] = {"active", "inactive", "pending"};
  if (!at.object({"name", "description", "category"})) return;
  at.member("name", display_name);
  at.member("description", text);
  at.member("category", [](const Place& category) { one_of(category, kCategories); });
}

void type_values(const Place& at) {
  array(at, 0, text);
  std::set<std::string_view> seen;
  for (const Value& item : at.value().items())
    if (item.is_string() && !seen.insert(item.text()).second)
      at.refuse("must NOT have duplicate items");
}

void attribute(const Place& at) {
  static constexpr std::string_view kTypes[] = {"text",
                                                "integer",
                                                "boolean",
                                                "double",
                                                "date",
                                                "time",
                                                "date_time",
                                                "url",
                                                "email",
                                                "textarea",
                                                "select",
                                                "ipaddress",
                                                "referenced_object",
                                                "status"};
  if (!at.object({"name", "description", "type"})) return;
  for (const char* name : {"externalId", "name", "description", "referenceObjectTypeName",
                           "referenceObjectTypeExternalId"})
    at.member(name, text);
  for (const char* name : {"label", "unique"}) at.member(name, boolean);
  for (const char* name : {"maximumCardinality", "minimumCardinality"}) at.member(name, integer);
  at.member("type", [](const Place& type) { one_of(type, kTypes); });
  at.member("typeValues", type_values);
  const Value* values = at.value().find("typeValues");
  const Value* type = at.value().find("type");
  if (values != nullptr && !values->is_null() && type != nullptr && type->text() != "status")
    at.refuse("typeValues need the type status");
}

void object_type(const Place& at) {
  if (!at.object({"name", "description"})) return;
  for (const char* name : {"externalId", "name", "description", "iconKey"}) at.member(name, text);
  at.member("attributes", [](const Place& attributes) { array(attributes, 0, attribute); });
  at.member("children", [](const Place& children) { array(children, 0, object_type); });
}

void attribute_mapping(const Place& at) {
  if (!at.object({"attributeName", "attributeLocators"})) return;
  for (const char* name : {"attributeExternalId", "attributeName", "objectMappingIQL"})
    at.member(name, text);
  at.member("externalIdPart", boolean);
  at.member("attributeLocators", [](const Place& locators) { array(locators, 1, text); });
}

void object_type_mapping(const Place& at) {
  if (!at.object({"objectTypeName", "selector", "description"})) return;
  for (const char* name : {"objectTypeExternalId", "objectTypeName", "selector", "description"})
    at.member(name, text);
  at.member("attributesMapping", [](const Place& list) { array(list, 0, attribute_mapping); });
}

void object_schema(const Place& at) {
  if (!at.object({"name", "description", "objectTypes"})) return;
  at.member("name", text);
  at.member("description", text);
  at.member("objectTypes", [](const Place& types) { array(types, 1, object_type); });
}

void schema(const Place& at) {
  if (!at.object({"objectSchema"})) return;
  at.member("objectSchema", object_schema);
  at.member("iconSchema", [](const Place& icons) {
    if (icons.object({"icons"}))
      icons.member("icons", [](const Place& list) { array(list, 1, icon); });
  });
  at.member("statusSchema", [](const Place& statuses) {
    if (statuses.object({"statuses"}))
      statuses.member("statuses", [](const Place& list) { array(list, 1, status); });
  });
}

void mapping(const Place& at) {
  if (!at.object({"objectTypeMappings"})) return;
  at.member("objectTypeMappings", [](const Place& list) { array(list, 0, object_type_mapping); });
}

}  // namespace

std::vector<Violation> check_mapping_schema(const Value& document) {
  std::vector<Violation> violations;
  const Place root(document, "", violations);
  if (root.object({"schema", "mapping"})) {
    root.member("schema", schema);
    root.member("mapping", mapping);
  }
  return violations;
}

}  // namespace muster::sandbox::assets
