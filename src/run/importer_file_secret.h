// Places of secrets in an importer file: `{ env: NAME }`, `{ file: PATH }` or `{ secret: NAME }`.
#pragma once

#include <string>
#include <string_view>

#include "catalogue/checker.h"
#include "run/importer.h"

namespace muster::run {

// Reads one place. Anything else at `node` is a finding that says what to write and never repeats
// what stands there, because it may be the secret. `example` is the variable name to suggest.
SecretPlace read_secret_place(catalogue::Checker& check, const catalogue::YamlNode& node,
                              std::string_view what, std::string_view example);

// "ENTRA_CLIENT_SECRET" from "entra" and "client_secret".
std::string example_variable(std::string_view importer, std::string_view field);

// A path of the importer file; relative ones start at the file's own folder.
std::string beside_file(const std::string& importer_file, std::string_view path);

}  // namespace muster::run
