// From words to commands.
#pragma once

#include "cli/console.h"

namespace muster::cli {

// The exit code of the program (interfaces.md section 2).
int run_command_line(int argc, char** argv, Console& console);

}  // namespace muster::cli
