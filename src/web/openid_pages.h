// Signing in at an OpenID provider, as pages: GET /sign-in/oidc?to=/runs sends the browser there,
// GET /sign-in/oidc/callback takes it back, begins the session and goes on to /runs.
#pragma once

#include <optional>

#include "net/http_server.h"
#include "service/openid.h"

namespace muster::web {

// nullopt: this address is none of theirs. `openid` null: they do not exist. Any thread.
std::optional<net::ServerResponse> openid_page(service::OpenId* openid,
                                               const net::ServerRequest& request);

}  // namespace muster::web
