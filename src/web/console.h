// The web console: the files of ui/ that were built into muster, and the page that stands for all
// addresses people can be at ("/sites/acme/runs"). Without a console: a page that says so.
#pragma once

#include <optional>

#include "base/embedded.h"
#include "net/http_server.h"

namespace muster::web {

// nullopt: the console has nothing at this address. Any thread. `files` outlive the answer's
// making. Files under assets/ carry a hash in their name and may be kept for ever.
std::optional<net::ServerResponse> console_answer(std::span<const base::EmbeddedFile> files,
                                                  const net::ServerRequest& request);

}  // namespace muster::web
