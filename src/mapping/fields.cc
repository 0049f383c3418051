#include "mapping/fields.h"

#include <algorithm>
#include <set>

#include "mapping/detail_keys.h"

namespace muster::mapping {
namespace {

// What an identity has to know of a record, selected or not.
std::vector<const catalogue::Attribute*> identifiers_of(const DataSetPlan& set) {
  std::vector<const catalogue::Attribute*> attributes;
  if (!set.identity) return attributes;
  for (const catalogue::Attribute* identifier : set.identity->identifiers) {
    if (identifier != nullptr) attributes.push_back(identifier);
  }
  if (set.identity->newest != nullptr) attributes.push_back(set.identity->newest);
  return attributes;
}

void set_fields(const Plan& plan, DataSetPlan& set) {
  const catalogue::Request& request = set.data_set->request;
  if (request.fields_parameter.empty()) return;
  std::set<std::string> known(request.fields_always.begin(), request.fields_always.end());
  const auto ask = [&](std::string_view field) {
    if (!field.empty() && known.insert(std::string(field)).second) set.fields.emplace_back(field);
  };
  // What stands in the record under this key may have to be asked for by another name.
  const auto ask_key = [&](std::string_view key) {
    if (is_only_in_detail(*set.data_set, key)) return;
    const auto stands_there = [&](const auto& column) {
      return !column.request.empty() && !column.detail && column.path.first_key() == key;
    };
    const auto attribute = std::ranges::find_if(set.data_set->attributes, stands_there);
    const auto reference = std::ranges::find_if(set.data_set->references, stands_there);
    const bool is_attribute = attribute != set.data_set->attributes.end();
    const bool is_reference = reference != set.data_set->references.end();
    ask(is_attribute                ? std::string_view(attribute->request)
        : is_reference              ? std::string_view(reference->request)
        : request.only_named_fields ? std::string_view()
                                    : key);
  };
  const auto ask_column = [&](const auto& column) {  // an attribute, reference or rows
    if (request.only_named_fields && column.request.empty()) return;
    ask(column.request.empty() ? column.path.first_key() : std::string_view(column.request));
  };
  const auto ask_all_of = [&](const auto& column) {  // with what a worked out value needs
    if (column.detail) return;
    ask_column(column);
    if (!column.request.empty() || request.only_named_fields) return;
    for (const std::string& field : column.uses) ask(field);
  };
  for (const Field& field : set.field_rules) {
    if (field.attribute != nullptr) {
      ask_all_of(*field.attribute);
      const auto* other = set.data_set->find_attribute(field.attribute->lookup_else);
      if (other != nullptr && !other->detail) ask_column(*other);
    }
    if (field.reference != nullptr) ask_all_of(*field.reference);
    for (const json::Path& path : field.added) ask_key(path.first_key());
  }
  for (const catalogue::Attribute* identifier : identifiers_of(set)) ask_all_of(*identifier);
  for (const DataSetPlan& other : plan.data_sets) {
    const catalogue::RowRule& rows = other.data_set->rows;
    if (rows.of == set.data_set->name && !rows.detail) ask_column(rows);
  }
  for (const std::string& key : set.where.first_keys()) ask_key(key);
  if (set.needs_detail) {
    for (const std::string& key : set.data_set->detail.when.first_keys()) ask_key(key);
  }
  for (const RelationPlan& relation : plan.relations) {
    if (plan.data_sets[relation.parent].data_set != set.data_set) continue;
    for (const std::string& field : relation.relation->hidden_fields) ask_key(field);
    for (const std::string& field : relation.relation->skip_fields) ask_key(field);
  }
}

// Which details have to be asked for: those of the chosen columns, and whatever a condition or an
// added path may find there and not in the listing.
void set_detail(const Plan& plan, DataSetPlan& set) {
  const catalogue::DataSet& data_set = *set.data_set;
  if (!data_set.has_detail()) return;
  const auto ask = [&](std::string_view field) {
    set.needs_detail = true;
    const bool is_known = std::ranges::find(set.detail_fields, field) != set.detail_fields.end();
    if (!field.empty() && !is_known) set.detail_fields.emplace_back(field);
  };
  const auto ask_column = [&](const auto& column) {
    if (!column.detail) return;
    for (const std::string& field : fields_of(column)) ask(field);
    set.needs_detail = true;
  };
  const auto ask_key = [&](std::string_view key) {
    if (key.empty() || is_only_listed(data_set, key)) return;
    ask(field_of_key(data_set, key));
  };
  for (const Field& field : set.field_rules) {
    if (field.attribute != nullptr) {
      ask_column(*field.attribute);
      const auto* other = data_set.find_attribute(field.attribute->lookup_else);
      if (other != nullptr) ask_column(*other);
    }
    if (field.reference != nullptr) ask_column(*field.reference);
    for (const json::Path& path : field.added) ask_key(path.first_key());
  }
  for (const catalogue::Attribute* identifier : identifiers_of(set)) ask_column(*identifier);
  for (const DataSetPlan& other : plan.data_sets) {
    const catalogue::RowRule& rows = other.data_set->rows;
    if (rows.of != data_set.name || !rows.detail) continue;
    ask(rows.request.empty() ? rows.path.first_key() : std::string_view(rows.request));
  }
  for (const std::string& key : set.where.first_keys()) ask_key(key);
  for (const RelationPlan& relation : plan.relations) {
    if (plan.data_sets[relation.parent].data_set != set.data_set) continue;
    for (const std::string& field : relation.relation->hidden_fields) ask_key(field);
    for (const std::string& field : relation.relation->skip_fields) ask_key(field);
  }
}

}  // namespace

void choose_fields(Plan& plan) {
  for (DataSetPlan& set : plan.data_sets) {
    set_detail(plan, set);
    set_fields(plan, set);
  }
}

}  // namespace muster::mapping
