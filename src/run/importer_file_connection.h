// `connection` of an importer file, checked against what the catalogue says the source needs.
#pragma once

#include "catalogue/checker.h"
#include "run/importer.h"

namespace muster::run {

// Fills importer.values, .secrets and .trust. `importer.source` and `.file` are set.
void read_connection(catalogue::Checker& check, const catalogue::YamlNode& node,
                     Importer& importer);

// The same for a source that nobody knows: what every connection has, and what must never stand in
// a file whatever the source is.
void read_unknown_connection(catalogue::Checker& check, const catalogue::YamlNode& node,
                             const catalogue::Library& library, const Importer& importer);

// `ca_file` and `allow_private_address`, the same under connection and destination.
TrustSettings read_trust(catalogue::MappingReader& map, const std::string& importer_file);

// https, or http to loopback when private addresses are allowed; no user-info, query or fragment.
void check_base_url(catalogue::Checker& check, catalogue::Mark mark, std::string_view what,
                    std::string_view url, const TrustSettings& trust);

}  // namespace muster::run
