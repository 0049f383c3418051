// What a catalogue keeps out of every import: the parts of records that hold passwords, keys and
// other secrets, whatever an importer asks for.
#pragma once

#include <optional>
#include <string>

#include "catalogue/model.h"

namespace muster::catalogue {

enum class Use {
  kValue,     // what is at the path becomes a value in Assets
  kCondition  // it decides, and comparing never looks into objects
};

// A sentence why nobody may use the path in records of this data set; nullopt: it is harmless. Rows
// obey the rules of the data set that they stand in, too.
std::optional<std::string> why_kept_out(const Source& source, const DataSet& data_set,
                                        const json::Path& path, Use use = Use::kValue);

}  // namespace muster::catalogue
