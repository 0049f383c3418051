// A text file as it was when the program was built (cmake/embed.cmake).
#pragma once

#include <span>
#include <string_view>

namespace muster::base {

struct EmbeddedFile {
  std::string_view name;  // "entra.yaml", "assets/index-4f2a.js"
  std::string_view text;
};

}  // namespace muster::base
