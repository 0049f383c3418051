// The console, as ui/ was built. Empty: this muster was built without it.
#pragma once

#include "base/embedded.h"

namespace muster::web {

std::span<const base::EmbeddedFile> embedded_files();

}  // namespace muster::web
