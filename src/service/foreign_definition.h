// What somebody who is no operator may put into an importer: nothing that reaches into the machine
// that muster runs on.
#pragma once

#include "base/result.h"
#include "run/importer.h"

namespace muster::service {

// kSettings `operator_only`, naming the line: secrets from files and variables of the machine,
// private addresses, certificate files, files as destination.
base::Status check_foreign(const run::Importer& importer);

}  // namespace muster::service
