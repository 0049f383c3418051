#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "cli/console.h"

namespace muster::cli {

// From a file, or, without one, from standard input: asked for with `prompt` and not shown when
// that is a terminal. kSettings: empty, too large, or it cannot be read.
base::Result<base::Secret> read_secret(const std::string& path, const std::string& prompt,
                                       Console& console);

}  // namespace muster::cli
