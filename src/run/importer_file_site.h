// What the importers of one file are to each other: which of them references of another lead to,
// and which of their records are one thing.
#pragma once

#include <vector>

#include "catalogue/checker.h"
#include "run/importer.h"
#include "run/importer_file_identity.h"

namespace muster::run {

// `links: { SOURCE: IMPORTER }`, as names only; connect() looks them up.
void read_links(catalogue::Checker& check, catalogue::MappingReader& importer_map,
                mapping::Selection& selection);

// Once all are read. `neighbours`: importers of which only that much is known.
void connect(catalogue::Checker& check, std::vector<Importer>& importers,
             std::vector<Importer>& neighbours, std::vector<IdentityEntry> identities);

}  // namespace muster::run
