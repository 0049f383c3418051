#include "sandbox/assets/mapping_rules.h"

#include <set>

#include "base/id.h"
#include "base/text.h"
#include "sandbox/assets/reference_template.h"

namespace muster::sandbox::assets {
namespace {

using base::equals_ignoring_case;

constexpr std::string_view kKeyAttribute = "Key";
constexpr std::string_view kReservedInNames = "=;:?.\"";

TypeSpec spec_of(const Workspace& workspace, const ObjectType& type) {
  TypeSpec spec{.external_id = type.external_id,
                .name = type.name,
                .description = type.description,
                .icon_key = type.icon_key};
  for (const Attribute& attribute : type.attributes) {
    spec.attributes.push_back({.external_id = attribute.external_id,
                               .name = attribute.name,
                               .description = attribute.description,
                               .type = attribute.type,
                               .label = attribute.label,
                               .unique = attribute.unique,
                               .minimum = attribute.minimum,
                               .maximum = attribute.maximum,
                               .type_values = attribute.type_values});
    if (attribute.target)
      spec.attributes.back().target_external_id = workspace.types[*attribute.target].external_id;
  }
  return spec;
}

// A 48x48 PNG begins with its signature and an IHDR chunk that says so (PNG specification, 11.2.2).
bool is_icon_image(std::string base64) {
  std::ranges::replace(base64, '+', '-');
  std::ranges::replace(base64, '/', '_');
  while (base64.ends_with('=')) base64.pop_back();
  const auto bytes = base::base64url_decode(base64);
  static constexpr std::string_view kStart("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x30\0\0\0\x30", 24);
  return bytes && bytes->starts_with(kStart);
}

class Planner {
 public:
  Planner(const MappingTarget& target, MappingDocument document, MappingMode mode,
          base::Random& random)
      : workspace_(target.workspace),
        target_(target),
        document_(std::move(document)),
        mode_(mode),
        random_(random) {}

  MappingPlan plan() && {
    plan_.schema_name = document_.schema_name;
    plan_.schema_description = document_.schema_description;
    plan_.mappings = target_.mappings;
    check_external_ids();
    check_icons_and_statuses();
    for (TypeIndex type = 0; type < workspace_.types.size(); ++type)
      if (workspace_.types[type].schema == target_.schema)
        plan_.types.push_back({spec_of(workspace_, workspace_.types[type]), type});
    if (document_.schema_name.find_first_of(kReservedInNames) != std::string::npos)
      refuse("RESERVED_CHARACTER", "/schema/objectSchema/name",
             "the name holds one of = ; : ? . \"");
    merge_types();
    for (PlannedType& type : plan_.types) check_type(type.spec);
    for (TypeMappingSpec& mapping : document_.mappings) check_mapping(mapping);
    merge_mappings();
    plan_.icons = std::move(document_.icons);
    plan_.statuses = std::move(document_.statuses);
    return std::move(plan_);
  }

 private:
  void refuse(std::string code, std::string pointer, std::string message) {
    plan_.problems.push_back({std::move(code), std::move(pointer), std::move(message)});
  }

  // All or none. None means the older edition of the document, which knows less.
  void check_external_ids() {
    std::size_t with = 0, without = 0;
    for (const TypeSpec& type : document_.types) {
      (type.external_id.empty() ? without : with) += 1;
      for (const AttributeSpec& attribute : type.attributes)
        (attribute.external_id.empty() ? without : with) += 1;
    }
    if (without == 0) return check_external_ids_unique();
    if (with != 0)
      return refuse("EXTERNAL_ID_MISSING", "/schema/objectSchema/objectTypes",
                    "all object types and attributes need an external id, or none");
    if (mode_ == MappingMode::kPatch)
      return refuse("EXTERNAL_ID_MISSING", "/schema/objectSchema/objectTypes",
                    "a change is found by external ids");
    for (TypeSpec& type : document_.types) {
      type.external_id = make_external_id();
      for (AttributeSpec& attribute : type.attributes) {
        check_older_edition(attribute);
        attribute.external_id = make_external_id();
      }
    }
    if (!document_.statuses.empty())
      refuse("EXTERNAL_ID_MISSING", "/schema/statusSchema",
             "statuses need external ids everywhere");
  }

