// What Assets never changes once an import made it: names of object types and attributes, types of
// attributes, targets of references, and which attribute names the objects.
// https://developer.atlassian.com/cloud/assets/imports-rest-api-guide/schema-and-mapping/
#include <fmt/format.h>

#include <map>

#include "assets/explain.h"
#include "base/text.h"

namespace muster::assets {
namespace {

using catalogue::AttributeType;
using catalogue::ObjectAttribute;
using catalogue::ObjectSchema;
using catalogue::ObjectType;

constexpr std::size_t kMaxDifferences = 5;

// For sentences: what an admin typed may hold anything.
std::string quoted(std::string_view name) { return "'" + base::printable(name, 80) + "'"; }

struct ExistingTypes {
  std::map<std::string, const json::Value*> by_external_id;
  std::map<std::string, const json::Value*> by_name;

  void add_all(const json::Value* types) {
    if (!types) return;
    for (const json::Value& type : types->items()) {
      by_external_id.emplace(text_at(type, "externalId"), &type);
      by_name.emplace(text_at(type, "name"), &type);
      add_all(type.find("children"));
    }
  }

  std::string name_of(const std::string& external_id) const {
    const auto found = by_external_id.find(external_id);
    return found == by_external_id.end() ? external_id : text_at(*found->second, "name");
  }
};

class Comparison {
 public:
  Comparison(const ObjectSchema& wanted, const ExistingTypes& existing)
      : wanted_(wanted), existing_(existing) {}

  std::vector<std::string> differences() && {
    for (const ObjectType& type : wanted_.types) compare_type(type);
    return std::move(differences_);
  }

 private:
  void compare_type(const ObjectType& type) {
    const auto known = existing_.by_external_id.find(type.external_id);
    if (known == existing_.by_external_id.end()) {
      if (existing_.by_name.contains(type.name)) say_type_taken(type);
      return;
    }
    const json::Value& before = *known->second;
    if (const std::string name = text_at(before, "name"); name != type.name) {
      differences_.push_back(fmt::format(
          "The object type {} cannot become {}: Assets never renames what an import made. Give the "
          "data set {} its old title again, or delete the object type in Assets (its objects go "
          "with it) and import anew.",
          quoted(name), quoted(type.name), quoted(type.data_set)));
    }
    compare_attributes(type, before);
  }

  void say_type_taken(const ObjectType& type) {
    differences_.push_back(fmt::format(
        "There already is an object type {} in Assets that this importer did not make. Rename one "
        "of the two.",
        quoted(type.name)));
  }

  void compare_attributes(const ObjectType& type, const json::Value& before) {
    std::map<std::string, const json::Value*> by_external_id;
    std::map<std::string, const json::Value*> by_name;
    if (const json::Value* attributes = before.find("attributes")) {
      for (const json::Value& attribute : attributes->items()) {
        by_external_id.emplace(text_at(attribute, "externalId"), &attribute);
        by_name.emplace(text_at(attribute, "name"), &attribute);
      }
    }
    compare_label(type, by_external_id);
    for (const ObjectAttribute& attribute : type.attributes) {
      const auto known = by_external_id.find(attribute.external_id);
      if (known != by_external_id.end()) {
        compare_attribute(type, attribute, *known->second);
      } else if (by_name.contains(attribute.name)) {
        differences_.push_back(fmt::format(
            "{} already has an attribute {} in Assets that this importer did not make. Rename one "
            "of the two.",
            quoted(type.name), quoted(attribute.name)));
      }
    }
  }

  // An attribute that is not selected any more stays in Assets, with what it was.
  void compare_label(const ObjectType& type,
                     const std::map<std::string, const json::Value*>& by_external_id) {
    for (const auto& [external_id, before] : by_external_id) {
      const json::Value* label = before->find("label");
      if (label == nullptr || !label->boolean()) continue;
      for (const ObjectAttribute& attribute : type.attributes) {
        if (!attribute.is_label || attribute.external_id == external_id) continue;
        const std::string name = quoted(text_at(*before, "name"));
        differences_.push_back(fmt::format(
            "The objects of {0} are named by {1} and cannot be named by {2}: Assets never changes "
            "the label of an object type. Select the attribute {1} of the data set {3} again.",
            quoted(type.name), name, quoted(attribute.name), quoted(type.data_set)));
      }
    }
  }

  void compare_attribute(const ObjectType& type, const ObjectAttribute& attribute,
                         const json::Value& before) {
    const std::string name = text_at(before, "name");
    if (name != attribute.name) {
      differences_.push_back(fmt::format(
          "The attribute {} of {} cannot become {}: Assets never renames what an import made. "
          "Remove the rename, or delete the attribute in Assets (its values go with it) and import "
          "anew.",
          quoted(name), quoted(type.name), quoted(attribute.name)));
    }
    const bool reference = attribute.type == AttributeType::kReference;
    const std::string_view wanted_type =
        reference ? "referenced_object" : catalogue::to_string(attribute.type);
    const std::string type_before = text_at(before, "type");
    if (type_before != wanted_type) {
      differences_.push_back(fmt::format(
          "The attribute {} of {} is of type {} and cannot become {}: Assets never changes the "
          "type "
          "of an attribute. Keep the old type, or add the new one as another attribute.",
          quoted(name), quoted(type.name), base::printable(type_before, 40), wanted_type));
    } else if (reference) {
      compare_target(type, attribute, before);
    }
  }

  void compare_target(const ObjectType& type, const ObjectAttribute& attribute,
                      const json::Value& before) {
    const std::string id_before = text_at(before, "referenceObjectTypeExternalId");
    const std::string name_before = id_before.empty() ? text_at(before, "referenceObjectTypeName")
                                                      : existing_.name_of(id_before);
    const std::string wanted_name = attribute.target_importer.empty()
                                        ? name_of_wanted(attribute.target_type)
                                        : attribute.target_name;
    const bool same = id_before.empty() ? name_before.empty() || name_before == wanted_name
                                        : id_before == attribute.target_type;
    if (same) return;
    differences_.push_back(fmt::format(
        "The attribute {} of {} points to {} and cannot point to {}: Assets never changes the "
        "target "
        "of a reference. Keep the old target, or add the new one as another reference.",
        quoted(attribute.name), quoted(type.name), quoted(name_before), quoted(wanted_name)));
  }

  std::string name_of_wanted(const std::string& external_id) const {
    for (const ObjectType& type : wanted_.types) {
      if (type.external_id == external_id) return type.name;
    }
    return existing_.name_of(external_id);
  }

  const ObjectSchema& wanted_;
  const ExistingTypes& existing_;
  std::vector<std::string> differences_;
};

}  // namespace

std::vector<std::string> frozen_differences(const ObjectSchema& wanted,
                                            const json::Value& existing) {
  const json::Value* schema = existing.find("schema");
  const json::Value* object_schema = schema ? schema->find("objectSchema") : nullptr;
  if (!object_schema) return {};
  ExistingTypes types;
  types.add_all(object_schema->find("objectTypes"));
  return Comparison(wanted, types).differences();
}

base::Error schema_frozen(const std::vector<std::string>& differences) {
  std::string message;
  for (std::size_t index = 0; index < std::min(kMaxDifferences, differences.size()); ++index) {
    if (!message.empty()) message += ' ';
    message += differences[index];
  }
  if (differences.size() > kMaxDifferences) {
    message += fmt::format(" And {} more.", differences.size() - kMaxDifferences);
  }
  return {base::ErrorKind::kConflict, "schema_frozen", std::move(message)};
}

}  // namespace muster::assets
