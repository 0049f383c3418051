#include "base/text.h"
#include "sandbox/assets/mapping_rules.h"

namespace muster::sandbox::assets {
namespace {

void apply_icons(const std::vector<Icon>& icons, Workspace& workspace) {
  for (const Icon& icon : icons) {
    const auto known = std::ranges::find(workspace.icons, icon.key, &Icon::key);
    if (known == workspace.icons.end()) {
      workspace.icons.push_back(icon);
      workspace.icons.back().id = workspace.next_id();
    } else {
      known->name = icon.name;
      known->png48 = icon.png48;
    }
  }
}

void apply_statuses(const std::vector<StatusType>& statuses, Workspace& workspace) {
  for (const StatusType& status : statuses) {
    const auto known = std::ranges::find_if(workspace.statuses, [&](const StatusType& one) {
      return base::equals_ignoring_case(one.name, status.name);
    });
    if (known == workspace.statuses.end()) {
      workspace.statuses.push_back(status);
      workspace.statuses.back().id = workspace.next_id();
    } else {
      known->description = status.description;
      known->category = status.category;
    }
  }
}

void apply_attributes(const TypeSpec& spec, ObjectType& type, Workspace& workspace) {
  for (std::size_t slot = 0; slot < spec.attributes.size(); ++slot) {
    const AttributeSpec& wanted = spec.attributes[slot];
    if (slot == type.attributes.size()) {
      type.attributes.push_back({.id = workspace.next_id(),
                                 .external_id = wanted.external_id,
                                 .name = wanted.name,
                                 .type = wanted.type});
    }
    Attribute& attribute = type.attributes[slot];
    attribute.description = wanted.description;
    attribute.label = wanted.label;
    attribute.unique = wanted.unique;
    attribute.minimum = wanted.minimum.value_or(0);
    attribute.maximum = wanted.maximum.value_or(1);
    attribute.type_values = wanted.type_values;
    if (attribute.is_reference())
      attribute.target = workspace.type_by_external_id(wanted.target_external_id);
  }
}

}  // namespace

void apply_mapping(const MappingPlan& plan, Workspace& workspace, std::uint32_t schema) {
  workspace.schemas[schema].name = plan.schema_name;
  workspace.schemas[schema].description = plan.schema_description;
  apply_icons(plan.icons, workspace);
  apply_statuses(plan.statuses, workspace);
  // All types first: an attribute may refer to a type that stands later in the document.
  std::vector<TypeIndex> indexes;
  for (const PlannedType& planned : plan.types) {
    if (planned.existing) {
      indexes.push_back(*planned.existing);
    } else {
      indexes.push_back(static_cast<TypeIndex>(workspace.types.size()));
      ObjectType type{.id = workspace.next_id(),
                      .schema = schema,
                      .key_attribute_id = workspace.next_id(),
                      .external_id = planned.spec.external_id,
                      .name = planned.spec.name,
                      .icon_key = planned.spec.icon_key};
      if (planned.spec.parent) type.parent = indexes[*planned.spec.parent];
      workspace.types.push_back(std::move(type));
    }
    workspace.types[indexes.back()].description = planned.spec.description;
  }
  for (std::size_t i = 0; i < plan.types.size(); ++i)
    apply_attributes(plan.types[i].spec, workspace.types[indexes[i]], workspace);
}

}  // namespace muster::sandbox::assets
