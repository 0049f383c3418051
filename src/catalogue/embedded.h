// The files of catalogues/.
#pragma once

#include "base/embedded.h"

namespace muster::catalogue {

std::span<const base::EmbeddedFile> embedded_files();

}  // namespace muster::catalogue
