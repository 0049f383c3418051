// The files of catalogues/ as they were when the program was built (cmake/embed.cmake).
#pragma once

#include <span>
#include <string_view>

namespace muster::catalogue {

struct EmbeddedFile {
  std::string_view name;  // "entra.yaml"
  std::string_view text;
};

std::span<const EmbeddedFile> embedded_files();

}  // namespace muster::catalogue
