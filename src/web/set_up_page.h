// The page behind the link that the first start prints: makes the first operator. The token stands
// behind the # of the link, which no browser sends to any server.
#pragma once

#include <optional>
#include <string_view>

#include "net/http_server.h"

namespace muster::web {

// nullopt: this path is none of the page's.
std::optional<net::ServerResponse> set_up_page(std::string_view path);

}  // namespace muster::web