  std::string make_external_id() { return "cmdb::externalId/" + base::make_random_id(random_); }

  void check_older_edition(const AttributeSpec& attribute) {
    if (attribute.minimum || attribute.maximum || attribute.unique)
      refuse("EXTERNAL_ID_MISSING", attribute.pointer,
             "cardinality and unique need external ids everywhere");
    if (attribute.type == "status" || !attribute.type_values.empty())
      refuse("EXTERNAL_ID_MISSING", attribute.pointer, "status needs external ids everywhere");
    if (attribute.type == kReferencedObject && attribute.target_name.empty())
      refuse("UNKNOWN_REFERENCE_TYPE", attribute.pointer, "referenceObjectTypeName is missing");
  }

  void check_external_ids_unique() {
    std::set<std::string_view> seen;
    const auto check = [&](const std::string& external_id, std::string_view inside,
                           const std::string& pointer) {
      if (!seen.insert(external_id).second || is_taken(external_id, inside))
        refuse("DUPLICATE_EXTERNAL_ID", pointer,
               fmt::format("the external id {} is used twice", external_id));
    };
    for (const TypeSpec& type : document_.types) {
      check(type.external_id, "", type.pointer);
      for (const AttributeSpec& attribute : type.attributes)
        check(attribute.external_id, type.external_id, attribute.pointer);
    }
  }

  // By something else than what the document means: a type, or an attribute of the type `inside`.
  bool is_taken(std::string_view external_id, std::string_view inside) const {
    const bool may_exist = mode_ == MappingMode::kPatch || target_.shared_types;
    return std::ranges::any_of(workspace_.types, [&](const ObjectType& type) {
      const bool may_be_meant = may_exist && type.schema == target_.schema;
      if (type.external_id == external_id) return !may_be_meant || !inside.empty();
      return std::ranges::count(type.attributes, external_id, &Attribute::external_id) > 0 &&
             (!may_be_meant || type.external_id != inside);
    });
  }

  void check_icons_and_statuses() {
    for (std::size_t i = 0; i < document_.icons.size(); ++i)
      if (!is_icon_image(document_.icons[i].png48))
        refuse("INVALID_ICON", fmt::format("/schema/iconSchema/icons/{}/png48", i),
               "not a 48x48 PNG in base64");
    std::set<std::string> names;
    for (std::size_t i = 0; i < document_.statuses.size(); ++i)
      if (!names.insert(base::to_lower_ascii(document_.statuses[i].name)).second)
        refuse("DUPLICATE_STATUS", fmt::format("/schema/statusSchema/statuses/{}", i),
               "the status is declared twice");
  }

  PlannedType* planned_by_external_id(std::string_view external_id) {
    for (PlannedType& type : plan_.types)
      if (type.spec.external_id == external_id) return &type;
    return nullptr;
  }

  PlannedType* planned_by_name(std::string_view name) {
    for (PlannedType& type : plan_.types)
      if (type.spec.name == name) return &type;
    return nullptr;
  }

  void merge_types() {
    std::vector<std::size_t> planned_at;  // of each type of the document
    for (TypeSpec& type : document_.types) {
      if (PlannedType* known = planned_by_external_id(type.external_id)) {
        planned_at.push_back(static_cast<std::size_t>(known - plan_.types.data()));
        change_type(*known, type);
        continue;
      }
      if (planned_by_name(type.name) != nullptr)
        refuse("DUPLICATE_NAME", type.pointer,
               fmt::format("the type {} exists already", type.name));
      planned_at.push_back(plan_.types.size());
      if (type.parent) type.parent = planned_at[*type.parent];
      plan_.types.push_back({type});
    }
  }

  void frozen(const std::string& pointer, std::string_view what) {
    refuse("FROZEN", pointer, fmt::format("{} can not be changed any more", what));
  }

  void change_type(PlannedType& known, const TypeSpec& wanted) {
    if (wanted.name != known.spec.name) frozen(wanted.pointer + "/name", "the name of a type");
    if (!wanted.icon_key.empty() && wanted.icon_key != known.spec.icon_key)
      frozen(wanted.pointer + "/iconKey", "the icon key of a type");
    known.spec.description = wanted.description;
    known.spec.pointer = wanted.pointer;
    for (const AttributeSpec& attribute : wanted.attributes) {
      const auto same = std::ranges::find(known.spec.attributes, attribute.external_id,
                                          &AttributeSpec::external_id);
      if (same != known.spec.attributes.end()) {
        change_attribute(*same, attribute);
      } else if (attribute.external_id != known.spec.external_id + "/key") {
        known.spec.attributes.push_back(attribute);
      }
    }
  }

