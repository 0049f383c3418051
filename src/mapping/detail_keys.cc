#include "mapping/detail_keys.h"

#include <algorithm>

namespace muster::mapping {
namespace {

using catalogue::Attribute;
using catalogue::DataSet;
using catalogue::Reference;

bool holds(const std::vector<std::string>& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

std::vector<std::string> keys_of(const Attribute& attribute) {
  std::vector<std::string> keys = attribute.uses;
  keys.emplace_back(attribute.path.first_key());
  return keys;
}

std::vector<std::string> keys_of(const Reference& reference) {
  std::vector<std::string> keys = reference.uses;
  keys.emplace_back(reference.path.first_key());
  return keys;
}

// Whether some column of the detail (or of the listing) says so.
template <typename Says>
bool any_column(const DataSet& data_set, bool of_detail, Says says) {
  const auto fits = [&](const auto& column) { return column.detail == of_detail && says(column); };
  return std::ranges::any_of(data_set.attributes, fits) ||
         std::ranges::any_of(data_set.references, fits);
}

}  // namespace

std::vector<std::string> fields_of(const Attribute& attribute) {
  if (!attribute.request.empty()) return {attribute.request};
  return keys_of(attribute);
}

std::vector<std::string> fields_of(const Reference& reference) {
  if (!reference.request.empty()) return {reference.request};
  return keys_of(reference);
}

bool is_only_in_detail(const DataSet& data_set, std::string_view key) {
  const auto stands = [&](const auto& column) { return holds(keys_of(column), key); };
  if (any_column(data_set, false, stands)) return false;
  const std::string& only = data_set.detail.into;
  return only.empty() ? any_column(data_set, true, stands) : key == only;
}

bool is_only_listed(const DataSet& data_set, std::string_view key) {
  const auto stands = [&](const auto& column) { return holds(keys_of(column), key); };
  const std::string& only = data_set.detail.into;
  if (!only.empty()) return key != only;
  if (any_column(data_set, true, stands)) return false;
  return any_column(data_set, false, stands) || holds(data_set.request.fields_always, key);
}

std::string field_of_key(const DataSet& data_set, std::string_view key) {
  for (const Attribute& attribute : data_set.attributes) {
    if (attribute.detail && holds(keys_of(attribute), key) && !attribute.request.empty()) {
      return attribute.request;
    }
  }
  for (const Reference& reference : data_set.references) {
    if (reference.detail && holds(keys_of(reference), key) && !reference.request.empty()) {
      return reference.request;
    }
  }
  return std::string(key);
}

}  // namespace muster::mapping
