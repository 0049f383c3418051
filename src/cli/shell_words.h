// Command lines to be pasted into a shell.
#pragma once

#include <string>
#include <string_view>

namespace muster::cli {

// As it is when no shell reads anything into it, else in single quotes.
std::string shell_quoted(std::string_view word);

}  // namespace muster::cli