  void change_attribute(AttributeSpec& known, const AttributeSpec& wanted) {
    if (wanted.name != known.name) frozen(wanted.pointer + "/name", "the name of an attribute");
    if (wanted.type != known.type) frozen(wanted.pointer + "/type", "the type of an attribute");
    const bool names_target = !wanted.target_external_id.empty() || !wanted.target_name.empty();
    if (names_target && external_id_of_target(wanted) != known.target_external_id)
      frozen(wanted.pointer, "the type that an attribute refers to");
    const std::string target = known.target_external_id;
    const auto minimum = wanted.minimum ? wanted.minimum : known.minimum;
    const auto maximum = wanted.maximum ? wanted.maximum : known.maximum;
    known = wanted;
    known.target_external_id = target;
    known.minimum = minimum;
    known.maximum = maximum;
  }

  // Empty when there is no such type.
  std::string external_id_of_target(const AttributeSpec& attribute) {
    if (!attribute.target_external_id.empty()) {
      // Whatever made it, but in this object schema.
      const bool known = planned_by_external_id(attribute.target_external_id) != nullptr ||
                         std::ranges::count(document_.types, attribute.target_external_id,
                                            &TypeSpec::external_id) > 0;
      return known ? attribute.target_external_id : std::string();
    }
    const PlannedType* type = planned_by_name(attribute.target_name);
    return type == nullptr ? std::string() : type->spec.external_id;
  }

  void check_type(TypeSpec& type) {
    if (type.name.empty() || type.name.find_first_of(kReservedInNames) != std::string::npos)
      refuse("RESERVED_CHARACTER", type.pointer + "/name", "the name holds one of = ; : ? . \"");
    if (!type.icon_key.empty() && workspace_.find_icon(type.icon_key) == nullptr &&
        std::ranges::count(document_.icons, type.icon_key, &Icon::key) == 0)
      refuse("UNKNOWN_ICON", type.pointer + "/iconKey", "no icon has this key");
    std::set<std::string> names;
    for (AttributeSpec& attribute : type.attributes) {
      check_attribute(attribute);
      if (!names.insert(base::to_lower_ascii(attribute.name)).second)
        refuse("DUPLICATE_NAME", attribute.pointer,
               fmt::format("{} has two attributes {}", type.name, attribute.name));
    }
    if (std::ranges::count(type.attributes, true, &AttributeSpec::label) > 1)
      refuse("DUPLICATE_LABEL", type.pointer, "only one attribute can be the label");
  }

  void check_attribute(AttributeSpec& attribute) {
    if (attribute.name.empty() || equals_ignoring_case(attribute.name, kKeyAttribute))
      refuse("SYSTEM_ATTRIBUTE", attribute.pointer, "Key is an attribute of the system");
    if (attribute.type == kReferencedObject) {
      const std::string target = external_id_of_target(attribute);
      if (target.empty())
        refuse("UNKNOWN_REFERENCE_TYPE", attribute.pointer, "no object type to refer to");
      attribute.target_external_id = target;
    }
    if (attribute.maximum.value_or(1) != kUnlimited &&
        attribute.minimum.value_or(0) > attribute.maximum.value_or(1))
      refuse("INVALID_CARDINALITY", attribute.pointer, "the minimum is above the maximum");
    for (const std::string& value : attribute.type_values)
      if (workspace_.find_status(value) == nullptr &&
          std::ranges::count(document_.statuses, value, &StatusType::name) == 0)
        refuse("UNKNOWN_STATUS", attribute.pointer, fmt::format("no status is called {}", value));
  }

