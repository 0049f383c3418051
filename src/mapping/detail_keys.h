// What of a data set stands only in its records' details, and what only in its listing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalogue/model.h"

namespace muster::mapping {

// The fields to ask the source for so that a column has its value.
std::vector<std::string> fields_of(const catalogue::Attribute& attribute);
std::vector<std::string> fields_of(const catalogue::Reference& reference);

// Whether columns of the detail look under this key and no others: the listing may not know it.
bool is_only_in_detail(const catalogue::DataSet& data_set, std::string_view key);

// Whether what stands in a record under this key is known from the listing alone. A key that the
// catalogue does not know may stand in the detail.
bool is_only_listed(const catalogue::DataSet& data_set, std::string_view key);

// The field that the detail has to be asked for to get this key.
std::string field_of_key(const catalogue::DataSet& data_set, std::string_view key);

}  // namespace muster::mapping
