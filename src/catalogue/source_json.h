// A source in full as JSON: how to connect, its data sets, attributes, references, permissions and
// limits. What `sources NAME --json` and the API show.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalogue/model.h"

namespace muster::catalogue {

std::string source_json(const Source& source);

std::string_view type_of(const ConnectionField& field);
// What of a data set one more request per record tells.
std::vector<std::string> in_detail(const Source& source, const DataSet& set);

}  // namespace muster::catalogue