  void check_mapping(TypeMappingSpec& mapping) {
    PlannedType* type = mapping.type_external_id.empty()
                            ? planned_by_name(mapping.type_name)
                            : planned_by_external_id(mapping.type_external_id);
    if (type == nullptr)
      return refuse("UNKNOWN_EXTERNAL_ID_MAPPING", mapping.pointer, "no such object type");
    if (type->spec.name != mapping.type_name)
      refuse("NAME_MISMATCH", mapping.pointer + "/objectTypeName", "the type has another name");
    mapping.type_external_id = type->spec.external_id;
    if (mapping.selector.empty())
      refuse("EMPTY_SELECTOR", mapping.pointer + "/selector", "the selector is empty");
    std::set<std::string_view> seen;
    for (AttributeMappingSpec& attribute : mapping.attributes) {
      check_attribute_mapping(attribute, type->spec);
      if (!seen.insert(attribute.attribute_external_id).second)
        refuse("DUPLICATE_MAPPING", attribute.pointer, "the attribute is mapped twice");
    }
    if (std::ranges::count(mapping.attributes, true, &AttributeMappingSpec::is_key) == 0)
      refuse("NO_IDENTIFIER", mapping.pointer, "no attribute is an externalIdPart");
  }

  void check_attribute_mapping(AttributeMappingSpec& mapping, const TypeSpec& type) {
    const auto attribute = std::ranges::find_if(type.attributes, [&](const AttributeSpec& one) {
      return mapping.attribute_external_id.empty()
                 ? one.name == mapping.attribute_name
                 : one.external_id == mapping.attribute_external_id;
    });
    if (attribute == type.attributes.end())
      return refuse("UNKNOWN_EXTERNAL_ID_MAPPING", mapping.pointer, "no such attribute");
    if (attribute->name != mapping.attribute_name)
      refuse("NAME_MISMATCH", mapping.pointer + "/attributeName", "the attribute has another name");
    mapping.attribute_external_id = attribute->external_id;
    if (std::ranges::count(mapping.locators, std::string()) > 0)
      refuse("EMPTY_LOCATOR", mapping.pointer + "/attributeLocators", "a locator is empty");
    if (attribute->type != kReferencedObject) return;
    if (mapping.is_key)
      refuse("REFERENCE_AS_IDENTIFIER", mapping.pointer, "a reference can not identify an object");
    check_query(mapping, *attribute);
  }

  void check_query(const AttributeMappingSpec& mapping, const AttributeSpec& attribute) {
    const auto query = ReferenceTemplate::parse(mapping.query);
    if (!query.ok())
      return refuse("INVALID_IQL", mapping.pointer + "/objectMappingIQL", query.error().message);
    if (query->locators().empty())
      return refuse("INVALID_IQL", mapping.pointer + "/objectMappingIQL",
                    "the query names no field of the record");
    each_condition(query->expression(), [&](const AqlCondition& condition) {
      if (condition.subject == AqlCondition::Subject::kAttribute &&
          !target_has_attribute(attribute.target_external_id, condition.path[0]))
        refuse("INVALID_IQL", mapping.pointer + "/objectMappingIQL",
               fmt::format("the referenced type has no attribute {}", condition.path[0]));
    });
  }

  bool target_has_attribute(const std::string& external_id, std::string_view name) {
    if (equals_ignoring_case(name, "Created") || equals_ignoring_case(name, "Updated")) return true;
    const PlannedType* type = planned_by_external_id(external_id);
    return type != nullptr &&
           std::ranges::any_of(type->spec.attributes, [&](const AttributeSpec& attribute) {
             return equals_ignoring_case(attribute.name, name);
           });
  }

  // The mapping of a type is replaced as a whole.
  void merge_mappings() {
    std::set<std::string_view> seen;
    for (TypeMappingSpec& mapping : document_.mappings) {
      if (!seen.insert(mapping.type_external_id).second)
        refuse("DUPLICATE_MAPPING", mapping.pointer, "the object type is mapped twice");
      const auto same = std::ranges::find(plan_.mappings, mapping.type_external_id,
                                          &TypeMappingSpec::type_external_id);
      if (same == plan_.mappings.end()) {
        plan_.mappings.push_back(mapping);
      } else {
        *same = mapping;
      }
    }
  }

  const Workspace& workspace_;
  const MappingTarget& target_;
  MappingDocument document_;
  MappingMode mode_;
  base::Random& random_;
  MappingPlan plan_;
};

}  // namespace

MappingPlan plan_mapping(const MappingTarget& target, MappingDocument document, MappingMode mode,
                         base::Random& random) {
  return Planner(target, std::move(document), mode, random).plan();
}

}  // namespace muster::sandbox::assets
