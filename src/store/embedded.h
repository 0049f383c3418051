// The SQL of migrations/, in the order of their names.
#pragma once

#include "base/embedded.h"

namespace muster::store {

std::span<const base::EmbeddedFile> embedded_files();

}  // namespace muster::store
