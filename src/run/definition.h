// One importer of an importer file as a text of its own, to be kept in a store and read again with
// load_importers_text(), on whatever machine: paths are absolute in it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace muster::run {

struct Definition {
  std::string importer;
  // An importer file with this importer only, and, where it has links or is in an identity, what it
  // needs to know of the others ("neighbours", "identities"), as they were then.
  std::string text;
};

// Of a file that load_importers() finds no error in. kSettings when it changed since.
base::Result<std::vector<Definition>> definitions_of(const std::string& path);

// What a definition says of when its importer runs: whether two of them say the same.
std::string schedule_of(const std::string& definition);

}  // namespace muster::run
