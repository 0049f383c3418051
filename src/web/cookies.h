// The cookies of the service. Browsers take names with __Host- only over TLS or from this machine,
// for this very host and all its paths, and nobody else can set them.
// https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#name-the-__host-prefix
#pragma once

#include <string>
#include <string_view>

#include "net/http_server.h"
#include "service/access.h"

namespace muster::web {

inline constexpr std::string_view kCookie = "__Host-muster";  // of a session
// Of a sign-in under way elsewhere. It has to come along when the browser is sent back from there.
inline constexpr std::string_view kSignInCookie = "__Host-muster-sign-in";

// "": the request has none.
std::string cookie_of(const net::ServerRequest& request, std::string_view name);

net::Header set_session(const service::SignedIn& in);
net::Header end_session();
net::Header set_sign_in(std::string_view value, std::chrono::seconds lasts);
net::Header end_sign_in();

}  // namespace muster::web
